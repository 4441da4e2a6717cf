"""A disclosure's copy leaves after two people decided that its recording is given, and not before."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Executable, delete, func, insert, select, update

from plugin.core.disclosure import Audio, Decision
from plugin.core.errors import Conflict, NotFound
from plugin.core.ids import CaseId, RecordingId, RedactionId
from plugin.core.staff import Role, Staff
from plugin.core.timeline import SummaryForm
from plugin.services.redaction_forms import CutForm
from plugin.services.redactions import Redactions
from plugin.store.sealed import SealedFile
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.consents import notices
from plugin.store.tables.disclosures import disclosures
from plugin.store.tables.keeping import cases
from plugin.store.tables.recordings import recordings
from plugin.store.tables.redactions import redactions
from plugin.store.tables.staff import users
from plugin.store.vault import Vault
from tests.kit.clock import HandClock
from tests.kit.desk import Office, seat
from tests.kit.disclosures import SENDER, Bureau
from tests.kit.site import Place

pytestmark = pytest.mark.needs("ffmpeg")


@pytest.fixture
def bureau(tmp_path: Path, clock: HandClock) -> Iterator[Bureau]:
    with Place(tmp_path, clock, **SENDER) as place:
        yield Bureau(place, Office(place, clock))


def _confirmed(bureau: Bureau, case_id: CaseId, recording: RecordingId, *ranges: str) -> RedactionId:
    """Have a copy made for the disclosure, as if a second listener had confirmed it."""
    parts = bureau.house.keeping.redacting
    copy = parts.redactions.ask_for_case(bureau.hara, recording, case_id, CutForm(ranges, "silence"))
    assert parts.making.make() == 1
    with bureau.house.store.write() as connection:
        connection.execute(update(redactions).where(redactions.c.id == copy).values(state="confirmed"))
    return copy


def _stays(bureau: Bureau, by: Staff, copy: RedactionId) -> str:
    """Return why it stays, as the page says it and as whoever tries is told; "" where it leaves."""
    redactions, why = bureau.house.keeping.redacting.redactions, ""
    try:
        redactions.give_out(by, copy, "flac").body.close()  # type: ignore[attr-defined]
    except Conflict as error:
        why = error.facts["why"]
    assert why == (redactions.page(by, copy).stays or "")
    return why


def _sent(bureau: Bureau) -> int:
    with bureau.house.store.read() as connection:
        wanted = select(func.count()).where(audit_lines.c.act == "redaction.exported")
        return connection.scalar(wanted) or 0


def test_a_disclosures_copy_leaves_once_two_decided_so_and_by_who_works_on_it(bureau: Bureau) -> None:
    recording, other = bureau.record(), seat(bureau.place.staff("other", "他の人", role=Role.PRIVACY))
    case_id = bureau.found()
    copy = _confirmed(bureau, case_id, recording, "0-500:person")
    uncut = _confirmed(bureau, case_id, recording)
    assert _stays(bureau, bureau.hara, copy) == "undecided"
    bureau.check(case_id, Audio.REDACTED)
    bureau.propose(case_id)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    assert _stays(bureau, bureau.hara, copy) == "undecided"
    bureau.agree(case_id)
    assert [_stays(bureau, by, copy) for by in (bureau.kubo, other)] == ["others", "others"]
    assert _stays(bureau, bureau.hara, uncut) == "whole"
    assert bureau.file(case_id).unredacted == ()
    assert _sent(bureau) == 0
    assert _stays(bureau, bureau.hara, copy) == ""
    assert _sent(bureau) == 1
    anew = SummaryForm("delivery", "solved", "別の用件", version=1)
    bureau.house.timeline.save(bureau.office.tanaka, bureau.past, anew)
    assert _stays(bureau, bureau.hara, copy) == "undecided"  # it is not what they agreed to any more


def test_what_a_refusal_leaves_out_stays_and_so_does_what_came_after_the_letter(bureau: Bureau) -> None:
    recording, case_id = bureau.record(), bureau.found()
    copy = _confirmed(bureau, case_id, recording, "0-500:person")
    bureau.check(case_id, Audio.REDACTED)
    bureau.propose(case_id, Decision.REFUSE)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    bureau.agree(case_id)
    assert _stays(bureau, bureau.hara, copy) == "not_given"
    other = bureau.found()
    bureau.check(other, Audio.REDACTED)
    bureau.propose(other)
    bureau.disclosures.join(bureau.kubo, other, "second")
    bureau.agree(other)
    bureau.answers.issue(bureau.hara, other, "ja")
    given = _confirmed(bureau, other, recording, "0-500:person")
    late = bureau.another()
    with bureau.house.store.write() as connection:  # as when their calls were one
        connection.execute(update(recordings).values(call_id=bureau.past))
    assert _stays(bureau, bureau.hara, _confirmed(bureau, other, late, "0-500:person")) == "not_given"
    assert _stays(bureau, bureau.hara, given) == ""


class _Meanwhile:
    """A vault in which something happens while the file is opened."""

    def __init__(self, vault: Vault, happens: Callable[[], None]) -> None:
        self._vault, self._happens = vault, happens

    def open(self, *what: Any) -> SealedFile:
        opened = self._vault.open(*what)
        self._happens()
        return opened


def test_what_changes_while_a_file_is_opened_keeps_it_in_the_house(bureau: Bureau) -> None:
    house, recording, case_id = bureau.house, bureau.record(), bureau.found()
    bureau.check(case_id, Audio.REDACTED)
    bureau.propose(case_id)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    bureau.agree(case_id)
    copy = _confirmed(bureau, case_id, recording, "0-500:person")
    hara = update(users).where(users.c.id == bureau.hara.user_id)
    row = update(disclosures).where(disclosures.c.case_id == case_id)
    changes = [
        (row.values(decided_at=None), row.values(decided_at=1)),
        (row.values(worked_by=bureau.kubo.user_id), row.values(worked_by=bureau.hara.user_id)),
        (update(cases).values(closed_at=1), update(cases).values(closed_at=None)),
        (hara.values(role="operator"), hara.values(role="privacy")),
        (insert(notices).values(call_id=bureau.past, notice="not_played"), delete(notices)),
    ]
    for change, back in changes:

        def happens(what: Executable = change) -> None:
            with house.store.write() as connection:
                connection.execute(what)

        vault = cast(Vault, _Meanwhile(house.vault, happens))
        redactions = Redactions(house.store, vault, house.clock, house.approvals, house.grants, house.keeping.begun)
        with pytest.raises((Conflict, NotFound)):
            redactions.give_out(bureau.hara, copy, "flac")
        happens(back)
    assert _sent(bureau) == 0
    assert _stays(bureau, bureau.hara, copy) == ""
