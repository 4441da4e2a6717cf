"""Evidence: what leaves the house for a court, the police or a lawyer, how its files are called, what it certifies.

The certificate is in Japanese and in English: who reads it is not who made it.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from plugin.core.access import Purpose
from plugin.core.cases import Case

_OF_CASES = frozenset({"case", "disclosure", "evidence", "harassment", "hold"})  # acts whose subject is one, or its own
_ENDINGS = {"audio/ogg": "ogg", "audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac"}


@dataclass(frozen=True, slots=True)
class Item:
    """A recording in the bag: its file's name in it, its sums, and how long it is."""

    path: str
    started_at: datetime
    length_ms: int | None
    sha256: str
    sha256_at_import: str

    @property
    def is_as_imported(self) -> bool:
        """Whether it is, to the byte, what was measured when it was brought in."""
        return self.sha256 == self.sha256_at_import


@dataclass(frozen=True, slots=True)
class Certified:
    """What the certificate says. `left_out`: recordings that may not leave: declined, without notice, past their time.

    `texts`: name and sha-256 of each file of words in the bag; `fingerprint`: of what the second person agreed to.
    """

    case: Case
    site: str
    made_by: str
    approved_by: str
    reason: str
    at: datetime
    calls: int
    items: Sequence[Item]
    texts: Sequence[tuple[str, str]]
    fingerprint: str
    lines: int
    left_out: int
    public_key: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A grant under which a recording was heard for a disclosure: whose, of which case, from when on (µs)."""

    recording_id: str
    user_id: str
    at_us: int
    case_id: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a case's evidence may tell of. `subjects`: ids of the case, and of its holds and reports.

    `other_copies`: copies that were made for other cases; `heard`: all that was heard for disclosures.
    """

    case_id: str
    subjects: frozenset[str]
    other_copies: frozenset[str]
    heard: Collection[Heard]

    def tells(self, body: str) -> bool:
        """Tell whether a line of the audit about one of the case's calls goes out with it.

        What was done for another case does not: an inquiry of the police about the same call, least of all.
        """
        line = json.loads(body)
        act, subject = str(line["act"]), line["subject"]
        if act.partition(".")[0] in _OF_CASES:
            return subject in self.subjects
        if subject in self.other_copies:
            return False
        if line["purpose"] != Purpose.DISCLOSURE:
            return True
        same = [one for one in self.heard if (one.recording_id, one.user_id) == (subject, line["user_id"])]
        under = max((one for one in same if one.at_us <= line["at"]), key=lambda one: one.at_us, default=None)
        return under is not None and under.case_id == self.case_id


def ending_of(content_type: str) -> str:
    """Return what a file of this kind of sound is called at its end."""
    return _ENDINGS.get(content_type.partition(";")[0], "bin")


def fingerprint(sums: Mapping[str, str]) -> str:
    """Return the sha-256 (hex) over name and sha-256 of files in a bag: over their lines as its manifest has them."""
    lines = (f"{sha256}  data/{path}\n" for path, sha256 in sorted(sums.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def bag_name(case: Case, at: datetime, zone: ZoneInfo) -> str:
    """Return the bag's folder, and the name of its ZIP without the ending."""
    return f"denwaban-{case.number}-{at.astimezone(zone):%Y%m%d-%H%M%S}"


def certificate(told: Certified, zone: ZoneInfo) -> str:
    """Return the certificate's text."""
    at = told.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
    listed = [_item(item, zone) for item in told.items]
    listed += [f"- {path} sha256 {sha256}" for path, sha256 in told.texts]
    ja = [
        "証拠の一式について",
        "",
        f"案件: {told.case.number} {told.case.title}",
        f"作成: {at} {told.site}".rstrip(),
        f"作成した人: {told.made_by}　承認した人: {told.approved_by}",
        f"目的: {told.reason}",
        f"通話 {told.calls}件、録音 {len(told.items)}件、監査記録 {told.lines}行",
        *_counted(told.left_out, "含まない録音 {}件：断られたもの、告知のないもの、利用目的の期間を過ぎたもの"),
        "",
        *listed,
        "",
        "録音は、取り込んだときから1バイトも変わっていません（上の sha256 が取り込み時の値）。",
        "異なるものには「≠ import」と記しています。",
        f"承認された内容の指紋: {told.fingerprint}",
        "指紋は、manifest-sha256.txt のうち data/audio/ と data/calls/ の行の sha256 です。",
        "同じ値が監査記録の evidence.exported の行にもあり、1文字でも変わると合いません。",
        "監査記録の各行は audit/proofs にある証明と、下の公開鍵で確かめられます。",
        "一式の完全性は BagIt (RFC 8493) に対応した道具で確かめられます。",
        "",
    ]
    en = [
        "About this evidence",
        "",
        f"Case: {told.case.number} {told.case.title}",
        f"Made: {at} {told.site}".rstrip(),
        f"By: {told.made_by}; approved by: {told.approved_by}",
        f"For: {told.reason}",
        f"{told.calls} calls, {len(told.items)} recordings, {told.lines} lines of the audit",
        *_counted(told.left_out, "Left out: {} recordings (declined, without notice, or past their purpose's period)"),
        "",
        "Each recording is, to the byte, what was brought in: its sha256 above is that of its import; where it is not,",
        "≠ import says so.",
        f"Fingerprint of what was approved: {told.fingerprint}",
        "It is the sha256 of the lines of manifest-sha256.txt for data/audio/ and data/calls/, and stands in the",
        "audit's line evidence.exported too: where one letter was changed they differ.",
        "Each line of the audit can be checked by its proof in audit/proofs and the key below.",
        "The whole can be checked with any tool for BagIt (RFC 8493).",
        "",
    ]
    return "\n".join([*ja, *en, f"Ed25519: {told.public_key}", ""])


def _counted(count: int, words: str) -> list[str]:
    return [words.format(count)] if count else []


def _item(item: Item, zone: ZoneInfo) -> str:
    began = item.started_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    length = "" if item.length_ms is None else f" {item.length_ms / 1000:.3f} s"
    changed = "" if item.is_as_imported else " ≠ import"
    return f"- {item.path} ({began}{length}) sha256 {item.sha256}{changed}"
