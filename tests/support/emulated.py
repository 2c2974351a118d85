"""Two emulated terminals side by side: one is given the stock stream, the other what our screen sends."""

from __future__ import annotations

import re
from typing import Any, Final

import pyte
from wcwidth import wcwidth

#: Sequences that pyte would print: the keyboard protocol, mode questions, strings that are no OSC.
_UNKNOWN_TO_PYTE: Final = re.compile(
    r"\x1b\[[<>=?][0-9;]*u|\x1b\[\??[0-9]+\$p|\x1bP[^\x1b]*\x1b\\|\x1b\[[0-9;]*[zi]|\x1b[78]|\x1b\[5n"
)


class _Screen(pyte.Screen):
    """pyte leaves half of a wide character standing when the other half is written over; terminals do not."""

    def draw(self, data: str) -> None:
        for char in data:
            width = wcwidth(char)
            if width > 0:
                columns = self.columns
                x = self.cursor.x if self.cursor.x < columns else columns - width
                self._break(x, x + width)
            super().draw(char)

    def erase_characters(self, count: int | None = None) -> None:
        self._break(self.cursor.x, self.cursor.x + (count or 1))
        super().erase_characters(count)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        if how != 2:
            self._break(self.cursor.x, self.cursor.x + 1) if how else self._break(self.cursor.x, self.columns)
        super().erase_in_line(how, private)

    def _break(self, start: int, end: int) -> None:
        row = self.buffer[self.cursor.y]
        if 0 < start < self.columns and row[start].data == "":
            row[start - 1] = row[start - 1]._replace(data=" ")
        if end < self.columns and row[end].data == "":
            row[end] = row[end]._replace(data=" ")


class Emulated:
    """A terminal of pyte. `line_discipline`: a line feed is CR LF, as a pty makes it."""

    def __init__(self, width: int, height: int, *, line_discipline: bool = False) -> None:
        self.screen = _Screen(width, height)
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
