"""Builds the demo's site in a folder of its own: settings, accounts, customers, and the calls of the past months.

Everything goes through the services that a real site uses; only the clock is set back for what is past.
"""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from plugin.core.ids import CallId, CustomerId
from plugin.core.numbers import read_number
from plugin.core.staff import Role, Staff, User
from plugin.core.timeline import SummaryForm
from plugin.core.times import local_day
from plugin.demo.people import numbers_by_code, people_file, proxies
from plugin.demo.script import SOURCE, PastScene, events, past_scenes
from plugin.demo.speech import speak
from plugin.demo.waiting import leave_waiting
from plugin.services.accounts import NewUser
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House, now

COMPANY = "さくら通販"
_CONTACT = "個人情報お問い合わせ窓口\n0120-000-222（平日 9時〜17時）"
PEOPLE = (
    ("sato", "佐藤 花子", Role.OPERATOR, "101"),
    ("suzuki", "鈴木 健一", Role.SERVICE, "102"),
    ("tanaka", "田中 翼", Role.OPERATOR, "103"),
    ("kobayashi", "小林 裕子", Role.SUPERVISOR, "109"),
    ("mori", "森 恵子", Role.PRIVACY, ""),
    ("ueda", "上田 拓也", Role.PRIVACY, ""),  # a disclosure is answered by two
    ("kanri", "管理 太郎", Role.ADMIN, ""),
)


@dataclass(frozen=True, slots=True)
class Account:
    """A person of the demo, and the password made for this run."""

    login: str
    password: str
    name: str
    role: str
    extension: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A site that is ready to be served: its folder, address, settings file, hook secret, people."""

    data_dir: Path
    address: str
    settings_file: Path
    secret: str
    accounts: tuple[Account, ...]

    @property
    def recordings_dir(self) -> Path:
        """The folder where the demo's phone system leaves its recordings."""
        return self.data_dir / "recorder"

    @property
    def messages_dir(self) -> Path:
        """The folder that holds what would have gone to customers' mobiles."""
        return self.data_dir / "messages"

    @property
    def note(self) -> Path:
        """The file that says where the site is and who may sign in; mode 0600."""
        return self.data_dir / "demo.json"


class SetClock:
    """The clock of the past: it stands where it is put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """Return where it stands."""
        return self.at


Progress = Callable[[str, int, int], None]  # what is made, done of, all


def build(data_dir: Path, port: int, progress: Progress) -> Stage:
    """Make the site in `data_dir` (empty or new) to be served at `port`, say how it goes, and return it.

    From here on this process and its children read the site's own settings file, and nothing of the environment.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    stage = Stage(
        data_dir=data_dir,
        address=f"http://localhost:{port}",  # browsers bind passkeys to names, never to numbers
        settings_file=data_dir / "settings.toml",
        secret=secrets.token_urlsafe(32),
        accounts=tuple(
            Account(login, secrets.token_urlsafe(12), name, role.value, extension)
            for login, name, role, extension in PEOPLE
        ),
    )
    stage.recordings_dir.mkdir(mode=0o700, exist_ok=True)
    _write_settings(stage, port)
    clock = SetClock(now())
    house = House(load(), clock)
    try:
        upgrade(house.store)
        _add_people(house, stage, progress)
        _import_customers(house)
        _register_proxies(house)
        last_calls = _play_past(house, clock, stage, progress)
        worker, second = (_seat(user) for user in house.accounts.all(by=None) if user.role is Role.PRIVACY)
        leave_waiting(house, worker, second, last_calls)
    finally:
        house.close()
    _write_private(stage.note, json.dumps(_note(stage), ensure_ascii=False, indent=2))
    return stage


