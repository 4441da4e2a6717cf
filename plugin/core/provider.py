"""Signing in by the company's identity provider: what is asked of it, and whom it says it has seen."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from plugin.core.errors import Denied
from plugin.core.staff import Role


class Aim(StrEnum):
    """Why somebody is sent to the provider."""

    ENTER = "enter"
    LINK = "link"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class ProviderAsk:
    """One journey to the provider. `state` binds the browser, `nonce` the token, `verifier` the code (PKCE)."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    back: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class ProviderPerson:
    """Whom the provider has signed in: `issuer` and `subject` name him for ever, all else may change.

    `session`: the provider's name of his session there; "": it told none.
    """

    issuer: str
    subject: str
    name: str
    login: str
    groups: frozenset[str]
    signed_in_at: datetime | None
    session: str = ""

    @property
    def hash(self) -> str:
        """The form in which he is found: the sha-256 of issuer and subject, in hex."""
        return _hash(self.issuer, self.subject)

    @property
    def session_hash(self) -> str | None:
        """The same of issuer and his session there; None where the provider names none."""
        return _hash(self.issuer, "session", self.session) if self.session else None


@dataclass(frozen=True, slots=True)
class ProviderEnd:
    """What the provider says has ended: a `session` there, or all of a `subject`'s; "": not named.

    `own_id` names this saying, which counts once; `until`: when a second one like it would be too old anyway.
    """

    issuer: str
    subject: str
    session: str
    own_id: str
    until: datetime

    @property
    def hash(self) -> str | None:
        """Whose: as `ProviderPerson.hash`."""
        return _hash(self.issuer, self.subject) if self.subject else None

    @property
    def session_hash(self) -> str | None:
        """Of which session: as `ProviderPerson.session_hash`."""
        return _hash(self.issuer, "session", self.session) if self.session else None

    @property
    def own_hash(self) -> str:
        """The form in which it is known that it was said."""
        return _hash(self.issuer, "end", self.own_id)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def role_of(groups: frozenset[str], roles: Mapping[str, Role]) -> Role:
    """Return the role that the provider's groups give. Raises Denied("no_role") for none, Denied("many_roles").

    Two roles are refused, not ranked: an administrator who cannot listen must not become one who can by a second group.
    """
    found = {roles[group] for group in groups if group in roles}
    if not found:
        raise Denied("no_role")
    if len(found) > 1:
        raise Denied("many_roles")
    return found.pop()
