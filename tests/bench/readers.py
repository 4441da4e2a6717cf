"""Reads every contact of an org in bulk: Airbyte's source, the csv module alone, and ours.

The org is the simulated one of the tests, in a process of its own that is not counted. Each reader is a process too:
its CPU is user and system time of that process, start included, its memory the most that was resident.
"""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests.bench import Row

if TYPE_CHECKING:
    from tests.salesforce_org.remote import RemoteOrg

VERSION = "64.0"
SOQL = "SELECT Id, LastName, FirstName, Name, Phone, MobilePhone, HomePhone, OtherPhone, SystemModstamp FROM Contact"
ROOT = Path(__file__).parent.parent.parent
AIRBYTE = ROOT / ".tox" / "clients" / "bin" / "source-salesforce"
_PAGE = 50_000


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure with so many contacts each; Airbyte's source only where `tox run -e clients` has installed it."""
    from tests.salesforce_org.remote import RemoteOrg

    found: list[Row] = []
    for size in sizes:
        with RemoteOrg("--contacts", str(size)) as org, tempfile.TemporaryDirectory(prefix="bench") as folder:
            org.do("jobs", polls=1)
            way_in = _way_in(org, Path(folder))
            readers = {name: [sys.executable, "-m", "tests.bench.readers", name, way_in] for name in READERS}
            if AIRBYTE.exists():
                readers = {"airbyte": _airbyte(org, Path(folder)), **readers}
            found += [_measure(name, size, command, org, Path(folder)) for name, command in readers.items()]
    return found


def _way_in(org: "RemoteOrg", folder: Path) -> str:
    key = folder / "salesforce.key"
    key.write_text(org.app.private_key_pem)
    key.chmod(0o600)
    options = {"url": org.url, "client_id": org.app.consumer_key, "username": org.app.username, "key_file": str(key)}
    secret = {"secret": org.app.consumer_secret, "folder": str(folder)}
    return json.dumps({"options": options, **secret})


def _airbyte(org: "RemoteOrg", folder: Path) -> list[str]:
    """Return the command that lets Airbyte's source read all contacts; it takes all of their fields."""
    app = {"client_id": org.app.consumer_key, "client_secret": org.app.consumer_secret}
    config = app | {"auth_type": "Client", "refresh_token": org.app.refresh_token, "force_use_bulk_api": True}
    stream = {"name": "Contact", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    chosen = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps({"streams": [chosen]}))
    return [str(AIRBYTE), "read", "--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]


def _measure(name: str, size: int, command: Sequence[str], org: "RemoteOrg", folder: Path) -> Row:
    """Run a reader, which tells of each contact in a line of its own (Airbyte's), or of their number at its end."""
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    trust = {"REQUESTS_CA_BUNDLE": org.authority}
    if name == "airbyte":
        trust["HTTPS_PROXY"] = org.url.replace("https://", "http://")
    begin = time.monotonic()
    own = folder if name == "airbyte" else ROOT  # Airbyte's leaves files behind where it is ended
    reader = subprocess.Popen(command, cwd=own, env=kept | trust, stdout=subprocess.PIPE)
    assert reader.stdout is not None, "it was asked for"
    with reader.stdout as told:
        read = sum(b'"type":"RECORD"' in line for line in told) if name == "airbyte" else int(told.read() or 0)
    _, status, used = os.wait4(reader.pid, 0)
    reader.returncode = os.waitstatus_to_exitcode(status)
    if reader.returncode or read != size:
        raise RuntimeError(f"{name} ended with {reader.returncode} and read {read} of {size}")
    cpu_s = used.ru_utime + used.ru_stime
    return {
        "reader": name,
        "contacts": size,
        "cpu_s": round(cpu_s, 1),
        "rows_per_cpu_s": round(size / cpu_s),
        "peak_mb": round(used.ru_maxrss / 1024),
        "took_s": round(time.monotonic() - begin),
    }


def read_csv(way_in: Mapping[str, str], options: Mapping[str, str]) -> int:
    """Read the pages of one bulk job with requests and csv alone: what no reader in Python does with less."""
    with requests.Session() as http:
        form = {"grant_type": "client_credentials", "client_id": options["client_id"]}
        url = f"{options['url']}/services/oauth2/token"
        token = http.post(url, data=form | {"client_secret": way_in["secret"]}, timeout=60).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        jobs = f"{options['url']}/services/data/v{VERSION}/jobs/query"
        job = http.post(jobs, json={"operation": "query", "query": SOQL}, timeout=600).json()["id"]
        while http.get(f"{jobs}/{job}", timeout=60).json()["state"] != "JobComplete":
            time.sleep(0.2)
        read, query = 0, {"maxRecords": str(_PAGE)}
        while query.get("locator") != "null":
            page = http.get(f"{jobs}/{job}/results", params=query, timeout=600)
            read += sum(1 for _ in csv.reader(io.StringIO(page.content.decode(), newline=""))) - 1
            query["locator"] = page.headers["Sforce-Locator"]
        return read


def read_ours(way_in: Mapping[str, str], options: Mapping[str, str]) -> int:
    """Read everybody through our connector; the customers of each page are made and dropped."""
    from connectors.crm.salesforce import SalesforceCrm  # each reader pays for what it loads

    pages = SalesforceCrm(Path(way_in["folder"]), options).changed_since(None)
    return sum(len(page.customers) for page in pages)


READERS = {"csv": read_csv, "ours": read_ours}

if __name__ == "__main__":
    given = json.loads(sys.argv[2])
    sys.stdout.write(f"{READERS[sys.argv[1]](given, given['options'])}\n")
