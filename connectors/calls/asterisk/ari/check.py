"""Whether calls can be entered: is ARI there, does it let us in, and does the listener hold our application open."""

from enum import StrEnum

from connectors.calls.asterisk.ari.line import AriAccount, AriLine
from plugin.core.errors import NotFound, OutsideError


class AriFinding(StrEnum):
    """What stands in the way; the first that does."""

    UNREACHABLE = "unreachable"
    LOGIN_REFUSED = "login_refused"
    NOT_ALLOWED = "not_allowed"
    NOT_ARI = "not_ari"
    NO_STAGE = "no_stage"


_OF_REASON = {
    "unreachable": AriFinding.UNREACHABLE,
    "silent": AriFinding.UNREACHABLE,
    "login_refused": AriFinding.LOGIN_REFUSED,
    "not_allowed": AriFinding.NOT_ALLOWED,
}


def check_ari(account: AriAccount) -> AriFinding | None:
    """Return what stands in the way, None where nothing does. Changes nothing there; raises nothing."""
    line = AriLine(account)
    try:
        names = {str(one["name"]) for one in line.get("applications")}
    except OutsideError as error:
        return _OF_REASON.get(error.reason, AriFinding.NOT_ARI)
    except (NotFound, KeyError, TypeError):
        return AriFinding.NOT_ARI
    finally:
        line.close()
    return None if account.app in names else AriFinding.NO_STAGE
