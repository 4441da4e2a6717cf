"""What the player shows beside the sound: the waveform's lanes, what was heard, markers, the transcript.

All of it is behind the same grant as the sound, and judged at every request like it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from plugin.core.audit import Act
from plugin.core.errors import InputError, LimitReached, NotFound
from plugin.core.heard import Stretch
from plugin.core.ports import Clock
from plugin.core.recording_gaps import with_gaps
from plugin.core.recordings import Recording
from plugin.core.staff import Staff
from plugin.core.transcripts import MOST_MARKERS, Marker, Segment, Speaker, read_marker
from plugin.services.grant_lines import fact_of, hash_of
from plugin.services.grants import Grants
from plugin.store import audit, calls, playback, transcripts
from plugin.store import recordings as recording_rows
from plugin.store.engine import Store


@dataclass(frozen=True, slots=True)
class Lane:
    """One channel: whose voice it holds, where the site told, and its peaks (core/recordings.py)."""

    speaker: Speaker
    peaks: bytes


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn: one lane for mono sound, two for stereo; `heard` by anybody; `gaps` are pauses."""

    length_ms: int
    lanes: tuple[Lane, ...]
    heard: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]
    markers: tuple[Marker, ...]
    segments: tuple[Segment, ...]


class Player:
    """What stands beside the sound. `lanes`: for each phone system, whose voices its two channels hold."""

    def __init__(self, store: Store, clock: Clock, grants: Grants, lanes: Mapping[str, tuple[Speaker, ...]]) -> None:
        self._store = store
        self._clock = clock
        self._grants = grants
        self._lanes = lanes

    def drawing(self, actor: Staff, recording_id: str, token: str) -> Drawing:
        """Return what is drawn; that a transcript was shown is audited. Raises NotFound and Denied as Grants.judge."""
        granted = self._grants.judge(actor, recording_id, hash_of(token))
        with self._store.read() as connection:
            recording = recording_rows.find(connection, granted.grant.recording_id)
            stored = calls.one(connection, recording.call_id) if recording else None
            if recording is None or stored is None:
                raise NotFound("recording")
            drawing = Drawing(
                length_ms=granted.length_ms,
                lanes=self._lanes_of(recording),
                heard=playback.heard_of(connection, recording.id),
                gaps=with_gaps(recording, stored.call).gaps,
                markers=transcripts.markers_of(connection, recording.id),
                segments=transcripts.segments_of(connection, recording.id),
            )
        if drawing.segments:
            self._note(actor, granted, Act.HISTORY_SHOWN, "transcript")
        return drawing

    def mark(self, actor: Staff, recording_id: str, token: str, at_ms: int, words: str) -> tuple[Marker, ...]:
        """Set a marker and return all of them.

        Raises as `drawing`, InputError("marker" | "interval"), LimitReached("markers").
        """
        granted = self._grants.judge(actor, recording_id, hash_of(token))
        said = read_marker(words)
        if not 0 <= at_ms <= granted.length_ms:
            raise InputError("interval")
        on = granted.grant.recording_id
        with self._store.write() as connection:
            now = self._clock()
            if not transcripts.set_marker(connection, on, actor.user_id, at_ms, said, now, MOST_MARKERS):
                raise LimitReached("markers", retry_after_s=60)
            fact = fact_of(Act.MARKER_SET, now, actor, on, granted.call, granted.grant.purpose, str(at_ms))
            audit.append(connection, fact)
            return transcripts.markers_of(connection, on)

    def unmark(self, actor: Staff, recording_id: str, token: str, marker_id: str) -> tuple[Marker, ...]:
        """Take an own marker off and return those that stay. Raises as `drawing`, and NotFound("marker")."""
        granted = self._grants.judge(actor, recording_id, hash_of(token))
        on = granted.grant.recording_id
        with self._store.write() as connection:
            if not transcripts.take_marker_off(connection, on, actor.user_id, marker_id):
                raise NotFound("marker")
            act, purpose = Act.MARKER_TAKEN_OFF, granted.grant.purpose
            audit.append(connection, fact_of(act, self._clock(), actor, on, granted.call, purpose, "done"))
            return transcripts.markers_of(connection, on)

    def _lanes_of(self, recording: Recording) -> tuple[Lane, ...]:
        lanes = recording.lanes
        told = self._lanes.get(recording.source, ())
        speakers = told if len(told) == len(lanes) else (Speaker.UNKNOWN,) * len(lanes)
        return tuple(Lane(speaker, peaks) for speaker, peaks in zip(speakers, lanes, strict=True))

    def _note(self, actor: Staff, granted: playback.Granted, act: Act, outcome: str) -> None:
        grant, now = granted.grant, self._clock()
        with self._store.write() as connection:
            audit.append(connection, fact_of(act, now, actor, grant.recording_id, granted.call, grant.purpose, outcome))
