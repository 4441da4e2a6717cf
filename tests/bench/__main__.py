"""The figures of docs/performance.md: `python -m tests.bench [NAME ...] [--size N,N]`. Loads a measurement when called.

Each prints a table of its figures beside their baselines, then the same rows as JSON, one a line.
"""

import argparse
import importlib
import json
import sys

from tests.bench import Measure, Row

# name: (room and function, the sizes it is measured at, what it measures)
MEASUREMENTS: dict[str, tuple[str, tuple[int, ...], str]] = {
    "pop": (
        "tests.bench.pop:rows",
        (200, 100, 600),
        "post to event at listening desks, and posts a second, beside hello (size: desks,calls a second,calls)",
    ),
    "visible": ("tests.bench.visible:rows", (60,), "event accepted to visible in Chromium (size: calls)"),
    "ami": ("tests.bench.ami:rows", (9,), "manager events a second (size: repeats)"),
    "outbox": ("tests.bench.outbox:rows", (20_000,), "claim and mark of the outbox by tens (size: messages)"),
    "leader": ("tests.bench.leader:rows", (10,), "take-over when the leading worker dies or freezes (size: kills)"),
    "backup": (
        "tests.bench.backup:rows",
        (1_000_000,),
        "pops while the site is backed up, restore to ready, what replication saves (size: calls)",
    ),
    "move": ("tests.bench.move:rows", (1_000_000,), "the move from SQLite to MariaDB, proved (size: rows)"),
    "start": ("tests.bench.start:rows", (7,), "start of a web process (size: repeats)"),
    "audit": ("tests.bench.audit:rows", (300_000,), "audit verify (size: lines)"),
    "playback": ("tests.bench.playback:rows_of", (60,), "64 KiB ranges of a recording a second (size: minutes)"),
    "revoke": ("tests.bench.revoke:rows_of", (3,), "sound after its grant has ended, each way (size: times each)"),
    "salesforce": (
        "tests.bench.salesforce:rows",
        (50_000,),
        "first load of a replica from Salesforce, and what a writer waits meanwhile (size: contacts)",
    ),
    "verdict": (
        "tests.bench.verdict:rows",
        (1_000,),
        "whether a verdict's time tells which answer was wrong (size: times)",
    ),
    "numbers": ("tests.bench.numbers:rows", (50_000,), "number reading beside phonenumbers (size: numbers)"),
    "lookup_mysql": (
        "tests.bench.lookup_mysql:rows",
        (100_000,),
        "the same on MariaDB beside the bare driver (size: customers, ten calls each)",
    ),
    "identify": (
        "tests.bench.identify:rows",
        (100_000, 1_000_000),
        "whom a number names, beside the rules of others as SQL (size: customers)",
    ),
    "readers": (
        "tests.bench.readers:rows",
        (100_000, 1_000_000),
        "a Salesforce org's contacts read in bulk, by Airbyte's source, by csv alone, by us (size: contacts)",
    ),
    "lookup": (
        "tests.bench.lookup:rows",
        (100_000, 1_000_000),
        "candidates and their last 20 calls beside raw sqlite3 (size: customers, ten calls each)",
    ),
}


def main() -> None:
    """Measure what the command line names, or everything."""
    listed = "\n".join(f"  {name:10} {what}" for name, (_, _, what) in MEASUREMENTS.items())
    parser = argparse.ArgumentParser(
        "python -m tests.bench", epilog=listed, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure; nothing: all")
    parser.add_argument("--size", help="sizes to measure at, by commas, in place of the usual ones")
    given = parser.parse_args()
    unknown = set(given.names) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    for name in given.names or MEASUREMENTS:
        place, usual, what = MEASUREMENTS[name]
        room, function = place.split(":")
        measure: Measure = getattr(importlib.import_module(room), function)
        sizes = tuple(int(size) for size in given.size.split(",")) if given.size else usual
        _show(name, what, measure(sizes))


def _show(name: str, what: str, rows: list[Row]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [columns, *([_cell(row.get(column, "")) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    sys.stdout.write(f"\n{name}: {what}\n")
    for line in cells:
        sys.stdout.write("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) + "\n")
    for row in rows:
        sys.stdout.write(json.dumps({"bench": name} | row) + "\n")
    sys.stdout.flush()


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


if __name__ == "__main__":
    main()
