"""The difference between the screen that is wanted and the screen that was sent, as few bytes as a terminal needs.

A row that was sent is kept as one integer of its cells and styles, two bytes each. Two rows are compared by one
exclusive or; runs of changed cells are then found by one regular expression. Runs are cut at changes of style, and
where colours are long (an RGB colour is up to 19 bytes, a cursor move some 7) all runs of one style are written
before those of the next: nobody sees the order inside one synchronised frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from psdash.terminal.cells import CLUSTERED, ODD, RIGHT
from psdash.terminal.grid import PLAIN, Grid
from psdash.terminal.moves import address, move

_CHANGED: Final = re.compile(rb"[^\0]+")
_SAME: Final = re.compile(r"(.)\1*", re.DOTALL)
#: Cells between two runs of one style that are written again, since a cursor move is no shorter.
_BRIDGE: Final = 4
#: Up to so many styles the next one is the nearest; beyond, they go in an order that puts neighbours together.
_MANY: Final = 8
#: What a run and a change of style cost beside their cells, in bytes, for an estimate.
_RUN_COST: Final = 14

#: Columns `start` to `end` of a row, all in one style.
_Run = tuple[int, int, int]


class Painter:
    """Knows what the terminal shows and where its cursor and its colours are; writes what makes it `grid`."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._text: list[str | None] = []
        self._style: list[str] = []
        self._number: list[int] = []
        #: The terminal's cursor; `x` is -1 where terminals disagree.
        self._y = self._x = -1
        self._pen: str | None = None
        self.void()

    def void(self) -> None:
        """Nobody knows what the terminal shows: everything is changed."""
        height = self._grid.height
        self._text = [None] * height
        self._style = [""] * height
        self._number = [0] * height
        self._grid.dirty = set(range(height))
        self.lose()

    def blank(self) -> None:
        """The terminal was erased in its default colours, and so is the grid."""
        self._text, self._style = list(self._grid.text), list(self._grid.style)
        self._number = [_number(*row) for row in zip(self._grid.text, self._style, strict=True)]
        self._grid.dirty = set()
        self.lose()

    def lose(self) -> None:
        """Something else was written: cursor and colours are unknown, the cells are what they were."""
        self._y = self._x = -1
        self._pen = None

    @property
    def sent(self) -> Sequence[str | None]:
        """The text of the rows as they were sent; None where that is unknown."""
        return self._text

    def is_row_changed(self, y: int) -> bool:
        """Whether a row is not what was sent."""
        grid = self._grid
        return grid.text[y] != self._text[y] or grid.style[y] != self._style[y]

    def changed_rows(self) -> list[int]:
        """The rows that are not what was sent, from the top."""
        dirty = self._grid.dirty
        changed = [y for y in sorted(dirty) if self.is_row_changed(y)]
        if len(changed) < len(dirty):
            dirty.intersection_update(changed)
        return changed

    def paint(self, rows: Iterable[int], *, is_enough: Callable[[int], bool] | None = None) -> str:
        """What brings these rows up to date. Afterwards they count as sent.

        `is_enough` is asked before each row with the bytes that the rows so far will take, roughly; when it says yes
        the rest of the rows stay as they are.
        """
        grid = self._grid
        groups: dict[str, list[_Run]] = {}
        in_order: list[tuple[str, _Run]] = []
        by_style = grid.styles.has_long_colours
        estimate = 0
        for y in rows:
            if is_enough is not None and is_enough(estimate):
                break
            style = grid.style[y]
            for start, end in self._runs(y):
                estimate += end - start + _RUN_COST
                first = style[start]
                if style[start:end].strip(first):
                    for same in _SAME.finditer(style, start, end):
                        estimate += _RUN_COST
                        if by_style:
                            groups.setdefault(same.group(1), []).append((y, same.start(), same.end()))
                        else:
                            in_order.append((same.group(1), (y, same.start(), same.end())))
                elif by_style:
                    groups.setdefault(first, []).append((y, start, end))
                else:
                    in_order.append((first, (y, start, end)))
            grid.dirty.discard(y)
        if by_style:
            return self._write_groups(groups)
        return "".join([self._write(name, (run,)) for name, run in in_order])

    def move_to(self, y: int, x: int, *, peek: bool = False) -> str:
        """What puts the cursor at a cell; with `peek` it is not going to be sent."""
        if (y, x) == (self._y, self._x):
            return ""
        way = address(y, x) if self._x < 0 else move(self._y, self._x, y, x)
        if not peek:
            self._y, self._x = y, x
        return way

    def reset_pen(self) -> str:
        """What puts the terminal back into its default colours."""
        way = "\x1b[m" if self._pen is None else self._grid.styles.way(self._pen, PLAIN)
        self._pen = PLAIN
        return way

    # runs -----------------------------------------------------------------------------------------------------------

    def _runs(self, y: int) -> list[tuple[int, int]]:
        """Where a row differs from what was sent, as columns from and to; the row then counts as sent."""
        grid = self._grid
        width = grid.width
        text, style = grid.text[y], grid.style[y]
        number = _number(text, style)
        old_text, old_number = self._text[y], self._number[y]
        self._text[y], self._style[y], self._number[y] = text, style, number
        if old_text is None:
            return [(0, width)]
        differs = number ^ old_number
        if not differs:
            return []
        half = 16 * width
        differs = (differs | differs >> half) & ((1 << half) - 1)
        differs |= differs >> 8  # so that the low byte of a cell tells of both
        has_clusters = CLUSTERED.search(text) is not None
        runs: list[tuple[int, int]] = []
        start = end = -1
        for found in _CHANGED.finditer(differs.to_bytes(2 * width, "little")[::2]):
            first, last = found.span()
            if has_clusters:
                if text[first] == RIGHT:
                    first -= 1
                if last < width and text[last] == RIGHT:
                    last += 1
            gap = first - end
            if end < 0:
                start = first
            elif gap > _BRIDGE or not self._is_bridge(text, style, end, first):
                runs.append((start, end))
                start = first
            end = max(end, last)
        runs.append((start, end))
        return runs

    @staticmethod
    def _is_bridge(text: str, style: str, end: int, first: int) -> bool:
        """Whether the cells between two runs are cheaper to write again than to jump over."""
        if first <= end:
            return True
        between = style[end:first]
        return text[end:first].isascii() and RIGHT not in text[end:first] and not between.strip(style[end - 1])

    # bytes ----------------------------------------------------------------------------------------------------------

    def _write_groups(self, groups: dict[str, list[_Run]]) -> str:
        styles = self._grid.styles
        parts: list[str] = []
        pen = self._pen
        if pen in groups:
            parts.append(self._write(pen, groups.pop(pen)))
        if len(groups) > _MANY:
            return "".join(parts) + "".join([self._write(name, groups[name]) for name in styles.order(groups)])
        while groups:
            name = min(groups, key=self._distance)
            parts.append(self._write(name, groups.pop(name)))
        return "".join(parts)

    def _distance(self, name: str) -> int:
        """Bytes from the terminal's colours to a style."""
        return len(self._grid.styles.way(self._pen or PLAIN, name))

    def _write(self, name: str, runs: Iterable[_Run]) -> str:
        """Runs of one style."""
        grid = self._grid
        last = grid.width
        parts: list[str] = []
        if name != self._pen:
            # Unknown colours: from the reset on, they are known.
            parts.append(("\x1b[m" if self._pen is None else "") + grid.styles.way(self._pen or PLAIN, name))
            self._pen = name
        at_y, at_x = self._y, self._x
        for y, start, end in runs:
            if y != at_y or start != at_x:
                parts.append(address(y, start) if at_x < 0 else move(at_y, at_x, y, start))
            cells = grid.text[y][start:end]
            at_y, at_x = y, end if end < last else -1
            if ODD.search(cells) is None:
                parts.append(cells)
            elif not self._write_odd(cells, start, parts):
                at_x = -1
        self._y, self._x = at_y, at_x
        return "".join(parts)

    def _write_odd(self, cells: str, x: int, parts: list[str]) -> bool:
        """Cells with clusters among them; False when the cursor's place after them is not sure.

        After a cluster of which terminals think differently the next cell is addressed, so that the disagreement
        moves nothing else.
        """
        clusters = self._grid.clusters
        is_sure = True
        for at, cell in enumerate(cells):
            if cell == RIGHT:
                continue
            if not is_sure:
                parts.append(f"\x1b[{x + at + 1}G")
            parts.append(clusters.text(cell))
            is_sure = ODD.match(cell) is None or clusters.is_sure(cell)
        return is_sure


def _number(text: str, style: str) -> int:
    return int.from_bytes((text + style).encode("utf-16-le"), "little")
