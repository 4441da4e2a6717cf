"""Who works here, as the rules see them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

from plugin.core.errors import InputError
from plugin.core.ids import UserId

Lang = Literal["ja", "en"]  # the languages of the pages
LANGUAGES: tuple[str, ...] = get_args(Lang)


class Role(StrEnum):
    """What a person may do is decided by his role in plugin/core/access.py, nowhere else."""

    OPERATOR = "operator"
    SERVICE = "service"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    TRAINER = "trainer"
    PRIVACY = "privacy"
    ADMIN = "admin"


class Duty(StrEnum):
    """What a signed-in person has to do before anything else opens to him; the reason with which all else refuses."""

    CHOOSE = "must_choose"  # a password of his own, in place of one that somebody else typed
    ENROL = "must_enrol"  # the second factor that his role requires


@dataclass(frozen=True, slots=True)
class Proofs:
    """When somebody last proved himself in a session: by what he knows, and by what he holds; None: not in this one."""

    known_at: datetime | None = None
    held_at: datetime | None = None

    @property
    def at(self) -> datetime | None:
        """When he last did either."""
        return max((at for at in (self.known_at, self.held_at) if at), default=None)


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in person, read anew for each request: role and team are those of this moment.

    `session_hash` names the session at rest, whatever its token is by now; `address` is where the request came from;
    `proofs`: by what he proved himself in this session, and when; `has_factor`: he has something beside his password.
    `embed_origin`: the
    site in whose page he works ("": in a window of ours). `duty`: nothing opens but the page on which he does it.
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
    proofs: Proofs = Proofs()
    has_factor: bool = False
    embed_origin: str = ""
    duty: Duty | None = None


@dataclass(frozen=True, slots=True)
class User:
    """An account. One that is not `active` cannot sign in and owns no live session.

    `factor_at`: since when something beside the password is asked for; None: nothing is.
    """

    id: UserId
    login: str
    name: str
    role: Role
    team: str
    extension: str | None
    lang: str
    active: bool
    created_at: datetime
    factor_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WayIn:
    """How an account came by its password and factors: what whoever gives it weight has to know.

    `given_at`, `given_by`: when somebody else than its owner last typed a password for it, and who (None: the machine's
    command line); `given_until`: until when that one counts, once; None: the password is the owner's own choice, made
    at `chosen_at`, or of a time before it was noted. `reset_at`, `reset_by`: when its second factors were last taken
    away, and by whom. Names are those of today, for people.
    """

    given_at: datetime | None = None
    given_by: UserId | None = None
    given_name: str | None = None
    given_until: datetime | None = None
    chosen_at: datetime | None = None
    reset_at: datetime | None = None
    reset_by: UserId | None = None
    reset_name: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether nobody but the owner has chosen the password."""
        return self.given_until is None


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one browser. `hash` is the sha-256 of its first token, and names it for good.

    `embed_origin`: the site in whose page it shows the desk, begun from the session `parent_hash` ("": none, ours).
    """

    hash: str
    user_id: UserId
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    proofs: Proofs
    address: str
    browser: str
    embed_origin: str = ""
    parent_hash: str | None = None
    provider_hash: str | None = None


_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def read_login(raw: str) -> str:
    """Return the one spelling of a login: half width, lower case. Raises InputError("login") for anything else."""
    login = unicodedata.normalize("NFKC", raw).strip().lower()
    if not _LOGIN.fullmatch(login):
        raise InputError("login")
    return login


def read_word(raw: str, most: int, field: str) -> str:
    """Return `raw` without outer spaces. Raises InputError(field) if empty, over `most` letters or with controls."""
    word = raw.strip()
    if not word or len(word) > most or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in word):
        raise InputError(field)
    return word


def read_extension(raw: str) -> str | None:
    """Return an extension, or an agent's id, as the phone system names it; None for empty; InputError("extension")."""
    return read_word(raw, 64, "extension") if raw.strip() else None


def read_language(raw: str) -> str:
    """Return `raw` if pages are written in it. Raises InputError("lang")."""
    if raw not in LANGUAGES:
        raise InputError("lang")
    return raw
