"""Turns answers into marks and compares marks: the one room in which an answer and a key meet. Keeps neither.

A mark is HMAC-SHA256 over item, customer and normal form, so equal answers of two customers, or of two items, have
nothing in common, and without the key no date of birth can be tried out against the database.
"""

import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from plugin.core.answers import Forms, spoken_forms, stored_forms
from plugin.core.customers import WrittenAnswer
from plugin.core.errors import InputError, NotFound, Unavailable
from plugin.core.identity import Item
from plugin.core.ids import CustomerId
from plugin.store import answers as rows
from plugin.store.answers import Mark, News
from plugin.store.engine import Connection
from plugin.store.keys import Keys, Secret

KEY_NAME = "answers"


class Answers:
    """The answers that customers have given their CRM, as marks. `region`: of numbers written without a country."""

    def __init__(self, keys: Keys, region: str) -> None:
        self._keys = keys
        self._region = region

    def keep(
        self,
        connection: Connection,
        told: Mapping[CustomerId, Mapping[Item, Forms]],
        at: datetime,
        new: Collection[CustomerId] = (),
    ) -> None:
        """Put the customers' answers in place of those kept, in the caller's transaction and in few statements.

        `told`: what `read` made of the answers of each. An item without a form is kept as if it were not there; an
        answer that means the same as before keeps its `changed_at`. Nothing is kept yet of those who are `new`, and
        what comes with them counts as theirs from the beginning.
        """
        newest = self._keys.secret(KEY_NAME)
        known = {newest.id: newest}
        news: list[News] = []
        held = rows.held_by(connection, [customer_id for customer_id in told if customer_id not in new])
        for customer_id in told:
            kept = held.get(customer_id, {})
            forms = {item: found for item, found in told[customer_id].items() if found}
            news += [News(customer_id, item, (), known=True, same=False) for item in kept.keys() - forms.keys()]
            for item, found in forms.items():
                before = kept.get(item, [])
                marks = tuple(Mark(item, _mark(newest, item, customer_id, form), newest.id) for form in found)
                if set(marks) != set(before):
                    same = self._is_same(customer_id, item, found, before, known)
                    first = customer_id in new
                    news.append(News(customer_id, item, marks, known=item in kept, same=same, first=first))
        rows.replace(connection, news, at)

    def proved(
        self, connection: Connection, customer_id: CustomerId, said: Mapping[Item, str], settled_by: datetime
    ) -> frozenset[Item]:
        """Return those of the items whose answer is right; the time it takes does not tell which.

        Every form of every answer is compared with every mark of the customer, whatever was found before; an item that
        he has no answer for, or none so old as `settled_by`, is compared like any other. Raises
        Unavailable("answer_key") where a key is missing.
        """
        return self.fitting(customer_id, said, rows.marks_of(connection, customer_id, settled_by))

    def fitting(self, subject: str, said: Mapping[Item, str], held: Sequence[Mark]) -> frozenset[Item]:
        """Return those of the items whose answer is among the marks of `subject`, in the same way."""
        secrets = [self._secret(key_id) for key_id in sorted({mark.key_id for mark in held})]
        right = {item: self._fits(subject, item, text, secrets, held) for item, text in said.items()}
        return frozenset(item for item, fits in right.items() if fits)

    def marks(self, subject: str, told: Mapping[Item, Forms]) -> tuple[Mark, ...]:
        """Return the marks, under the newest key, of what was told of `subject`: the id of whose answers they are."""
        newest = self._keys.secret(KEY_NAME)
        return tuple(
            Mark(item, _mark(newest, item, subject, form), newest.id) for item, forms in told.items() for form in forms
        )

    def _fits(self, subject: str, item: Item, text: str, secrets: list[Secret], held: Sequence[Mark]) -> bool:
        fits = False
        for form in spoken_forms(item.answer_type, text, self._region):
            for secret in secrets:
                said = _mark(secret, item, subject, form)
                for mark in held:
                    fits |= hmac.compare_digest(said, mark.hash)
        return fits

    def read(self, written: Iterable[WrittenAnswer]) -> dict[Item, Forms]:
        """Return the normal forms of each item, none where it cannot be read in exactly one way; asks no database.

        Raises InputError("item") for an unknown item.
        """
        forms: dict[Item, Forms] = {}
        for answer in written:
            try:
                item = Item(answer.item)
            except ValueError:
                raise InputError("item", item=answer.item[:32]) from None
            if answer.value.strip():
                told = stored_forms(item.answer_type, answer.value, self._region)
                forms[item] = forms.get(item, frozenset()) | told
        return forms

    def _is_same(
        self, customer_id: CustomerId, item: Item, told: Forms, kept: Sequence[Mark], known: dict[str, Secret]
    ) -> bool:
        key_ids = {mark.key_id for mark in kept}
        if len(key_ids) != 1:
            return False
        (key_id,) = key_ids
        try:
            secret = known[key_id] if key_id in known else self._keys.secret_by_id(KEY_NAME, key_id)
        except NotFound:
            return False
        known[key_id] = secret
        return not {mark.hash for mark in kept}.isdisjoint(_mark(secret, item, customer_id, form) for form in told)

    def _secret(self, key_id: str) -> Secret:
        try:
            return self._keys.secret_by_id(KEY_NAME, key_id)
        except NotFound as error:
            raise Unavailable("answer_key", retry_after_s=60) from error


def _mark(secret: Secret, item: Item, subject: str, form: str) -> str:
    return hmac.digest(secret.value, f"{item.value}\0{subject}\0{form}".encode(), "sha256").hex()
