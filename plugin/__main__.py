"""The command `denwaban`. Holds nothing but the way in."""

import os

from plugin.cli import cli


def main() -> None:
    """Run the command line. Whatever it, its children or their libraries write is their owner's alone to read."""
    os.umask(0o077)
    cli(prog_name="denwaban")


if __name__ == "__main__":
    main()
