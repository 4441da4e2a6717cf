"""The loudest samples of a recording, taken while it goes by. Knows no file and keeps no sound."""

from array import array
from itertools import pairwise

MOST = 800  # what a page draws
_BINS = 8 * MOST


class Peaks:
    """Takes 16-bit samples of `channels` channels; keeps the loudest of short slices, twice as long whenever full."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._lanes = [array("H") for _ in range(channels)]  # of each channel the loudest of each full slice
        self._slice_frames = 1
        self._open: list[int] = [0] * channels
        self._open_frames = 0
        self.frames = 0

    def take(self, sound: bytes) -> None:
        """Take the next whole frames, little-endian."""
        samples = array("h", sound)
        frames = len(samples) // self._channels
        self.frames += frames
        lanes = [samples[n :: self._channels] for n in range(self._channels)] if self._channels > 1 else [samples]
        at = 0
        while at < frames:
            stop = min(frames, at + self._slice_frames - self._open_frames)
            for n, lane in enumerate(lanes):
                part = lane[at:stop]
                self._open[n] = max(self._open[n], max(part), -min(part))
            self._open_frames += stop - at
            at = stop
            if self._open_frames == self._slice_frames:
                self._close_slice()

    def _close_slice(self) -> None:
        for lane, loudest in zip(self._lanes, self._open, strict=True):
            lane.append(loudest)
        self._open, self._open_frames = [0] * self._channels, 0
        if len(self._lanes[0]) == _BINS:
            self._lanes = [array("H", map(max, lane[0::2], lane[1::2])) for lane in self._lanes]
            self._slice_frames *= 2

    def lanes(self) -> list[bytes]:
        """Return for each channel the loudest sample of up to 800 equal slices, 0-255 each."""
        return [_slices([*lane, *([loudest] if self._open_frames else [])]) for lane, loudest in self._both()]

    def _both(self) -> list[tuple["array[int]", int]]:
        return list(zip(self._lanes, self._open, strict=True))


def _slices(loudest: list[int]) -> bytes:
    count = min(MOST, len(loudest))
    ends = [len(loudest) * n // count for n in range(count + 1)] if count else []
    return bytes(min(255, max(loudest[a:b]) >> 7) for a, b in pairwise(ends))
