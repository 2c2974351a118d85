"""Text as cells: one character a cell, as wide as Textual's layout holds it.

A cell is a plain narrow character, or an interned *cluster* (a wide character, one with combining marks, an emoji of
several code points, a private-use glyph), or RIGHT, the right half of the cluster before it. A cluster is named by a
private-use character of the basic plane, so that a row is a `str` of two bytes a cell in UTF-16.

Widths are Rich's, never the terminal's or another library's: they have to equal the layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len, get_character_cell_size, split_graphemes

BLANK: Final = " "
RIGHT: Final = "\0"
_FIRST: Final = 0xE000
_LAST: Final = 0xF8FF
MAX_CLUSTERS: Final = _LAST - _FIRST + 1

#: Narrow in Rich and in every terminal, joined to nothing: what almost all text of a dashboard is made of.
_PLAIN: Final = (
    " -~\xa0-\xac\xae-\u02ff\u0370-\u0377\u0384-\u038a\u038e-\u03a1\u03a3-\u0482\u2010-\u2027\u2030-\u205e"
    "\u20a0-\u20bf\u2190-\u21ff\u2200-\u22ff\u2500-\u25fc\u2800-\u28ff"
)
#: Finds what is not plain.
ODD: Final = re.compile(f"[^{_PLAIN}]")
#: Finds a cluster or its right half in a row of cells.
CLUSTERED: Final = re.compile(f"[{RIGHT}{chr(_FIRST)}-{chr(_LAST)}]")
#: Single wide characters about which no two terminals disagree.
_SURELY_WIDE: Final = re.compile("[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]")
_UNWRITABLE: Final = re.compile("[\ud800-\udfff]")
#: Longer heaps of marks than any script needs are cut: a cell is not a place to store a text.
_MAX_MARKS: Final = 16


def cells_in(text: str) -> int:
    """How many cells a text takes. Rich's `cell_len` keeps the last 4,096 texts it met, and most of ours are new."""
    return len(text) if text.isascii() or ODD.search(text) is None else cell_len(text)


class ClustersFullError(Exception):
    """More clusters than there are names: the owner of the table sweeps out those that no cell uses."""


class ClusterTable:
    """The clusters in use, by name."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._wide: list[bool] = []
        self._sure: list[bool] = []
        self._names: dict[tuple[str, bool], str] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def name(self, text: str, *, wide: bool) -> str:
        """The cell that shows `text`. Raises ClustersFullError."""
        found = self._names.get((text, wide))
        if found is None:
            if len(self._texts) >= MAX_CLUSTERS:
                raise ClustersFullError
            found = chr(_FIRST + len(self._texts))
            self._names[text, wide] = found
            self._texts.append(text)
            self._wide.append(wide)
            self._sure.append(wide and _SURELY_WIDE.fullmatch(text) is not None)
        return found

    def text(self, cell: str) -> str:
        """What a cell shows."""
        at = ord(cell) - _FIRST
        return self._texts[at] if 0 <= at < len(self._texts) else cell

    def is_wide(self, cell: str) -> bool:
        """Whether the cell after this one is its right half."""
        at = ord(cell) - _FIRST
        return 0 <= at < len(self._wide) and self._wide[at]

    def is_sure(self, cell: str) -> bool:
        """Whether every terminal moves on by as many cells as the layout does; for what is not plain."""
        at = ord(cell) - _FIRST
        return 0 <= at < len(self._sure) and self._sure[at]

    def joined(self, cell: str, marks: str) -> str:
        """A cell with more marks on it. Raises ClustersFullError."""
        text = self.text(cell)
        return self.name(text + marks[: max(0, _MAX_MARKS + 1 - len(text))], wide=self.is_wide(cell))

    def cells(self, text: str) -> tuple[str, str]:
        """The marks at the beginning of a text, which belong to the cell before it, and its cells.

        The text holds no control character. Raises ClustersFullError.
        """
        if ODD.search(text) is None:
            return "", text
        lead = ""
        cells: list[str] = []
        for start, end, width in split_graphemes(_UNWRITABLE.sub("\ufffd", text))[0]:
            cluster = text[start:end]
            if width == 0:
                # Zero-width at the very start: Rich gives it a span of its own.
                if not cells:
                    lead += cluster
                continue
            cluster = _UNWRITABLE.sub("\ufffd", cluster)[: _MAX_MARKS + 1]
            if width == 1 and len(cluster) == 1 and cluster <= "\uffff" and CLUSTERED.match(cluster) is None:
                cells.append(cluster)
            else:
                wide = width > 1
                cells.append(self.name(cluster, wide=wide) + (RIGHT if wide else ""))
        return lead, "".join(cells)

    def kept(self, cells: Iterable[str]) -> tuple[ClusterTable, dict[int, str]]:
        """A table of the clusters among `cells`, and how to translate rows of old names into rows of new ones."""
        table = ClusterTable()
        names = (cell for cell in cells if _FIRST <= ord(cell) <= _LAST)
        return table, {ord(cell): table.name(self.text(cell), wide=self.is_wide(cell)) for cell in names}


def width_of(character: str) -> int:
    """Cells that one character takes: 0, 1 or 2."""
    return get_character_cell_size(character)
