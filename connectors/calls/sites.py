"""What a site told a source that posts: its secrets and options, checked. Shows no value of either."""

import hashlib
import hmac
import re
from collections.abc import Sequence

from connectors.given import Given
from plugin.core.deliveries import SourceSite
from plugin.core.errors import NotSignedIn, SettingError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,200}")


def options_of(site: SourceSite) -> Given:
    """Return the options of the source, to be read one by one."""
    return Given(site.options, f"sources__{site.name}__options")


def bad_secret(source: str, problem: str) -> SettingError:
    """Return the error for a secret of `source` that cannot be used; `problem` shows nothing of it."""
    return SettingError("secret", setting=f"DENWABAN_SOURCES__{source.upper()}__SECRETS", problem=problem)


class PathTokens:
    """The secrets of a source whose only proof is its address: long random tokens at the end of the path.

    Several stand beside each other while one is changed; without any, nothing is let in. Raises SettingError("secret")
    for one that is no token of at least 32 letters.
    """

    def __init__(self, site: SourceSite) -> None:
        if not all(_TOKEN.fullmatch(secret) for secret in site.secrets if secret):
            raise bad_secret(site.name, "a token has 32 to 200 of the letters A-Z a-z 0-9 _ -, all of them random")
        self._marks = [_mark(secret) for secret in site.secrets if secret]

    def prove(self, token: str) -> None:
        """Compare with every one, in the same time whichever fits. Raises NotSignedIn("token") where none does."""
        if not is_any(_mark(token), self._marks):
            raise NotSignedIn("token")


def is_any(given: bytes, wanted: Sequence[bytes]) -> bool:
    """Tell whether `given` is one of `wanted`, in a time that tells nothing of which."""
    return any([hmac.compare_digest(given, one) for one in wanted])  # noqa: C419  every one is compared


def _mark(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()  # of one length, whatever was sent
