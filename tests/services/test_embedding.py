"""The start token opens one session, once, for the page it was made for; on both databases, and under a race."""

import json
import secrets
import threading

import pytest
from sqlalchemy import select

from plugin.core.embed import challenge_of
from plugin.core.errors import Denied, InputError, NotFound, NotSignedIn
from plugin.core.staff import Role, Staff
from plugin.core.tokens import token_in_page
from plugin.services.accounts import Accounts, Change, NewUser
from plugin.services.embedding import Embedding
from plugin.services.staff import Sessions
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.staff import start_tokens
from tests.kit.clock import HandClock
from tests.kit.embed import ORG, OTHER_ORG
from tests.kit.sessions import HERE, RULES, staff_of
from tests.kit.staff import LIGHT, PASSWORD, accounts_of

SECRET = secrets.token_urlsafe(32)
OTHER_SECRET = secrets.token_urlsafe(32)


@pytest.fixture
def sessions(store: Store, clock: HandClock) -> Sessions:
    return Sessions(store, clock, LIGHT, RULES)


@pytest.fixture
def embedding(store: Store, clock: HandClock, sessions: Sessions) -> Embedding:
    return Embedding(store, clock, sessions, RULES, (ORG, OTHER_ORG))


@pytest.fixture
def accounts(store: Store, clock: HandClock) -> Accounts:
    return accounts_of(store, clock)


@pytest.fixture
def tanaka(accounts: Accounts, sessions: Sessions) -> Staff:
    accounts.add(NewUser("tanaka", "田中", Role.OPERATOR, extension="101"), PASSWORD, None, is_chosen=True)
    return staff_of(sessions, "tanaka")


def start(embedding: Embedding, staff: Staff) -> str:
    return embedding.begin(staff, ORG, challenge_of(SECRET))


def enter(embedding: Embedding, token: str, origin: str = ORG, secret: str = SECRET) -> str:
    return token_in_page(embedding.enter(token, origin, secret, HERE, "test"))


def refused(embedding: Embedding, token: str, origin: str = ORG, secret: str = SECRET) -> bool:
    try:
        enter(embedding, token, origin, secret)
    except NotSignedIn as error:
        return error.reason == "start"
    return False


def test_the_page_comes_in_as_the_person_and_is_told_apart(
    embedding: Embedding, sessions: Sessions, store: Store, tanaka: Staff
) -> None:
    session = enter(embedding, start(embedding, tanaka))
    inside = embedding.whose(session, HERE)
    assert (inside.user_id, inside.embed_origin, inside.proofs.at) == (tanaka.user_id, ORG, None)
    assert not sessions.is_proved(inside)
    assert {each.embed_origin for each in sessions.own(tanaka)} == {"", ORG}
    with store.read() as connection:
        last = connection.execute(select(audit_lines.c.body).order_by(audit_lines.c.seq.desc())).scalars().first()
    said = json.loads(last or "")
    assert (said["act"], said["purpose"], said["outcome"]) == ("staff.sign_in", "embed", "done")


def test_neither_kind_of_session_passes_for_the_other(embedding: Embedding, sessions: Sessions, tanaka: Staff) -> None:
    inside = enter(embedding, start(embedding, tanaka))
    with pytest.raises(NotSignedIn):
        sessions.whose(inside, HERE)
    own = sessions.sign_in("tanaka", PASSWORD, HERE, "test").token
    with pytest.raises(NotSignedIn):
        embedding.whose(own, HERE)


def test_no_token_is_kept(embedding: Embedding, store: Store, tanaka: Staff) -> None:
    token = start(embedding, tanaka)
    with store.read() as connection:
        rows = connection.execute(select(start_tokens)).all()
    assert token not in str(rows)
    assert SECRET not in str(rows)


def test_a_second_use_opens_nothing_and_ends_what_the_first_opened(embedding: Embedding, tanaka: Staff) -> None:
    token = start(embedding, tanaka)
    session = enter(embedding, token)
    assert refused(embedding, token)
    with pytest.raises(NotSignedIn):
        embedding.whose(session, HERE)


