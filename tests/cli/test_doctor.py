"""`denwaban doctor` finds what is wrong and says how to mend it."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from connectors.calls.asterisk import Finding
from connectors.calls.asterisk.ari.check import AriFinding
from plugin.cli import cli
from plugin.cli.exchange_words import ARI, EXCHANGE
from plugin.core.ports import StreamReport
from plugin.settings import load
from plugin.store.noticed import FOLDER, Noticed
from plugin.wiring import House
from tests.kit.ami import SECRET, USER, FakeAmi, Play
from tests.kit.command import Runner
from tests.kit.newest import lay


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    house = House(load(data_dir=tmp_path / "data"))
    lay(house.store)
    house.keys.secret("answers")
    house.store.close()
    return tmp_path / "data"


def run(data_dir: Path, **given: str) -> Result:
    names = {f"DENWABAN_{name.upper()}": value for name, value in given.items()}
    return Runner().invoke(cli, ["doctor"], env={"DENWABAN_DATA_DIR": str(data_dir), **names})


def line(result: Result, subject: str) -> str:
    found = [line for line in result.output.splitlines() if line[6:].startswith(f"{subject}:")]
    assert found, result.output
    return found[0]


def test_a_site_in_order_has_only_its_worker_to_start(data_dir: Path) -> None:
    result = run(data_dir, public_url="https://desk.example.jp", proxies="1")
    assert [line for line in result.output.splitlines() if line.startswith("mend")] == [
        "mend  worker: the worker never ran: start `denwaban serve`"
    ]
    assert result.exit_code == 1
    assert line(result, "database").startswith("ok")


def test_a_site_without_a_backup_is_told_so_until_one_is_made(data_dir: Path, tmp_path: Path) -> None:
    assert line(run(data_dir), "backup").startswith("look")
    at = {"DENWABAN_DATA_DIR": str(data_dir)}
    assert Runner().invoke(cli, ["backup", str(tmp_path / "backups")], env=at).exit_code == 0
    assert line(run(data_dir), "backup").startswith("ok")


def test_a_setting_that_cannot_be_read_is_named(data_dir: Path) -> None:
    result = run(data_dir, web_workers="many")
    assert result.exit_code == 1
    assert "DENWABAN_WEB_WORKERS" in line(result, "settings")
    assert "many" not in line(result, "settings").replace("DENWABAN", "")


def test_folders_and_keys_that_others_may_open_are_told(data_dir: Path) -> None:
    data_dir.chmod(0o755)
    next((data_dir / "keys").glob("*")).chmod(0o644)
    result = run(data_dir)
    assert f"chmod 700 {data_dir}" in line(result, "data folder")
    assert f"chmod -R go= {data_dir / 'keys'}" in line(result, "keys")


def test_a_missing_data_folder_is_told_and_not_made(tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere")
    assert line(result, "data folder").startswith("mend")
    assert not (tmp_path / "nowhere").exists()


def test_an_open_public_address_must_be_mended(data_dir: Path) -> None:
    assert line(run(data_dir, public_url="http://desk.example.jp"), "public address").startswith("mend")
    assert line(run(data_dir), "public address").startswith("look")
    assert line(run(data_dir, public_url="https://desk.example.jp"), "proxies").startswith("look")


def test_a_hook_without_a_secret_and_a_manager_that_is_not_there_are_told(data_dir: Path) -> None:
    given = {
        "sources__web__kind": "webhook",
        "sources__pbx__kind": "asterisk",
        "sources__pbx__username": "denwaban",
        "sources__pbx__password": "secret",
        "sources__pbx__port": "1",
        "sources__pbx__recordings_dir": "/no/such/folder",
    }
    result = run(data_dir, **given)
    assert "no secret" in line(result, "source web")
    said = [one for one in result.output.splitlines() if "source pbx" in one]
    assert any("/no/such/folder" in one for one in said)
    assert any("unreachable: nothing answers at 127.0.0.1:1" in one for one in said)
    assert "      127.0.0.1:1 は応答しません。" in result.output
    assert "応答しません" not in run(data_dir, **given, lang="en").output


def test_a_recorders_pattern_is_tried_on_its_newest_files_and_none_is_named(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recorder"
    folder.mkdir()

    def said(pattern: str = "{start:%Y%m%d%H%M}_{number}.wav") -> str:
        options = json.dumps({"pattern": pattern})
        given = {"sources__rec__kind": "recorder", "sources__rec__recordings_dir": str(folder)}
        return line(run(data_dir, **given, sources__rec__options=options), "source rec")

    assert "empty" in said()
    (folder / "202611230800_09012345678.wav").touch()
    assert said() == "ok    source rec: the newest 1 files are named by the pattern"
    (folder / "09012345678.wav").touch()
    assert said().startswith("look  source rec: 1 of the newest 2")
    assert "09012345678" not in said()
    assert said("{start:%Y%m%d%H%M}.wav").startswith("mend")


def test_sources_of_every_kind_are_looked_at(data_dir: Path) -> None:
    given = {"sources__phones__kind": "pop", "sources__odd__kind": "tin-can", "sources__z__kind": "zammad"}
    result = run(data_dir, **given, sources__z__secrets='["short"]')
    assert "/pop?tel=…" in line(result, "source phones")
    assert "unknown_kind" in line(result, "source odd")
    assert line(result, "source z").startswith("mend")
    assert "short" not in line(result, "source z")


def test_a_secret_that_cannot_be_read_is_told_and_not_shown(data_dir: Path) -> None:
    said = line(run(data_dir, sources__web__kind="webhook", sources__web__secrets='["whsec_***"]'), "source web")
    assert said.startswith("mend")
    assert "***" not in said


def test_an_exchange_is_asked_for_what_calls_need(data_dir: Path) -> None:
    def said(exchange: FakeAmi, secret: str) -> str:
        account = {"kind": "asterisk", "username": USER, "password": secret, "port": str(exchange.account.port)}
        return line(run(data_dir, **{f"sources__pbx__{name}": value for name, value in account.items()}), "source pbx")

    with FakeAmi([Play(b"", uptime_s=9)]) as exchange:
        assert said(exchange, SECRET).startswith("look  source pbx: unproven: ")
    with FakeAmi([Play(b"", uptime_s=9)]) as exchange:
        refused = said(exchange, "another")
    assert refused.startswith("mend  source pbx: login_refused: ")
    assert "another" not in refused


def test_what_a_listener_found_is_told_with_what_is_lost_by_it(data_dir: Path) -> None:
    noticed = Noticed(data_dir / FOLDER)
    noticed.take(StreamReport("pbx", "judged", "no_agent,no_did"))
    noticed.take(StreamReport("pbx", "connected"))
    with FakeAmi([Play(b"", uptime_s=9)]) as exchange:
        account = {"kind": "asterisk", "username": USER, "password": SECRET, "port": str(exchange.account.port)}
        said = run(data_dir, **{f"sources__pbx__{name}": value for name, value in account.items()}).output
    assert "mend  source pbx: no_agent: events of queues do not arrive: add `agent` to the account's `read`" in said
    assert "look  source pbx: no_did: " in said
    noticed.take(StreamReport("pbx", "judged", ""))
    assert noticed.of("pbx") == noticed.of("other") == ()


def test_the_doctor_has_words_for_everything_an_exchange_may_lack() -> None:
    assert set(EXCHANGE) == set(Finding)
    assert set(ARI) == set(AriFinding)
    rows = [*EXCHANGE.values(), *ARI.values()]
    assert all("{at}" in ja or "{at}" not in en for ja, en in rows)
    assert all(any(letter > "\u3040" for letter in ja) for ja, _ in rows)


def test_a_policy_that_lets_a_family_in_is_told_in_words(data_dir: Path) -> None:
    result = run(data_dir, verify_history_persons="0")
    assert result.exit_code == 1
    assert "DENWABAN_VERIFY_HISTORY_PERSONS" in line(result, "settings")
    assert "what a family knows must never suffice" in line(result, "settings")
    served = Runner().invoke(
        cli, ["serve"], env={"DENWABAN_DATA_DIR": str(data_dir), "DENWABAN_VERIFY_LISTEN_FURTHER": "0"}
    )
    assert served.exit_code == 2
    assert "must never open a recording" in served.output


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("https://example.lightning.force.com", "ok    embed_origins: https://example.lightning.force.com may show"),
        ("http://localhost:3000", "look  embed_origins: http://localhost:3000 is this machine alone"),
        ("https://desk.example.jp", "look  embed_origins: https://desk.example.jp is this site itself"),
        ("https://x.my.salesforce.com", "look  embed_origins: https://x.my.salesforce.com shows no Lightning page"),
    ],
)
def test_the_pages_that_may_show_the_desk_are_looked_at(data_dir: Path, origin: str, said: str) -> None:
    result = run(data_dir, public_url="https://desk.example.jp", embed_origins=f'["{origin}"]')
    assert line(result, "embed_origins").startswith(said)


@pytest.mark.parametrize(
    "origin",
    [
        "http://example.com",
        "https://*.force.com",
        "https://example.com/",
        "https://example.com:443",
        "example.com",
        "https://Example.com",
        "",
    ],
)
def test_what_is_no_exact_https_origin_must_be_mended(data_dir: Path, origin: str) -> None:
    said = line(run(data_dir, embed_origins=f'["https://a.example", "{origin}"]'), "settings")
    assert said.startswith("mend")
    assert "DENWABAN_EMBED_ORIGINS" in said


def test_an_https_page_shows_no_desk_that_is_reached_by_http(data_dir: Path) -> None:
    said = line(run(data_dir, embed_origins='["https://example.lightning.force.com"]'), "embed_origins")
    assert said.startswith("mend  embed_origins: the public address is not https")
    assert "embed_origins" not in run(data_dir).output


def test_who_carries_messages_is_told(data_dir: Path) -> None:
    assert "no one-time codes" in line(run(data_dir), "messages")
    assert line(run(data_dir, messages="folder"), "messages").startswith("look")
    wrong = line(run(data_dir, messages="twilio", messages_options__account_sid="AC1"), "messages")
    assert wrong.startswith("mend")
    assert "ACCOUNT_SID" in wrong


def test_the_list_of_breached_passwords_is_read(data_dir: Path) -> None:
    assert line(run(data_dir), "passwords").startswith("look")
    kept = data_dir.parent / "breached.txt"
    kept.write_text("0018A45C4D1DEF81644B54AB7F969B88D65EAA47:3\n", "ascii")
    assert line(run(data_dir, breached_passwords=str(kept)), "passwords").startswith("ok")
    kept.write_text("password\n", "ascii")
    assert line(run(data_dir, breached_passwords=str(kept)), "passwords").startswith("mend")
