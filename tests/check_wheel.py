"""Run inside an environment that holds the built wheel: what it installed is the house and nothing else."""

import sys
from importlib.metadata import files
from pathlib import PurePosixPath

TOP_LEVEL = {"plugin", "connectors", "migrations"}
MUST_HOLD = (
    "plugin/py.typed",
    "plugin/web/templates/layout.html",
    "plugin/web/static/tokens.css",
    "migrations/versions/0001_staff.py",
)


def main() -> int:
    """Return 0 where the wheel is whole and adds no other top-level name, else say what is wrong and return 1."""
    held = {str(path): path for path in files("denwaban") or () if ".." not in PurePosixPath(path).parts}
    tops = {path.split("/")[0] for path in held if ".dist-info" not in path}
    wrong = [f"unexpected top-level name: {name}" for name in sorted(tops - TOP_LEVEL)]
    wrong += [f"not in the wheel: {name}" for name in MUST_HOLD if name not in held]
    sys.stdout.write("".join(f"{line}\n" for line in wrong) or f"wheel holds {len(held)} files, all in place\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