def _write_settings(stage: Stage, port: int) -> None:
    text = (
        f"data_dir = {json.dumps(str(stage.data_dir))}\n"
        f'public_url = "{stage.address}"\n'
        f'bind = "127.0.0.1:{port}"\n'
        "web_threads = 64\n"
        "second_factor_roles = []\n"  # nobody looks at a demo with a telephone in his hand
        'messages = "folder"\n'  # what would go to a customer's mobile is printed instead
        f'messages_name = "{COMPANY}"\n'
        f'letter_name = "{COMPANY}株式会社"\n'
        f"letter_contact = {json.dumps(_CONTACT, ensure_ascii=False)}\n\n"
        f"[sources.{SOURCE}]\n"
        'kind = "webhook"\n'
        f'secrets = ["{stage.secret}"]\n'
        f"recordings_dir = {json.dumps(str(stage.recordings_dir))}\n"
        'caller_lane = "right"\n'
        'notice = "always"\n'  # an announcement before each call that comes in
    )
    _write_private(stage.settings_file, text)
    for name in [name for name in os.environ if name.startswith("DENWABAN_")]:
        del os.environ[name]
    os.environ["DENWABAN_SETTINGS"] = str(stage.settings_file)


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")


def _note(stage: Stage) -> dict[str, object]:
    return {"address": stage.address, "accounts": [asdict(account) for account in stage.accounts]}


def _add_people(house: House, stage: Stage, progress: Progress) -> None:
    for done, account in enumerate(stage.accounts, 1):
        new = NewUser(account.login, account.name, Role(account.role), team="応対一課", extension=account.extension)
        house.accounts.add(new, account.password, by=None, is_chosen=True)
        progress("people", done, len(stage.accounts))


def _import_customers(house: House) -> None:
    report = house.sync.import_file(people_file(), (), dry=False)
    if report.bad:
        raise RuntimeError(f"the demo's own people are refused: {report.bad}")
    house.sync.run()


def _register_proxies(house: House) -> None:
    registrar, second = (
        _seat(next(user for user in house.accounts.all(by=None) if user.role is role))
        for role in (Role.PRIVACY, Role.SUPERVISOR)
    )
    for one in proxies():
        (customer, _name), *_ = house.verifying.mandates.customers_with_code(registrar, one.of)
        last_day = local_day(house.clock(), house.settings.tz) + timedelta(days=one.days)
        house.verifying.mandates.register(registrar, customer, one.name, one.scope, last_day, one.said, "委任状の原本")
    for filed in house.approvals.board(second).waiting:
        house.approvals.approve(filed.approval.id, filed.approval.content_hash, "委任状の原本と照合", second)


def _play_past(house: House, clock: SetClock, stage: Stage, progress: Progress) -> dict[str, tuple[CallId, Staff]]:
    """Return the last call of each member who called, and who took it."""
    today = clock()
    last: dict[str, tuple[CallId, Staff]] = {}
    scenes = list(past_scenes(numbers_by_code(), today, house.settings.tz))
    for done, past in enumerate(scenes, 1):
        told = list(events(past.scene, past.started_at))
        clock.at = told[-1].occurred_at + timedelta(minutes=2)
        house.calls.take(told)
        agent = _agent(house, past)
        last[past.customer_code] = _write_down(house, agent, past), agent
        if past.scene.voice:
            (stage.recordings_dir / past.scene.recording).write_bytes(speak(past.scene.voice))
        progress("calls", done, len(scenes))
    clock.at = today
    return last


def _agent(house: House, past: PastScene) -> Staff:
    return _seat(next(one for one in house.accounts.all(by=None) if one.extension == past.scene.answers))


def _seat(user: User) -> Staff:
    return Staff(
        user_id=user.id,
        login=user.login,
        name=user.name,
        role=user.role,
        team=user.team,
        extension=user.extension,
        lang=user.lang,
        session_hash="",
        address="",
    )


def _caller(house: House, past: PastScene) -> CustomerId:
    read = read_number(past.scene.number or "", house.settings.region)
    found = house.customers.match(read).candidates
    return next(one.customer.id for one in found if one.customer.code == past.customer_code)


def _write_down(house: House, agent: Staff, past: PastScene) -> CallId:
    call_id = house.calls.pops_of(agent.user_id)[0].call.id  # the others were closed
    house.customers.confirm(agent, call_id, _caller(house, past))
    written = past.written
    due_in = written.promise_in_days
    form = SummaryForm(
        topic=written.topic,
        disposition=written.disposition,
        request=written.request,
        response=written.response,
        promise=written.promise,
        next_step=written.next_step,
        promise_due_on=local_day(past.started_at, house.settings.tz) + timedelta(days=due_in) if due_in else None,
    )
    house.timeline.save(agent, call_id, form)
    house.calls.close_pop(agent.user_id, call_id)
    return call_id
