"""Commands of the product run within the test, what they print heard by the watch."""

from typing import Any

import click
from click.testing import CliRunner, Result

from tests.kit.watch import heard


class Runner(CliRunner):
    """Click's own runner, listened to."""

    def invoke(self, cli: click.Command, *args: Any, **more: Any) -> Result:
        """Run the command; the watch sees all that it says."""
        result = super().invoke(cli, *args, **more)
        heard(f"output {cli.name}", result.output_bytes)
        return result
