"""Runs an org as a process of its own: `python -m tests.salesforce_org [--port N] [--plain] [--contacts N]`.

Prints one line of JSON with the way in, and ends when its standard input does, so that it never outlives its test.
"""

import argparse
import json
import secrets
import sys
from dataclasses import asdict

from tests.salesforce_org.crowd import fill
from tests.salesforce_org.org import Org


def main() -> None:
    """Listen until standard input ends."""
    parser = argparse.ArgumentParser("python -m tests.salesforce_org", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of loopback; 0: any free one")
    parser.add_argument("--plain", action="store_true", help="http in place of https")
    parser.add_argument("--persons", action="store_true", help="with Person Accounts")
    parser.add_argument("--contacts", type=int, default=0, help="how many contacts there are when it begins")
    given = parser.parse_args()
    with Org(tls=not given.plain, port=given.port, person_accounts=given.persons) as org:
        org.control_key = secrets.token_urlsafe(24)
        fill(org, given.contacts)
        way_in = {"url": org.url, "authority": org.authority, "key": org.control_key, "user_id": org.user_id}
        sys.stdout.write(json.dumps(way_in | {"app": asdict(org.app)}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
