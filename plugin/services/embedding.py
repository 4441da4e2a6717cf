"""The way into a desk inside another site's page, where our cookies do not reach: a start token, used once.

A person who is signed in in a window of ours gets a token for one page of one configured site; that page changes it for
a session of its own, which it sends in a header. Refuses to say what was wrong with a token.
"""

import secrets
from datetime import datetime, timedelta

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.embed import Start, read_challenge
from plugin.core.errors import Denied, NotFound, NotSignedIn
from plugin.core.ports import Clock
from plugin.core.staff import Proofs, Session, Staff
from plugin.core.tokens import hash_of, token_in_page
from plugin.services.staff import SessionRules, Sessions
from plugin.store import audit
from plugin.store import embed as rows
from plugin.store import staff as staff_rows
from plugin.store.engine import Connection, Store

_START_LASTS = timedelta(seconds=60)
_KEEP_STARTS = timedelta(days=1)  # so long a second use is known as such
_PURPOSE = "embed"


class Embedding:
    """`origins` are the sites that may show the desk (settings.embed_origins); with none, there is no way in."""

    def __init__(
        self, store: Store, clock: Clock, sessions: Sessions, rules: SessionRules, origins: tuple[str, ...]
    ) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._rules = rules
        self._origins = origins

    def site(self, origin: str) -> str:
        """Return the configured origin that was asked for; "" asks for the only one. Raises NotFound("embed")."""
        if not origin and len(self._origins) == 1:
            return self._origins[0]
        if origin not in self._origins:
            raise NotFound("embed")
        return origin

    def begin(self, staff: Staff, origin: str, challenge: str) -> str:
        """Return a token by which the page of `origin` that knows the challenge's secret comes in as `staff`, once.

        Raises NotFound("embed"), Denied("role") for who has no desk, and InputError("challenge").
        """
        if not may(staff.role, Deed.USE_DESK):
            raise Denied("role")
        now = self._clock()
        start = Start(
            staff.user_id, staff.session_hash, self.site(origin), read_challenge(challenge), now + _START_LASTS
        )
        token = secrets.token_urlsafe(32)
        with self._store.write() as connection:
            rows.sweep_starts(connection, now - _KEEP_STARTS)
            rows.add_start(connection, hash_of(token), start)
        return token

    def enter(self, token: str, origin: str, verifier: str, address: str, browser: str) -> str:
        """Use the token up, open the session of that page, and return what its browser is to keep.

        What the page sends is made of that (`token_in_page`).

        It lasts at most as long as the session it began from, and ends where that one is ended.
        Whatever is wrong uses the token up too; a second use is a theft of one of the two, and ends what was begun from
        that session of his.
        Raises NotSignedIn("start").
        """
        now, token_hash = self._clock(), hash_of(token)
        opened = None
        with self._store.write() as connection:
            start = rows.start_of(connection, token_hash)
            if start is not None:
                if not rows.use_start(connection, token_hash, now):
                    staff_rows.end_sessions(connection, start.user_id, now, begun_from=start.session_hash)
                elif start.opens(origin, verifier, now):
                    opened = self._open(connection, start, address, browser, now)
                outcome = "done" if opened else "refused"
                fact = AuditFact(
                    Act.SIGN_IN, now, user_id=start.user_id, purpose=_PURPOSE, outcome=outcome, address=address
                )
                audit.append(connection, fact)
        if opened is None:
            raise NotSignedIn("start")
        return opened

    def _open(self, connection: Connection, start: Start, address: str, browser: str, now: datetime) -> str | None:
        """Return what is kept of the new session, already stored; None where the one it begins from has ended."""
        live = staff_rows.sessions_of(connection, start.user_id, now, now - self._rules.idle)
        parent = next((each for each in live if each.hash == start.session_hash), None)
        if parent is None:
            return None
        token = secrets.token_urlsafe(32)
        session = Session(
            hash=hash_of(token_in_page(token)),
            user_id=start.user_id,
            created_at=now,
            seen_at=now,
            expires_at=parent.expires_at,
            proofs=Proofs(),
            address=address,
            browser=browser[:255],
            embed_origin=start.origin,
            parent_hash=parent.hash,
        )
        staff_rows.open_session(connection, session)
        return token

    def whose(self, token: str, address: str) -> Staff:
        """Return the person whose live session in another site's page `token` is, and note that it was used.

        Raises NotSignedIn("ended"), also for a site that may show the desk no more.
        """
        staff = self._sessions.whose(token, address, embedded=True)
        if staff.embed_origin not in self._origins:
            raise NotSignedIn("ended")
        return staff
