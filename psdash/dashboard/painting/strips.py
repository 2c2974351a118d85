"""Finished lines: segments on their ground, in the terminal's colours, merged and as wide as the widget.

Textual would put each line through its own cache of borders, padding and filters on every frame in which anything
beside it moved. Our rows have no border and no padding, so a line is finished once, when its row is first drawn, and
then handed over as it is (docs/performance.md). A look is worked out once for each style, not once for each segment.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from psdash.terminal.cells import cells_in
from psdash.text import safe_text

#: Lines kept for each line of the widget: of rows that are not on the screen right now (a tape row that scrolls by, a
#: level that flickers). A header's clock never says the same again, and a few kilobytes a second would be kept of it.
_KEPT: Final = 3


class _Line(Strip):
    """A strip that builds Textual's seven caches when one of them is asked for: of cuts and styles that a line which
    is handed over whole never meets. They took half of the time and most of the memory of a line, and one of them
    held the line itself, so that each waited for the garbage collector (docs/performance.md).
    """

    __slots__ = ()

    def __init__(self, segments: list[Segment], width: int) -> None:
        self._segments = segments
        self._cell_length = width
        self._render_cache = None

    def __getattr__(self, name: str) -> Any:
        if name not in Strip.__slots__:
            raise AttributeError(name)
        super().__init__(self._segments, self._cell_length)
        return object.__getattribute__(self, name)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        cuts = list(cuts)
        return [self] if cuts == [self._cell_length] else super().divide(cuts)


class Strips:
    """The lines of one widget, by row, for as long as its size and its looks last."""

    def __init__(
        self, width: int, ground: Style, filters: Sequence[LineFilter], background: Color, *, height: int = 1
    ) -> None:
        """`ground` lies behind what has no ground of its own; `filters` are Textual's, over `background`."""
        self.width = width
        self.height = height
        self.filters = filters
        self._ground = ground
        self._background = background
        self._looks: dict[Style | None, Style] = {}
        self._same: dict[Style, Style] = {}
        self._lines: OrderedDict[Hashable, Strip] = OrderedDict()
        self.blank = self._finished(())

    def line(self, row: Hashable, draw: Callable[[Hashable, int], Sequence[Segment]]) -> Strip:
        """The line of a row, drawn when it is not known."""
        strip = self._lines.get(row)
        if strip is None:
            strip = self._lines[row] = self._finished(draw(row, self.width))
            if len(self._lines) > _KEPT * self.height:
                self._lines.popitem(last=False)
        else:
            self._lines.move_to_end(row)
        return strip

    def _finished(self, drawn: Sequence[Segment]) -> Strip:
        """Harmless, on the ground, no two neighbours of one look (each segment costs bytes), exactly `width` wide."""
        merged: list[Segment] = []
        run: list[str] = []
        look: Style | None = None
        is_safe = True
        for text, style, _ in fitted(drawn, self.width):
            if not text:
                continue
            own = self._looks.get(style) or self._look(style)
            if own is not look:
                if look is not None:
                    merged.append(Segment("".join(run), look))
                run, look = [], own
            # The last sink: text was made safe where it came in, and nothing that moves a cursor passes here either
            # way. Safe text is printable, and so are our glyphs: for them this is one look.
            if not text.isprintable():
                text, is_safe = safe_text(text, len(text)), False
            run.append(text)
        if look is not None:
            merged.append(Segment("".join(run), look))
        if is_safe:
            return _Line(merged, self.width)
        return Strip(merged).adjust_cell_length(self.width, self._look(None))

    def _look(self, style: Style | None) -> Style:
        """A style on the ground, as the terminal gets it; one object for all that look alike."""
        look = self._looks.get(style)
        if look is None:
            segments = [Segment("x", self._ground if style is None else self._ground + style)]
            for each in self.filters:
                segments = each.apply(segments, self._background)
            found = segments[0].style or Style.null()
            look = self._looks[style] = self._same.setdefault(found, found)
        return look


def fitted(segments: Sequence[Segment], width: int) -> Sequence[Segment]:
    """Exactly `width` cells: cut, or filled up with blanks that have no style."""
    length = 0
    for segment in segments:
        text = segment.text
        length += cells_in(text)
    if length == width:
        return segments
    if length < width:
        return [*segments, Segment(" " * (width - length))]
    return list(Strip(segments).adjust_cell_length(width))
