"""The screen of a terminal, wanted and sent: output goes in, and frames that a terminal needs come out.

Pure: no descriptor, no clock, no loop. `write` never raises; a fault of the model costs a full repaint.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psdash.terminal import cells, sgr
from psdash.terminal.cells import ClustersFullError
from psdash.terminal.diff import Painter
from psdash.terminal.grid import PLAIN, Grid
from psdash.terminal.importance import Importance, split
from psdash.terminal.parser import Parser
from psdash.terminal.quirks import NONE, Quirks
from psdash.terminal.sgr import StylesFullError, StyleTable

log = logging.getLogger(__name__)

SYNC_START: Final = "\x1b[?2026h"
SYNC_END: Final = "\x1b[?2026l"
#: Beside entering the alternate screen: not every terminal comes to it empty.
_ERASE: Final = "\x1b[m\x1b[2J"
_BELL: Final = "\a"
#: Sequences that wait for a terminal that does not read; beyond this the oldest are of no more use.
_MAX_WAITING: Final = 256
#: Faults of the model that are written to the log; the rest are counted.
_MAX_LOGGED: Final = 3
#: What a row of cells takes at most, roughly: bytes a cell.
_ROW_COST: Final = 3
#: What the important rows may take of a frame that has no room for all, so that the others are never starved.
_IMPORTANT_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Frame:
    """What is to be sent now. `is_whole` says whether the terminal then shows all that is wanted."""

    data: str
    is_whole: bool
    rows: int


class Screen:
    """One terminal. `write` takes what an app writes to it; `frame` gives what to send instead.

    `quirks` drops what this terminal would print as text.
    """

    def __init__(self, width: int, height: int, *, quirks: Quirks = NONE) -> None:
        self.grid = Grid(width, height, StyleTable(colours=quirks.colours, links=quirks.links))
        self.painter = Painter(self.grid)
        self.is_alternate = False
        self.has_sync = False
        self.faults = 0
        self._edit = quirks.edit
        self._parser = Parser(self.grid, self)
        self._waiting: list[str] = []
        self._most_styles, self._most_clusters = sgr.MAX_STYLES // 2, cells.MAX_CLUSTERS // 2
        #: Rows that are not what was sent, and since which frame.
        self._since: dict[int, int] = {}
        self._frames = 0

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.grid.width, self.grid.height

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to send."""
        return not self._waiting and not (
            self.is_alternate and (self.painter.changed_rows() or self._cursor_way(peek=True))
        )

    @property
    def has_controls(self) -> bool:
        """Whether something waits that is no matter of cells."""
        return bool(self._waiting)

    # in -------------------------------------------------------------------------------------------------------------

    def place(self, lines: Sequence[tuple[int, int, str]]) -> None:
        """Take lines of text in colours at (row, column), as if the app had written each there; the cursor stays."""
        self._make_room()
        grid, place = self.grid, self._parser.place
        at_y, at_x = grid.y, grid.x
        try:
            for y, x, text in lines:
                place(y, x, text)
        except Exception:  # noqa: BLE001 - the way of the stream meets the same, and knows what to do
            self.write("".join([f"\x1b[{y + 1};{x + 1}H{text}" for y, x, text in lines]))
        grid.y, grid.x = at_y, at_x

    def _make_room(self) -> None:
        if len(self.grid.styles) >= self._most_styles or len(self.grid.clusters) >= self._most_clusters:
            self._sweep()

    def write(self, data: str) -> None:
        """Take what the app writes."""
        self._make_room()
        try:
            try:
                self._parser.feed(data)
            except (StylesFullError, ClustersFullError):
                self._sweep()
                self._parser.feed(data)  # it addresses what it draws: done twice is done once
        except Exception:
            self.faults += 1
            if self.faults <= _MAX_LOGGED:
                log.exception("the screen model failed; everything is drawn again")
            self._parser.forget()
            self._pass(data)

    def _sweep(self) -> None:
        """Forget styles and clusters that are out of use, before their tables are full."""
        grid = self.grid
        grid.sweep()
        grid.pen = PLAIN
        self._parser.forget()
        self.painter.void()
        self._most_styles = (len(grid.styles) + sgr.MAX_STYLES) // 2
        self._most_clusters = (len(grid.clusters) + cells.MAX_CLUSTERS) // 2

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size: what it shows now is its own affair."""
        self.grid.resize(width, height)
        self.painter.void()

    def void(self) -> None:
        """Draw everything again, with the next frame."""
        self.painter.void()

    def on_handed_on(self, sequence: str) -> None:
        edited = self._edit(sequence)
        if edited is None or (edited == _BELL and _BELL in self._waiting) or self._waiting[-1:] == [edited]:
            return
        self._waiting.append(edited)
        if len(self._waiting) > _MAX_WAITING:
            del self._waiting[0]

    def on_unknown(self, sequence: str) -> None:
        self._pass(sequence)

    def on_screen(self, alternate: bool) -> None:
        self.is_alternate = alternate

    def on_cleared(self) -> None:
        if self.is_alternate:
            self._waiting.append(_ERASE)
            self.painter.blank()

    def on_sync(self) -> None:
        self.has_sync = True

    def _pass(self, data: str) -> None:
        """Output that is not modelled goes out as it is, and then nobody knows what the terminal shows."""
        self._waiting.append(data)
        self.painter.void()

    # out ------------------------------------------------------------------------------------------------------------

    def controls(self) -> str:
        """What waits that is no matter of cells, and nothing else."""
        if not self._waiting:
            return ""
        data, self._waiting = "".join(self._waiting), []
        return data

    def frame(self, limit: int | None = None, importance: Importance = tuple) -> Frame | None:
        """What brings the terminal up to date, or, within about `limit` bytes, closer to it; None when it is.

        Rows are sent whole, those of `importance` first and then those that have waited longest. One row is sent
        even where it is longer than the limit.
        """
        controls = self.controls()
        if controls:
            self.painter.lose()
        rows = self.painter.changed_rows() if self.is_alternate else []
        if not rows:
            data = controls + (self._cursor_way() if self.is_alternate else "")
            return Frame(data, True, 0) if data else None
        self._frames += 1
        is_ample = limit is None or len(rows) * self.grid.width * _ROW_COST <= limit
        diff = self.painter.paint(rows) if limit is None or is_ample else self._part(rows, limit, importance)
        left = self.grid.dirty
        self._since = {y: since for y, since in self._since.items() if y in left}
        sent = len(rows) - len(left)
        diff += self._cursor_way()
        if self.has_sync and sent > 1:
            diff = f"{SYNC_START}{diff}{SYNC_END}"
        return Frame(controls + diff, not left, sent)

    def _cursor_way(self, *, peek: bool = False) -> str:
        """What puts the cursor where it is wanted. A hidden cursor at home is nobody's, and stays where it is."""
        grid = self.grid
        at = min(grid.x, grid.width - 1)
        return "" if (grid.y, at) == (0, 0) else self.painter.move_to(grid.y, at, peek=peek)

    def _part(self, rows: Sequence[int], limit: int, importance: Importance) -> str:
        for y in rows:
            self._since.setdefault(y, self._frames)
        oldest = sorted(rows, key=self._since.__getitem__)
        first, others = split(oldest, importance())
        room = limit
        diff = ""
        if first:
            room = limit if not others else int(limit * _IMPORTANT_SHARE)
            diff = self.painter.paint(first, is_enough=lambda estimate: estimate >= room)
            room = max(1, limit - len(diff))
        return diff + self.painter.paint(others, is_enough=lambda estimate: estimate >= room)

    def reset_colours(self) -> str:
        """What puts the terminal back into its default colours."""
        return self.painter.reset_pen()
