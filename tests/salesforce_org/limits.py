"""What the org counts: requests by kind, the daily allowance, and the header and resource that tell of it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from tests.salesforce_org.answers import Refusal

MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came: its kind, method, path, status; `at` by the org's clock."""

    kind: str
    method: str
    path: str
    status: int
    at: datetime


@dataclass(slots=True)
class Limits:
    """The allowance of a day. `used` may be set by a test."""

    daily: int = 100_000
    used: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    asked: list[Asked] = field(default_factory=list)
    _day: str = ""

    @property
    def calls(self) -> int:
        """How many requests counted against the allowance since the org began, tokens and tests' own not among them."""
        return sum(count for kind, count in self.counts.items() if kind not in ("token", "versions"))

    def spend(self, now: datetime) -> None:
        """Count one API call; raises Refusal with REQUEST_LIMIT_EXCEEDED when the day's are used up."""
        if self._day != now.date().isoformat():
            self.used = 0 if self._day else self.used
            self._day = now.date().isoformat()
        if self.used >= self.daily:
            raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.used += 1

    def note(self, asked: Asked) -> None:
        """Remember a request that was answered."""
        self.counts[asked.kind] += 1
        if len(self.asked) < MOST_REMEMBERED:
            self.asked.append(asked)

    def header(self) -> dict[str, str]:
        """Return the header that tells how much of the day's allowance is used."""
        return {"Sforce-Limit-Info": f"api-usage={self.used}/{self.daily}"}

    def told(self) -> dict[str, object]:
        """Return the limits resource."""
        left = max(0, self.daily - self.used)
        return {
            "DailyApiRequests": {"Max": self.daily, "Remaining": left},
            "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": max(0, 10_000 - self.counts["bulk_create"])},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
            "DataStorageMB": {"Max": 1_024, "Remaining": 1_024},
        }
