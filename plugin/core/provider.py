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
    """Whom the provider has signed in: `issuer` and `subject` name him for ever, all else may change."""

    issuer: str
    subject: str
    name: str
    login: str
    groups: frozenset[str]
    signed_in_at: datetime | None

    @property
    def hash(self) -> str:
        """The form in which he is found: the sha-256 of issuer and subject, in hex."""
        return hashlib.sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()


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
