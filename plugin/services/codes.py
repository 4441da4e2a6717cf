"""One-time codes: sent to a mobile registered as the customer's own, told by the caller, judged like an answer.

The operator chooses among numbers of which he sees two digits, and never sees a code. A code is written down (as a
keyed hash) before it is sent, so that what may have gone out is counted and good, whatever ends us in between; the
sending itself happens outside every transaction. Nothing is sent twice: a second code is another one.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from plugin.core.audit import Act
from plugin.core.code_words import words_of
from plugin.core.codes import DIGITS, LASTS, MOST_A_VERIFICATION, CodeState, OneTimeCode, read_code
from plugin.core.errors import Conflict, DenwabanError, LimitReached, NotFound
from plugin.core.identity import Proof, Verdict, Verification
from plugin.core.ids import VerificationId, new_id
from plugin.core.ports import Clock, MessageSender, MessageWay, Publisher, ShortMessage
from plugin.core.reach import Reach
from plugin.core.staff import Staff
from plugin.services.identity import Identity
from plugin.services.identity_notes import note, settle
from plugin.services.outward import Came, Outward, attempt
from plugin.services.reachable import Reachable
from plugin.services.sendings import Sendings
from plugin.services.telling import tell
from plugin.store import codes as rows
from plugin.store.engine import Connection, Store
from plugin.store.keys import Secret

T = TypeVar("T")
_STATES = {Came.DONE: CodeState.SENT, Came.REFUSED: CodeState.REFUSED, Came.DOUBTFUL: CodeState.DOUBTFUL}


@dataclass(frozen=True, slots=True)
class CodeRules:
    """What the site sets: codes a day for one customer and one number; what customers call it; their language."""

    daily: int
    company: str
    lang: str


class Codes:
    """The codes of a site. `sender` None: it has nobody who carries messages, and there are none."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        identity: Identity,
        reachable: Reachable,
        sender: MessageSender | None,
        outward: Outward,
        rules: CodeRules,
        bus: Publisher,
    ) -> None:
        self._store = store
        self._clock = clock
        self._identity = identity
        self._reachable = reachable
        self._sender = sender
        self._outward = outward
        self._rules = rules
        self._bus = bus
        self._sendings = Sendings("code", rules.daily)

    @property
    def ways(self) -> frozenset[MessageWay]:
        """How codes can be sent; nothing: not at all."""
        return frozenset() if self._sender is None else self._sender.ways

    def send(self, actor: Staff, verification_id: VerificationId, mark: str, way: MessageWay) -> OneTimeCode:
        """Send a new code to the number with this mark; an older one ends. Returns it as it then stands.

        Raises NotFound("verification" | "number"), Conflict("no_such_way" | "failed" | "expired" | "ended"),
        LimitReached("codes_of_call" | "code_limit" | "locked_out") and Unavailable. That it could not be sent is no
        error here: `state` and `why` say so.
        """
        sender = self._sender
        if sender is None or way not in sender.ways:
            raise Conflict("no_such_way")
        digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"

        def write_down() -> tuple[OneTimeCode, Callable[[], None]]:
            made, reach = self._settled(
                actor, lambda connection: self._make(connection, actor, verification_id, mark, way, digits)
            )
            text = words_of(way, self._rules.lang, digits, self._rules.company)
            message = ShortMessage(way, reach.e164, text, self._rules.lang, int(LASTS.total_seconds()), made.id)
            return made, partial(self._carry, sender, actor, made, message)

        made = self._outward.through(write_down)
        with self._store.read() as connection:
            return rows.newest(connection, made.verification_id) or made

    def judge(self, actor: Staff, verification_id: VerificationId, told: str) -> Verdict:
        """Judge the code that the caller told; right once, it is used up.

        Raises InputError("code") for what is no code, and Conflict("no_code" | "code_expired") where there is none to
        compare with: neither uses up a try. Raises else as Identity.judge does.
        """
        digits = read_code(told)

        def work(connection: Connection) -> Verdict | DenwabanError:
            found = self._identity.under_way(connection, actor, verification_id)
            code = rows.newest(connection, found.id)
            if code is None or code.state in (CodeState.REFUSED, CodeState.USED):
                raise Conflict("no_code")
            if not code.is_tellable(self._clock()):
                raise Conflict("code_expired")
            return self._identity.judge_proof(
                connection,
                actor,
                verification_id,
                Proof.ONE_TIME_CODE,
                lambda: self._is_right(connection, found, code, digits),
            )

        return self._settled(actor, work)

    def _make(
        self,
        connection: Connection,
        actor: Staff,
        verification_id: VerificationId,
        mark: str,
        way: MessageWay,
        digits: str,
    ) -> tuple[OneTimeCode, Reach] | DenwabanError:
        now = self._clock()
        found = self._identity.under_way(connection, actor, verification_id)
        about = (found.call_id, found.customer_id)
        reach = self._reachable.numbers(connection, found.customer_id).get(mark)
        if reach is None or not reach.code:
            raise NotFound("number")
        refused: LimitReached | None = None
        if rows.count(connection, found.id) >= MOST_A_VERIFICATION:
            refused = LimitReached("codes_of_call", retry_after_s=int(LASTS.total_seconds()))
        refused = refused or self._sendings.take(connection, found.customer_id, mark, actor.user_id, now)
        if refused is not None:
            note(connection, Act.CODE_SENT, actor, about, now, refused.reason, found.id, way.value)
            return refused
        secret = self._reachable.secret()
        made = OneTimeCode(
            id=new_id(now),
            verification_id=found.id,
            customer_id=found.customer_id,
            number_mark=mark,
            tail=reach.tail,
            way=way,
            code_mark="",
            key_id=secret.id,
            state=CodeState.SENDING,
            asked_at=now,
            expires_at=now + LASTS,
        )
        made = replace(made, code_mark=_mark(secret, made, digits))
        rows.add(connection, made)
        note(connection, Act.CODE_SENT, actor, about, now, "sending", made.id, way.value)
        return made, reach

    def _carry(self, sender: MessageSender, actor: Staff, made: OneTimeCode, message: ShortMessage) -> None:
        came, why = attempt(lambda: sender.send(message))
        state = _STATES[came]

        def work(connection: Connection) -> None:
            if not rows.settle(connection, made.id, state, why):
                return
            if state is CodeState.REFUSED:
                self._sendings.give_back(connection, made.customer_id, made.number_mark)
            found = self._identity.find(connection, made.verification_id)
            about, outcome = (found.call_id, found.customer_id), f"{state.value}:{why or 'done'}"
            note(connection, Act.CODE_SENT, actor, about, self._clock(), outcome, made.id, made.way.value)

        try:
            self._store.write_again(work)
        except DenwabanError:
            return  # it stays as one that is being sent: counted, and good until its time is up
        tell(self._bus, (actor.user_id,))

    def _is_right(self, connection: Connection, found: Verification, code: OneTimeCode, digits: str) -> bool:
        """Compare all, whatever was found before; a number that is no longer his, or fit, makes the code wrong."""
        reach = self._reachable.numbers(connection, found.customer_id, code.key_id).get(code.number_mark)
        secret = self._reachable.secret(code.key_id)
        same = hmac.compare_digest(_mark(secret, code, digits), code.code_mark)
        bound = (code.verification_id, code.customer_id) == (found.id, found.customer_id)
        if same & bound & (reach is not None and reach.code) and rows.use(connection, code.id, self._clock()):
            return True
        rows.miss(connection, code.id)
        return False

    def _settled(self, actor: Staff, work: Callable[[Connection], T | DenwabanError]) -> T:
        return settle(self._store, self._bus, actor, work)


def _mark(secret: Secret, code: OneTimeCode, digits: str) -> str:
    """Return the keyed hash of the digits as this code of this verification, customer and number, in hex."""
    bound = f"code\0{code.id}\0{code.verification_id}\0{code.customer_id}\0{code.number_mark}\0{digits}"
    return hmac.digest(secret.value, bound.encode(), "sha256").hex()
