"""The built-in CRM keeps the promises of every CRM, and what is its own: its file, its options."""

import stat
from pathlib import Path

import pytest

from connectors.crm.local import LocalCrm
from connectors.crm.registry import names, open_crm
from plugin.core.errors import SettingError
from tests.connectors.contracts import HANAKO, CrmContract, CrmSite


class TestLocalCrm(CrmContract):
    @pytest.fixture
    def site(self, tmp_path: Path) -> CrmSite:
        crm = LocalCrm(data_dir=tmp_path / "crm", options={})

        def shut() -> None:
            for file in (tmp_path / "crm").glob("local-crm.db*"):
                file.unlink()
            (tmp_path / "crm").joinpath("local-crm.db").mkdir()

        return CrmSite(crm, crm.change, lambda: LocalCrm(data_dir=tmp_path / "crm", options={}), shut, page=500)


def test_a_cursor_of_another_file_begins_at_the_beginning(tmp_path: Path) -> None:
    first, second = (LocalCrm(data_dir=tmp_path / name, options={}) for name in ("a", "b"))
    for crm in (first, second):
        crm.change([HANAKO])
    (page,) = first.changed_since(None)
    for cursor in (page.cursor, "", "nonsense", "x:1", page.cursor.split(":")[0] + ":999"):
        assert [found.customers for found in second.changed_since(cursor)] == [(HANAKO,)]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    crm = open_crm("local", tmp_path / "data", {})
    assert list(crm.changed_since(None)) == []
    file = tmp_path / "data" / "local-crm.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_registry_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    assert "local" in names()
    with pytest.raises(SettingError):
        open_crm("nosuch", tmp_path, {})
    with pytest.raises(SettingError) as refused:
        open_crm("local", tmp_path, {"token": "secret-value"})
    assert "secret-value" not in str(refused.value)
