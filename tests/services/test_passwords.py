"""Which passwords a site takes: none of its own words, none that others lost."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.errors import InputError, SettingError
from plugin.core.passwords import words_of_site
from plugin.services.passwords import Passwords
from plugin.settings import load
from plugin.site_rules import passwords_of
from plugin.store.breached import BreachedList
from tests.kit.staff import PASSWORD


def listed(folder: Path, passwords: list[str], end: str = "\n", *, capitals: bool = True) -> Path:
    hashes = sorted(hashlib.sha1(each.encode(), usedforsecurity=False).hexdigest() for each in passwords)
    lines = [f"{one.upper() if capitals else one}:{place * 997}" for place, one in enumerate(hashes, 1)]
    path = folder / "breached.txt"
    path.write_text(end.join(lines), "ascii")
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 500])
def test_exactly_those_in_the_file_are_known(tmp_path: Path, count: int, end: str) -> None:
    lost = [f"lost by others {number}" for number in range(count)]
    known = BreachedList(listed(tmp_path, lost, end, capitals=end == "\n"))
    assert all(known.holds(each) for each in lost)
    assert not any(known.holds(f"never lost {number}") for number in range(200))


@given(lost=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=12), asked=st.text())
def test_any_text_is_found_if_it_is_there(
    tmp_path_factory: pytest.TempPathFactory, lost: list[str], asked: str
) -> None:
    known = BreachedList(listed(tmp_path_factory.mktemp("list"), sorted(set(lost))))
    assert all(known.holds(each) for each in lost)
    assert known.holds(asked) == (asked in lost)


@pytest.mark.parametrize("content", [None, b"password\n", b"\0" * 1000, b"z" * 40 + b":1\n", b"0" * 100_000])
def test_a_list_that_cannot_be_read_lets_nothing_pass(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "breached.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingError, match="breached_passwords"):
        BreachedList(path).holds(PASSWORD)


def test_a_site_refuses_what_its_settings_tell(tmp_path: Path) -> None:
    path = listed(tmp_path, [PASSWORD])
    site = passwords_of(
        load(public_url="https://desk.minato-shop.example", messages_name="みなと 通販", breached_passwords=path)
    )
    for password, reason in {
        PASSWORD: "password_breached",
        "minato-2026-shop": "password_common",
        "Denwaban2026!": "password_common",
        "みなと通販みなと通販2026": "password_common",
        "電話番電話番電話番2026": "password_common",
    }.items():
        with pytest.raises(InputError) as error:
            site.check(password, "tanaka")
        assert error.value.reason == reason, password
    site.check("minato no umi ha aoi", "tanaka")
    Passwords().check(PASSWORD, "tanaka")


def test_an_address_by_number_gives_no_words() -> None:
    assert words_of_site("127.0.0.1", "") == {"denwaban", "電話番", "でんわばん"}
