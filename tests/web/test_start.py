"""A web process starts lean: what only some requests need is not imported before they come."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HEAVY = (
    *("phonenumbers.geocoder", "phonenumbers.geodata", "zeep", "simple_salesforce", "sqlite3_to_mysql", "alembic"),
    *("plugin.services.move", "plugin.store.moving", "mysql", "redis"),
    *("tink", "apscheduler", "requests", "gunicorn", "connectors.crm.local"),
    *("pyotp", "segno", "webauthn", "authlib"),
)
START = """
import sys
from plugin.settings import load
from plugin.web.app import create_app
from plugin.wiring import House
create_app(House(load(data_dir=sys.argv[1])))
print("\\n".join(sys.modules))
"""


def test_the_application_imports_nothing_heavy(tmp_path: Path) -> None:
    started = [sys.executable, "-c", START, str(tmp_path)]
    done = subprocess.run(started, cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted(set(HEAVY) & set(done.stdout.split())) == []
