"""The health page tells of the CRM's papers: in words, with what to do, before they end."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.staff import Role
from plugin.settings import load
from plugin.wiring import House, now
from tests.kit.staff import app_of, browser_of, hire
from tests.salesforce_org.oauth import make_app


@pytest.mark.parametrize(
    ("days", "light", "ja", "en"),
    [
        (40, "正常", "証明書はあと 40日有効です", "good for 40 more days"),
        (29, "確認", "証明書はあと 29日で切れます", "ends in 29 days"),
        (1, "確認", "新しい鍵と証明書を作り", "ends in 1 day;"),
        (-1, "対応", "証明書の有効期限が切れています", "has ended"),
    ],
)
def test_health_tells_of_a_certificate_before_it_ends(
    tmp_path: Path, newest_sqlite: Path, days: int, light: str, ja: str, en: str
) -> None:
    app = make_app("denwaban@example.com", now() + timedelta(hours=1), days)
    house = _salesforce(tmp_path, newest_sqlite, app.private_key_pem, app.certificate_pem)
    (row,) = _crm_rows(house, "ja")
    assert f">{light}</span>" in row
    assert ja in row
    assert en in _crm_rows(house, "en")[0]
    house.close()


def test_health_says_nothing_of_papers_where_there_are_none_and_what_to_do_where_they_cannot_be_read(
    house: House, tmp_path: Path, newest_sqlite: Path
) -> None:
    assert _crm_rows(house, "ja") == []
    app, other = (make_app("denwaban@example.com", now(), number=number) for number in (1, 2))
    crossed = _salesforce(tmp_path / "1", newest_sqlite, app.private_key_pem, other.certificate_pem)
    assert "証明書と鍵の組み合わせが違います" in _crm_rows(crossed, "ja")[0]
    (tmp_path / "1" / "salesforce.key").write_text("no key")
    assert "読み取れません" in _crm_rows(crossed, "ja")[0]
    crossed.close()
    wrong = _salesforce(
        tmp_path / "2", newest_sqlite, app.private_key_pem, app.certificate_pem, url="http://example.jp"
    )
    assert "CRMの設定に誤りがあります" in _crm_rows(wrong, "ja")[0]
    wrong.close()


def _salesforce(
    folder: Path, newest: Path, key: str, certificate: str, url: str = "https://x.my.salesforce.com"
) -> House:
    (folder / "data").mkdir(mode=0o700, parents=True)
    shutil.copyfile(newest, folder / "data" / "denwaban.db")
    for name, text in (("key", key), ("crt", certificate)):
        (folder / f"salesforce.{name}").write_text(text)
        (folder / f"salesforce.{name}").chmod(0o600)
    files = {"key_file": str(folder / "salesforce.key"), "certificate_file": str(folder / "salesforce.crt")}
    options = {"url": url, "client_id": "3MVG9", "username": "denwaban@example.com", **files}
    return House(load(data_dir=folder / "data", crm="salesforce", crm_options=options))


def _crm_rows(house: House, lang: str) -> list[str]:
    """Return what the health page says of the CRM's sign-in, as an administrator who reads `lang` sees it."""
    user = hire(house, Role.ADMIN, f"admin{len(house.accounts.all(None))}", lang=lang)
    page = browser_of(app_of(house), house, user).get("/admin/health").text
    head = {"ja": "CRMへのサインイン", "en": "Sign-in to the CRM"}[lang]
    return [row for row in page.split('<li class="row">')[1:] if head in row]
