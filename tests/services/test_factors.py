"""Codes count once, in their half minute, a few tries at a time; whoever lost his is let in again by two people."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotSignedIn
from plugin.core.factors import Factor, is_recovery_code, new_recovery_code, read_code
from plugin.core.staff import Duty, Role
from plugin.services.accounts import Change
from plugin.store.engine import Store
from plugin.store.tables.factors import authenticators, recovery_codes
from tests.kit.clock import HandClock
from tests.kit.factors import HERE, Site
from tests.kit.staff import PASSWORD


@pytest.fixture
def site(store: Store, clock: HandClock, tmp_path: Path) -> Site:
    return Site(store, clock, tmp_path)


def test_a_password_alone_no_longer_opens_a_session(site: Site) -> None:
    staff = site.hire()
    other = site.enter("tanaka")
    app, _ = site.enrol(staff)
    assert site.sessions.still(staff).user_id == staff.user_id
    with pytest.raises(NotSignedIn):
        site.sessions.still(other)  # came in without it
    with pytest.raises(NotSignedIn, match="not_enough"):
        site.sessions.sign_in("tanaka", PASSWORD, HERE, "test")
    token = site.half()
    with pytest.raises(NotSignedIn):
        site.sessions.whose(token, HERE)  # opens nothing by itself
    factor = site.factors.check(staff.user_id, site.code(app))
    opened = site.sessions.finish(token, factor, HERE, "test")
    assert site.sessions.whose(opened.token, HERE).user_id == staff.user_id
    with pytest.raises(NotSignedIn, match="half"):
        site.sessions.finish(token, Factor.CODE, HERE, "test")  # used up


def test_half_a_sign_in_ends_after_minutes_and_with_the_account(site: Site) -> None:
    staff = site.hire()
    site.enrol(staff)
    late, closed = site.half(), site.half()
    site.clock.move(minutes=5)
    with pytest.raises(NotSignedIn, match="half"):
        site.sessions.half(late)
    token = site.half()
    site.accounts.change(staff.user_id, Change(active=False), None)
    for each in (token, closed):
        with pytest.raises(NotSignedIn, match="half"):
            site.sessions.finish(each, Factor.CODE, HERE, "test")


def test_a_new_password_ends_what_was_half_way(site: Site) -> None:
    staff = site.hire()
    site.enrol(staff)
    token = site.half()
    site.accounts.set_password(staff.user_id, "another long password", None)
    with pytest.raises(NotSignedIn, match="half"):
        site.sessions.finish(token, Factor.CODE, HERE, "test")


def test_a_code_counts_once_and_no_older_one_after_it(site: Site) -> None:
    staff = site.hire()
    app, _ = site.enrol(staff)
    user = staff.user_id
    assert site.factors.check(user, f" {site.code(app)[:3]} {site.code(app)[3:]} ") is Factor.CODE
    assert site.factors.check(user, site.code(app)) is None
    site.clock.move(seconds=30)
    assert site.factors.check(user, site.code(app, 1)) is Factor.CODE  # a clock that goes ahead
    assert site.factors.check(user, site.code(app)) is None  # older than the newest that was used
    site.clock.move(seconds=90)
    assert site.factors.check(user, site.code(app, -1)) is Factor.CODE  # a clock that is late
    for drift in (-2, 2):
        assert site.factors.check(user, site.code(app, drift)) is None


def test_of_one_code_given_many_times_at_once_one_counts(site: Site) -> None:
    staff = site.hire()
    app, _ = site.enrol(staff)
    code, start = site.code(app), threading.Barrier(4)

    def give(_: int) -> Factor | None:
        start.wait()
        return site.factors.check(staff.user_id, code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(map(str, pool.map(give, range(4)))) == ["None", "None", "None", "code"]


def test_five_guesses_and_no_more_over_all_sessions(site: Site) -> None:
    staff = site.hire()
    app, _ = site.enrol(staff)
    wrong = [code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code != site.code(app)][
        :5
    ]
    for guess in wrong:
        assert site.factors.check(staff.user_id, guess) is None
    with pytest.raises(LimitReached) as limit:
        site.factors.check(staff.user_id, site.code(app))  # not even the right one
    assert 0 < limit.value.facts["retry_after_s"] <= 15 * 60 + 1
    site.clock.move(minutes=15)
    assert site.factors.check(staff.user_id, site.code(app)) is Factor.CODE


@pytest.mark.parametrize("raw", ["", "12345", "1234567", "abcdef", "１２３４５６７", "0" * 5000, "' OR 1=1", "\0"])
def test_what_is_no_code_is_none(site: Site, raw: str) -> None:
    staff = site.hire()
    assert site.factors.check(staff.user_id, raw) is None  # nor for whom there is no authenticator
    site.enrol(staff)
    assert site.factors.check(staff.user_id, raw) is None


def test_a_recovery_code_counts_once_and_new_ones_end_the_old(site: Site) -> None:
    staff, other = site.hire(), site.hire("sato")
    _, codes = site.enrol(staff)
    assert len(set(codes)) == 10
    assert site.factors.check(other.user_id, codes[0]) is None  # another's
    assert site.factors.check(staff.user_id, codes[0].lower().replace("-", " ")) is Factor.RECOVERY
    assert site.factors.check(staff.user_id, codes[0]) is None
    assert site.factors.own(staff).recovery_left == 9
    fresh = site.factors.renew_recovery_codes(staff)
    assert site.factors.check(staff.user_id, codes[1]) is None
    assert site.factors.check(staff.user_id, fresh[1]) is Factor.RECOVERY


def test_neither_secret_nor_recovery_codes_stand_in_the_database(site: Site) -> None:
    staff = site.hire()
    enrolment = site.factors.begin_code(staff)
    codes = site.factors.confirm_code(staff, site.code(pyotp.TOTP(enrolment.secret)))
    assert enrolment.secret not in repr(enrolment)
    with site.store.read() as connection:
        kept = repr([connection.execute(select(table)).all() for table in (authenticators, recovery_codes)])
    for secret in (enrolment.secret, *codes, *(read_code(code) for code in codes)):
        assert secret not in kept


def test_a_sealed_secret_opens_for_its_own_account_alone(site: Site) -> None:
    staff, other = site.hire(), site.hire("sato")
    app, _ = site.enrol(staff)
    with site.store.write() as connection:
        connection.execute(authenticators.update().values(user_id=other.user_id))
    with pytest.raises(Conflict, match="corrupt"):
        site.factors.check(other.user_id, site.code(app))


def test_nothing_counts_before_the_first_code_was_typed(site: Site) -> None:
    staff = site.hire()
    app = pyotp.TOTP(site.factors.begin_code(staff).secret)
    assert site.factors.check(staff.user_id, site.code(app)) is None
    assert site.enter("tanaka").user_id == staff.user_id  # and the password still does
    with pytest.raises(InputError, match="code"):
        site.factors.confirm_code(staff, "000000" if site.code(app) != "000000" else "000001")
    newer = pyotp.TOTP(site.factors.begin_code(staff).secret)
    site.clock.move(seconds=30)
    with pytest.raises(InputError, match="code"):
        site.factors.confirm_code(staff, site.code(app))  # of the secret that was shown before
    site.factors.confirm_code(staff, site.code(newer))
    with pytest.raises(Conflict, match="has_code"):
        site.factors.begin_code(staff)


def test_a_role_that_must_have_one_has_until_the_end_of_its_grace(site: Site) -> None:
    site.hire("sv", Role.SUPERVISOR)
    site.hire("op", Role.OPERATOR)
    site.clock.move(days=14, microseconds=-1)
    assert site.enter("sv").duty is None
    site.clock.move(microseconds=1)
    staff = site.enter("sv")
    assert staff.duty is Duty.ENROL
    assert site.enter("op").duty is None
    site.enrol(staff)
    assert site.sessions.still(staff).duty is None
    with pytest.raises(Conflict, match="last_factor"):
        site.factors.drop_code(staff)
    with pytest.raises(NotSignedIn, match="not_enough"):
        site.sessions.sign_in("sv", PASSWORD, HERE, "test")


def test_an_operator_may_do_without_again(site: Site) -> None:
    staff = site.hire()
    app, _ = site.enrol(staff)
    elsewhere = site.elsewhere(app)
    site.factors.drop_code(staff)
    with pytest.raises(NotSignedIn, match="ended"):
        site.sessions.still(elsewhere)
    assert site.sessions.still(staff).user_id == staff.user_id
    assert site.enter("tanaka").user_id == staff.user_id


def test_lost_factors_of_weight_are_reset_by_two(site: Site) -> None:
    admin, second = site.hire("admin", Role.ADMIN), site.hire("second", Role.PRIVACY)
    sv, op = site.hire("sv", Role.SUPERVISOR), site.hire("op")
    for each in (sv, op):
        site.enrol(each)
    with pytest.raises(Denied, match="second_person"):
        site.factors.reset(sv.user_id, admin)
    with pytest.raises(Denied, match="role"):
        site.factors.reset(op.user_id, second)
    password = site.accounts.ask_recovery(sv.user_id, "password", "失念", admin)
    site.approvals.approve(password.id, password.content_hash, "確認した", second)
    with pytest.raises(Denied, match="second_person"):  # a new password is not a new factor
        site.factors.reset(sv.user_id, admin)
    asked = site.accounts.ask_recovery(sv.user_id, "factor", "紛失", admin)
    site.approvals.approve(asked.id, asked.content_hash, "確認した", second)
    site.factors.reset(sv.user_id, admin)
    with pytest.raises(NotSignedIn):
        site.sessions.still(sv)
    assert site.enter("sv").user_id == sv.user_id
    site.factors.reset(op.user_id, admin)
    assert site.enter("op").user_id == op.user_id
    site.factors.reset(sv.user_id, None)
    assert {each.what for each in site.accounts.by_machine(admin) if each.user.login == "sv"} == {"factor"}


def test_a_step_up_takes_a_code(site: Site) -> None:
    staff = site.hire()
    app, _ = site.enrol(staff)
    site.clock.move(hours=2)
    assert not site.sessions.is_proved(site.sessions.still(staff))
    with pytest.raises(NotSignedIn, match="wrong"):
        site.sessions.prove_by(staff, None, "")
    site.sessions.prove_by(staff, site.factors.check(staff.user_id, site.code(app)), "")
    assert site.sessions.is_proved(site.sessions.still(staff))


def test_recovery_codes_have_their_form() -> None:
    code = new_recovery_code()
    assert [len(group) for group in code.split("-")] == [4] * 6  # of thirty letters: 117 bits
    assert is_recovery_code(read_code(code))
    assert not is_recovery_code(read_code(code)[:-1])
    assert not is_recovery_code(code)
