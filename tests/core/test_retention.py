"""What is left of what was erased has one form to the byte, and a proof that was touched anywhere is none."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from plugin.core.errors import InputError
from plugin.core.ids import CallId, RecordingId, new_id
from plugin.core.purge_proof import Roll, Seal, head_of, read_purge_proof, seal_line
from plugin.core.retention import (
    Amount,
    CaseStone,
    Plan,
    PurgeRun,
    PurgeState,
    RemarkStone,
    Stone,
    TextStone,
    Tombstone,
    line_of,
    read_file_name,
    read_line,
)

AT = datetime(2026, 11, 23, 2, 50, tzinfo=UTC)
RUN = PurgeRun(new_id(AT), PurgeState.OPEN, AT, AT, rules="complaint=365,-")
KB = 1024


def _stone(number: int) -> Tombstone:
    name = RecordingId(new_id(AT))
    made = Tombstone(name, CallId(new_id(AT)), "complaint:365", AT, RUN.id, "ab" * 32, number, 1000)
    return replace(made, files=(f"recordings/{name[:4]}/{name}-00ff.sealed",))


def _proof(stones: Iterable[Stone]) -> list[bytes]:
    roll = Roll()
    lines = list(roll.lines(RUN, stones))
    return [*lines, seal_line(Seal(roll.root(), roll.count, AT, "1-0a0b0c0d", b"\1" * 64)) + b"\n"]


def test_a_stone_is_read_as_it_was_written() -> None:
    text = TextStone(CallId(new_id(AT)), "complaint:1825", AT, None)
    bare = Tombstone(RecordingId(new_id(AT)), CallId(new_id(AT)), "key_shredded", AT, None)
    case = CaseStone(new_id(AT), "disclosure:1096", AT, RUN.id)
    remark = RemarkStone("17.search", "0a" * 32, "request", AT)
    for stone in (_stone(1), bare, text, case, remark):
        assert read_line(line_of(stone)) == stone


@pytest.mark.parametrize(
    "remark", ["", "17", "17.", ".search", "x.search", "٣.search", "-1.search", "1" * 19 + ".s", "007.s", "1.S"]
)
def test_a_stone_of_no_remark_is_refused(remark: str) -> None:
    with pytest.raises(InputError):
        read_line(line_of(RemarkStone(remark, "0a" * 32, "request", AT)))


def test_no_run_proves_a_remark() -> None:
    with pytest.raises(InputError):
        read_purge_proof(_proof([RemarkStone("17.search", "0a" * 32, "request", AT)]))


@given(some.binary(max_size=60), some.integers(min_value=0, max_value=400))
def test_what_is_no_stone_to_the_byte_is_refused(noise: bytes, at: int) -> None:
    line = line_of(_stone(7))
    wrong = line[:at] + noise + line[at + len(noise) :]
    if wrong != line:
        try:
            read = read_line(wrong)
        except InputError:
            return
        assert line_of(read) == wrong  # another stone, as well written


@pytest.mark.parametrize(
    "name", ["", "x", "/etc/passwd", "../x", "recordings/../../x", "a//b", "a/./b", "a/b\0", "a\\..\\b/c", "/a"]
)
def test_no_file_outside_the_data_folder_is_named(name: str) -> None:
    with pytest.raises(InputError):
        read_file_name(name)


def test_a_proof_says_what_went() -> None:
    text = TextStone(CallId(new_id(AT)), "complaint:1825", AT, RUN.id)
    case = CaseStone(text.call_id, "disclosure:1096", AT, RUN.id)  # of one id, and yet not the same
    read = read_purge_proof(_proof([_stone(3), _stone(4), text, case]))
    assert (read.run_id, read.recordings, read.size_bytes, read.texts, read.cases) == (RUN.id, 2, 7, 1, 1)
    assert read_purge_proof(_proof([])).recordings == 0


def test_a_proof_that_was_touched_is_none() -> None:
    one, two = _stone(3), _stone(4)
    whole = _proof([one, two])
    other = line_of(replace(two, run_id=new_id(AT))) + b"\n"
    doctored = {
        "a stone left out": [whole[0], whole[1], whole[3]],
        "the order": [whole[0], whole[2], whole[1], whole[3]],
        "cut off": whole[:3],
        "nothing": [],
        "more behind it": [*whole, whole[1]],
        "spaces": [whole[0], whole[1].replace(b":", b": "), *whole[2:]],
        "no line end": [*whole[:3], whole[3][:-1]],
        "another size": [whole[0], whole[1].replace(b'"size_bytes":3', b'"size_bytes":9'), *whole[2:]],
    }
    for what, lines in doctored.items():
        with pytest.raises(InputError):
            pytest.fail(f"{what}: {read_purge_proof(lines)}")
    for what, stones in {"twice": [one, one], "another run": [one]}.items():  # sealed as if it were right
        lines = _proof(stones) if what == "twice" else [head_of(RUN) + b"\n", other, *_proof([])[1:]]
        with pytest.raises(InputError):
            pytest.fail(f"{what}: {read_purge_proof(lines)}")


@given(some.lists(some.binary(max_size=80).map(lambda line: line + b"\n"), max_size=6))
def test_noise_is_no_proof(lines: list[bytes]) -> None:
    with pytest.raises(InputError, match="purge_proof"):
        read_purge_proof(lines)


def test_a_run_says_in_its_proof_by_what_it_was_planned() -> None:
    assert json.loads(head_of(replace(RUN, approval_id="A")))["rules"] == "complaint=365,-"


def test_the_brake_looks_at_number_and_bytes_and_at_what_went_lately() -> None:
    there = Amount(100, 100 * KB)
    few_but_big = Plan(AT, there, due=Amount(1, 40 * KB))
    assert few_but_big.percent == 40
    assert not Plan(AT, there, due=Amount(5, 5 * KB)).is_braked(5)
    assert Plan(AT, there, due=Amount(6, 6 * KB)).is_braked(5)
    in_slices = Plan(AT, Amount(95, 95 * KB), due=Amount(4, 4 * KB), lately=Amount(5, 5 * KB))
    assert in_slices.is_braked(5)
    assert Plan(AT, Amount(0, 0), lately=Amount(9, 9)).percent == 0  # nothing is due
    many_texts = Plan(AT, there, texts=1, texts_there=9000, cases=4, cases_there=40, cases_lately=0)
    assert many_texts.percent == 10, "cases are looked at apart"
    assert replace(many_texts, cases=1, cases_lately=3).is_braked(5)
    assert not replace(many_texts, cases=1, cases_lately=2).is_braked(5), "of few cases each is a great share"
    assert not replace(many_texts, cases=0, cases_lately=3).is_braked(5)
    assert Plan(AT, there, texts=6, texts_there=100).is_braked(5)
    assert not Plan(AT, there, texts=4, texts_there=100).is_braked(5)
    assert Plan(AT, there, texts=4, texts_there=95, texts_lately=5).is_braked(5)
    assert Plan(AT, there, texts=4).is_braked(5)  # drafts without a summary
