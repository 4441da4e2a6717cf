"""The log is JSON lines without the text of errors or the values of other libraries."""

import json
import logging

import pytest
import structlog

from plugin import log


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_an_event_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up()
    structlog.get_logger().info("web.request", view="desk.home", ms=3)
    (line,) = lines(capsys)
    assert (line["event"], line["view"], line["ms"], line["level"]) == ("web.request", "desk.home", 3, "info")
    assert str(line["at"]).endswith("Z")


def test_the_text_of_an_error_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up()
    try:
        raise ValueError("09012345678")
    except ValueError:
        structlog.get_logger().error("it.failed", exc_info=True)
        logging.getLogger("library").exception("call of %s failed", "09012345678")
    ours, theirs = lines(capsys)
    assert ours["kind"] == theirs["kind"] == "ValueError"
    assert "test_log.py" in str(ours["where"])
    assert theirs["event"] == "call of %s failed"
    assert "0901" not in json.dumps([ours, theirs])
