"""An org in which people never rest: random inserts, edits, deletions, merges and conversions, each shown late."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.salesforce_org import Org

MOST_LAG_S = 900.0
_NAMES = ("山田", "佐藤", "鈴木", "高橋", "渡邉", "髙橋")


@dataclass
class RestlessOrg:
    """Does one thing after the other to `org`, which has person accounts; `ids` are of everything there ever was."""

    org: Org
    chance: random.Random
    ids: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in ("Account", "Contact", "Lead")})
    done: int = 0

    def __post_init__(self) -> None:
        self.org.commit_lag_s = lambda: max(0.0, self.chance.uniform(-MOST_LAG_S, MOST_LAG_S))
        self._acts: list[tuple[Callable[[], None], int]] = [
            (self._insert, 30),
            (self._edit, 40),
            (self._remove, 8),
            (self._restore, 3),
            (self._merge, 6),
            (self._convert, 5),
            (self._hide, 3),
            (self._purge, 3),
        ]

    def act(self) -> None:
        """Do one thing; what an org does not allow is not done, and something else is."""
        acts, weights = zip(*self._acts, strict=True)
        while True:
            act = self.chance.choices(acts, weights)[0]
            try:
                act()
            except (AssertionError, IndexError):  # there is no such record, or nobody to do it to
                continue
            self.done += 1
            return

    def _number(self) -> str | None:
        return self.chance.choice((None, f"090-{self.chance.randint(1000, 1040)}-0000", "03-1111-2222"))

    def _one(self, thing: str) -> str:
        return self.chance.choice(self.ids[thing])

    def _thing(self) -> str:
        return self.chance.choice(("Account", "Contact", "Contact", "Lead"))

    def _insert(self) -> None:
        thing, last = self._thing(), self.chance.choice(_NAMES)
        if thing == "Lead":
            made = self.org.insert("Lead", LastName=last, Company="商店", MobilePhone=self._number())
        elif thing == "Account" and self.chance.random() < 0.5:
            made = self.org.insert("Account", LastName=last, PersonMobilePhone=self._number())
        elif thing == "Account":
            made = self.org.insert("Account", Name=f"{last}商店", Phone=self._number())
        else:
            made = self.org.insert("Contact", LastName=last, MobilePhone=self._number())
        self.ids[thing].append(made)

    def _edit(self) -> None:
        thing = self._thing()
        own = self._one(thing)
        self.org.edit(thing, own, **{self.chance.choice(("Phone", "Fax")): self._number()})

    def _remove(self) -> None:
        thing = self._thing()
        self.org.remove(thing, self._one(thing))

    def _restore(self) -> None:
        thing = self._thing()
        self.org.restore(thing, self._one(thing))

    def _merge(self) -> None:
        thing = self._thing()
        master, *losers = self.chance.choices(self.ids[thing], k=self.chance.choice((2, 3)))
        assert len({master, *losers}) == 1 + len(losers), "nobody is merged with himself"
        rows = [self.org.tables.get(thing, one) for one in (master, *losers)]
        assert len({bool(row and row.get("IsPersonAccount")) for row in rows}) == 1, "persons merge with persons"
        self.org.merge(thing, master, *losers)

    def _convert(self) -> None:
        self.ids["Contact"].append(self.org.convert(self._one("Lead")))

    def _hide(self) -> None:
        thing = self._thing()
        self.org.hide(thing, self._one(thing), hidden=self.chance.random() < 0.6)

    def _purge(self) -> None:
        thing = self._thing()
        own = self._one(thing)
        assert not self.org.tables.is_late(thing, own), "it is not committed yet"
        self.org.purge(thing, own)

    def customers(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Return whom the integration user sees as customers: by id, with name and numbers as they are typed."""
        found: dict[str, tuple[str, frozenset[str]]] = {}
        for row in self.org.living("Account"):
            fields = ("Phone", "Fax", "PersonMobilePhone")
            own = row["PersonContactId"] if row["IsPersonAccount"] else row["Id"]
            found[str(own)] = str(row["Name"]), frozenset(str(row[name]) for name in fields if row[name])
        for thing, fields in (("Contact", ("Phone", "Fax", "MobilePhone")), ("Lead", ("Phone", "Fax", "MobilePhone"))):
            for row in self.org.living(thing):
                if not row.get("IsPersonAccount") and not row.get("IsConverted"):
                    found[str(row["Id"])] = str(row["Name"]), frozenset(str(row[name]) for name in fields if row[name])
        return found
