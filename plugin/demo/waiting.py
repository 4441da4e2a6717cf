"""What waits on the demo's desks when its day begins: a written request for disclosure, and a report of harassment."""

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from plugin.core.cases import CaseKind
from plugin.core.disclosure import AskedBy, Way
from plugin.core.disclosure_intake import Intake
from plugin.core.harassment import Conduct
from plugin.core.ids import CallId
from plugin.core.numbers import External, read_number
from plugin.core.staff import Staff
from plugin.core.times import local_day
from plugin.demo.people import numbers_by_code, row_of
from plugin.wiring import House


def leave_waiting(house: House, worker: Staff, second: Staff, last_calls: Mapping[str, tuple[CallId, Staff]]) -> None:
    """Open the request's case for `worker` with `second` on it, and let an operator report a caller.

    `last_calls`: by member code, the last call and who took it.
    """
    told = tomllib.loads((files("plugin.demo") / "data" / "waiting.toml").read_text("utf-8"))
    today = local_day(house.clock(), house.settings.tz)
    case_id = house.keeping.disclosures.open(worker, _request(told["request"], today, house.settings.region))
    house.keeping.disclosures.join(second, case_id, "second")
    report = told["report"]
    call_id, operator = last_calls[report["who"]]
    house.keeping.harassment.report(operator, call_id, Conduct(report["conduct"]), report["words"])


def _request(told: dict[str, Any], today: date, region: str) -> Intake:
    row, number = row_of(told["who"]), read_number(numbers_by_code()[told["who"]], region)
    return Intake(
        kind=CaseKind.DISCLOSURE,
        asked_by=AskedBy.SELF,
        name=row["氏名"],
        contact=f"{row['住所']}\n{row['本人携帯']}",
        office="",
        way=Way(told["way"]),
        received_on=today - timedelta(days=told["received_days_ago"]),
        call_on=today - timedelta(days=told["call_days_ago"]),
        window=(_minute(told["from"]), _minute(told["to"])),
        operator=told["operator"],
        number=number.e164 if isinstance(number, External) else None,
        gist=told["gist"],
        reason=told["reason"],
    )


def _minute(written: str) -> int:
    hour, minute = written.split(":")
    return int(hour) * 60 + int(minute)
