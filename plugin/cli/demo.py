"""`denwaban demo`: a believable day to look at, in one command."""

import sys
from pathlib import Path

import click

from plugin.core.errors import SettingError

_WORDS = {
    "port_is_taken": "something listens there already; --port 0 takes any that is free",
    "not_a_folder": "that is a file",
    "not_a_demo_folder": "something is in it that no demo made; name an empty folder or a new one",
}


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

    try:
        sys.exit(run(port, data_dir, open_browser=not no_browser and not once, once=once))
    except SettingError as error:
        if error.reason not in _WORDS:
            raise
        raise click.BadParameter(_WORDS[error.reason], param_hint=str(error.facts["setting"])) from error