@pytest.mark.parametrize(
    ("origin", "secret"),
    [(OTHER_ORG, SECRET), ("https://evil.example", SECRET), (ORG, OTHER_SECRET), (ORG, "")],
    ids=["another page of ours", "a stranger's page", "another frame", "no frame"],
)
def test_the_token_of_another_page_is_refused_and_used_up(
    embedding: Embedding, tanaka: Staff, origin: str, secret: str
) -> None:
    token = start(embedding, tanaka)
    assert refused(embedding, token, origin, secret)
    assert refused(embedding, token)


def test_a_token_lasts_a_minute(embedding: Embedding, clock: HandClock, tanaka: Staff) -> None:
    late, in_time = start(embedding, tanaka), start(embedding, tanaka)
    clock.move(seconds=59)
    assert enter(embedding, in_time)
    clock.move(seconds=1)
    assert refused(embedding, late)


def test_of_twenty_at_once_one_comes_in_at_most(embedding: Embedding, store: Store, tanaka: Staff) -> None:
    token = start(embedding, tanaka)
    opened: list[str] = []

    def try_it() -> None:
        try:
            opened.append(enter(embedding, token))
        except NotSignedIn:
            pass
        finally:
            store.close()  # this thread's own connection

    threads = [threading.Thread(target=try_it) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1


def test_it_ends_with_the_session_it_began_from(embedding: Embedding, sessions: Sessions, tanaka: Staff) -> None:
    session, waiting = enter(embedding, start(embedding, tanaka)), start(embedding, tanaka)
    sessions.sign_out(tanaka)
    with pytest.raises(NotSignedIn):
        embedding.whose(session, HERE)
    assert refused(embedding, waiting)


def test_it_ends_alone_where_it_alone_is_ended(embedding: Embedding, sessions: Sessions, tanaka: Staff) -> None:
    session = enter(embedding, start(embedding, tanaka))
    inside = embedding.whose(session, HERE)
    sessions.end(tanaka, inside.session_hash)
    with pytest.raises(NotSignedIn):
        sessions.still(inside)
    assert sessions.still(tanaka).user_id == tanaka.user_id


def test_it_ends_idle_at_the_end_of_the_first_and_with_the_account(
    embedding: Embedding, sessions: Sessions, accounts: Accounts, clock: HandClock, tanaka: Staff
) -> None:
    clock.move(hours=3)
    idle, busy = enter(embedding, start(embedding, tanaka)), enter(embedding, start(embedding, tanaka))
    for _ in range(8):
        clock.move(hours=1)
        assert embedding.whose(busy, HERE).user_id == tanaka.user_id
    with pytest.raises(NotSignedIn):
        embedding.whose(idle, HERE)
    clock.move(hours=1)  # twelve hours after the sign-in it began from, nine after its own beginning
    with pytest.raises(NotSignedIn):
        embedding.whose(busy, HERE)
    again = enter(embedding, start(embedding, fresh := staff_of(sessions, "tanaka")))
    accounts.change(fresh.user_id, Change(active=False), None)
    with pytest.raises(NotSignedIn):
        embedding.whose(again, HERE)


def test_a_site_taken_off_the_list_loses_its_pages_at_once(
    embedding: Embedding, store: Store, clock: HandClock, sessions: Sessions, tanaka: Staff
) -> None:
    session = enter(embedding, start(embedding, tanaka))
    with pytest.raises(NotSignedIn):
        Embedding(store, clock, sessions, RULES, (OTHER_ORG,)).whose(session, HERE)


def test_who_has_no_desk_and_sites_that_are_not_named_get_no_token(
    embedding: Embedding, accounts: Accounts, sessions: Sessions, tanaka: Staff
) -> None:
    for origin in ("", "https://evil.example", ORG + "/", "*"):
        with pytest.raises(NotFound):
            embedding.begin(tanaka, origin, challenge_of(SECRET))
    with pytest.raises(InputError):
        embedding.begin(tanaka, ORG, "x")
    accounts.add(NewUser("kanri", "管理", Role.ADMIN), PASSWORD, None, is_chosen=True)
    with pytest.raises(Denied):
        start(embedding, staff_of(sessions, "kanri"))
