"""Who may hear a copy, and the grant that opens it: what services/grants.py is for recordings.

A grant of a copy opens that copy and nothing else: there is no way from it to the recording. Judged anew by
plugin/core/redaction.py whenever it is used; who may not hear one is told the same as for one that does not exist.
"""

import secrets
from dataclasses import replace
from datetime import timedelta

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Denied, NotFound, NotSignedIn
from plugin.core.ids import RecordingId, is_id
from plugin.core.ports import Clock
from plugin.core.purposes import Register
from plugin.core.redaction import Redaction, is_open_to
from plugin.core.staff import Staff
from plugin.services.grant_lines import basis_word, case_of, fact_of, hash_of
from plugin.services.grants import FreshGrant, Sessions
from plugin.services.redaction_periods import in_time, one_in_time
from plugin.store import audit, playback, refusals
from plugin.store import redaction_grants as rows
from plugin.store.engine import Store
from plugin.store.playback import Grant, Granted

_LONGEST = timedelta(minutes=60)


class RedactionGrants:
    """The gate before the sound of copies. `begun`: the register of purposes that the site began with."""

    def __init__(self, store: Store, clock: Clock, sessions: Sessions, begun: Register) -> None:
        self._begun = begun
        self._store = store
        self._clock = clock
        self._sessions = sessions

    def ask(self, actor: Staff, redaction_id: str) -> FreshGrant:
        """Grant `actor` the copy. Raises NotFound where he may not hear it, Denied("step_up")."""
        now = self._clock()
        with self._store.read() as connection:
            copy = one_in_time(connection, self._begun, redaction_id)
            call = playback.recorded_call(connection, copy.recording_id) if copy else None
        if copy is None or call is None or not is_open_to(actor, copy, call, now):
            raise self._refused(actor, redaction_id)
        if not self._sessions.is_proved(actor):
            raise Denied("step_up")
        token, until = secrets.token_urlsafe(16), now + _LONGEST
        purpose, basis_kind, basis = rows.basis_of(copy)
        grant = Grant(
            hash=hash_of(token),
            recording_id=RecordingId(copy.id),
            user_id=actor.user_id,
            customer_id=call.customer_id,
            session_hash=actor.session_hash,
            purpose=purpose,
            basis_kind=basis_kind,
            basis=basis,
            granted_at=now,
            expires_at=min(until, copy.clip.expires_at if copy.clip else until, copy.until or now),
            revoked_at=None,
            stream_id=None,
        )
        with self._store.write() as connection:
            rows.save(connection, grant)
            fact = fact_of(Act.LISTEN_GRANTED, now, actor, grant.recording_id, call, purpose, basis_word(grant))
            audit.append(connection, replace(fact, remarks=case_of(grant)))
        return FreshGrant(token, grant.expires_at)

    def judge(self, actor: Staff, recording_id: str, token_hash: str) -> Granted:
        """Return the grant with what it opens, if it holds at this moment; raises as Grants.judge does."""
        now = self._clock()
        copy, granted = self._stored(actor, recording_id, token_hash)
        grant, call = granted.grant, granted.call
        if grant.revoked_at is not None or now >= grant.expires_at:
            raise Denied("over")
        if not is_open_to(actor, copy, call, now):
            raise Denied("over")
        return granted

    def still_holds(self, actor: Staff, grant: Grant, stream_id: str | None) -> bool:
        """Tell whether a stream may go on: session, role, grant and copy hold, and no newer stream took its place."""
        try:
            stored = self.judge(self._sessions.still(actor), grant.recording_id, grant.hash).grant
        except (NotFound, Denied, NotSignedIn):
            return False
        return stream_id is None or stored.stream_id == stream_id

    def own(self, actor: Staff, recording_id: str, token: str) -> Granted:
        """Return the person's own grant in this session, live or over. Raises NotFound where it is not his."""
        return self._stored(actor, recording_id, hash_of(token))[1]

    def live(self, actor: Staff, redaction_id: str, token: str) -> Grant | None:
        """Return the grant if it holds at this moment."""
        try:
            return self.judge(actor, redaction_id, hash_of(token)).grant
        except (NotFound, Denied):
            return None

    def revoke(self, actor: Staff, redaction_id: str, token: str) -> None:
        """End the person's own grant at once; NotFound where it is not his."""
        granted, now = self.own(actor, redaction_id, token), self._clock()
        grant = granted.grant
        with self._store.write() as connection:
            if rows.revoke(connection, grant.hash, now):
                word = basis_word(grant)
                fact = fact_of(Act.LISTEN_REVOKED, now, actor, grant.recording_id, granted.call, grant.purpose, word)
                audit.append(connection, replace(fact, remarks=case_of(grant)))

    def _stored(self, actor: Staff, redaction_id: str, token_hash: str) -> tuple[Redaction, Granted]:
        with self._store.read() as connection:
            found = rows.granted(connection, token_hash)
            (copy,) = in_time(connection, self._begun, [found[0]]) if found else (None,)
        if found is None or copy is None:
            raise NotFound("redaction")
        grant = found[1].grant
        if (grant.user_id, grant.session_hash, grant.recording_id) != (
            actor.user_id,
            actor.session_hash,
            redaction_id,
        ):
            raise NotFound("redaction")
        return copy, found[1]

    def _refused(self, actor: Staff, redaction_id: str) -> NotFound:
        # Written for a copy that does not exist too: else the time it takes would tell which exist.
        fact = AuditFact(
            Act.LISTEN_REFUSED,
            self._clock(),
            user_id=actor.user_id,
            subject=redaction_id if is_id(redaction_id) else None,
            outcome="no_purpose",
            address=actor.address,
        )
        with self._store.write() as connection:
            refusals.append(connection, fact)
        return NotFound("redaction")
