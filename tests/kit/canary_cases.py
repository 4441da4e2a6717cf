"""The cases of the canary's day: a report of harassment with its case and hold, and a disclosure answered by letter.

What the applicant says of himself, what was reported and each reason are secrets that nobody else has; they come in by
the doors at which people type them.
"""

import re
from datetime import timedelta

from plugin.core.times import local_day
from tests.kit.canary import Kind
from tests.kit.canary_doors import Visitor
from tests.kit.canary_site import CanarySite, digits, rare

_TYPED = (
    *("report", "verdict", "title", "hold", "place", "gist", "why", "found", "note", "ground", "ask", "agree"),
    "tracking",
)


class Cases:
    """Both kinds of case. `lead` judges what `op` reports; `priv` works on the disclosure, `priv2` is its second."""

    def __init__(self, site: CanarySite, op: Visitor, lead: Visitor, priv: Visitor, priv2: Visitor) -> None:
        self._op, self._lead, self._priv, self._priv2 = op, lead, priv, priv2
        self._typed = {name: rare(9) for name in _TYPED}
        self._name, self._street, self._phone = f"{rare(4)} {rare(4)}", rare(9), f"080{digits(8)}"
        site.aviary.add(Kind.TYPED, *self._typed.values(), self._street)
        site.aviary.add(Kind.NAME, self._name)
        site.aviary.add(Kind.NUMBER, self._phone)
        self._today = local_day(site.house.clock(), site.house.settings.tz)

    def _day(self, days: int = 0) -> str:
        return (self._today + timedelta(days=days)).isoformat()

    def harass(self, call: str) -> None:
        """Report a call, judge it to be harassment, and hold the case."""
        said = self._typed
        self._op.post(f"/calls/{call}/harassment", {"conduct": "threat", "words": said["report"]})
        found = re.search(r"/harassment/reports/(\w{26})", self._lead.get("/harassment"))
        assert found
        at = f"/harassment/reports/{found[1]}"
        assert said["report"] in self._lead.get(at)
        verdict = {"answer": "confirm", "fair": "no", "bearable": "no", "harms": "yes", "marks_number": "1"}
        verdict |= {"words": said["verdict"], "title": said["title"], "until": self._day(30)}
        self._lead.post(at, verdict)
        case = re.search(r"/cases/(\w{26})", self._lead.get("/cases"))
        assert case
        held = {"act": "hold", "reason": said["hold"], "asked_by": said["place"], "review_on": self._day(7)}
        self._lead.post(f"/cases/{case[1]}", held)
        assert said["report"] in self._lead.get(f"/cases/{case[1]}")
        self._lead.get("/holds")
        self._lead.get(f"/cases/{case[1]}/evidence")
        self._op.get(f"/calls/{call}/harassment")

    def disclose(self, past: str, given: str) -> None:
        """Open a case for a written request, and answer it: with `given`, written of the call `past`, in part."""
        at = self._open()
        for paper in ("licence", "resident_record"):
            self._priv.post(f"{at}/papers", {"paper": paper, "dated_on": self._day(-9)})
        sought = {"on": self._day(), "number": self._phone, "words": self._typed["gist"]}
        self._priv.get(f"{at}/search")
        self._priv.post(f"{at}/search", sought, 200)
        self._priv.post(f"{at}/calls", {"call": past, "reason": self._typed["found"]})
        page = self._priv.get(f"{at}/calls/{past}")
        assert given in page
        check = {"third_party": "some", "note": self._typed["note"], "audio": "nothing", "part": "request"}
        self._priv.post(f"{at}/calls/{past}", check | {"leave_out": given[:4], "seen": _seen(page)})
        self._answer(at)

    def _open(self) -> str:
        self._priv.get("/disclosures/new")
        request = {"kind": "disclosure", "asked_by": "self", "way": "post", "received_on": self._day()}
        request |= {"name": self._name, "contact": f"{self._street}\n{self._phone}", "number": self._phone}
        request |= {"call_on": self._day(), "gist": self._typed["gist"], "reason": self._typed["why"]}
        opened = self._priv.ask("POST", "/disclosures/new", request)
        assert opened.status_code == 303
        at = opened.headers["Location"].partition("?")[0]
        assert self._name in self._priv.get(at)
        return at

    def _answer(self, at: str) -> None:
        said = self._typed
        proposed = {"decision": "partial", "ground": "rights", "words": said["ground"], "note": said["ask"]}
        self._priv.post(f"{at}/proposal", proposed)
        self._priv2.post(f"{at}/seat", {"seat": "second"})
        agreed = {"seen": _seen(self._priv2.get(at)), "answer": "agree", "reason": said["agree"]}
        self._priv2.prove("priv2")
        self._priv2.post(f"{at}/decision", agreed)
        self._priv.post(f"{at}/letter", {"lang": "ja"})
        assert self._name in self._priv.get(f"{at}/letter")
        self._priv.get(f"{at}/letter.txt")
        for what in ("letter", "text"):
            out = {"what": what, "way": "restricted_mail", "recipient": self._name, "on": self._day()}
            self._priv.post(f"{at}/deliveries", out | {"reference": said["tracking"]})
        self._priv.post(f"{at}/close")
        self._priv.get("/disclosures")


def _seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found, page
    return found[1]
