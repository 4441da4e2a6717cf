"""The command `denwaban`. Holds nothing but the way in."""

from plugin.cli import cli


def main() -> None:
    """Run the command line."""
    cli(prog_name="denwaban")


if __name__ == "__main__":
    main()
