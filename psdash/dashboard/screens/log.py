"""The program's own log, without leaving the screen: newest last, following until the person scrolls."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

from psdash.dashboard.painting.columns import wrapped
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.screens.sheet import Line, Piece, Sheet, SheetScreen
from psdash.logs import LogTail, tail_of_this_run
from psdash.text import safe_text

_PERIOD_S: Final = 0.5
_INDENT: Final = 4
_TONES: Final = {"WARNING": Tone.WARN, "ERROR": Tone.ERROR, "CRITICAL": Tone.ERROR}


class LogSheet(Sheet):
    """The last lines of the log. They come as the log file has them: without secrets and control characters."""

    def __init__(self, clock: PaintClock, tail: LogTail | None) -> None:
        """`tail` is None where the program logs nowhere (a test)."""
        super().__init__(clock)
        self.border_title = "Log"
        self._tail = tail
        self._follows = True
        self._seen: tuple[int, int] = (-1, 0)
        self._lines: list[Line] = []

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        if self._tail is None:
            return [(Piece("This run keeps no log.", Tone.MUTED),)]
        if self._seen != (self._tail.version, width):
            self._seen = (self._tail.version, width)
            self._lines = [line for text in self._tail.lines() for line in _folded(text, width)]
        return self._lines or [(Piece("Nothing has been logged yet.", Tone.MUTED),)]

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        self.paint_clock.mark_later(self, _PERIOD_S)
        if self._follows:
            self.top = len(self.lines(now_s, width))
        return super().compute(now_s, width, height)

    def _to(self, top: int) -> None:
        super()._to(top)
        self._follows = self.top >= self._total - self.size.height


def _folded(text: str, width: int) -> list[Line]:
    """One record over as many lines as it needs; the level says by its word and its colour how much it matters."""
    safe = safe_text(text, 4_000)
    words = safe.split(" ", 2)
    tone = next((_TONES[word] for word in words[:2] if word in _TONES), Tone.MUTED)
    first, *rest = wrapped(safe, max(20, width - _INDENT))
    return [(Piece(first, tone),), *((Piece(" " * _INDENT + line, tone),) for line in rest)]


class LogScreen(SheetScreen):
    """The log sheet."""

    def sheet(self, clock: PaintClock) -> Sheet:
        return LogSheet(clock, tail_of_this_run())
