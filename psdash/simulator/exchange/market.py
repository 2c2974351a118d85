"""One live market: its book, its two token views, its tape and candles, and its status."""

from __future__ import annotations

import random
from collections import deque
from decimal import Decimal

from psdash.simulator.exchange import units
from psdash.simulator.exchange.books import TokenBook
from psdash.simulator.exchange.candles import Candles, MidSeries
from psdash.simulator.exchange.collateral import Collateral
from psdash.simulator.exchange.engine import Engine
from psdash.simulator.exchange.happenings import BookChanged, CandleMoved, MarketStatusChanged
from psdash.simulator.exchange.ledger import Ledger
from psdash.simulator.exchange.listing import MarketRow, MarketStatus
from psdash.simulator.exchange.outbox import Outbox
from psdash.simulator.exchange.recorded import RecordedBook
from psdash.simulator.exchange.trades import TradeRecord

#: How many trades of one market stay readable.
KEEP_TRADES = 5_000

_S = MarketStatus

#: The transitions of protocol §7.4.
TRANSITIONS: dict[MarketStatus, frozenset[MarketStatus]] = {
    _S.DRAFT: frozenset({_S.REJECTED, _S.PROPOSED}),
    _S.REJECTED: frozenset({_S.DRAFT}),
    _S.PROPOSED: frozenset({_S.PRE_MARKET, _S.CANCELLED}),
    _S.PRE_MARKET: frozenset({_S.OPEN, _S.CANCELLED}),
    _S.OPEN: frozenset({_S.PAUSED, _S.SUSPENDED, _S.CLOSED}),
    _S.PAUSED: frozenset({_S.OPEN, _S.SUSPENDED, _S.CLOSED}),
    _S.SUSPENDED: frozenset({_S.OPEN}),
    _S.CLOSED: frozenset({_S.PENDING_RESOLUTION}),
    _S.PENDING_RESOLUTION: frozenset({_S.RESOLVED, _S.DELAYED, _S.DISPUTED}),
    _S.DELAYED: frozenset({_S.PENDING_RESOLUTION}),
    _S.DISPUTED: frozenset({_S.RESOLVED, _S.VOIDED}),
    _S.RESOLVED: frozenset(),
    _S.VOIDED: frozenset(),
    _S.CANCELLED: frozenset(),
}
#: Where tokens become money.
FINAL = frozenset({_S.RESOLVED, _S.VOIDED})


class IllegalTransitionError(ValueError):
    """A market cannot go from its status to the one asked for (protocol §7.4)."""


class Market:
    """What the exchange knows of one listed market while it runs."""

    def __init__(self, row: MarketRow, ledger: Ledger, outbox: Outbox, rng: random.Random) -> None:
        self.row = row
        self.book: Engine | RecordedBook = RecordedBook() if row.recorded else Engine()
        self.tick_m = units.mills(row.tick)
        self.status = row.status
        self.updated_at_ms = row.created_at_ms
        self.paused_at_ms = row.paused_at_ms
        self.resolved_at_ms = row.resolved_at_ms
        self.payout_numerators = row.payout_numerators
        self.collateral = Collateral(ledger, row.symbol, row.yes_token_id, row.no_token_id)
        if row.status in FINAL:
            self.collateral.resolve(row.payout_numerators or ())
        self.candles = Candles()
        self.mids = MidSeries()
        self.trades: deque[TradeRecord] = deque(maxlen=KEEP_TRADES)
        self.trade_count = 0
        self._volume_u = 0
        self.last_m: int | None = None  # YES price of the last print
        self._outbox = outbox
        self.token_books = tuple(
            TokenBook(self.book, row.token_id(outcome), outcome, first_seq=rng.randrange(1_000, 1_000_000))
            for outcome in (0, 1)
        )

    def book_moved(self, at_ms: int) -> None:
        """Number and tell what the last event changed in the book; nothing, if it changed nothing."""
        totals = self.book.take_changes()
        if not totals:
            return
        self._note_mid(at_ms)
        for view in self.token_books:
            view.seq += 1
            if self._outbox.heard:
                self._outbox.put(
                    BookChanged(
                        at_ms,
                        self.row.symbol,
                        view.token_id,
                        self.row.condition_id,
                        view.outcome,
                        view.seq,
                        view.changes(totals),
                    )
                )

    def print_trade(self, record: TradeRecord) -> None:
        """Put a trade on the tape and into the candles of both tokens."""
        self.trades.append(record)
        self.trade_count += 1
        self._volume_u += record.quantity_u
        self.last_m = record.yes_price_m
        self.candles.add(record.at_ms, record.yes_price_m, record.quantity_u)
        self._note_mid(record.at_ms)
        self._outbox.put(record.trade)

    def tell_candles(self, at_ms: int) -> None:
        """Tell where the open candle of both tokens stands."""
        if not self._outbox.heard:
            return
        for view in self.token_books:
            candle = self.candles.last(view.outcome)
            self._outbox.put(
                CandleMoved(
                    at_ms,
                    self.row.symbol,
                    view.token_id,
                    self.row.condition_id,
                    view.outcome,
                    candle.bucket_start_ms,
                    candle.open,
                    candle.high,
                    candle.low,
                    candle.close,
                    candle.volume,
                )
            )

    def set_status(self, at_ms: int, status: MarketStatus, payout: tuple[str, ...] | None) -> None:
        """Move to `status`. Raises IllegalTransitionError, or ValueError on a payout missing or misplaced."""
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransitionError(f"{self.row.slug}: {self.status} cannot become {status}")
        if status is _S.VOIDED and payout is None:
            payout = ("1", "1")  # void pays equal amounts per outcome
        if (status in FINAL) != (payout is not None):
            raise ValueError(f"{status} needs a payout" if payout is None else f"{status} pays nothing")
        if payout is not None:
            self.collateral.resolve(payout)
            self.payout_numerators = payout
            self.resolved_at_ms = at_ms
        previous, self.status = self.status, status
        self.updated_at_ms = at_ms
        self.paused_at_ms = at_ms if status is _S.PAUSED else None
        self._outbox.put(MarketStatusChanged(at_ms, self.row.symbol, self.row.condition_id, status, previous, payout))

    def price(self, outcome: int) -> Decimal:
        """What a share is worth now: the payout, else the mid, else the last print, else the first fair value."""
        if self.payout_numerators is not None:
            numerators = [int(numerator) for numerator in self.payout_numerators]
            return Decimal(numerators[outcome]) / sum(numerators)
        bid_m, ask_m = self.book.best_bid_m, self.book.best_ask_m
        if bid_m is not None and ask_m is not None:
            yes = Decimal((bid_m + ask_m) * 5).scaleb(-4)
        elif self.last_m is not None:
            yes = units.PRICES[self.last_m]
        else:
            yes = self.row.fair_value
        return 1 - yes if outcome else yes

    def volume(self, since_ms: int | None) -> Decimal:
        """Shares traded in the five-second buckets from `since_ms` on, or ever."""
        return units.shares(self._volume_u) if since_ms is None else self.candles.volume_since(since_ms)

    def _note_mid(self, at_ms: int) -> None:
        bid_m, ask_m = self.book.best_bid_m, self.book.best_ask_m
        if bid_m is not None and ask_m is not None:
            self.mids.note(at_ms, bid_m + ask_m)
        elif self.last_m is not None:
            self.mids.note(at_ms, 2 * self.last_m)
