"""The demo's calls as canonical events: those of past months, and those that ring while one watches."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from plugin.core.calls import (
    AgentRef,
    CallEvent,
    Direction,
    EndedBy,
    EventType,
    Media,
    Outcome,
    RecordingFact,
)
from plugin.core.numbers import WithheldReason
from plugin.core.times import local_day
from plugin.demo.speech import CALLER, OPERATOR, Voice

SOURCE = "demo"
LINES = {"サポート": "0120000111", "受付": "0120000222"}
_ROUTINE_CALLS = 90
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Written:
    """What the operator wrote after a past call."""

    topic: str
    disposition: str
    request: str
    response: str
    promise: str
    next_step: str
    promise_in_days: int | None


@dataclass(frozen=True, slots=True)
class Scene:
    """One call: who rings from where, whose phones ring, who answers, for how long. `name` is its native id."""

    name: str
    number: str | None
    withheld: WithheldReason | None
    queue: str
    line: str
    agents: tuple[str, ...]
    answers: str | None
    rings_s: int
    talks_s: int
    pause_s: int = 0
    voice: tuple[tuple[Voice, str], ...] = ()

    @property
    def recording(self) -> str:
        """The name of its recording in the recorder's folder; like a PBX's, it must never be shown."""
        return f"{self.name}.wav"


@dataclass(frozen=True, slots=True)
class PastScene:
    """A call of the past months, whose it was (member code), when it rang, and what was written."""

    scene: Scene
    customer_code: str
    started_at: datetime
    written: Written


def past_scenes(numbers: dict[str, str], today: datetime, zone: ZoneInfo) -> Iterator[PastScene]:
    """Yield the past calls, oldest first; `numbers` gives each member code the number he rang from."""
    told = [*_read("past.toml"), *_routine(sorted(numbers))]
    for place, one in enumerate(sorted(told, key=lambda one: (-int(one["days_ago"]), str(one["at"])))):
        hour, minute = (int(part) for part in one["at"].split(":"))
        day = local_day(today, zone) - timedelta(days=one["days_ago"])
        started_at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        scene = Scene(
            name=f"past-{place:03d}",
            number=numbers[one["who"]],
            withheld=None,
            queue=one["queue"],
            line=LINES[one["queue"]],
            agents=(one["agent"],),
            answers=one["agent"],
            rings_s=6 + place % 9,
            talks_s=one["talk_s"],
            voice=_voices(one.get("voice", ())),
        )
        words = {name: one.get(name, "") for name in ("topic", "disposition", "request", "response", "promise")}
        written = Written(**words, next_step=one.get("next_step", ""), promise_in_days=one.get("promise_in_days"))
        yield PastScene(scene, one["who"], started_at, written)


def _routine(codes: list[str]) -> Iterator[dict[str, Any]]:
    dealt = random.Random(20)  # noqa: S311  the same believable months each time
    ordinary = _read("routine.toml")
    for _ in range(_ROUTINE_CALLS):
        yield dealt.choice(ordinary) | {
            "who": dealt.choice(codes),
            "days_ago": dealt.randint(9, 240),
            "at": f"{dealt.randint(9, 19):02d}:{dealt.randint(0, 59):02d}",
            "talk_s": int(dealt.lognormvariate(5.0, 0.5)),
            "agent": dealt.choice(("101", "102", "103")),
            "queue": dealt.choice(("サポート", "サポート", "受付")),
        }


def live_scenes() -> Iterator[Scene]:
    """Yield the calls that ring while one watches; endless, each with a name of its own."""
    told = _read("live.toml")
    place = 0
    while True:
        one = told[place % len(told)]
        place += 1
        yield Scene(
            name=f"live-{place:05d}",
            number=one.get("number"),
            withheld=WithheldReason(one["withheld"]) if "withheld" in one else None,
            queue=one["queue"],
            line=one["line"],
            agents=tuple(one["agents"]),
            answers=one.get("answers"),
            rings_s=one["rings_s"],
            talks_s=one["talks_s"],
            pause_s=one["pause_s"],
            voice=_voices(one.get("voice", ())),
        )


def events(scene: Scene, started_at: datetime) -> Iterator[CallEvent]:
    """Yield the scene's events in order of time, as a phone system would send them."""
    told = _Teller(scene)
    yield told.event(EventType.QUEUED, started_at)
    for agent in scene.agents:
        yield told.event(EventType.RINGING, started_at + _SECOND, agent)
    answered_at = started_at + scene.rings_s * _SECOND
    if scene.answers is None:
        yield told.end(answered_at, Outcome.ABANDONED)
        return
    yield told.event(EventType.ANSWERED, answered_at, scene.answers)
    for agent in scene.agents:
        if agent != scene.answers:
            yield told.event(EventType.LEG_ENDED, answered_at, agent, outcome=Outcome.ANSWERED_ELSEWHERE)
    ended_at = answered_at + scene.talks_s * _SECOND
    yield told.end(ended_at, Outcome.ANSWERED)
    if scene.voice:
        fact = RecordingFact(
            scene.recording, scene.recording, media=Media.TALK, started_at=answered_at, ended_at=ended_at
        )
        yield told.event(EventType.RECORDING_READY, ended_at + _SECOND, recording=fact)


class _Teller:
    """Writes the events of one scene: ids and order numbers of their own."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._count = 0

    def event(self, kind: EventType, at: datetime, agent: str | None = None, **more: Any) -> CallEvent:
        self._count += 1
        scene = self._scene
        return CallEvent(
            id=f"{scene.name}-{self._count}",
            source=SOURCE,
            type=kind,
            occurred_at=at,
            source_call_ids=(scene.name,),
            sequence=self._count,
            leg_id=agent and f"{scene.name}-{agent}",
            direction=Direction.INBOUND,
            customer_number=scene.number,
            withheld=scene.withheld,
            our_number=scene.line,
            queue=scene.queue,
            agent=AgentRef(extension=agent) if agent else None,
            **more,
        )

    def end(self, at: datetime, outcome: Outcome) -> CallEvent:
        return self.event(EventType.ENDED, at, outcome=outcome, ended_by=EndedBy.CUSTOMER)


def _voices(lines: tuple[str, ...] | list[str]) -> tuple[tuple[Voice, str], ...]:
    who = {"o": OPERATOR, "c": CALLER}
    return tuple((who[line[0]], line[2:]) for line in lines)


def _read(name: str) -> list[dict[str, Any]]:
    told = tomllib.loads((files("plugin.demo") / "data" / name).read_text("utf-8"))
    calls: list[dict[str, Any]] = told["call"]
    return calls
