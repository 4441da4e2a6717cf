"""Second factors: setting up an authenticator or recovery codes, checking a code once, and taking factors away.

Refuses a code that was used, or is older than the newest that was, and more than a few tries in a quarter of an hour.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.access import Deed, has_weight, may
from plugin.core.approvals import ApprovalKind
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.factors import (
    DRIFT_STEPS,
    RECOVERY_CODES,
    STEP_S,
    Enrolment,
    Factor,
    Factors,
    Means,
    is_one_time_code,
    is_recovery_code,
    must_be_full,
    new_recovery_code,
    read_code,
)
from plugin.core.ports import Clock
from plugin.core.staff import Role, Staff, User
from plugin.core.times import to_us
from plugin.services.accounts import recovery_content
from plugin.services.approvals import Approvals
from plugin.services.turns import Turns
from plugin.store import audit, ways_in
from plugin.store import factors as rows
from plugin.store import staff as staff_rows
from plugin.store.enciphered import seal, unseal
from plugin.store.engine import Connection, Store
from plugin.store.keys import Keys, Secret

KEY = "staff"
_TRIES = Turns("factor", 5, timedelta(minutes=15))
_SECRET_BYTES = 20  # RFC 4226


@dataclass(frozen=True, slots=True)
class FactorRules:
    """`roles` must have a second factor, `grace` after the account began at the latest; `site` names us in apps."""

    roles: frozenset[Role]
    grace: timedelta
    site: str

    def must(self, role: Role) -> bool:
        """Tell whether a role must have a second factor."""
        return role in self.roles


class SecondFactors:
    """What staff prove themselves by beside a password. Passkeys are made in services/passkeys.py."""

    def __init__(self, store: Store, clock: Clock, keys: Keys, approvals: Approvals, rules: FactorRules) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys
        self._approvals = approvals
        self._rules = rules

    def own(self, staff: Staff) -> Factors:
        """Return what the person has."""
        return self.of(staff.user_id)

    def of(self, user_id: str) -> Factors:
        """Return what the account has; for the way in alone, whose door has taken its password."""
        with self._store.read() as connection:
            return rows.factors_of(connection, user_id)

    def due_at(self, user: User) -> datetime | None:
        """Return until when the account must have a second factor; None where none is required, or it has one."""
        if user.factor_at is not None or not self._rules.must(user.role):
            return None
        return user.created_at + self._rules.grace

    def begin_code(self, staff: Staff) -> Enrolment:
        """Make a secret for an authenticator app; it counts once a code of it was typed. Conflict("has_code").

        As all that changes by what somebody proves himself, it raises Denied("step_up_in_full") unless he has just done
        so by all that he has.
        """
        import pyotp  # few requests need it

        must_be_full(staff, self._clock())
        key, now = self._keys.secret(KEY), self._clock()
        secret = secrets.token_bytes(_SECRET_BYTES)
        sealed = seal(key, secret, staff.user_id)

        def work(connection: Connection) -> None:
            staff_rows.lock_people(connection, [staff.user_id])
            rows.put_authenticator(connection, staff.user_id, sealed, key.id, now)

        self._store.write_again(work)
        text = _base32(secret)
        return Enrolment(text, pyotp.TOTP(text).provisioning_uri(name=staff.login, issuer_name=self._rules.site))

    def confirm_code(self, staff: Staff, raw: str) -> tuple[str, ...]:
        """Take the first code of a new authenticator; return the recovery codes, shown this once.

        All other sessions of the person end. Raises InputError("code"), Conflict("has_code"), LimitReached.
        """
        now = self._clock()
        must_be_full(staff, now)
        self._take_try(staff.user_id)

        def work(connection: Connection) -> tuple[str, ...]:
            staff_rows.lock_people(connection, [staff.user_id])
            found = rows.authenticator(connection, staff.user_id)
            step = self._step_of(found, staff.user_id, read_code(raw), now) if found else None
            if found is None or step is None or not rows.take_step(connection, staff.user_id, step):
                raise InputError("code")
            if not rows.confirm_authenticator(connection, staff.user_id, now):
                raise Conflict("has_code")
            codes = self._new_codes(connection, staff.user_id)
            staff_rows.forget_tries(connection, _tries_of(staff.user_id))
            self.added(connection, staff, Factor.CODE)
            return codes

        return self._store.write_again(work)

    def added(self, connection: Connection, staff: Staff, factor: Factor) -> None:
        """Write down that the person, whom the transaction has locked, has one more factor; who lacked it is out."""
        now = self._clock()
        rows.note_factor(connection, staff.user_id, now)
        staff_rows.prove_session(connection, staff.session_hash, now, frozenset({Means.HELD}))  # he has just shown it
        staff_rows.end_sessions(connection, staff.user_id, now, but=staff.session_hash)
        audit.append(connection, _fact(now, staff, f"factor_added:{factor}"))

    def renew_recovery_codes(self, staff: Staff) -> tuple[str, ...]:
        """Return new recovery codes; the older ones count no more, and his other sessions end.

        Raises NotFound where there is no authenticator, Denied("step_up_in_full").
        """
        must_be_full(staff, self._clock())

        def work(connection: Connection) -> tuple[str, ...]:
            now = self._clock()
            staff_rows.lock_people(connection, [staff.user_id])
            if not rows.factors_of(connection, staff.user_id).count:
                raise NotFound("factor")
            codes = self._new_codes(connection, staff.user_id)
            staff_rows.end_sessions(connection, staff.user_id, now, but=staff.session_hash)
            audit.append(connection, _fact(now, staff, "recovery_codes"))
            return codes

        return self._store.write_again(work)

    def drop_code(self, staff: Staff) -> None:
        """Forget the authenticator.

        Raises NotFound, Conflict("last_factor") where the role requires one, Denied("step_up_in_full").
        """
        must_be_full(staff, self._clock())

        def work(connection: Connection) -> None:
            staff_rows.lock_people(connection, [staff.user_id])
            if not rows.drop_authenticator(connection, staff.user_id):
                raise NotFound("factor")
            self.dropped(connection, staff, Factor.CODE)

        self._store.write_again(work)

    def dropped(self, connection: Connection, staff: Staff, factor: Factor) -> None:
        """Write down that the person, whom the transaction has locked, has one factor less; his other sessions end.

        Raises Conflict("last_factor") where he must have one.
        """
        now = self._clock()
        if not rows.factors_of(connection, staff.user_id).count and self._rules.must(staff.role):
            raise Conflict("last_factor")
        rows.note_factor(connection, staff.user_id, now)
        staff_rows.end_sessions(connection, staff.user_id, now, but=staff.session_hash)
        audit.append(connection, _fact(now, staff, f"factor_dropped:{factor}"))

    def check(self, user_id: str, raw: str) -> Factor | None:
        """Use up a one-time or recovery code of the person; None where it is neither. Raises LimitReached.

        Five are judged in a quarter of an hour, over all sessions and processes; a right one begins anew.
        """
        self._take_try(user_id)
        code, now = read_code(raw), self._clock()

        def work(connection: Connection) -> Factor | None:
            staff_rows.lock_people(connection, [user_id])
            factor = self._used(connection, user_id, code, now)
            if factor is not None:
                staff_rows.forget_tries(connection, _tries_of(user_id))
            return factor

        return self._store.write_again(work)

    def _used(self, connection: Connection, user_id: str, code: str, now: datetime) -> Factor | None:
        if is_recovery_code(code):
            hashes = [_hash(self._key(key_id), user_id, code) for key_id in rows.recovery_key_ids(connection, user_id)]
            taken = any(rows.take_recovery_code(connection, user_id, each, now) for each in hashes)
            return Factor.RECOVERY if taken else None
        found = rows.authenticator(connection, user_id)
        if found is None or not found.confirmed:
            return None
        step = self._step_of(found, user_id, code, now)
        return Factor.CODE if step is not None and rows.take_step(connection, user_id, step) else None

    def reset(self, user_id: str, by: Staff | None) -> None:
        """Take all factors of an account away, and end its sessions: its owner lost them.

        For an account of weight a second person must have approved it (services/accounts.py `ask_recovery`), unless it
        is the command line of the machine. Raises NotFound, Denied.
        """
        if by is not None and not may(by.role, Deed.CHANGE_USERS):
            raise Denied("role")

        def work(connection: Connection) -> None:
            now = self._clock()
            staff_rows.lock_people(connection, [user_id, *([by.user_id] if by else [])])
            user = staff_rows.user_by_id(connection, user_id)
            if user is None:
                raise NotFound("user")
            if by is not None and has_weight(user):
                content = recovery_content(user, "factor")
                if not self._approvals.use_any(connection, ApprovalKind.RECOVERY, user.id, content, by):
                    raise Denied("second_person")
            rows.drop_authenticator(connection, user_id)
            rows.drop_passkeys(connection, user_id)
            rows.note_factor(connection, user_id, now)
            ways_in.note_reset(connection, user_id, now, by.user_id if by else None)
            staff_rows.end_sessions(connection, user_id, now)
            if by is None and has_weight(user):
                staff_rows.note_machine(connection, user_id, "factor", now)
            audit.append(
                connection,
                AuditFact(
                    Act.USER_CHANGED,
                    now,
                    user_id=by.user_id if by else None,
                    subject=user_id,
                    purpose="factors_reset",
                    outcome="done",
                    address=by.address if by else "command line",
                ),
            )

        self._store.write_again(work)

    def _take_try(self, user_id: str) -> None:
        self._store.write_again(lambda connection: _TRIES.take(connection, _tries_of(user_id), self._clock()))

    def _step_of(self, found: rows.Authenticator, user_id: str, code: str, now: datetime) -> int | None:
        if not is_one_time_code(code):
            return None
        import pyotp  # few requests need it

        secret = unseal(self._key(found.key_id), found.sealed, user_id)
        made = pyotp.TOTP(_base32(secret))
        this = to_us(now) // 1_000_000 // STEP_S
        steps = range(this - DRIFT_STEPS, this + DRIFT_STEPS + 1)
        fits = [step for step in steps if hmac.compare_digest(made.generate_otp(step), code)]
        return fits[0] if fits else None

    def _key(self, key_id: str) -> Secret:
        return self._keys.secret_by_id(KEY, key_id)

    def _new_codes(self, connection: Connection, user_id: str) -> tuple[str, ...]:
        key = self._keys.secret(KEY)
        codes = tuple(new_recovery_code() for _ in range(RECOVERY_CODES))
        hashes = [_hash(key, user_id, read_code(code)) for code in codes]
        rows.put_recovery_codes(connection, user_id, hashes, key.id)
        return codes


def _base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode()


def _hash(key: Secret, user_id: str, code: str) -> str:
    # Keyed, and of 117 random bits: neither a list of all codes nor a guess helps whoever has the database alone.
    return hmac.new(key.value, f"recovery code {user_id} {code}".encode(), hashlib.sha256).hexdigest()


def _tries_of(user_id: str) -> str:
    return f"factor:{user_id}"


def _fact(at: datetime, staff: Staff, what: str) -> AuditFact:
    return AuditFact(
        Act.USER_CHANGED,
        at,
        user_id=staff.user_id,
        subject=staff.user_id,
        purpose=what,
        outcome="done",
        address=staff.address,
    )
