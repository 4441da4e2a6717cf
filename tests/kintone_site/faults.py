"""What goes wrong on demand: each fault waits for the requests it is meant for and strikes as often as it was told."""

import json
from dataclasses import dataclass
from enum import StrEnum

from tests.kit.faults import Waiting


class Act(StrEnum):
    """How a fault shows."""

    REFUSE = "refuse"  # answered with `status` and `code`, nothing done
    PAGE = "page"  # answered with `status` and an HTML page, nothing done
    LOSE = "lose"  # done, and the answer never comes
    CUT = "cut"  # done, and the connection ends in the middle of the body


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: it strikes requests of the kind `on` (`*`: any), `times` often, after `skip` spared ones."""

    act: Act
    on: str = "*"
    times: int = 1
    skip: int = 0
    status: int = 503
    code: str = ""
    message: str = "現在サービスを利用できません。"
    retry_after_s: int | None = None

    def body(self) -> bytes:
        """Return what a refused client reads."""
        if self.act is Act.PAGE:
            return b"<!DOCTYPE html><html><title>Service Maintenance</title><body>cybozu.com</body></html>"
        return json.dumps({"code": self.code, "id": "fault", "message": self.message}, ensure_ascii=False).encode()


def too_many(*, times: int = 1, on: str = "*") -> Fault:
    """Return the refusal of the request that would be the 101st at once."""
    return Fault(Act.REFUSE, on, times, status=429, code="GAIA_TO04", message="同時接続数の上限を超えています。")


def locked(*, times: int = 1, on: str = "*") -> Fault:
    """Return the refusal of a write that could not lock the database."""
    return Fault(Act.REFUSE, on, times, status=400, code="GAIA_DA02", message="データベースのロックに失敗しました。")


class Faults(Waiting[Fault]):
    """The faults that still wait."""

    def strike(self, kind: str) -> Fault | None:
        """Return the fault that strikes a request of that kind, and count it."""
        return self.take(lambda fault: fault.on in ("*", kind))
