"""Turns answers into marks and compares marks: the one room in which an answer and a key meet. Keeps neither.

A mark is HMAC-SHA256 over item, customer and normal form, so equal answers of two customers, or of two items, have
nothing in common, and without the key no date of birth can be tried out against the database.
"""

import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from plugin.core.answers import Forms, spoken_forms, stored_forms
from plugin.core.customers import WrittenAnswer
from plugin.core.errors import InputError, NotFound, Unavailable
from plugin.core.identity import Item
from plugin.core.ids import CustomerId, MandateId
from plugin.store import answers as rows
from plugin.store import enciphered
from plugin.store.answers import Mark, News
from plugin.store.engine import Connection
from plugin.store.keys import KEY_BYTES, Keys, Secret
from plugin.store.mandates import Kept

KEY_NAME = "answers"
_NO_MARKS = ["0" * 64] * 12  # about as many as a proxy leaves; no hash is one of them


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
        held = rows.marks_of(connection, customer_id, settled_by)
        key_ids = {mark.key_id for mark in held} | {self._keys.secret(KEY_NAME).id}  # the same work where he has none
        under = [self._secret(key_id) for key_id in sorted(key_ids)]
        hashes = [mark.hash for mark in held]
        return _fitting(customer_id, self.heard(said), under, hashes)

    def heard(self, said: Mapping[Item, str]) -> dict[Item, Forms]:
        """Return the normal forms of what a caller said."""
        return {item: spoken_forms(item.answer_type, text, self._region) for item, text in said.items()}

    def seal(self, subject: MandateId, told: Mapping[Item, Forms]) -> Kept:
        """Return what to keep of a proxy's answers: marks under a key of their own, which is sealed under the newest.

        So they move to a newer key without being told again.
        """
        own, newest = Secret("", secrets.token_bytes(KEY_BYTES)), self._keys.secret(KEY_NAME)
        marks = {item: frozenset(_mark(own, item, subject, form) for form in forms) for item, forms in told.items()}
        return Kept(newest.id, enciphered.seal(_sealing(newest), own.value, subject), marks)

    def sealed_anew(self, subject: MandateId, kept: Kept) -> tuple[str, str]:
        """Return the id of the newest key, and the answers' own key sealed under it. Raises as `proved` does."""
        newest = self._keys.secret(KEY_NAME)
        return newest.id, enciphered.seal(_sealing(newest), self._own(subject, kept).value, subject)

    def fitting(self, subject: MandateId, heard: Mapping[Item, Forms], kept: Kept) -> frozenset[Item]:
        """Return those of the items whose answer is right for this mandate; likewise the time does not tell which."""
        hashes = [mark for _, mark in kept.rows] or _NO_MARKS
        return _fitting(subject, heard, [self._own(subject, kept)], hashes)

    def decoy(self, subject: MandateId) -> Kept:
        """Return what stands in for a mandate that is not there: as much work, and nothing fits it."""
        return self.seal(subject, {})

    def newest_key_id(self) -> str:
        """Return the id of the key under which new answers are kept."""
        return self._keys.secret(KEY_NAME).id

    def _own(self, subject: str, kept: Kept) -> Secret:
        key = _sealing(self._secret(kept.key_id))
        return Secret("", enciphered.unseal(key, kept.sealed, subject))

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


def _fitting(
    subject: str, heard: Mapping[Item, Forms], keys: Sequence[Secret], hashes: Sequence[str]
) -> frozenset[Item]:
    right = {item: _fits(subject, item, forms, keys, hashes) for item, forms in heard.items()}
    return frozenset(item for item, fits in right.items() if fits)


def _fits(subject: str, item: Item, forms: Forms, keys: Sequence[Secret], hashes: Sequence[str]) -> bool:
    fits = False
    for form in forms:
        for key in keys:
            said = _mark(key, item, subject, form)
            for mark in hashes:
                fits |= hmac.compare_digest(said, mark)
    return fits


def _sealing(secret: Secret) -> Secret:
    """Return the key that seals the keys of mandates: one of its own, because no key does two things."""
    return Secret(secret.id, hmac.digest(secret.value, b"denwaban mandates' answers", "sha256"))
