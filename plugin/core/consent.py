"""Consent (録音の告知と意向): whether a caller was told that the call is recorded, and whether he wants that.

A caller who declined is not recorded, and what was recorded of him is heard by nobody. One who heard no notice may not
know: his recordings serve neither quality, training nor any export until a manager of the team accepts that. Decides
nothing about who may listen (plugin/core/grants.py).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.calls import Call, Direction
from plugin.core.ids import CallId, CustomerId


class Notice(StrEnum):
    """How a caller was told that the call is recorded."""

    PLAYED = "played"  # by the phone system, before he talked to anybody
    TOLD = "told"  # by the operator, who says so
    WEB_ONLY = "web_only"  # it stands on the company's pages
    NOT_PLAYED = "not_played"
    UNKNOWN = "unknown"


class NoticeWay(StrEnum):
    """How the calls of a phone system are announced, as the site says."""

    EVENTS = "events"  # it tells of each notice; a call without such a word had none
    ALWAYS = "always"  # it plays one before every inbound call is put through, and tells nothing
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a call's notice without anybody saying so, and when it was played."""

    notice: Notice
    at: datetime | None = None


def heard_of(call: Call, way: NoticeWay | None) -> Heard:
    """Return what is known of the notice of a call by its record and by what the site says of its phone system.

    Who is called by us hears no notice of a phone system: there it is the operator who tells. Before anybody talks
    nothing is missing yet.
    """
    if call.notice_at is not None:
        return Heard(Notice.PLAYED, call.notice_at)
    if way is None or call.answered_at is None or call.direction is Direction.INTERNAL:
        return Heard(Notice.UNKNOWN)
    if way is NoticeWay.WEB:
        return Heard(Notice.WEB_ONLY)
    if way is NoticeWay.ALWAYS and call.direction is not Direction.OUTBOUND:
        return Heard(Notice.PLAYED)
    return Heard(Notice.NOT_PLAYED)


def notice_of(heard: Heard, told_at: datetime | None) -> Notice:
    """Return how the caller was told; `told_at`: when the operator said that he told him."""
    if heard.notice is not Notice.PLAYED and told_at is not None:
        return Notice.TOLD
    return heard.notice


def is_untold(notice: Notice, accepted_at: datetime | None) -> bool:
    """Tell whether recordings of the call serve neither quality, training nor any export."""
    return notice is Notice.NOT_PLAYED and accepted_at is None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller said of being recorded, and when: that he declines, or that it may go on."""

    declined: bool
    said_at: datetime


def is_declined(own: Wish | None, before: Wish | None) -> bool:
    """Tell whether a call must not be recorded: by what was said in it, else by what the same person said last.

    `before`: the newest wish of its customer, said before the call was over.
    """
    decided = own or before
    return decided is not None and decided.declined


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What stands of it on a pop. `own`: what the caller said in this call; `decliners`: those of the customers who may
    be calling who said before that they do not want to be recorded.

    `is_declined`: this call must not be recorded. `can_pause`: the phone system can be told so.
    """

    notice: Notice
    notice_at: datetime | None
    own: Wish | None
    decliners: frozenset[CustomerId]
    is_declined: bool
    can_pause: bool


@dataclass(frozen=True, slots=True)
class UntoldCall:
    """A recorded call whose caller heard no notice, and that no manager accepted yet."""

    call_id: CallId
    started_at: datetime
    direction: Direction
    operator: str
    queue: str | None
    recordings: int
