"""What a stream of bytes looks like on a terminal (pyte), frame by frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyte

FRAME_END = b"\x1b[?2026l"
_FRAME_BEGIN = b"\x1b[?2026h"
#: Sequences the emulator does not know and would print (kitty keyboard protocol, mode queries).
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z]*u|\x1b\[\?[0-9;]*\$p|\x1b\[>[0-9;]*[a-zA-Z]")
#: The beginning of a sequence, whose kind is not to be known yet.
_BEGUN = re.compile(rb"\x1b(\[[<>=?]?[0-9;:]*\$?)?")
_SEQ = re.compile(r"#(\d[\d,_ ]*\d|\d)")

#: One cell: text and look, as pyte holds them.
Cell = Any
Rows = tuple[tuple[Cell, ...], ...]


class Emulator:
    """A screen that is fed."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._pending = b""
        self._in_frame = False

    @property
    def is_whole(self) -> bool:
        """Whether the last byte fed stood between two frames."""
        return not self._in_frame

    def feed(self, data: bytes) -> None:
        """Take bytes; an escape sequence that is cut is kept until the rest comes."""
        data = self._pending + data
        cut = data.rfind(b"\x1b")
        if cut >= 0 and _BEGUN.fullmatch(data, cut):
            data, self._pending = data[:cut], data[cut:]
        else:
            self._pending = b""
        begin, end = data.rfind(_FRAME_BEGIN), data.rfind(FRAME_END)
        if begin >= 0 or end >= 0:
            self._in_frame = begin > end
        self._stream.feed(_UNKNOWN.sub(b"", data))

    def line(self, y: int) -> str:
        row = self.screen.buffer[y]
        return "".join(row[x].data for x in range(self.columns))

    @property
    def lines(self) -> list[str]:
        return [self.line(y) for y in range(self.rows)]

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    def cells(self) -> Rows:
        """Every cell, to be kept."""
        buffer = self.screen.buffer
        return tuple(tuple(buffer[y][x] for x in range(self.columns)) for y in range(self.rows))

    def seq(self) -> int | None:
        """The book's sequence in the foot of the ladder, None while there is none."""
        for y in sorted(self.screen.dirty, reverse=True):
            if y < self.rows and (found := _SEQ.search(self.line(y))):
                return int(re.sub(r"\D", "", found[1]))
        return None


def frames(chunks: Iterable[tuple[float, bytes]]) -> Iterator[tuple[float, bytes]]:
    """Cut what was read into frames, each with when its last byte came.

    A frame ends at its mark of synchronised output; one so small that it has none is what one read brought.
    """
    pending = b""
    for at_s, data in chunks:
        pending += data
        while (end := pending.find(FRAME_END)) >= 0:
            end += len(FRAME_END)
            yield at_s, pending[:end]
            pending = pending[end:]
        cut = pending.rfind(b"\x1b")
        if pending and _FRAME_BEGIN not in pending and not (cut >= 0 and _BEGUN.fullmatch(pending, cut)):
            yield at_s, pending
            pending = b""


def painted_seqs(
    chunks: Iterable[tuple[float, bytes]], columns: int, rows: int, emulator: Emulator | None = None
) -> list[tuple[float, int]]:
    """When the screen first showed each sequence of the book."""
    screen = emulator or Emulator(columns, rows)
    shown: list[tuple[float, int]] = []
    for at_s, frame in frames(chunks):
        screen.screen.dirty.clear()
        screen.feed(frame)
        seq = screen.seq()
        if seq is not None and (not shown or shown[-1][1] != seq):
            shown.append((at_s, seq))
    return shown
