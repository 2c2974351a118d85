"""The trader's fills: matched first, settled on chain later."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Final

from psdash.account.account import AccountPane
from psdash.account.fills import Fill
from psdash.dashboard.painting.columns import Cell, Column, unknown
from psdash.dashboard.painting.moments import clock_or_day, zone_words
from psdash.dashboard.painting.numbers import cents, money, size
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.panes.private import PrivatePane, outcome_cell, outcome_words, search_words, side_cell
from psdash.dashboard.panes.table_order import Key
from psdash.dashboard.sending.tables import Value, moment
from psdash.dashboard.tiers import FILLS
from psdash.market.catalogue import Market
from psdash.market.tape import Settlement

_HALF_A_CENT: Final = Decimal("0.005")
_TIME: Final = 1  # the column whose heading is the zone


class FillsPane(PrivatePane[Fill]):
    """Own fills (protocol §5.11), newest first."""

    SHOWS = AccountPane.FILLS
    TITLE = "Fills"
    ID = FILLS

    COLUMNS = (
        Column("", 1),
        Column("time", 8),
        Column("side", 4),
        Column("", 4, rank=1),
        Column("price", 5, right=True),
        Column("size", 7, right=True),
        Column("market", 6, rank=2, stretch=True),
        Column("value", 10, rank=5, right=True),
        Column("fee", 7, rank=4, right=True),
        Column(" chain", 10, rank=3),
    )

    FIELDS = (
        "time",
        "market",
        "symbol",
        "outcome",
        "side",
        "price",
        "size",
        "value",
        "fee",
        "settlement",
        "settled_at",
        "trade_id",
        "order_id",
        "client_order_id",
        "tx_hash",
    )

    def stamp(self) -> Hashable:
        return self.account.fills.version, self.board.catalogue.version

    def nothing(self) -> str:
        return "no fills yet" if self.freshness.is_live else self.unless_off("your fills are not known yet")

    def records(self) -> Sequence[Fill]:
        fills = self.account.fills
        return fills.newest(len(fills))

    def ident(self, record: Fill) -> Hashable:
        return record.trade_id, record.order_id

    def headings(self) -> Sequence[str]:
        titles = [column.title for column in self.COLUMNS]
        titles[_TIME] = zone_words(self.view.zone, self.wall_ms())
        return titles

    def cells(self, record: Fill) -> tuple[Cell, ...]:
        market, outcome = self._place(record)
        is_here = bool(self.symbol) and (market.symbol if market is not None else record.symbol) == self.symbol
        glyphs = self.glyphs
        settled, tone = {
            Settlement.MATCHED: (f" {glyphs.hollow} matched", Tone.ACCENT),
            Settlement.SETTLED: (f" {glyphs.full} settled", Tone.MUTED),
            # Nobody tells of a settlement that failed (protocol §8.3): this is by age.
            Settlement.UNSETTLED: (" unsettled", Tone.WARN),
            Settlement.UNKNOWN: (f" {glyphs.horizontal} unknown", Tone.MUTED),
            Settlement.FAILED: (" failed", Tone.ERROR),  # told by the older dialect alone
        }[record.settlement]
        return (
            self.here_cell(is_here),
            Cell(clock_or_day(record.venue_ms, self.wall_ms(), self.view.zone), Tone.MUTED),
            side_cell(record.side),
            unknown(glyphs) if outcome is None else outcome_cell(market, outcome),
            Cell(cents(record.price), bold=True),
            self.amount(size(record.size, 7), bold=True),
            self.market_cell(market, record.symbol, is_here),
            self.amount(money(record.price * record.size, 10), Tone.MUTED),
            self.or_unknown(record.fee, lambda fee: self.amount(_fee(fee), Tone.MUTED)),
            Cell(settled, tone),
        )

    def keys(self, record: Fill) -> tuple[Key, ...]:
        market, outcome = self._place(record)
        return (
            "",
            record.venue_ms,
            record.side.value,
            None if outcome is None else outcome_words(market, outcome),
            record.price,
            record.size,
            search_words(market, record.symbol),
            record.price * record.size,
            record.fee,
            record.settlement.value,
        )

    def words(self, record: Fill) -> str:
        market, outcome = self._place(record)
        label = "" if outcome is None else outcome_words(market, outcome)
        names = f"{record.client_order_id} {record.order_id} {record.trade_id} {record.tx_hash} {record.failure}"
        return f"{record.side} {label} {record.settlement} {search_words(market, record.symbol)} {names}"

    def fields(self, record: Fill) -> tuple[Value, ...]:
        market, outcome = self._place(record)
        return (
            moment(record.venue_ms),
            "" if market is None else market.slug,
            record.symbol,
            None if outcome is None else outcome_words(market, outcome),
            record.side.value,
            record.price,
            self.own_field(record.size),
            self.own_field(record.price * record.size),
            self.own_field(record.fee),
            record.settlement.value,
            moment(record.settled_ms),
            record.trade_id,
            record.order_id,
            record.client_order_id,
            record.tx_hash,
        )

    def _place(self, fill: Fill) -> tuple[Market | None, int | None]:
        """The market and the outcome of a fill, as far as anybody has said."""
        catalogue = self.board.catalogue
        market = catalogue.by_symbol(fill.symbol) if fill.symbol else catalogue.by_token(fill.token)
        outcome = fill.outcome_index
        if outcome is None and market is not None:
            outcome = market.outcome_of(fill.token)
        if outcome is None:
            order = self.account.orders.get(fill.order_id)
            outcome = None if order is None else order.outcome_index
        return market, outcome


def _fee(dollars: Decimal) -> str:
    """A fee that is something is never shown as nothing."""
    return "<$0.01" if 0 < dollars < _HALF_A_CENT else money(dollars, 7)
