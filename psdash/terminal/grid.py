"""The screen as it is wanted: rows of cells and of styles, the cursor, and what output does to them.

The rules are those of a VT with automatic wrapping off, which is how Textual paints: output past the last column
stays in it, and writing over half of a wide character blanks its other half.
"""

from __future__ import annotations

from typing import Final

from psdash.terminal.cells import BLANK, CLUSTERED, RIGHT, ClusterTable
from psdash.terminal.sgr import StyleTable

PLAIN: Final = "\0"
#: A terminal larger than this is a mistake, or an attempt on our memory.
MAX_COLUMNS: Final = 2000
MAX_ROWS: Final = 1000


class Grid:
    """`text[y]` and `style[y]` have exactly `width` characters each; `dirty` names the rows that were written."""

    def __init__(self, width: int, height: int, styles: StyleTable | None = None) -> None:
        self.width, self.height = _size(width, height)
        self.clusters = ClusterTable()
        self.styles = styles or StyleTable()
        self.text = [BLANK * self.width] * self.height
        self.style = [PLAIN * self.width] * self.height
        self.dirty: set[int] = set()
        #: Where the next character goes; `x` may stand one past the last column.
        self.x = self.y = 0
        self.pen = PLAIN
        #: The lowest row that was written since somebody set this back.
        self.lowest = -1

    def resize(self, width: int, height: int) -> None:
        """Crop or pad, as a terminal without reflow does."""
        width, height = _size(width, height)
        text, style = self.text[:height], self.style[:height]
        if width != self.width:
            more = width - self.width
            cut = [row[:width] + BLANK * more for row in text]
            # A wide character whose right half fell off the edge is gone.
            text = [row[:-1] + BLANK if more < 0 and self.clusters.is_wide(row[-1]) else row for row in cut]
            style = [row[:width] + PLAIN * more for row in style]
        text += [BLANK * width] * (height - len(text))
        style += [PLAIN * width] * (height - len(style))
        self.width, self.height, self.text, self.style = width, height, text, style
        self.x, self.y = min(self.x, width - 1), min(self.y, height - 1)
        self.dirty = set(range(height))

    def clear(self) -> None:
        """A blank screen with the cursor at home."""
        self.text = [BLANK * self.width] * self.height
        self.style = [PLAIN * self.width] * self.height
        self.dirty = set(range(self.height))
        self.x = self.y = 0

    def put(self, y: int, x: int, cells: str, styles: str) -> None:
        """Write cells and their styles at a place of the screen; the cursor stands after them."""
        width = self.width
        if y >= self.height:
            y = self.height - 1
        end = x + len(cells)
        self.y = y
        if y > self.lowest:
            self.lowest = y
        if end > width:
            cells, styles, x = self._fit(cells, styles, x)
            end = width
        self.x = end
        text, style = self.text[y], self.style[y]
        if text.startswith(cells, x) and style.startswith(styles, x):
            return  # a widget that drew itself again
        self.dirty.add(y)
        left, right = text[:x], text[end:]
        if left and text[x] == RIGHT:
            left = left[:-1] + BLANK
        if right and right[0] == RIGHT:
            right = BLANK + right[1:]
        self.text[y] = left + cells + right
        self.style[y] = style[:x] + styles + style[end:]

    def _fit(self, cells: str, styles: str, x: int) -> tuple[str, str, int]:
        """What is left of output that ran over the edge: the last character of it stands in the last column."""
        width = self.width
        x = min(x, width - 1)
        room = width - x
        last = cells[-1]
        if last == RIGHT:  # the halves do not fit into one column
            last = BLANK
        cells, styles = cells[: room - 1] + last, styles[: room - 1] + styles[-1]
        if room > 1 and self.clusters.is_wide(cells[-2]):
            cells = cells[:-2] + BLANK + last
        return cells, styles, x

    def join(self, marks: str) -> None:
        """Combining marks that came by themselves: they belong to the character before the cursor."""
        x = min(self.x, self.width) - 1
        text = self.text[self.y]
        if x > 0 and text[x] == RIGHT:
            x -= 1
        if x < 0:
            return
        cell = self.clusters.joined(text[x], marks)
        self.text[self.y] = text[:x] + cell + text[x + 1 :]
        self.dirty.add(self.y)

    def erase(self, y: int, x: int, end: int) -> None:
        """Blank the cells from `x` to `end`, with the background of the pen; the cursor stays."""
        at = self.x, self.y
        end = min(end, self.width)
        if end > x:
            bg = self.styles.style(self.pen).bg
            style = self.styles.after(PLAIN, bg) if bg else PLAIN
            self.put(y, x, BLANK * (end - x), style * (end - x))
        self.x, self.y = at

    def line_feed(self) -> None:
        """One line down; at the last line, the screen scrolls."""
        if self.y < self.height - 1:
            self.y += 1
            return
        del self.text[0], self.style[0]
        self.text.append(BLANK * self.width)
        self.style.append(PLAIN * self.width)
        self.dirty = set(range(self.height))

    def move(self, y: int, x: int) -> None:
        """Put the cursor at a place, or at the nearest that is on the screen."""
        self.y = max(0, min(y, self.height - 1))
        self.x = max(0, min(x, self.width - 1))

    def sweep(self) -> None:
        """Forget the styles and clusters that no cell uses; every name changes, so what was sent must be forgotten.

        Called when a table is full.
        """
        self.styles, names = self.styles.kept({*"".join(self.style), self.pen})
        self.style = [row.translate(names) for row in self.style]
        self.pen = self.pen.translate(names)
        self.clusters, names = self.clusters.kept(set("".join(CLUSTERED.findall("".join(self.text)))))
        self.text = [row.translate(names) for row in self.text]
        self.dirty = set(range(self.height))


def _size(width: int, height: int) -> tuple[int, int]:
    return max(1, min(width, MAX_COLUMNS)), max(1, min(height, MAX_ROWS))
