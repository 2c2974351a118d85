"""Help: every key, from the table that binds them, and what the glyphs mean."""

from __future__ import annotations

from collections.abc import Sequence

from psdash.dashboard import keymap
from psdash.dashboard.paint import PaintClock
from psdash.dashboard.palette import Tone
from psdash.dashboard.screens.sheet import Line, Piece, Sheet, SheetScreen

_KEY_WIDTH = 12


class HelpSheet(Sheet):
    """The key table as a person reads it."""

    def __init__(self, clock: PaintClock) -> None:
        super().__init__(clock, classes="sheet")
        self.border_title = "Help"

    def lines(self, now_s: float, width: int) -> Sequence[Line]:
        lines: list[Line] = []
        for group, keys in keymap.by_group().items():
            lines += [(Piece(""),)] if lines else []
            lines.append((Piece(group.value, Tone.ACCENT, bold=True),))
            for key in keys:
                lines.append((Piece(f" {key.shown}", bold=True, width=_KEY_WIDTH), Piece(key.means, Tone.MUTED)))
        lines += [(Piece(""),), (Piece("Signs", Tone.ACCENT, bold=True),)]
        for sign, tone, means in self._signs():
            lines.append((Piece(f" {sign}", tone, width=_KEY_WIDTH), Piece(means, Tone.MUTED)))
        lines += [(Piece(""),), (Piece("psdash reads; it cannot place, change or cancel an order.", Tone.MUTED),)]
        return lines

    def _signs(self) -> Sequence[tuple[str, Tone, str]]:
        glyphs = self.glyphs
        return (
            (glyphs.own, Tone.OWN, "Yours: a resting order, a fill, or a row of the shown market"),
            (glyphs.up, Tone.UP, "The buyer crossed the spread"),
            (glyphs.down, Tone.DOWN, "The seller crossed the spread"),
            (glyphs.dot, Tone.MUTED, "Nobody said who crossed it"),
            (glyphs.hollow, Tone.ACCENT, "Matched, not settled on chain yet; on a pane: not live"),
            (glyphs.full, Tone.MUTED, "Settled on chain; on a pane: live"),
            (glyphs.horizontal, Tone.MUTED, "The venue has not said; psdash does not guess"),
            ("dim rows", Tone.STALE, "Not live: true at the time beside the pane's title, maybe not now"),
        )


class HelpScreen(SheetScreen):
    """The help sheet."""

    def sheet(self, clock: PaintClock) -> Sheet:
        return HelpSheet(clock)
