"""Desks are told by one way, which says nothing where there is nobody to say it to."""

import ast
from pathlib import Path

from plugin.core.ids import UserId
from plugin.core.ports import ANYTHING
from plugin.services import telling

_ROOMS = Path(telling.__file__).parent


class Words:
    def __init__(self) -> None:
        self.said: list[tuple[tuple[str, ...], str]] = []

    def publish(self, topics: tuple[str, ...], about: str = ANYTHING) -> None:
        self.said.append((topics, about))


def test_each_is_told_once_and_for_nobody_nothing_is_said() -> None:
    words = Words()
    telling.tell(words, (), about="a call")
    telling.tell(words, (UserId("b"), UserId("a"), UserId("b")), about="a call")
    telling.tell(words, {UserId("c")})
    assert words.said == [(("a", "b"), "a call"), (("c",), ANYTHING)]


def test_no_journey_publishes_by_another_way() -> None:
    publishers = {
        room.name
        for room in _ROOMS.rglob("*.py")
        for node in ast.walk(ast.parse(room.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "publish"
    }
    assert publishers == {"telling.py"}
