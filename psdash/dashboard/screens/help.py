"""Help: every key, from the table that binds them, and what the glyphs mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from psdash.dashboard import keymap
from psdash.dashboard.painting.columns import wrapped
from psdash.dashboard.painting.glyphs import key_name
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.remap import table_of
from psdash.dashboard.screens.market_prices import ABOUT
from psdash.dashboard.screens.sheet import Line, Piece, Sheet, SheetScreen
from psdash.registry import others

_KEY_WIDTH = 12
#: Cells that a column of keys needs.
_COLUMN = 55


#: What no key changes: flags, and settings by their variables; all of them are in docs/settings.md.
_START: Final = (
    ("--source", Tone.TEXT, f"{', '.join(source.name for source in others())} or all"),
    ("--theme", Tone.TEXT, "graphite, blue-orange, sixteen or monochrome"),
    ("--ascii", Tone.TEXT, "Plain characters only"),
    ("--no-mouse", Tone.TEXT, "Leave the mouse to the terminal"),
    ("NO_MOTION", Tone.TEXT, "When set: no tint where a size changed"),
    ("bell", Tone.TEXT, "PSDASH_BELL_ON_FILL=1 rings when you are filled"),
    ("toast", Tone.TEXT, "PSDASH_TOAST_ON_FILL=1 says what was filled"),
    ("keys", Tone.TEXT, "Other keys: a [keys] table in config.toml"),
    ("the rest", Tone.TEXT, "psdash --help"),
)


class HelpSheet(Sheet):
    """The key table as a person reads it."""

    def __init__(self, clock: PaintClock, table: Sequence[keymap.Key] = keymap.TABLE) -> None:
        """`table` is the one in force: remapped keys stand here as they are."""
        super().__init__(clock)
        self.border_title = "Help"
        self._groups = tuple((group, keys) for group, keys in keymap.by_group(table).items() if keys)

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        count = max(1, width // _COLUMN)
        room = width // count - _KEY_WIDTH - 1
        blocks = [
            self._block(group.value, [(key_name(key.shown, self.glyphs), Tone.TEXT, key.means) for key in keys], room)
            for group, keys in self._groups
        ]
        blocks.append(self._block("Signs", self._signs(), room))
        blocks.append(self._block("Set when it starts", _START, room))
        lines = _columns(blocks, width, count)
        return [*lines, (Piece("psdash only reads: it cannot touch your orders.", Tone.MUTED),)]

    def _block(self, title: str, rows: Sequence[tuple[str, Tone, str]], room: int) -> list[Line]:
        block: list[Line] = [(Piece(title, Tone.ACCENT, bold=True),)]
        for at, tone, means in rows:
            first, *rest = wrapped(means, room)
            block.append((Piece(f" {at}", tone, bold=True, width=_KEY_WIDTH), Piece(first, Tone.MUTED)))
            block += [(Piece("", width=_KEY_WIDTH), Piece(line, Tone.MUTED)) for line in rest]
        return [*block, (Piece(""),)]

    def _signs(self) -> Sequence[tuple[str, Tone, str]]:
        glyphs = self.glyphs
        return (
            (glyphs.own, Tone.OWN, "Yours; in a table: of this market"),
            (glyphs.up, Tone.UP, "The buyer crossed the spread"),
            (glyphs.down, Tone.DOWN, "The seller crossed the spread"),
            (glyphs.dot, Tone.MUTED, "Nobody said who crossed it"),
            (glyphs.hollow, Tone.ACCENT, "Not yet on chain; a pane, a figure not live"),
            (glyphs.full, Tone.MUTED, "Settled on chain; a live pane"),
            ("!", Tone.WARN, "Matched a minute ago and not yet on chain"),
            (glyphs.horizontal, Tone.MUTED, "Not known here"),
            (glyphs.big, Tone.ACCENT, "A size that stands out of the others"),
            ("x3", Tone.MUTED, "A sweep: so many prints at one moment"),
            ("min 100", Tone.ACCENT, "The tape hides smaller sizes (z)"),
            ("away", Tone.MUTED, "Cents from the best price of your side"),
            ("~ahead", Tone.MUTED, "Shares before yours there: an estimate"),
            (f"{glyphs.at_most} ?", Tone.MUTED, "At most so many are; not known now"),
            ("+/-", Tone.MUTED, "Stacked or pulled since it last traded"),
            ("62b 63a", Tone.MUTED, "Heat map: the best bid, the best ask"),
            ("5m B|S", Tone.MUTED, "Bought, sold at the price in 5 minutes"),
            ("best5", Tone.MUTED, "5 best levels: + more bids, - more asks"),
            (glyphs.cursor, Tone.ACCENT, "The row that y copies"),
            (glyphs.mask * 3, Tone.MUTED, "Your own amount, masked (P)"),
            (ABOUT, Tone.STALE, "The venue's price, of which kind it does not say"),
            ("last", Tone.MUTED, "The last print, at its price on the ladder"),
            ("gap +1c", Tone.MUTED, "Between here and a venue elsewhere, both live"),
            ("dim rows", Tone.STALE, "Old: the pane's title says since when"),
        )


def _columns(blocks: Sequence[list[Line]], width: int, count: int) -> list[Line]:
    """Blocks in so many columns, in their order, as even as whole blocks allow."""
    height = _least_height([len(block) for block in blocks], count)
    columns: list[list[Line]] = [[]]
    for block in blocks:
        if columns[-1] and len(columns[-1]) + len(block) > height:
            columns.append([])
        columns[-1].extend(block)
    wide = width // count
    lines: list[Line] = []
    for at in range(max(map(len, columns))):
        line: list[Piece] = []
        for column in columns:
            cell = column[at] if at < len(column) else (Piece(""),)
            used = sum(piece.width for piece in cell[:-1])
            line += [*cell[:-1], replace(cell[-1], width=wide - used)]
        lines.append(tuple(line))
    return lines


def _least_height(heights: Sequence[int], count: int) -> int:
    """The least height at which blocks of these heights, kept in order, fit into so many columns."""
    for height in range(max(heights, default=0), sum(heights) + 1):
        used, columns = 0, 1
        for block in heights:
            if used and used + block > height:
                used, columns = 0, columns + 1
            used += block
        if columns <= count:
            return height
    return sum(heights)


class HelpScreen(SheetScreen):
    """The help sheet."""

    SHAPE = "-wide"

    def sheet(self, clock: PaintClock) -> Sheet:
        return HelpSheet(clock, table_of(self.app))
