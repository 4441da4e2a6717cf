"""Every error the house raises on purpose; each has a stable code, keyword facts, and nothing personal in its text.

    DenwabanError
    ├── InputError          what was sent cannot be read
    │   └── TooLarge        … because it is too big
    ├── NotSignedIn         nobody is signed in, or the session has ended
    ├── Denied              the caller of this function may not do this
    ├── NotFound            no such thing, or none that this person may know of
    ├── Conflict            the thing changed, or is not in a state for this
    ├── LimitReached        too many tries; `retry_after_s` says when again
    ├── Unavailable         cannot be done now; `retry_after_s` says when again
    ├── SettingError        a setting is missing or wrong; `setting` names it
    └── OutsideError        a phone system, CRM or program failed; `permanent` says whether trying again helps

The doors translate: plugin/web/errors.py knows status codes, plugin/cli knows exit codes, nobody else does.
"""

from typing import Any


class DenwabanError(Exception):
    """The root. `reason` is a short stable word (snake_case) inside the class's `code`; `facts` are never personal."""

    code = "internal"

    def __init__(self, reason: str = "", **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts

    def __str__(self) -> str:
        shown = " ".join(f"{name}={value}" for name, value in sorted(self.facts.items()))
        return " ".join(part for part in (f"{self.code}.{self.reason}" if self.reason else self.code, shown) if part)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.reason, self.facts)


def _rebuild(kind: type[DenwabanError], reason: str, facts: dict[str, Any]) -> DenwabanError:
    return kind(reason, **facts)


class InputError(DenwabanError):
    """What was sent cannot be read; nothing of it was stored."""

    code = "input"


class TooLarge(InputError):
    """What was sent is bigger than the limit."""

    code = "too_large"


class NotSignedIn(DenwabanError):
    """Nobody is signed in, the session ended, or the signature of a machine is wrong."""

    code = "not_signed_in"


class Denied(DenwabanError):
    """The rule says no. The reason names the rule, never what lies behind it."""

    code = "denied"


class NotFound(DenwabanError):
    """There is no such thing; a thing that one may not know of answers the same."""

    code = "not_found"


class Conflict(DenwabanError):
    """The thing is not in a state in which this can be done."""

    code = "conflict"


class LimitReached(DenwabanError):
    """Too many tries. Fact `retry_after_s`: whole seconds until the next is judged."""

    code = "limit_reached"


class Unavailable(DenwabanError):
    """Cannot be done now. Fact `retry_after_s`: whole seconds until it is worth trying again."""

    code = "unavailable"


class SettingError(DenwabanError):
    """A setting is missing or wrong. Fact `setting`: its name."""

    code = "setting"


class OutsideError(DenwabanError):
    """Something outside failed. Fact `permanent`: trying the same again cannot help."""

    code = "outside"

    @property
    def permanent(self) -> bool:
        """Whether trying the same again cannot help."""
        return bool(self.facts.get("permanent", False))
