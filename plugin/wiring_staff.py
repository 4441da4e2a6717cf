"""Builds what stands around the way in of staff. A part of plugin/wiring.py, which alone uses it.

Each part is built at first use and kept; nothing is built at import.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from urllib.parse import urlsplit

from plugin.core.errors import NotFound
from plugin.core.ports import Clock, IdentityProvider, Publisher
from plugin.services.approvals import Approvals
from plugin.services.embedding import Embedding
from plugin.services.factors import FactorRules, SecondFactors
from plugin.services.passkeys import Passkeys
from plugin.services.provider import ProviderRules, ProviderSignIn
from plugin.services.provider_ends import ProviderEnds
from plugin.services.seats import Seats
from plugin.services.staff import Sessions
from plugin.settings import Settings
from plugin.site_rules import session_rules
from plugin.store.engine import Store
from plugin.store.keys import Keys


class StaffParts:
    """What stands around the way in of staff, which `sessions` opens."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        keys: Keys,
        sessions: Callable[[], Sessions],
        approvals: Callable[[], Approvals],
        bus: Callable[[], Publisher],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._store = store
        self._keys = keys
        self._sessions = sessions
        self._approvals = approvals
        self._bus = bus

    @cached_property
    def factors(self) -> SecondFactors:
        """What staff prove themselves by beside a password."""
        rules = session_rules(self._settings)
        site = f"Denwaban ({urlsplit(self._settings.public_url).hostname})"
        named = FactorRules(rules.must_have, rules.grace, site)
        return SecondFactors(self._store, self._clock, self._keys, self._approvals(), named)

    @cached_property
    def provider(self) -> ProviderSignIn:
        """The way in by the company's identity provider. Raises NotFound where there is none."""
        chosen = self._settings.provider
        if chosen is None:
            raise NotFound("provider")
        back = f"{self._settings.public_url.rstrip('/')}/sign-in/provider/back"
        rules = ProviderRules(back, chosen.roles, chosen.takes_in, self._settings.lang)
        return ProviderSignIn(self._store, self._clock, self._open_provider, self._sessions(), self._bus(), rules)

    @cached_property
    def provider_ends(self) -> ProviderEnds:
        """What becomes of sessions that ended at the provider. Raises NotFound where there is none."""
        if self._settings.provider is None:
            raise NotFound("provider")
        return ProviderEnds(self._store, self._clock, self._open_provider, self._sessions(), self._bus())

    @cached_property
    def seats(self) -> Seats:
        """Phones, who sits at them, and who watches a queue."""
        return Seats(self._store, self._clock, self._bus(), timedelta(hours=self._settings.seat_hours))

    def _open_provider(self) -> IdentityProvider:
        return self._opened

    @cached_property
    def _opened(self) -> IdentityProvider:
        from connectors.sign_in.oidc import OidcOptions, OidcProvider  # only where somebody signs in by it

        chosen = self._settings.provider
        assert chosen is not None  # whoever asks has come through `provider`
        secret = chosen.client_secret.get_secret_value()
        known = (chosen.issuer, chosen.client_id, secret, chosen.scopes, chosen.groups_claim)
        options = OidcOptions(*known, frozenset(chosen.hosts))
        return OidcProvider(options, self._clock)

    @cached_property
    def passkeys(self) -> Passkeys:
        """Passkeys of staff."""
        chosen = self._settings
        parts = (self._store, self._clock, self._sessions(), self.factors)
        return Passkeys(*parts, chosen.public_url, local=chosen.local_sign_in)

    @cached_property
    def embedding(self) -> Embedding:
        """The way into a desk inside another site's page."""
        origins = tuple(self._settings.embed_origins)
        return Embedding(self._store, self._clock, self._sessions(), session_rules(self._settings), origins)
