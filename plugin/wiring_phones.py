"""Builds the phone systems of a site: those that post, those that we connect to, those that do something for us.

A part of plugin/wiring.py, which alone uses it. Each part is built at first use and kept; nothing is built at import.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.calls.registry import ADDRESSES, FOLDERS, kind_of, open_hook
from connectors.recordings.recorder import RecorderFolder, read_options
from connectors.recordings.remote import Login
from connectors.recordings.sources import Sources
from plugin.core.consent import NoticeWay
from plugin.core.control import CallControl
from plugin.core.deliveries import SourceKind
from plugin.core.errors import NotFound, SettingError
from plugin.core.past_calls import PastList
from plugin.core.ports import CallHook, CallJournal, CallStream, Clock, StreamReport
from plugin.core.regions import Regions
from plugin.services.back_fill import BackFill
from plugin.services.calls import Calls
from plugin.services.past_calls import PastCalls
from plugin.services.recorders import Recorder, Recorders
from plugin.services.source_board import SourceBoard
from plugin.settings import Settings
from plugin.settings_outside import SourceSettings
from plugin.site_rules import site_of_source
from plugin.store.engine import Store

if TYPE_CHECKING:
    from connectors.calls.address import AddressTemplate
    from connectors.calls.asterisk import Account, CheckResult
    from connectors.calls.asterisk.ari.check import AriFinding
    from connectors.calls.asterisk.ari.line import AriAccount
    from connectors.calls.asterisk.ari.orders import AriOrders


_PAUSE_S = 0.005


class PhoneParts:
    """The phone systems of a site, by the names that its settings give them."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._hooks: dict[str, CallHook] = {}

    def kind_of(self, source: str) -> SourceKind:
        """How a source is heard of. Raises NotFound where there is no such source, SettingError."""
        if source not in self._settings.sources:
            raise NotFound("source")
        return kind_of(self._settings.sources[source].kind)

    def hook(self, source: str) -> CallHook:
        """The door of a source that posts to us. Raises NotFound where there is no such source, SettingError."""
        if source not in self._hooks:
            if self.kind_of(source) is not SourceKind.HOOK:
                raise NotFound("source")
            kind = self._settings.sources[source].kind
            self._hooks[source] = open_hook(kind, site_of_source(self._settings, source))
        return self._hooks[source]

    @property
    def notices(self) -> dict[str, NoticeWay]:
        """How the calls of each phone system are announced as recorded, where the site told."""
        return {name: NoticeWay(one.notice) for name, one in self._settings.sources.items() if one.notice}

    @cached_property
    def regions(self) -> Regions:
        """Whose numbering plan counts for the site, for each phone system and for its lines."""
        sources = {name: one.region for name, one in self._settings.sources.items() if one.region}
        lines = {
            (name, line): to for name, one in self._settings.sources.items() for line, to in one.line_regions.items()
        }
        return Regions(self._settings.region, sources, lines)

    @cached_property
    def address_name(self) -> str | None:
        """The name of the soft phones that open an address; one for all, or none."""
        return next((name for name, one in self._settings.sources.items() if one.kind in ADDRESSES), None)

    @cached_property
    def address(self) -> "AddressTemplate | None":
        """How the addresses of soft phones are read; None where the site has none. Raises SettingError."""
        if self.address_name is None:
            return None
        from connectors.calls.address import read_template

        return read_template(site_of_source(self._settings, self.address_name))

    def past_list(
        self, file: Path, source: str, zone: str, mapping: Sequence[tuple[str, str]], encoding: str | None
    ) -> PastList:
        """Open a list of past calls, which become those of `source`; its zone and region count where it has some.

        Raises InputError where the list cannot be read at all.
        """
        from connectors.calls.past_file import open_list  # only one command needs it

        known = self._settings.sources.get(source)
        zone = zone or (known.zone if known else "") or self._settings.zone
        return open_list(file, source, ZoneInfo(zone), self.regions.of(source), self._clock(), mapping, encoding)

    def past_calls(self, store: Store, calls: Calls) -> PastCalls:
        """The way of past calls into the house."""
        return PastCalls(store, self._clock, calls, lambda: time.sleep(_PAUSE_S))

    def recorder_folder(self, name: str) -> RecorderFolder:
        """The folder of the recorder `name`. Raises SettingError where an option is wrong, or no folder is named."""
        source = self._settings.sources[name]
        if source.recordings_dir is None:
            raise SettingError("missing", setting=f"DENWABAN_SOURCES__{name.upper()}__RECORDINGS_DIR")
        site = site_of_source(self._settings, name)
        zone = ZoneInfo(source.zone or self._settings.zone)
        return RecorderFolder(source.recordings_dir, read_options(site), zone, self.regions.of(name))

    @cached_property
    def recorder_folders(self) -> dict[str, RecorderFolder]:
        """The folders of all recorders that are set up rightly, by name; the doctor tells of the others."""
        found: dict[str, RecorderFolder] = {}
        for name, source in self._settings.sources.items():
            if source.kind in FOLDERS:
                with suppress(SettingError):
                    found[name] = self.recorder_folder(name)
        return found

    def recording_sources(self) -> dict[str, Sources]:
        """Where the recordings of each phone system are; those of recorders may be of any."""
        sources = self._settings.sources.items()
        logins = {name: {at: Login(*host.login) for at, host in one.recording_hosts.items()} for name, one in sources}
        folders = self.recorder_folders
        return {
            name: Sources(one.recordings_dir, logins[name], one.ari_recordings_dir, folders) for name, one in sources
        }

    def recorders(self, store: Store, calls: Calls) -> Recorders:
        """The way of recorders' files to their calls."""
        found = {
            name: Recorder(folder.files, folder.options.tolerance, folder.options.days, folder.options.calls_of)
            for name, folder in self.recorder_folders.items()
        }
        return Recorders(store, self._clock, calls, found)

    def board(self, store: Store) -> SourceBoard:
        """What administrators see of the phone systems."""
        kinds = {name: source.kind for name, source in self._settings.sources.items()}
        return SourceBoard(store, self._clock, kinds, self._how_it_is)

    def _how_it_is(self, name: str) -> tuple[SourceKind | None, str]:
        """Return how a source is heard of, and the setting that is wrong where one is."""
        told_by: SourceKind | None = None
        try:
            told_by = self.kind_of(name)
            if told_by is SourceKind.HOOK:
                self.hook(name)
            elif told_by is SourceKind.FOLDER:
                self.recorder_folder(name)
            elif told_by is SourceKind.ADDRESS:
                self.address  # noqa: B018  raises where the template is wrong
        except SettingError as error:
            return told_by, str(error.facts.get("setting", "DENWABAN_SOURCES"))
        return told_by, ""

    def streams(self, report: Callable[[StreamReport], None]) -> dict[str, CallStream]:
        """Build the phone systems that we connect to, by name; each tells of itself by `report`."""
        from connectors.calls.asterisk import AsteriskStream  # only the listener needs it

        built: dict[str, CallStream] = {}
        for name, source in self._settings.sources.items():
            if source.kind == "asterisk":
                built[name] = AsteriskStream(name, _account(source), source.trunks, self._clock, report)
            if source.ari_url:
                from connectors.calls.asterisk.ari.stage import AriStage

                built[f"{name} stage"] = AriStage(name, _ari(source), self._clock, report)
        return built

    @cached_property
    def journals(self) -> dict[str, CallJournal]:
        """What phone systems wrote down by themselves, by name."""
        kept = {name: one for name, one in self._settings.sources.items() if one.cdr is not None}
        if not kept:
            return {}
        from connectors.calls.asterisk import Journal, Records  # only sites whose records we see need it

        journals: dict[str, CallJournal] = {}
        for name, one in kept.items():
            assert one.cdr is not None
            records = Records(one.cdr, one.queue_log, self._settings.zone_of(one), one.cdr_shows_numbers)
            journals[name] = Journal(name, records, one.trunks)
        return journals

    def back_fill(self, store: Store, calls: Calls) -> BackFill:
        """What files the calls that nobody heard."""
        return BackFill(store, calls, self.journals)

    def check_stream(self, name: str, heard: Sequence[str] = ()) -> tuple["CheckResult", ...]:
        """Connect to the phone system `name`, and return what is missing there; nothing where all is well.

        `heard` is what its listener last found.
        """
        from connectors.calls.asterisk import check

        source = self._settings.sources[name]
        return check(_account(source), source.trunks, heard=heard)

    def check_ari(self, name: str) -> "AriFinding | None":
        """Look whether calls of the phone system `name` can be entered; None where nothing stands in the way."""
        from connectors.calls.asterisk.ari.check import check_ari

        return check_ari(_ari(self._settings.sources[name]))

    @cached_property
    def controls(self) -> dict[str, CallControl]:
        """The phone systems that do something for us, by name."""
        dialling = {name: one for name, one in self._settings.sources.items() if one.dial_username}
        if not dialling:
            return {}
        from connectors.calls.asterisk import Account, AsteriskControl, Dialling  # only sites that dial need it

        controls: dict[str, CallControl] = {}
        for name, one in dialling.items():
            account = Account(one.host, one.port, one.dial_username, one.dial_password.get_secret_value())
            chosen = Dialling(one.dial_channel, one.dial_context, one.dial_prefix, self.regions.of(name))
            orders = _orders(one) if one.ari_url else None
            controls[name] = AsteriskControl(account, chosen, orders=orders, records=bool(one.ari_recordings_dir))
        return controls


def _account(source: SourceSettings) -> "Account":
    from connectors.calls.asterisk import Account

    return Account(source.host, source.port, source.username, source.password.get_secret_value())


def _ari(source: SourceSettings) -> "AriAccount":
    from connectors.calls.asterisk.ari.line import AriAccount

    return AriAccount(source.ari_url, source.ari_username, source.ari_password.get_secret_value())


def _orders(source: SourceSettings) -> "AriOrders":
    from connectors.calls.asterisk.ari.orders import AriOrders

    return AriOrders(_ari(source), source.dial_channel, source.trunks)
