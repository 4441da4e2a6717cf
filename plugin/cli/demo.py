"""`denwaban demo`: a believable day to look at, in one command."""

import sys
from pathlib import Path

import click


@click.command()
@click.option("--port", default=8787, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Keep the site in this folder; default: a temporary one."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--once", is_flag=True, help="Run one call through everything, say what was seen, and end.")
def demo(port: int, data_dir: Path | None, no_browser: bool, once: bool) -> None:
    """Set up a site with customers and months of past calls, serve it, and let calls ring.

    Prints the address and the accounts made for this run, also into demo.json in its folder. Ctrl-C ends it.
    """
    from plugin.demo.run import run

    sys.exit(run(port, data_dir, open_browser=not no_browser and not once, once=once))
