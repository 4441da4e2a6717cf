"""`denwaban doctor`: says what is wrong with a site and how to mend it, in words. Changes nothing."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click

from plugin.cli import exchange_words
from plugin.cli.crm_words import look_at_crm
from plugin.cli.source_words import look_at_address, look_at_hook, look_at_recorder
from plugin.core.deliveries import SourceKind
from plugin.core.errors import DenwabanError, SettingError
from plugin.core.move import Closed
from plugin.core.ports import Clock
from plugin.services.health import Light, Vital
from plugin.settings import Settings, load
from plugin.settings_outside import SourceSettings
from plugin.store.breached import BreachedList
from plugin.store.noticed import FOLDER, Noticed
from plugin.web.texts import text
from plugin.wiring import House

_FIRST_SANE_YEAR = 2026
_LIGHTNING = ".lightning.force.com"

_OF_PAGE = frozenset({"backup", "cases", "tombstones"})  # told here in the words of the page of health
_SIGNS = {Light.GREEN: "ok   ", Light.AMBER: "look ", Light.RED: "mend "}

_WORDS = {
    "schema_behind": "the schema is old: stop the site and run `denwaban serve`, which brings it to the newest step",
    "database_down": "the database does not answer: check that it runs and what DENWABAN_DATABASE_URL says",
    "not_writable": "the database cannot be written: check the disk and the owner of its files",
    "moving": "it is being moved, so nothing is written: `denwaban migrate-to-mysql` says how far it is",
    "moved": "this site has moved: set DENWABAN_DATABASE_URL to the new database and restart the site",
    "low": "{n} GB free on the disk of the data folder: add space soon",
    "key_missing": (
        "{n} recordings cannot be opened because their key is missing: `denwaban keys list` names it; put the file back"
        " from your copy of the keys folder, with mode 0600"
    ),
    "full": "{n} GB free on the disk of the data folder: add space now, records may not be stored",
    "no_source": "no phone system is set up: see DENWABAN_SOURCES in docs/settings.md",
    "silent": (
        "{what} has told of no call yet: ring once; if nothing comes, check what it may tell us (docs/connectors.md"
        " for Asterisk, docs/sources.md for all others), and its secret or password"
    ),
    "late": "{n} messages wait for the CRM for more than five minutes: check that it answers",
    "dead": "{n} messages were refused by the CRM: mend the cause, then send them again",
    "unassigned": "{n} calls wait for somebody to say whose they were",
    "failed": "the job {what} failed at its last run: see the log",
    "stopped": "the worker has not run for a quarter of an hour: check that `denwaban serve` runs",
    "never": "the worker never ran: start `denwaban serve`",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, and what to do about it where it is not green."""

    light: Light
    subject: str
    words: str
    also: str = ""  # the same in the site's language


@click.command()
def doctor() -> None:
    """Look at everything a site needs, and say how to mend what is wrong. Exits 1 if anything must be mended."""
    found = list(_look())
    for finding in found:
        click.echo(f"{_SIGNS[finding.light]} {finding.subject}: {finding.words}")
        if finding.also:
            click.echo(f"{'':6}{finding.also}")
    red = sum(finding.light is Light.RED for finding in found)
    click.echo(f"{red} to mend, {sum(finding.light is Light.AMBER for finding in found)} to look at")
    sys.exit(1 if red else 0)


def _look() -> Iterator[Finding]:
    try:
        settings = load()
    except SettingError as error:
        yield Finding(Light.RED, "settings", f"{error}: mend it as docs/settings.md says")
        return
    yield Finding(Light.GREEN, "settings", "readable")
    house = House(settings)
    yield from _folders(settings.data_dir)
    yield from _keys(house)
    yield from _address(settings)
    yield from _breached(settings)
    yield from _frames(settings)
    yield _audio()
    yield _time(house.clock)
    for name, source in settings.sources.items():
        yield from _source(house, name, source)
    yield from _crm(house)
    if settings.data_dir.is_dir():
        yield _messages(house)
        yield from _move(house)
        yield from _health(house)


def _folders(data_dir: Path) -> Iterator[Finding]:
    if not data_dir.is_dir():
        yield Finding(
            Light.RED, "data folder", f"{data_dir} is not there: `denwaban serve` or `denwaban user add` makes it"
        )
        return
    mode = stat.S_IMODE(data_dir.stat().st_mode)
    if mode & 0o077:
        yield Finding(Light.RED, "data folder", f"others on this machine may open it: run `chmod 700 {data_dir}`")
    elif not os.access(data_dir, os.W_OK):
        yield Finding(
            Light.RED, "data folder", f"{data_dir} cannot be written by this user: give it to the site's user"
        )
    else:
        yield Finding(Light.GREEN, "data folder", "there, and private")


