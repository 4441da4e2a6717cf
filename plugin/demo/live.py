"""Lets the demo's calls ring, one after the other, at the speed of life."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from plugin.core.calls import CallEvent
from plugin.core.errors import OutsideError
from plugin.core.ports import Clock
from plugin.demo.post import Poster
from plugin.demo.script import Scene, events
from plugin.demo.speech import speak
from plugin.demo.stage import Stage


def play(
    scenes: Iterator[Scene],
    stage: Stage,
    poster: Poster,
    clock: Clock,
    wait: Callable[[float], bool],
    say: Callable[[Scene], None],
) -> None:
    """Play `scenes` until `wait(seconds)` returns True (it was told to stop); `say` hears of each call.

    An event that the site does not accept is posted again: a phone system would not give up either.
    """
    for scene in scenes:
        if wait(scene.pause_s):
            return
        say(scene)
        started_at = clock()
        for event in events(scene, started_at):
            ahead = event.occurred_at - clock()
            if ahead > timedelta(0) and wait(ahead.total_seconds()):
                return
            if event.recording is not None:
                (stage.recordings_dir / scene.recording).write_bytes(speak(scene.voice))
            while not _posted(poster, event):
                if wait(1.0):
                    return


def _posted(poster: Poster, event: CallEvent) -> bool:
    try:
        poster.post([event])
    except OutsideError as error:
        if error.permanent:
            raise
        return False
    return True
