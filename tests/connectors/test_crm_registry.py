"""CRMs that installed packages add are found by their entry point; one of ours keeps its name."""

import subprocess
import sys
from pathlib import Path

import pytest

from connectors.crm.local import LocalCrm
from connectors.crm.registry import CRMS, open_crm
from plugin.core.errors import SettingError

PACKAGE = """
class AcmeCrm:
    def __init__(self, *, data_dir, options):
        print(data_dir.name, dict(options))
"""
POINTS = """[denwaban.crm]
acme = acme_crm:AcmeCrm
broken = acme_crm:NoSuchClass
local = acme_crm:AcmeCrm
"""
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from connectors.crm.registry import names, open_crm
from plugin.core.errors import SettingError
print(*names())
print(type(open_crm("acme", Path("site"), {"url": "x"})).__name__)
print(type(open_crm("local", Path(sys.argv[1]), {})).__name__)
try:
    open_crm("broken", Path("site"), {})
except SettingError as error:
    print(error.reason)
"""


def test_an_installed_package_adds_a_crm_and_takes_no_name_of_ours(tmp_path: Path) -> None:
    info = tmp_path / "acme_crm-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-crm\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    (tmp_path / "acme_crm.py").write_text(PACKAGE)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "acme broken kintone local salesforce",
        "site {'url': 'x'}",
        "AcmeCrm",
        "LocalCrm",
        "broken_crm",
    ]


def test_ours_is_opened_and_an_unknown_name_is_told(tmp_path: Path) -> None:
    assert isinstance(open_crm("local", tmp_path, {}), LocalCrm)
    with pytest.raises(SettingError, match="unknown_crm"):
        open_crm("nobody", tmp_path, {})


@pytest.mark.parametrize("name", CRMS)
def test_each_of_ours_is_held_to_the_whole_contract(name: str) -> None:
    tests = (Path(__file__).parent / f"test_{name}_crm.py").read_text("utf-8")
    assert "(CrmContract)" in tests
    assert f"connectors.crm.{name}" in tests
