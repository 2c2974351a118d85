"""The banner: nothing while all is well; else what happened, since when, and what it means for the trader."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.message import Message

from psdash.account.account import Account, AccountPane
from psdash.dashboard.painting.glyphs import UNICODE, Glyphs
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.pane import RowsWidget
from psdash.dashboard.painting.words import Piece, draw_phrase, wrap
from psdash.dashboard.panes.concerns import Concern, Resting, concerns
from psdash.dashboard.panes.links import Links
from psdash.market.board import Board, MarketState

#: The banner never takes more lines than this; the gravest concerns come first.
MOST_ROWS: Final = 4
_PERIOD_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class BannerRow:
    """One line. `head` is empty on the lines after a concern's first; `indent` keeps its words in line."""

    head: str
    indent: int
    text: str
    tone: Tone


class Banner(RowsWidget):
    """Says what is wrong. It posts `Wants` when the number of lines it needs has changed."""

    class Wants(Message):
        """The banner needs another number of lines (0: none)."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    def __init__(
        self,
        clock: PaintClock,
        board: Board,
        account: Account,
        wall_ms: Callable[[], int],
        links: Links,
        *,
        glyphs: Glyphs = UNICODE,
        id: str | None = "banner",  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(clock, glyphs=glyphs, id=id, classes=classes)
        self._board = board
        self._account = account
        self._wall_ms = wall_ms
        self._links = links
        self._state: MarketState | None = None
        self._wanted = 0

    def show(self, state: MarketState | None) -> None:
        """Watch over this market (None: the platform and the gateways alone)."""
        self._state = state
        self.touch()

    def rows_for(self, width: int) -> int:
        """Lines needed right now on a terminal `width` cells wide; 0 while all is well."""
        return len(self._rows(self.paint_clock.now_s(), width))

    def paint(self, now_s: float) -> None:
        wanted = len(self._rows(now_s, self.app.size.width)) if self.is_attached else 0
        if wanted != self._wanted:
            self._wanted = wanted
            self.post_message(self.Wants(wanted))
        if wanted:
            self.paint_clock.mark_later(self, _PERIOD_S)  # ages and waits count on
        super().paint(now_s)

    def compute(self, now_s: float, width: int, height: int) -> Sequence[Hashable]:
        return self._rows(now_s, width)

    def draw(self, row: Hashable, width: int) -> Sequence[Segment]:
        assert isinstance(row, BannerRow)
        head = Piece(f" {row.head} ", row.tone, bold=True, reverse=True) if row.head else Piece(" " * row.indent)
        fill = " " * max(0, width - cell_len(head.text) - cell_len(row.text) - 1)
        return draw_phrase((head, Piece(f" {row.text}{fill}")), self.palette, Tone.RAISED)

    def _rows(self, now_s: float, width: int) -> Sequence[BannerRow]:
        if width < 20:
            return ()
        rows: list[BannerRow] = []
        for concern in self._concerns(now_s):
            rows += _lines_of(concern, width)
        if len(rows) > MOST_ROWS:  # what is left unsaid shows as such
            last = rows[MOST_ROWS - 1]
            rows[MOST_ROWS - 1] = replace(last, text=f"{last.text} {self.glyphs.ellipsis}")
        return rows[:MOST_ROWS]

    def _concerns(self, now_s: float) -> Sequence[Concern]:
        market = None if self._state is None else self._state.market
        orders = self._account.orders
        here = len(orders.open_in(market.symbol)) if market is not None else 0
        resting = Resting(here, len(orders.open), self._account.freshness[AccountPane.ORDERS].is_live)
        return concerns(
            market, self._board.platform, self._links.now(now_s), resting, now_s=now_s, now_ms=self._wall_ms()
        )


def _lines_of(concern: Concern, width: int) -> Sequence[BannerRow]:
    indent = cell_len(concern.head) + 2
    if indent > width // 2:
        indent = 2
        lines = wrap(concern.text, width - 6)
        return [BannerRow(concern.head, 0, "", concern.tone)] + [
            BannerRow("", indent, t, concern.tone) for t in lines
        ]
    lines = wrap(concern.text, width - indent - 4) or [""]
    return [BannerRow(concern.head if at == 0 else "", indent, line, concern.tone) for at, line in enumerate(lines)]
