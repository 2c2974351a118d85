"""Help: every key, from the table that binds them, and what the glyphs mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from psdash.dashboard import keymap
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.screens.sheet import Line, Piece, Sheet, SheetScreen

_KEY_WIDTH = 12
_TWO_COLUMNS = 110
_GROUPS = tuple(keymap.by_group().items())


class HelpSheet(Sheet):
    """The key table as a person reads it."""

    def __init__(self, clock: PaintClock) -> None:
        super().__init__(clock, classes="sheet")
        self.border_title = "Help"

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        blocks = [self._block(group.value, [(k.shown, Tone.TEXT, k.means) for k in keys]) for group, keys in _GROUPS]
        blocks.append(self._block("Signs", self._signs()))
        lines = _columns(blocks, width) if width >= _TWO_COLUMNS else [line for block in blocks for line in block]
        return [*lines, (Piece("psdash only reads: it cannot touch your orders.", Tone.MUTED),)]

    def _block(self, title: str, rows: Sequence[tuple[str, Tone, str]]) -> list[Line]:
        heading: Line = (Piece(title, Tone.ACCENT, bold=True),)
        body = [
            (Piece(f" {at}", tone, bold=True, width=_KEY_WIDTH), Piece(means, Tone.MUTED)) for at, tone, means in rows
        ]
        return [heading, *body, (Piece(""),)]

    def _signs(self) -> Sequence[tuple[str, Tone, str]]:
        glyphs = self.glyphs
        return (
            (glyphs.own, Tone.OWN, "Yours; in a table: of this market"),
            (glyphs.up, Tone.UP, "The buyer crossed the spread"),
            (glyphs.down, Tone.DOWN, "The seller crossed the spread"),
            (glyphs.dot, Tone.MUTED, "Nobody said who crossed it"),
            (glyphs.hollow, Tone.ACCENT, "Matched, not yet on chain; a pane not live"),
            (glyphs.full, Tone.MUTED, "Settled on chain; a live pane"),
            (glyphs.horizontal, Tone.MUTED, "Not known here"),
            ("last", Tone.MUTED, "The last print, at its price on the ladder"),
            ("dim rows", Tone.STALE, "Old: the pane's title says since when"),
        )


def _columns(blocks: Sequence[list[Line]], width: int) -> list[Line]:
    """Blocks in two columns, as even as whole blocks allow."""
    half = sum(len(block) for block in blocks) / 2
    left: list[Line] = []
    right: list[Line] = []
    for block in blocks:
        (left if len(left) + len(block) / 2 <= half and not right else right).extend(block)
    middle = width // 2
    lines: list[Line] = []
    for at in range(max(len(left), len(right))):
        before = left[at] if at < len(left) else ()
        used = sum(piece.width for piece in before[:-1])
        padded = (*before[:-1], replace(before[-1], width=middle - used)) if before else (Piece("", width=middle),)
        lines.append((*padded, *(right[at] if at < len(right) else ())))
    return lines


class HelpScreen(SheetScreen):
    """The help sheet."""

    def sheet(self, clock: PaintClock) -> Sheet:
        return HelpSheet(clock)
