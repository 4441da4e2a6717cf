"""The rules of recording (録音利用規程) as the register has them now, and who confirmed that he has read them.

Reminds, and keeps nobody from his work. A site that has decided nothing yet reminds nobody: what it begins with is no
rule of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from plugin.core.access import Deed, Purpose, may
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied
from plugin.core.ports import Clock
from plugin.core.purpose_words import told
from plugin.core.purposes import PurposeRule, Register, edition
from plugin.core.staff import Staff, User
from plugin.core.times import local_day
from plugin.store import audit, purposes
from plugin.store import recording_rules as rows
from plugin.store import staff as people
from plugin.store.engine import Connection, Store


@dataclass(frozen=True, slots=True)
class RulesView:
    """The rules in force. `since`: when the newest part of them came into force; None: the site has decided nothing.

    `told`: what callers hear, in Japanese and English. `known_at`: when the reader confirmed this edition.
    """

    rules: tuple[PurposeRule, ...]
    edition: str
    since: datetime | None
    told: tuple[str, str]
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who works here, and when he confirmed that he has read the rules in force; None: not yet."""

    user: User
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reminders:
    """What somebody is reminded of wherever he is: rules that he has not read, and purposes to be looked at again."""

    is_unread: bool = False
    overdue: int = 0


class RecordingRules:
    """`begun`: the register that the site began with; `zone`: whose days are counted."""

    def __init__(self, store: Store, clock: Clock, begun: Register, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._begun = begun
        self._zone = zone

    def view(self, staff: Staff) -> RulesView:
        """Return the rules, for whoever works here."""
        with self._store.read() as connection:
            register = purposes.in_force_now(connection, self._begun)
            mark = edition(register)
            known_at = rows.known_at(connection, staff.user_id, mark)
        rules = tuple(register[purpose] for purpose in Purpose if purpose in register)
        return RulesView(rules, mark, _since(register), told(register), known_at)

    def confirm(self, staff: Staff, mark: str) -> None:
        """Keep that he has read the edition `mark`; once is enough. Raises Conflict("edition") where it is not this."""
        now = self._clock()
        fact = AuditFact(
            Act.RULES_KNOWN, now, user_id=staff.user_id, subject=mark, outcome="done", address=staff.address
        )

        def work(connection: Connection) -> None:
            if mark != edition(purposes.in_force_now(connection, self._begun)):
                raise Conflict("edition")
            if rows.note(connection, staff.user_id, mark, now):
                audit.append(connection, fact)

        self._store.write_again(work)  # two windows of one person may send it at once

    def readers(self, staff: Staff) -> tuple[Reader, ...]:
        """Return everybody who works here, first those who have not read the rules. Raises Denied("role")."""
        if not may(staff.role, Deed.KEEP_REGISTER):
            raise Denied("role")
        with self._store.read() as connection:
            mark = edition(purposes.in_force_now(connection, self._begun))
            known = rows.known_by(connection, mark)
            users = [user for user in people.all_users(connection) if user.active]
        readers = [Reader(user, known.get(user.id)) for user in users]
        return tuple(sorted(readers, key=lambda one: (one.known_at is not None, one.user.name)))

    def reminders(self, staff: Staff) -> Reminders:
        """Return what this person is reminded of."""
        with self._store.glance() as connection:
            register = purposes.in_force_now(connection, self._begun)
            if _since(register) is None:
                return Reminders()
            known_at = rows.known_at(connection, staff.user_id, edition(register))
        today = local_day(self._clock(), self._zone)
        overdue = sum(rule.is_overdue(today) for rule in register.values())
        return Reminders(known_at is None, overdue if may(staff.role, Deed.KEEP_REGISTER) else 0)


def _since(register: Register) -> datetime | None:
    return max((rule.in_force_at for rule in register.values() if rule.in_force_at), default=None)
