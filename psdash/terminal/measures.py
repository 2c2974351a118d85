"""What the last hop measures of itself, for a person to see."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

_SPAN_S: Final = 5.0
_STEP_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Measures:
    """The terminal as the driver sees it, now. Seconds and bytes; None: not known, or not measured."""

    bytes_per_s: float
    bytes_sent: int
    frames: int
    #: Frames that held only the most important part of what had changed.
    partial_frames: int
    round_trip_s: float | None
    #: How old what the terminal has acknowledged is; 0 when that is all there is.
    acknowledged_age_s: float | None
    #: How long something has been waiting to be sent; 0 when nothing is.
    waiting_s: float
    #: Whether the terminal answers the questions at the end of frames; None: not known yet.
    is_answering: bool | None
    window: int
    faults: int


class Meter:
    """Counts bytes and frames. Pure: told the time."""

    def __init__(self) -> None:
        self.sent = 0
        self.frames = 0
        self.partial_frames = 0
        self._steps: deque[tuple[float, int]] = deque()

    def on_sent(self, length: int, now_s: float) -> None:
        """So many bytes went out."""
        self.sent += length
        if self._steps and now_s - self._steps[-1][0] < _STEP_S:
            at_s, before = self._steps[-1]
            self._steps[-1] = (at_s, before + length)
        else:
            self._steps.append((now_s, length))
            self._forget(now_s)

    def rate(self, now_s: float) -> float:
        """Bytes a second, over the last few seconds."""
        self._forget(now_s)
        return sum(length for _, length in self._steps) / _SPAN_S

    def _forget(self, now_s: float) -> None:
        while self._steps and now_s - self._steps[0][0] > _SPAN_S:
            self._steps.popleft()
