"""Two emulated terminals side by side: one is given the stock stream, the other what our screen sends."""

from __future__ import annotations

import re
from typing import Any, Final

import pyte

#: Sequences that pyte would print: the keyboard protocol, mode questions, strings that are no OSC.
_UNKNOWN_TO_PYTE: Final = re.compile(
    r"\x1b\[[<>=?][0-9;]*u|\x1b\[\??[0-9]+\$p|\x1bP[^\x1b]*\x1b\\|\x1b\[[0-9;]*[zi]|\x1b[78]|\x1b\[5n"
)


class Emulated:
    """A terminal of pyte. `line_discipline`: a line feed is CR LF, as a pty makes it."""

    def __init__(self, width: int, height: int, *, line_discipline: bool = False) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self.screen)
        self._line_discipline = line_discipline

    def feed(self, data: str) -> None:
        """Show what was written."""
        data = _UNKNOWN_TO_PYTE.sub("", data)
        if self._line_discipline:
            data = data.replace("\n", "\r\n")
        self._stream.feed(data)

    def resize(self, width: int, height: int) -> None:
        """The window has another size."""
        self.screen.resize(height, width)

    def rows(self) -> list[list[Any]]:
        """Every cell with its colours. The right half of a wide character is an empty cell."""
        buffer, columns = self.screen.buffer, self.screen.columns
        return [[buffer[y][x] for x in range(columns)] for y in range(self.screen.lines)]

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column."""
        return self.screen.cursor.y, min(self.screen.cursor.x, self.screen.columns - 1)


def difference(stock: Emulated, ours: Emulated) -> list[tuple[int, int, Any, Any]]:
    """The cells that are not the same: row, column, stock's and ours."""
    return [
        (y, x, theirs, mine)
        for y, (stock_row, our_row) in enumerate(zip(stock.rows(), ours.rows(), strict=True))
        for x, (theirs, mine) in enumerate(zip(stock_row, our_row, strict=True))
        if theirs != mine
    ]
