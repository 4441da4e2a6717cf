"""A kintone set up as docs/kintone.md says, the connector that speaks to it, and a hand that makes people there."""

from dataclasses import replace
from pathlib import Path

from connectors.crm.kintone import KintoneCrm
from connectors.crm.tempo import Tempo
from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenAnswer, WrittenNumber
from tests.kintone_site import KintoneSite
from tests.kintone_site.fields import Field

CUSTOMERS, ACTIVITIES = 11, 12


CUSTOMER_FIELDS = (
    Field("顧客名", required=True),
    Field("フリガナ"),
    Field("顧客コード", unique=True),
    Field("顧客区分", "DROP_DOWN", options=("個人", "法人")),
    Field("世帯"),
    Field("会社", "NUMBER"),
    Field("退会", "CHECK_BOX", options=("退会済み",)),
    Field("携帯電話", "LINK"),
    Field("自宅電話"),
    Field("生年月日", "SINGLE_LINE_TEXT"),
    Field("合言葉"),
)
ACTIVITY_FIELDS = (
    Field("通話ID", required=True, unique=True, most_letters=64),
    Field("版", "NUMBER"),
    Field("顧客ID", "NUMBER"),
    Field("件名"),
    Field("内容", "MULTI_LINE_TEXT"),
    Field("通話開始"),
    Field("開始日時", "DATETIME"),
    Field("日付", "DATE"),
    Field("通話秒数", "NUMBER"),
    Field("発着信", "DROP_DOWN", options=("着信", "発信", "内線")),
    Field("通話結果"),
    Field("対応結果"),
    Field("記入者"),
    Field("リンク", "LINK"),
)


def dress(site: KintoneSite) -> None:
    """Make both apps."""
    site.app(CUSTOMERS, CUSTOMER_FIELDS, code="CUST")
    site.app(ACTIVITIES, ACTIVITY_FIELDS)


def options_of(site: KintoneSite, folder: Path, **more: str) -> dict[str, str]:
    """Return the options that a Denwaban at `folder` has for the site; it signs in with tokens of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    given = {"url": site.url, "customers_app": str(CUSTOMERS), "activities_app": str(ACTIVITIES)}
    given["fields"] = "携帯電話=own_mobile, 生年月日=birth_date, 合言葉=passphrase"
    if "login" not in more:
        for name, token in (
            ("customers_token_file", site.token(CUSTOMERS, "view")),
            ("activities_token_file", site.token(ACTIVITIES, "view", "add", "edit")),
        ):
            given[name] = secret(folder / name, token)
    return given | more


def secret(path: Path, text: str) -> str:
    """Write a secret as its owner's alone, and return its path."""
    path.touch(mode=0o600)
    path.write_text(text)
    return str(path)


def crm_of(site: KintoneSite, folder: Path, tempo: Tempo | None = None, **more: str) -> KintoneCrm:
    """Return a connector to the site, as another process would have."""
    return KintoneCrm(data_dir=folder, options=options_of(site, folder, **more), tempo=tempo)


class Hand:
    """Somebody at kintone's own pages who makes, alters and deletes the people of a test."""

    def __init__(self, site: KintoneSite) -> None:
        self._app = site.apps[CUSTOMERS]
        self._ids: dict[str, int] = {}
        self._made = 0

    def change(self, people: list[CrmCustomer]) -> None:
        """Make each person, alter him, or delete his record."""
        for one in people:
            known = self._ids.get(one.external_id)
            if known is None:
                self._ids[one.external_id] = known = self._app.insert(**self._values(one))
            elif not one.gone:
                self._app.change(known, **self._values(one))
            if one.gone:
                self._app.delete([known])

    def _values(self, one: CrmCustomer) -> dict[str, object]:
        numbers = {number.kind: number.raw for number in one.numbers}
        answers = {answer.item: answer.value for answer in one.answers}
        return {
            "顧客名": one.name,
            "フリガナ": one.kana,
            "顧客コード": one.code,
            "顧客区分": "法人" if one.kind is CustomerKind.ORGANISATION else "個人",
            "世帯": one.household or "",
            "会社": str(self._ids.get(one.organisation or "", "")),
            "携帯電話": numbers.get(NumberKind.MOBILE, ""),
            "自宅電話": numbers.get(NumberKind.HOME, ""),
            "生年月日": answers.get("birthday", ""),
            "合言葉": answers.get("passphrase", ""),
        }

    def as_there(self, one: CrmCustomer) -> CrmCustomer:
        """Return how he comes over."""
        values = self._values(one)
        row = self._app.rows.get(self._ids[one.external_id])
        items = {
            "name": "顧客名",
            "name_kana": "フリガナ",
            "member_code": "顧客コード",
            "phone_home": "自宅電話",
            "phone_mobile": "携帯電話",
            "birth_date": "生年月日",
            "passphrase": "合言葉",
        }
        return replace(
            one,
            external_id=str(self._ids[one.external_id]),
            organisation=str(values["会社"]) or None,
            numbers=tuple(
                WrittenNumber(field, str(values[field]), kind, personal)
                for field, kind, personal in (
                    ("自宅電話", NumberKind.HOME, False),
                    ("携帯電話", NumberKind.MOBILE, True),
                )
                if values[field]
            ),
            answers=tuple(WrittenAnswer(item, str(values[code])) for item, code in items.items() if values[code]),
            stamp=str(row.revision) if row else "",
        )
