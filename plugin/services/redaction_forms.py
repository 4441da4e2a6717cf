"""What people tell when they cut ranges out of a recording, and what they are shown of it. Values alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.core.approvals import Approval
from plugin.core.heard import Stretch
from plugin.core.ids import CaseId
from plugin.core.recordings import Recording
from plugin.core.redaction import Form, Redaction, Stays
from plugin.store.derivatives import Derivative


@dataclass(frozen=True, slots=True)
class CutForm:
    """What a person asks to be cut, as the form tells it: ranges (`core/redaction.py` `read_ranges`) and what stands in
    their place. `from_ms`, `to_ms`: of which stretch, for a clip.
    """

    ranges: Sequence[str]
    hush: str
    from_ms: str = "0"
    to_ms: str = "0"


@dataclass(frozen=True, slots=True)
class ClipForm:
    """What a clip has beside, as the form tells it."""

    title: str
    audience: str
    days: str


@dataclass(frozen=True, slots=True)
class Editor:
    """What the page shows on which ranges are chosen. `cases`: the open cases of ours that the call belongs to, by id
    and number; `until`: up to when a clip may live at most. `before`: an earlier copy's, to go on from.
    """

    recording: Recording
    cases: tuple[tuple[CaseId, str], ...]
    until: datetime | None
    before: Redaction | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A copy as its page shows it. `heard`: what this person heard of it; `is_heard`: all of it. `approval`: the
    request that waits, whose hash stands for exactly this copy. `stays`: why a confirmed one of an open case does not
    leave.
    """

    copy: Redaction
    files: tuple[Derivative, ...]
    approval: Approval | None
    heard: tuple[Stretch, ...]
    is_heard: bool
    may_hear: bool
    stays: Stays | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """A file that is given out: its name, form, length and sha-256, and the bytes of it."""

    name: str
    form: Form
    size_bytes: int
    sha256: str
    body: Iterator[bytes]
