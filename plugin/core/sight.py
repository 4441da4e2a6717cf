"""How much of a call, or of a customer, one person may see on a page: the strict half of the rules for pages.

Deny is the default. A role opens nothing by itself: an operator sees a customer because that customer may be on his
line now, and free text because he proved who he is in that call, or because the operator wrote it a moment ago.
"""

from dataclasses import dataclass

from plugin.core.access import INTERNAL_PURPOSES, Deed, HistoryView, Purpose, history_view, is_own_team, may
from plugin.core.identity import Level
from plugin.core.staff import Role, Staff


@dataclass(frozen=True, slots=True)
class Relation:
    """What joins a person to what he wants to see, at this moment.

    `live`: a call on his desk may be with this customer, or from this number. `level`: what was proved of the customer
    in such a call, to him, in this session. `own`: he took this very call and is still at its after-call work, or a
    promise he made in it is open. `loose`: the call is over and nobody's, so that somebody must say whose it was.
    `purpose`: why a supervisor looks, one of the internal ones. `teams`: for each call whose text is there, the teams
    of those who talked in it, where known.
    """

    live: bool = False
    level: Level = Level.NONE
    own: bool = False
    loose: bool = False
    purpose: Purpose | None = None
    teams: frozenset[frozenset[str]] = frozenset()


def sight(staff: Staff, relation: Relation, pre_verify_detail: str) -> HistoryView:
    """Return how much `staff` may see; NOTHING must look the same as a thing that does not exist."""
    if not may(staff.role, Deed.USE_DESK):
        return HistoryView.NOTHING
    if relation.own or (relation.live and relation.level >= 1):
        return HistoryView.FULL
    if staff.role is Role.SUPERVISOR:
        opens = relation.purpose in INTERNAL_PURPOSES and may_give_purpose(staff, relation)
        return HistoryView.FULL if opens else HistoryView.TAGS
    if relation.live or relation.loose:
        return history_view(staff.role, Level.NONE, pre_verify_detail)
    return HistoryView.NOTHING


def may_give_purpose(staff: Staff, relation: Relation) -> bool:
    """Tell whether a purpose opens the text to him: to a supervisor, where his team talked in each of the calls."""
    return staff.role is Role.SUPERVISOR and all(is_own_team(staff, teams) for teams in relation.teams)
