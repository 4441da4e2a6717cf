"""What plays, answered in front of Flask, is told what every answer is told; and to nobody else."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from plugin.store.tables.staff import users
from tests.kit.office import SOUND, Office


def test_sound_is_told_what_every_answer_is_told(office: Office, listener: FlaskClient) -> None:
    # What plays is answered in front of Flask (decision 240); what only asks for the head is not.
    sound, head = listener.get(f"{office.path}/audio"), listener.head(f"{office.path}/audio")
    assert (sound.status_code, head.status_code) == (200, 200)
    assert sorted(sound.headers) == sorted(head.headers)
    refused = office.app.test_client().get(f"{office.path}/audio")
    its_own = {"Content-Type", "Content-Length", "Accept-Ranges", "X-Accel-Buffering", "ETag", "Location"}
    assert {name for name, _ in refused.headers} - its_own == {name for name, _ in sound.headers} - its_own


@pytest.mark.parametrize(
    "cookies",
    [
        "denwaban={session}",
        "denwaban-grant={grant}",
        "denwaban={session}; denwaban-grant=x{grant}",
        "denwaban=x; denwaban-grant={grant}",
        "xdenwaban={session}; denwaban-grant={grant}",
        'denwaban={session}; denwaban-grant="x; denwaban-grant={grant}"',
    ],
)
def test_cookies_that_do_not_fit_play_nothing(office: Office, listener: FlaskClient, cookies: str) -> None:
    kept = [listener.get_cookie("denwaban"), listener.get_cookie("denwaban-grant", path=office.path)]
    session, grant = (each.value for each in kept if each)
    stranger = office.app.test_client(use_cookies=False)
    right = f"denwaban={session}; denwaban-grant={grant}"
    assert stranger.get(f"{office.path}/audio", headers={"Cookie": right}).data == SOUND
    given = cookies.format(session=session, grant=grant)
    with stranger.get(f"{office.path}/audio", headers={"Cookie": given}) as answer:
        assert answer.status_code in {303, 401, 404}
        assert b"RIFF" not in answer.data


def test_a_frames_session_plays_nothing(office: Office, listener: FlaskClient) -> None:
    assert listener.get(f"{office.path}/audio", headers={"X-Denwaban-Session": "x"}).status_code == 401


def test_what_is_granted_needs_no_view(office: Office, listener: FlaskClient) -> None:
    del office.app.view_functions["playback.audio"]
    with listener.get(f"{office.path}/audio", headers={"Range": "bytes=5-9"}) as answer:
        assert (answer.status_code, answer.data) == (206, SOUND[5:10])


def test_who_has_first_to_choose_a_password_hears_nothing(office: Office, listener: FlaskClient) -> None:
    with office.house.store.write() as connection:
        connection.execute(update(users).values(password_until=0))
    with listener.get(f"{office.path}/audio") as answer:
        assert answer.status_code == 303
        assert b"RIFF" not in answer.data
