"""Sessions of a site as tests have them: their rules, where people sit, and somebody who signs in."""

from datetime import timedelta

from plugin.core.staff import Staff
from plugin.services.staff import SessionRules, Sessions
from tests.kit.staff import PASSWORD

RULES = SessionRules(timedelta(hours=12), timedelta(hours=4), timedelta(hours=1))

HERE = "192.0.2.7"


def staff_of(sessions: Sessions, login: str) -> Staff:
    return sessions.whose(sessions.sign_in(login, PASSWORD, HERE, "test").token, HERE)
