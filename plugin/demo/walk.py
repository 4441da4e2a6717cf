"""One call through all four walks, as a machine that wants to know whether the site works would do it.

Call in → pop; verify → playback; summary → CRM timeline; and the sync that brought the customer. Each step says what
it saw; the first that is wrong ends the walk with a word for it.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from plugin.core.calls import CallEvent, EventType
from plugin.core.errors import DenwabanError
from plugin.core.history import HistoryOf
from plugin.core.ids import CustomerId
from plugin.core.numbers import read_number
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role
from plugin.demo.browser import Browser, Watch
from plugin.demo.people import MOBILE, row_of
from plugin.demo.post import Poster
from plugin.demo.script import SOURCE, Scene, events, live_scenes
from plugin.demo.stage import Stage
from plugin.settings import load
from plugin.store import recordings
from plugin.wiring import House, now

_WHO = "S10021"
_WITHIN_S = 20.0
_MOST_PAST = 20
_L1 = {"birth_date": "生年月日", "postal_code": "郵便番号", "contract_number": "契約番号"}
_L2 = {"passphrase": "合言葉"}
_JUDGE = re.compile(r"/identity/([0-9A-Z]{26})/judge")


@dataclass(frozen=True, slots=True)
class Step:
    """What was looked at, and whether it was as it should be."""

    name: str
    fine: bool


class _WentWrong(Exception):
    pass


class Walk:
    """The walk on a running site. `say` is told each step as it is done."""

    def __init__(self, stage: Stage, say: Callable[[Step], None]) -> None:
        self._stage = stage
        self._say = say
        self._house = House(load())
        self._row = row_of(_WHO)

    def run(self) -> bool:
        """Walk, and return whether every step was fine."""
        try:
            self._walk()
        except (_WentWrong, DenwabanError) as error:
            self._say(Step(str(error), fine=False))
            return False
        finally:
            self._house.close()
        return True

    def _see(self, fine: bool, name: str) -> None:
        if not fine:
            raise _WentWrong(name)
        self._say(Step(name, fine=True))

    def _walk(self) -> None:
        found = self._house.customers.match(read_number(self._row[MOBILE], "JP")).candidates
        self._see(len(found) == 1, "synced customer is found under the caller's number")
        customer = found[0].customer
        account = next(one for one in self._stage.accounts if one.role == Role.SERVICE)
        browser = Browser(self._stage.address, account)
        told = _told(account.extension, self._row[MOBILE])
        watch = browser.watch(lambda shown: customer.name in shown)
        poster = Poster(self._stage.address, SOURCE, self._stage.secret)
        ringing_at = time.perf_counter()
        poster.post(_until(told, EventType.RINGING))
        self._see(watch.until_seen(_WITHIN_S), "the pop names the candidate")
        self._see(True, f"… {round((time.perf_counter() - ringing_at) * 1000)} ms after the ring")
        call_id = watch.order[0]
        poster.post(_until(told, EventType.ANSWERED))
        self._verify_and_listen(browser, watch, call_id, customer.id)
        poster.post(told)
        self._write(browser, call_id, customer.external_id)

    def _verify_and_listen(self, browser: Browser, watch: Watch, call_id: str, customer_id: CustomerId) -> None:
        ready = self._recordings_of(customer_id)
        self._see(bool(ready), "earlier calls have recordings")
        written = "集荷センターで滞留"  # of the newest call's summary
        self._see(written not in watch.shown, "nothing written is told before the caller is verified")
        audio = f"/recordings/{ready[0]}/audio"
        browser.get(audio, expect=404)
        self._see(True, "no byte of audio before the caller is verified")
        browser.post(f"/desk/calls/{call_id}/choose", customer_id=customer_id)
        at = f"/calls/{call_id}/customers/{customer_id}/identity"
        begun = _JUDGE.search(browser.post(at, role="self"))
        self._see(begun is not None, "the verification begins")
        assert begun is not None
        self._answer(browser, f"{at}/{begun.group(1)}/judge", _L1)
        self._see(written in browser.get("/desk/state").text, "verified: what was written is told")
        browser.get(audio, expect=404)
        self._see(True, "the history alone opens no audio")
        self._answer(browser, f"{at}/{begun.group(1)}/raise", _L2)
        browser.post(f"/recordings/{ready[0]}", purpose="caller_request")
        heard = browser.get(audio, expect=206, headers={"Range": "bytes=0-4095"}).content
        self._see(heard[:4] == b"RIFF" and len(heard) == 4096, "verified further: the recording plays")

    def _answer(self, browser: Browser, at: str, items: dict[str, str]) -> None:
        browser.post(at, **{f"answer-{item}": self._row[column] for item, column in items.items()})

    def _recordings_of(self, customer_id: CustomerId) -> list[str]:
        def ready() -> list[str]:
            (past,) = self._house.history.newest([HistoryOf(customer_id, None, _MOST_PAST)])
            with self._house.store.read() as connection:
                kept = recordings.of_calls(connection, [one.id for one in past])
            return [one.id for some in kept.values() for one in some if one.state is RecordingState.READY]

        return self._wait_for(ready)

    def _write(self, browser: Browser, call_id: str, external_id: str) -> None:
        promise = "配送状況を本日中にご連絡する"
        browser.post(
            f"/desk/calls/{call_id}/note",
            topic="delivery",
            disposition="follow_up",
            request="折り返しの催促。",
            response="お詫びし、状況を確認。",
            promise=promise,
            version="0",
        )

        def landed() -> list[str]:
            entries = self._house.crm.timeline_of(external_id, 10)
            return [entry.external_id for entry in entries if promise in entry.text and "/calls/" in entry.link]

        self._see(len(self._wait_for(landed)) == 1, "one entry stands on the CRM's timeline, with the gated link")

    def _wait_for(self, look: Callable[[], list[str]]) -> list[str]:
        deadline = time.monotonic() + _WITHIN_S
        while not (seen := look()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return seen


def _told(extension: str, number: str) -> list[CallEvent]:
    model = next(islice(live_scenes(), 1))
    scene = Scene(
        name="once",
        number=number,
        withheld=None,
        queue=model.queue,
        line=model.line,
        agents=(extension,),
        answers=extension,
        rings_s=2,
        talks_s=30,
    )
    return list(events(scene, now()))


def _until(told: list[CallEvent], last: EventType) -> list[CallEvent]:
    place = max(index for index, event in enumerate(told) if event.type is last)
    return told[: place + 1]
