"""Pages speak two languages, completely, and write dates as people do."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

from plugin.core.errors import DenwabanError, InputError
from plugin.web import dates, replies
from plugin.web.texts import table, text

WEB = Path(__file__).parent.parent.parent / "plugin" / "web"
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def _names(said: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(said) if name}


def test_every_text_is_complete_in_both_languages() -> None:
    for key, row in table().items():
        assert all(said.strip() for said in row), key
        assert len({frozenset(_names(said)) for said in row}) == 1, f"{key}: the languages name other values"
        assert not any(JAPANESE.search(said) for said in row[1:]), f"{key}: Japanese in the English"


def test_every_text_that_pages_use_exists() -> None:
    known = table()
    missing = []
    for page in [*WEB.rglob("*.html"), *WEB.rglob("*.py")]:
        used = page.read_text("utf-8")
        missing += [key for key in re.findall(r"""\bt\(\s*["']([a-z_.0-9]+)["']\s*[,)]""", used) if key not in known]
        for head in re.findall(r"""\bt\(\s*["']([a-z_.0-9]+)["']\s*~""", used):
            missing += [] if any(key.startswith(head) for key in known) else [head]
    assert missing == []


def test_every_error_has_words_beside_a_form() -> None:
    kinds = [DenwabanError]
    for kind in kinds:
        kinds += kind.__subclasses__()
        assert replies.wrong("disclosures", kind("a_reason_of_tomorrow")) in table(), kind
    assert len(kinds) > 10
    assert replies.wrong("disclosures", InputError("until")) == "disclosures.wrong.until"
    assert replies.wrong("disclosures", None) == ""


def test_english_counts() -> None:
    assert "1 minute." in text("en", "sign_in.limit", n=1)
    assert "2 minutes." in text("en", "sign_in.limit", n=2)


def test_dates_and_lengths_are_written_as_people_do() -> None:
    tokyo, now = ZoneInfo("Asia/Tokyo"), datetime(2026, 11, 23, tzinfo=UTC)
    at = datetime(2026, 11, 22, 5, 5, tzinfo=UTC)
    assert dates.write_when(at, "ja", tokyo, now) == "11/22(日) 14:05"
    assert dates.write_when(at, "en", tokyo, now) == "Sun 22 Nov 14:05"
    assert dates.write_day(date(2025, 1, 6), "ja", now.date()) == "2025/1/6(月)"
    assert dates.write_day(date(2025, 1, 6), "en", now.date()) == "Mon 6 Jan 2025"
    assert [dates.write_length(s, "ja") for s in (192, 0, 60, 3601)] == ["3分12秒", "0秒", "1分", "1時間1秒"]
    assert [dates.write_length(s, "en") for s in (192, 0)] == ["3 min 12 s", "0 s"]
