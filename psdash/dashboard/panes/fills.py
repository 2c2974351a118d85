"""The trader's fills: matched first, settled on chain later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from psdash.account.account import Account, AccountPane
from psdash.account.fills import Fill
from psdash.dashboard.painting.columns import Cell, Column, unknown
from psdash.dashboard.painting.numbers import cents, money, size, utc_time
from psdash.dashboard.painting.paint import PaintClock
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.painting.view import View
from psdash.dashboard.panes.private import PrivatePane, outcome_cell, side_cell
from psdash.dashboard.tiers import FILLS
from psdash.market.board import Board
from psdash.market.tape import Settlement

_DAY_MS = 86_400_000
_HALF_A_CENT = Decimal("0.005")


class FillsPane(PrivatePane):
    """Own fills (protocol §5.11), newest first."""

    COLUMNS = (
        Column("", 1),
        Column("UTC", 8),
        Column("side", 4),
        Column("", 4, rank=1),
        Column("price", 5, right=True),
        Column("size", 7, right=True),
        Column("market", 6, rank=2, stretch=True),
        Column("value", 10, rank=5, right=True),
        Column("fee", 7, rank=4, right=True),
        Column(" chain", 10, rank=3),
    )

    SHOWS = AccountPane.FILLS

    def __init__(
        self,
        board: Board,
        account: Account,
        clock: PaintClock,
        wall_ms: Callable[[], int],
        *,
        view: View | None = None,
    ) -> None:
        super().__init__("Fills", board, account, clock, wall_ms, view=view, id=FILLS)

    def nothing(self) -> str:
        return "no fills yet" if self.freshness.is_live else "your fills are not known yet"

    def note(self) -> tuple[str, Tone]:
        count = len(self.account.fills)
        return (str(count) if count else ""), Tone.MUTED

    def cells(self, now_s: float, first: int, limit: int) -> tuple[Sequence[tuple[Cell, ...]], int]:
        fills = self.account.fills
        today = self.wall_ms() // _DAY_MS
        return [self._row(fill, today) for fill in fills.newest(limit, first)], len(fills)

    def _row(self, fill: Fill, today: int) -> tuple[Cell, ...]:
        catalogue = self.board.catalogue
        market = catalogue.by_symbol(fill.symbol) if fill.symbol else catalogue.by_token(fill.token)
        outcome = fill.outcome_index
        if outcome is None and market is not None:
            outcome = market.outcome_of(fill.token)
        if outcome is None:
            order = self.account.orders.get(fill.order_id)
            outcome = None if order is None else order.outcome_index
        is_here = bool(self.symbol) and (market.symbol if market is not None else fill.symbol) == self.symbol
        glyphs = self.glyphs
        at = utc_time(fill.venue_ms) if fill.venue_ms // _DAY_MS == today else _date(fill.venue_ms)
        settled, tone = {
            Settlement.MATCHED: (f" {glyphs.hollow} matched", Tone.ACCENT),
            Settlement.SETTLED: (f" {glyphs.full} settled", Tone.MUTED),
            # Nobody tells of a settlement that failed (protocol §8.3): this is by age.
            Settlement.UNSETTLED: (" unsettled", Tone.WARN),
        }[fill.settlement]
        return (
            Cell(glyphs.own if is_here else "", Tone.OWN),
            Cell(at, Tone.MUTED),
            side_cell(fill.side),
            unknown(glyphs) if outcome is None else outcome_cell(market, outcome),
            Cell(cents(fill.price), bold=True),
            Cell(size(fill.size, 7), bold=True),
            self.market_cell(market, fill.symbol, is_here),
            Cell(money(fill.price * fill.size, 10), Tone.MUTED),
            unknown(glyphs) if fill.fee is None else Cell(_fee(fill.fee), Tone.MUTED),
            Cell(settled, tone),
        )


def _fee(dollars: Decimal) -> str:
    """A fee that is something is never shown as nothing."""
    return "<$0.01" if 0 < dollars < _HALF_A_CENT else money(dollars, 7)


def _date(venue_ms: int) -> str:
    """The day of a fill of another day, in the eight cells of a time: "26-07-15"."""
    return datetime.fromtimestamp(venue_ms / 1000, UTC).strftime("%y-%m-%d")