def _keys(house: House) -> Iterator[Finding]:
    keys = house.settings.keys_folder
    if not keys.is_dir():
        return
    open_ones = [key for key in (keys, *keys.glob("**/*")) if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077]
    if open_ones:
        yield Finding(Light.RED, "keys", f"others may open {len(open_ones)} of them: run `chmod -R go= {keys}`")
        return
    try:
        house.keys.all()
    except SettingError as error:
        yield Finding(Light.RED, "keys", f"{error}: see DENWABAN_KEYS_SECRET in docs/settings.md, or put the file back")
        return
    yield Finding(Light.GREEN, "keys", "private; keep a copy in a safe place, recordings cannot be opened without")


def _breached(settings: Settings) -> Iterator[Finding]:
    if settings.breached_passwords is None:
        words = "no list of breached passwords is known: see DENWABAN_BREACHED_PASSWORDS in docs/settings.md"
        yield Finding(Light.AMBER, "passwords", words)
        return
    try:
        BreachedList(settings.breached_passwords).holds("")
    except SettingError as error:
        words = f"{settings.breached_passwords} {error.facts['problem']}; until then no password can be set"
        yield Finding(Light.RED, "passwords", words)
    else:
        yield Finding(Light.GREEN, "passwords", "breached ones are refused")


def _address(settings: Settings) -> Iterator[Finding]:
    is_here = any(name in settings.public_url for name in ("//127.0.0.1", "//localhost", "//[::1]"))
    if settings.public_url.startswith("https://"):
        yield Finding(Light.GREEN, "public address", "https")
    elif is_here:
        words = "only this machine can use it: set DENWABAN_PUBLIC_URL to the https address that browsers use"
        yield Finding(Light.AMBER, "public address", words)
    else:
        words = "not https: passwords and personal data travel in the open; put a proxy with TLS in front"
        yield Finding(Light.RED, "public address", words)
    if settings.public_url.startswith("https://") and settings.proxies == 0:
        words = "0 although the public address is https: behind a proxy, set DENWABAN_PROXIES, or all share one address"
        yield Finding(Light.AMBER, "proxies", words)


def _frames(settings: Settings) -> Iterator[Finding]:
    """Say which pages may show the desk; that each is an exact https origin was made sure of as it was read."""
    origins = settings.embed_origins
    if not origins:
        return
    subject = "embed_origins"
    if not settings.public_url.startswith("https://") and any(origin.startswith("https://") for origin in origins):
        words = "the public address is not https: no browser shows it in an https page; set DENWABAN_PUBLIC_URL to one"
        yield Finding(Light.RED, subject, words)
    for origin in origins:
        if origin.startswith("http://"):
            words = f"{origin} is this machine alone, for trying out: take it out of a site that people work with"
            yield Finding(Light.AMBER, subject, words)
        elif urlsplit(origin).hostname == urlsplit(settings.public_url).hostname:
            yield Finding(
                Light.AMBER, subject, f"{origin} is this site itself: name the site whose pages show the desk"
            )
        elif origin.endswith(".my.salesforce.com"):
            words = f"{origin} shows no Lightning page: those are at …{_LIGHTNING}, see docs/salesforce.md"
            yield Finding(Light.AMBER, subject, words)
        else:
            yield Finding(Light.GREEN, subject, f"{origin} may show the desk")


def _audio() -> Finding:
    if shutil.which("ffmpeg"):
        return Finding(Light.GREEN, "ffmpeg", "there")
    words = "not installed: recordings that browsers cannot play (GSM, ADPCM) stay closed; run `apt-get install ffmpeg`"
    return Finding(Light.AMBER, "ffmpeg", words)


def _time(clock: Clock) -> Finding:
    if clock().year < _FIRST_SANE_YEAR:
        words = "the machine's clock is years behind: switch on time synchronisation (`timedatectl set-ntp true`)"
        return Finding(Light.RED, "clock", words)
    return Finding(Light.GREEN, "clock", "plausible")


def _source(house: House, name: str, source: SourceSettings) -> Iterator[Finding]:
    subject = f"source {name}"
    if source.recordings_dir is not None and not os.access(source.recordings_dir, os.R_OK | os.X_OK):
        words = (
            f"its folder of recordings, {source.recordings_dir}, cannot be read: mount it, and let this user read it"
        )
        yield Finding(Light.RED, subject, words)
    try:
        told_by = house.phones.kind_of(name)
    except SettingError as error:
        yield Finding(Light.RED, subject, f"{error}: see `kind` in docs/settings.md")
        return
    if told_by is SourceKind.HOOK:
        yield from (Finding(light, subject, words) for light, words in look_at_hook(house, name, source))
    elif told_by is SourceKind.FOLDER:
        yield from (Finding(light, subject, words) for light, words in look_at_recorder(house, name))
    elif told_by is SourceKind.ADDRESS:
        yield from (Finding(light, subject, words) for light, words in look_at_address(house, name))
    else:
        yield from _exchange(house, name, source)


