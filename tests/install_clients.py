"""Installs jsforce, pinned by its lock file, beside the Python of the tox environment `clients`. Safe to run again.

Run by `tox run -e clients`, whose own dependencies bring Airbyte's source and Node.js; nothing else on the machine is
touched.
"""

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent / "salesforce_org" / "clients"


def main() -> int:
    """Install below the environment that runs this and return the exit code."""
    folder = Path(sys.prefix)
    lock = folder / "package-lock.json"
    if lock.exists() and lock.read_bytes() == (PACKAGE / lock.name).read_bytes() and (folder / "node_modules").exists():
        sys.stdout.write("jsforce is here\n")
        return 0
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PACKAGE / name, folder / name)
    npm = [str(folder / "bin" / "npm"), "ci", "--prefix", str(folder)]
    return subprocess.run([*npm, "--ignore-scripts", "--no-audit", "--no-fund"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
