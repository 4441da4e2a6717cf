"""What the commands of backups say of what they find, and of why they refuse."""

import sys
from typing import NoReturn

import click

from plugin.core.backup import Fault, Finding
from plugin.core.errors import DenwabanError

_FAULTS = {
    Fault.SIGNATURE: "the manifest is not what was signed, or it was signed with another key",
    Fault.GONE: "is not there",
    Fault.CONTENT: "is not what it was",
    Fault.DAMAGED: "SQLite finds this database damaged",
    Fault.ORPHAN: "rows of this table point to rows that are not there",
    Fault.AUDIT: "the audit is not whole",
    Fault.NEWER: "the step of a newer version of the program: install that one",
    Fault.KEY: "this key is not with the keys",
    Fault.UNFINISHED: "the end of this dump is missing",
}
_REFUSALS = {
    "inside": "put backups elsewhere, best on another disk or machine: a folder of the site goes with the site",
    "link_broken": "a link in the data folder leads nowhere: mount its disk, or take the link away",
    "link_twice": "a link in the data folder leads to what is copied already, or above it: take it away",
    "link_in_target": "a link in the folder of backups: put the folder itself there",
    "not_apart": "put the keys elsewhere: whoever has both can open everything",
    "backup_running": "another backup into this folder is running",
    "not_whole": "the copied database is damaged: nothing was kept, older backups are as they were",
    "cannot_write": "the folder cannot be written, or its disk is full: nothing was kept, older ones are as before",
    "cannot_restore": "the folder above the data folder cannot be written, or its disk is full: nothing has changed",
    "backup": "there is no such backup in this folder",
    "manifest": "this is no backup, or its manifest is damaged",
    "not_empty": "the data folder is not empty: a backup is put back into an empty one only. Move the old one away",
    "mount_point": "the data folder is a mount point, which nothing replaces: set data_dir to a folder in it",
    "keys_missing": "keys that the backup needs are missing: give their folder with --keys, or put them back",
    "keys_differ": "another key has the same number here: these are the keys of another site",
    "other_signer": "this backup was not signed by the site whose keys these are: somebody else made it",
    "key_folder": "the folder of keys must be yours alone, mode 0700",
    "keys_secret": "the keys are sealed under another secret: set keys_secret to the site's own",
    "login": "--as names no open account of the backup",
    "other_database": "this database is not a newer state of the one in the backup",
    "database_elsewhere": "database_url names a SQLite file: take it out, the backup's goes into the data folder",
    "not_mysql": "this is a dump of MySQL or MariaDB: set database_url to an empty database",
    "not_dump": "this is a backup of a site on SQLite: take database_url out of the settings",
    "target_not_empty": "the database that database_url names is not empty",
    "changed_meanwhile": "a file of the backup is not what it was a moment ago",
    "dump": "the database could not be dumped",
    "load": "the dump could not be loaded",
}
_MOST_SHOWN = 20


def tell(findings: tuple[Finding, ...]) -> None:
    """Say what is wrong."""
    for one in findings[:_MOST_SHOWN]:
        many = f" ({one.n})" if one.n > 1 else ""
        click.echo(f"{one.fault}: {one.what}: {_FAULTS[one.fault]}{many}".replace(": : ", ": "))
    if len(findings) > _MOST_SHOWN:
        click.echo(f"and {len(findings) - _MOST_SHOWN} more")


def refuse(error: DenwabanError) -> NoReturn:
    """Say why not, and exit 2."""
    words = _REFUSALS.get(error.reason)
    click.echo(f"denwaban: {error}" + (f"\n{words}" if words else ""), err=True)
    sys.exit(2)
