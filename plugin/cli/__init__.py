"""The command line: a table of commands, each in a room of its own that is imported only when it is called."""

import importlib
import sys
from typing import Any

import click

from plugin import __version__, log
from plugin.cli.ends import in_words

# name: (room and attribute, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "answer": ("plugin.cli.answer:answer", "show whether two texts count as the same answer"),
    "audit": ("plugin.cli.audit:audit", "prove that the audit is whole, show the key that signs it"),
    "backup": ("plugin.cli.backup:backup", "copy the site while it runs, look whether a copy is whole"),
    "calls": ("plugin.cli.calls:calls", "bring past calls in from lists that phone systems export"),
    "back-fill": ("plugin.cli.back_fill:back_fill", "file the calls of a gap from a phone system's own records"),
    "demo": ("plugin.cli.demo:demo", "a believable day to look at: one command, nothing to set up"),
    "listen": ("plugin.cli.listen:listen", "stay connected to the phone systems of kind asterisk"),
    "customers": ("plugin.cli.customers:customers", "import customer lists into the built-in CRM"),
    "keys": ("plugin.cli.keys:keys", "list secret keys, make newer ones, destroy those of a month"),
    "migrate-to-mysql": ("plugin.cli.migrate:migrate", "move the site from SQLite to MySQL or MariaDB"),
    "number": ("plugin.cli.number:number", "show how a written telephone number is read"),
    "purge": ("plugin.cli.purge:purge", "say what is due to be erased, erase it, prove what was erased"),
    "doctor": ("plugin.cli.doctor:doctor", "say what is wrong with a site and how to mend it"),
    "salesforce": ("plugin.cli.salesforce:salesforce", "make the files that show the desk inside a Salesforce org"),
    "restore": ("plugin.cli.restore:restore", "put a backup back into an empty data folder"),
    "serve": ("plugin.cli.serve:serve", "run the site: web server, worker and listener"),
    "worker": ("plugin.cli.worker:worker", "run the scheduled work and the delivery"),
    "user": ("plugin.cli.users:user", "add, list, close accounts of staff, set passwords"),
    "replay": ("plugin.cli.replay:replay", "print the calls that a captured Asterisk manager session tells of"),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        room, attribute = COMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(room), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def main(self, *args: Any, **extra: Any) -> Any:
        try:
            return super().main(*args, **extra)
        except Exception as error:  # noqa: BLE001  its text may hold what somebody sent, and is a trace to nobody here
            click.echo(f"denwaban: {in_words(error)}", err=True)
            sys.exit(2)


@click.group(cls=_LazyGroup)
@click.version_option(__version__, prog_name="denwaban")
def cli() -> None:
    """Denwaban (電話番): call pop, caller verification, gated recordings and CRM timeline."""
    log.set_up()
