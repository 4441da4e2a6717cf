"""The exchange behind the interface: channels, bridges, tapes, and who hears of them. Knows no HTTP."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

_JAPAN = timezone(timedelta(hours=9))
Event = dict[str, Any]


class Refused(Exception):
    """What is asked cannot be done: `status` and a word."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class Channel:
    """A channel. `app`: the application that it is in; `spied`: the channel that a snoop hears."""

    id: str
    name: str
    state: str = "Up"
    number: str = ""
    linkedid: str = ""
    app: str = ""
    spied: str = ""
    whisper: str = "none"
    bridge: str = ""


@dataclass
class Tape:
    """A recording under way, or over."""

    name: str
    channel: str
    state: str = "recording"
    muted: bool = False
    mutes: list[bool] = field(default_factory=list)


class Exchange:
    """One exchange. `phones` are those that exist, with whether they are taken once they ring."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, set[str]] = {}
        self.ours: set[str] = set()  # bridges that an application made
        self.tapes: dict[str, Tape] = {}
        self.phones: dict[str, bool] = {"PJSIP/109": True}
        self.changed = threading.Condition(threading.RLock())
        self._ears: dict[str, list[Callable[[Event], None]]] = {}
        self._count = 0

    # ── what happens by itself

    def talk(self, customer: str = "pbx1-1.1", agent: str = "101", name: str = "PJSIP/trunk") -> None:
        """A customer and an agent talk in a bridge of the dialplan's."""
        with self.changed:
            ids = (customer, f"{customer}a")
            self.channels[ids[0]] = Channel(ids[0], f"{name}-00000001", number="09012345678", linkedid=customer)
            self.channels[ids[1]] = Channel(ids[1], f"PJSIP/{agent}-00000002", number=agent, linkedid=customer)
            self.bridges[f"b-{customer}"] = set(ids)
            for one in ids:
                self.channels[one].bridge = f"b-{customer}"

    def hang_up(self, id_: str) -> None:
        """A channel goes: out of its bridge and application, and with it whoever heard it and what it recorded."""
        with self.changed:
            channel = self.channels.pop(id_, None)
            if channel is None:
                return
            self.bridges.get(channel.bridge, set()).discard(id_)
            for tape in [one for one in self.tapes.values() if one.channel == id_ and one.state == "recording"]:
                tape.state = "done"
                self._say(channel.app, "RecordingFinished", recording=_recording(tape, duration=7))
            if channel.app:
                self._say(channel.app, "StasisEnd", channel=told(channel))
                self._say(channel.app, "ChannelDestroyed", channel=told(channel), cause=16, cause_txt="Normal Clearing")
            for snoop in [one.id for one in self.channels.values() if one.spied == id_]:
                self.hang_up(snoop)
            self.changed.notify_all()

    def listen(self, app: str, ear: Callable[[Event], None]) -> Callable[[], None]:
        """Register an application; what is returned ends that."""
        with self.changed:
            self._ears.setdefault(app, []).append(ear)
            self.changed.notify_all()

        def leave() -> None:
            with self.changed:
                if ear in self._ears.get(app, []):
                    self._ears[app].remove(ear)
                self.changed.notify_all()

        return leave

    def wait(self, holds: Callable[[], bool], within_s: float = 30.0) -> bool:
        """Wait until something holds."""
        with self.changed:
            return self.changed.wait_for(holds, within_s)

    def is_heard(self, app: str = "denwaban") -> bool:
        """Tell whether the application is registered."""
        return bool(self._ears.get(app))

    # ── what is asked of it

    def originate(self, endpoint: str, app: str, args: str, channel_id: str) -> Channel:
        """Ring a phone; once it is taken it is in the application."""
        with self.changed:
            if channel_id in self.channels:
                raise Refused(409, "Channel with given unique ID already exists")
            if endpoint not in self.phones:
                raise Refused(500, "Allocation failed")
            self._count += 1
            number = endpoint.partition("/")[2]
            channel = Channel(channel_id, f"{endpoint}-{self._count:08x}", "Ringing", number, channel_id)
            self.channels[channel_id] = channel
            if self.phones[endpoint]:
                threading.Thread(target=self.take_phone, args=(channel_id, app, args), daemon=True).start()
            return channel

    def take_phone(self, id_: str, app: str, args: str) -> None:
        """Somebody takes the phone that rings."""
        with self.changed:
            self.channels[id_].state = "Up"
            self._enter(self.channels[id_], app, args)

    def snoop(self, id_: str, snoop_id: str, spy: str, whisper: str, app: str, args: str) -> Channel:
        """Hear a channel."""
        with self.changed:
            words = {"none", "in", "out", "both"}
            if not {spy, whisper} <= words:
                raise Refused(400, "Invalid direction specified for spy")
            if (spy, whisper) == ("none", "none"):
                raise Refused(400, "Direction must be specified for at least spy or whisper")
            if not app:
                raise Refused(400, "Application name is required")
            spied = self._find(id_)
            self._count += 1
            made = Channel(snoop_id, f"Snoop/{spied.id}-{self._count:08x}", spied=spied.id, whisper=whisper)
            self.channels[snoop_id] = made
            threading.Thread(target=self._come_in, args=(made, app, args), daemon=True).start()
            return made

    def make_bridge(self, id_: str, kind: str) -> None:
        """Make an empty bridge."""
        with self.changed:
            if id_ in self.bridges:
                raise Refused(409, f"Bridge with id '{id_}' already exists")
            if kind != "mixing":
                raise Refused(500, "Unable to create bridge")
            self.bridges[id_] = set()
            self.ours.add(id_)

    def add(self, bridge: str, ids: list[str]) -> None:
        """Bring channels into a bridge."""
        with self.changed:
            if bridge not in self.bridges:
                raise Refused(404, "Bridge not found")
            if bridge not in self.ours:
                raise Refused(409, "Bridge not in Stasis application")
            found = [self.channels.get(one) for one in ids]
            for one in found:
                if one is None:
                    raise Refused(400, "Channel not found")
                if not one.app:
                    raise Refused(422, "Channel not in Stasis application")
                if any(tape.channel == one.id and tape.state == "recording" for tape in self.tapes.values()):
                    raise Refused(409, "Channel currently recording")
            for one in found:
                assert one is not None
                one.bridge = bridge
                self.bridges[bridge].add(one.id)
            self.changed.notify_all()

    def drop_bridge(self, id_: str) -> None:
        """End a bridge."""
        with self.changed:
            if id_ not in self.bridges:
                raise Refused(404, "Bridge not found")
            for one in self.bridges.pop(id_):
                self.channels[one].bridge = ""
            self.ours.discard(id_)
            self.changed.notify_all()

    def record(self, id_: str, name: str, format_: str, if_exists: str) -> Tape:
        """Begin a recording of a channel that is in an application."""
        with self.changed:
            channel = self._find(id_)
            if not channel.app:
                raise Refused(409, "Channel not in Stasis application")
            if channel.bridge:
                raise Refused(409, "Cannot record channel while in bridge")
            if format_ != "wav":
                raise Refused(422, "Format specified is unknown on this system")
            if name in self.tapes and if_exists == "fail":
                raise Refused(409, "Recording with the same name already exists on the system")
            tape = self.tapes[name] = Tape(name, id_)
            self._say(channel.app, "RecordingStarted", recording=_recording(tape))
            self.changed.notify_all()
            return tape

    def mute(self, name: str, *, on: bool) -> None:
        """Keep a stretch out of a recording."""
        with self.changed:
            tape = self.tapes.get(name)
            if tape is None or tape.state != "recording":
                raise Refused(404, "Recording not found")
            tape.muted = on
            tape.mutes.append(on)

    def tell(self, word: str, app: str, source: str) -> None:
        """Tell an application of an event of its own about a channel."""
        with self.changed:
            if not self.is_heard(app):
                raise Refused(404, "Application not found")
            kind, _, id_ = source.partition(":")
            if kind != "channel" or id_ not in self.channels:
                raise Refused(422, "Event source was not found")
            self._say(app, "ChannelUserevent", eventname=word, userevent={}, channel=told(self.channels[id_]))

    def _come_in(self, channel: Channel, app: str, args: str) -> None:
        with self.changed:
            if channel.id in self.channels:
                self._enter(channel, app, args)

    def _enter(self, channel: Channel, app: str, args: str) -> None:
        if not self._ears.get(app):  # Stasis(app) with nobody there: the dialplan has nothing more, so it ends
            self.hang_up(channel.id)
            return
        channel.app = app
        self._say(app, "StasisStart", args=args.split(","), channel=told(channel))
        self.changed.notify_all()

    def _find(self, id_: str) -> Channel:
        if id_ not in self.channels:
            raise Refused(404, "Channel not found")
        return self.channels[id_]

    def _say(self, app: str, kind: str, **more: Any) -> None:
        event = {"type": kind, "timestamp": stamp(), **more, "asterisk_id": "02:fc:00:00:00:01", "application": app}
        for ear in list(self._ears.get(app, [])):
            ear(event)


def stamp() -> str:
    """Return this instant as ARI writes it."""
    return datetime.now(UTC).astimezone(_JAPAN).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0900"


def told(channel: Channel) -> dict[str, Any]:
    """Return a channel as ARI tells of it."""
    return {
        "id": channel.id,
        "name": channel.name,
        "state": channel.state,
        "protocol_id": "",
        "caller": {"name": "", "number": channel.number},
        "connected": {"name": "", "number": ""},
        "accountcode": "",
        "dialplan": {"context": "from-internal", "exten": "", "priority": 1, "app_name": "", "app_data": ""},
        "creationtime": stamp(),
        "language": "en",
        "channelvars": {"CALLERID(num-pres)": "allowed_not_screened", "FROM_DID": "", "CALLFILENAME": ""},
    }


def _recording(tape: Tape, **more: Any) -> dict[str, Any]:
    uri = f"channel:{tape.channel}"
    return {"name": tape.name, "format": "wav", "state": tape.state, "target_uri": uri, **more}