def _exchange(house: House, name: str, source: SourceSettings) -> Iterator[Finding]:
    subject = f"source {name}"
    if not source.username or not source.password.get_secret_value():
        yield _in_both(house, Light.RED, subject, exchange_words.NO_ACCOUNT)
        return
    heard = Noticed(house.settings.data_dir / FOLDER).of(name)
    results = house.phones.check_stream(name, heard)
    for result in results:
        light = Light.RED if result.grave else Light.AMBER
        row = exchange_words.EXCHANGE[result.finding]
        yield _in_both(house, light, subject, row, result.finding, f"{source.host}:{source.port}")
    if not results:
        yield _in_both(house, Light.GREEN, subject, exchange_words.WELL)
    if source.ari_url:
        yield _stage(house, name, source)


def _stage(house: House, name: str, source: SourceSettings) -> Finding:
    subject = f"source {name}, ARI"
    if not source.dial_username:
        return _in_both(house, Light.AMBER, subject, exchange_words.NO_DIALLING)
    found = house.phones.check_ari(name)
    if found is None:
        return _in_both(house, Light.GREEN, subject, exchange_words.ENTERED)
    return _in_both(house, Light.AMBER, subject, exchange_words.ARI[found], found, source.ari_url)


def _in_both(house: House, light: Light, subject: str, row: tuple[str, str], word: str = "", at: str = "") -> Finding:
    """Say it in English, with the stable word, and below in Japanese where that is the site's language."""
    ja, en = (words.format(at=at) for words in row)
    return Finding(light, subject, f"{word}: {en}" if word else en, ja if house.settings.lang == "ja" else "")


def _crm(house: House) -> Iterator[Finding]:
    try:
        yield from (Finding(light, "CRM", words) for light, words in look_at_crm(house.crm))
    except DenwabanError as error:
        yield Finding(Light.RED, "CRM", f"{error}: see DENWABAN_CRM and DENWABAN_CRM_OPTIONS in docs/settings.md")


def _messages(house: House) -> Finding:
    try:
        sender = house.reach.sender
    except SettingError as error:
        words = f"{error}: see DENWABAN_MESSAGES and DENWABAN_MESSAGES_OPTIONS in docs/messages.md"
        return Finding(Light.RED, "messages", words)
    if house.settings.messages == "folder":
        return Finding(Light.AMBER, "messages", "one-time codes go into a folder and to nobody: for trying only")
    ways = "" if sender is None else ", ".join(sorted(way.value for way in sender.ways))
    return Finding(Light.GREEN, "messages", f"one-time codes by {ways}" if ways else "none: no one-time codes")


def _move(house: House) -> Iterator[Finding]:
    sign = house.store.sign()
    if sign is None:
        return
    since = sign.since.astimezone(house.settings.tz).strftime("%Y-%m-%d %H:%M")
    if sign.word is Closed.MOVED:
        words = (
            f"the site moved to {sign.target} at {since}; `denwaban migrate-to-mysql --back` opens the old one again"
        )
        yield Finding(Light.RED, "move", words)
    elif sign.holds:
        yield Finding(Light.AMBER, "move", f"going on since {since} (process {sign.pid}): the site can be read only")
    else:
        words = f"the one of {since} was broken off; the site runs on as before: run `denwaban migrate-to-mysql` again"
        yield Finding(Light.AMBER, "move", words)


def _health(house: House) -> Iterator[Finding]:
    try:
        # What the health page says of the CRM, the CRM's own findings above say already, and more.
        for vital in house.health.look():
            if vital.subject != "crm":
                yield _of_page(house, vital) if vital.subject in _OF_PAGE else _said(vital)
    except SettingError as error:
        yield Finding(Light.RED, "health", f"{error}: mend it as docs/settings.md says")


def _of_page(house: House, vital: Vital) -> Finding:
    """Say it in the page's own words, in English and, where that is the site's language, in Japanese."""
    at = "–" if vital.at is None else f"{vital.at.astimezone(house.settings.tz):%Y-%m-%d %H:%M}"
    said = {"n": vital.n, "what": vital.what, "at": at}
    ja, en = (text(lang, f"health.{vital.subject}.{vital.word}", **said) for lang in ("ja", "en"))
    return Finding(vital.light, vital.subject, en, ja if house.settings.lang == "ja" else "")


def _said(vital: Vital) -> Finding:
    words = _WORDS.get(vital.word, "{what} fine" if vital.what else "fine")
    return Finding(vital.light, vital.subject, words.format(n=vital.n, what=vital.what))
