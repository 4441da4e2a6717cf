"""What a listener could not hand on is kept whole, private, and handed on once."""

from pathlib import Path

import pytest

from plugin.core.calls import CallEvent
from plugin.core.errors import Unavailable
from plugin.store.unheard import Unheard
from tests.kit.events import answered_call


def test_what_is_kept_comes_back_as_it_was_and_once(tmp_path: Path) -> None:
    unheard = Unheard(tmp_path / "unheard")
    first, second = answered_call("n-1").events, answered_call("n-2", number="03-1234-5678").events
    for some in (first, second):
        unheard.keep(some)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "unheard").iterdir()} == {0o600}
    taken: list[CallEvent] = []
    assert unheard.hand_on(taken.extend) == len(first) + len(second)
    assert sorted(taken, key=lambda one: one.id) == first + second
    assert unheard.hand_on(taken.extend) == 0
    assert list((tmp_path / "unheard").iterdir()) == []


def test_what_cannot_be_taken_stays(tmp_path: Path) -> None:
    unheard = Unheard(tmp_path)
    unheard.keep(answered_call().events)

    def closed(_events: list[CallEvent]) -> None:
        raise Unavailable("moving")

    with pytest.raises(Unavailable):
        unheard.hand_on(closed)
    assert unheard.hand_on(lambda _events: None) == len(answered_call().events)
