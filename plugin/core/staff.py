"""Who works here, as the rules see them."""

from dataclasses import dataclass
from enum import StrEnum

from plugin.core.ids import UserId


class Role(StrEnum):
    """What a person may do is decided by his role in plugin/core/access.py, nowhere else."""

    OPERATOR = "operator"
    SERVICE = "service"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    TRAINER = "trainer"
    PRIVACY = "privacy"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in person, read anew for each request: role and team are those of this moment.

    `session_hash` names the session at rest; `address` is where the request came from.
    """

    user_id: UserId
    login: str
    name: str
    role: Role
    team: str
    extension: str | None
    lang: str
    session_hash: str
    address: str
