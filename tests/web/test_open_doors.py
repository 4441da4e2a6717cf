"""Every view asks who is there, but for these: a stranger with a fresh form in his hand gets in nowhere else."""

import re

from plugin.wiring import House
from tests.kit.doors import OPEN, SOME_ID
from tests.kit.staff import app_of


def test_a_stranger_gets_in_nowhere_else(house: House) -> None:
    app = app_of(house)
    stranger = app.test_client()
    token = re.search(r'name="form-token" content="(\w+)"', stranger.get("/sign-in").text)
    assert token
    asked, let_in = 0, []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if (method, rule.endpoint) in OPEN:
                continue
            path = re.sub(r"<[^>]*>", SOME_ID, rule.rule)
            answer = stranger.open(path, method=method, headers={"X-Form-Token": token[1]})
            led_to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
            asked += 1
            if not (answer.status_code == 401 or led_to_sign_in):
                let_in.append((method, rule.endpoint, answer.status_code))
    assert let_in == []
    assert asked >= 10
