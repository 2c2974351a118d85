"""What must hold at every moment and at rest, judged against the exchange's ledger (reliability §6.1).

B1  a LIVE book is the ledger's at the sequence it names, after every change of it;
B2  no book stays behind the ledger and LIVE for longer than its audit can take;
T   every trade of the ledger is on the tape once, or inside a GAP row;
P   at rest the private panes are what REST says;
C   frames_in = applied + duplicate + stale + buffered + ignored + rejected.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from psdash.account.account import Account
from psdash.account.fills import Fill
from psdash.gateway.notices import AccountMoved, BookMoved, LinkChanged, MarketPaneMoved, Notice, TapeMoved
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.book import Book, Side
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import BookChanged, FillMade, Happening, TradeMatched

#: How long a lost last delta may stay unseen: the audit period, its answer's deadline and a tick (issue 3).
FOCUS_BEHIND_S = 10.0
OTHER_BEHIND_S = 70.0

_MASK = (1 << 63) - 1
_TICKS = 1_000_000


class LieError(AssertionError):
    """Something shown as true that the ledger contradicts."""


def fingerprint(levels: Iterable[tuple[int, int, Decimal]]) -> int:
    """An order-free fingerprint of (side 0 bid | 1 ask, ticks, size) levels; the same in every process."""
    return sum(hash(level) for level in levels) & _MASK


def shown(book: Book) -> int:
    """The fingerprint of what a ladder would show."""
    total = 0
    for side, of in ((0, Side.BID), (1, Side.ASK)):
        for level in book.levels(of):
            total += hash((side, level[0], level[1]))
    return total & _MASK


class _Past:
    """One token's book at every sequence since the witness began."""

    __slots__ = ("first_seq", "levels", "marks", "sum", "times")

    def __init__(self, exchange: Exchange, token: str, now_s: float) -> None:
        book = exchange.token_book(token)
        self.first_seq = book.seq
        self.levels: dict[tuple[int, int], Decimal] = {}
        for side, rows in ((0, book.bids()), (1, book.asks())):
            self.levels |= {(side, int(row.price * _TICKS)): row.quantity for row in rows}
        self.sum = fingerprint((side, ticks, size) for (side, ticks), size in self.levels.items())
        self.marks = array("q", [self.sum])
        self.times = array("d", [now_s])

    @property
    def seq(self) -> int:
        return self.first_seq + len(self.marks) - 1

    def apply(self, change: BookChanged, now_s: float) -> None:
        total = self.sum
        for level in change.changes:
            key = (0 if level.side == "bid" else 1, int(level.price * _TICKS))
            held = self.levels.pop(key, None)
            if held is not None:
                total -= hash((*key, held))
            if level.quantity:
                self.levels[key] = level.quantity
                total += hash((*key, level.quantity))
        self.sum = total & _MASK
        self.marks.append(self.sum)
        self.times.append(now_s)


class Truth:
    """The ledger, remembered. Make it before the client connects; `now_s` is the client's monotonic clock."""

    def __init__(self, exchange: Exchange, now_s: Callable[[], float]) -> None:
        self.exchange = exchange
        self._now_s = now_s
        self._pasts = {
            token: _Past(exchange, token, now_s())
            for row in exchange.catalogue.markets
            for token in (row.yes_token_id, row.no_token_id)
        }
        #: Trades by market symbol, each with its venue time.
        self.trades: defaultdict[str, dict[str, int]] = defaultdict(dict)
        #: Own sides by wallet: (trade id, order id).
        self.fills: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self.stop = exchange.listen(self._hear)

    def _hear(self, happening: Happening) -> None:
        if type(happening) is BookChanged:
            self._pasts[happening.token_id].apply(happening, self._now_s())
        elif type(happening) is TradeMatched:
            self.trades[happening.symbol][happening.trade_id] = happening.at_ms
        elif type(happening) is FillMade:
            self.fills[happening.account].add((happening.trade_id, happening.order_id))

    def seq(self, token: str) -> int:
        """Where the ledger's book of a token stands."""
        return self._pasts[token].seq

    def check_book(self, book: Book) -> None:
        """B1. Raises LieError."""
        past = self._pasts[book.token]
        seq = book.seq
        if seq is None or not past.first_seq <= seq <= past.seq:
            raise LieError(f"LIVE at seq {seq}, which the ledger never had ({past.first_seq}..{past.seq})")
        if past.marks[seq - past.first_seq] != shown(book):
            raise LieError(f"LIVE and wrong at seq {seq}: {_difference(book, past) if seq == past.seq else ''}")

    def behind_s(self, book: Book) -> float:
        """For how long the ledger has had something newer than this book; 0 when it has not."""
        past = self._pasts[book.token]
        assert book.seq is not None
        after = book.seq + 1 - past.first_seq
        return self._now_s() - past.times[after] if after < len(past.times) else 0.0

    def is_current(self, book: Book) -> bool:
        """Whether a book is the ledger's newest."""
        past = self._pasts[book.token]
        return book.seq == past.seq and shown(book) == past.sum

    def missing_trades(self, state: MarketState) -> set[str]:
        """T: trades of the ledger that are neither on the tape nor inside one of its GAP rows.

        The venue's own REST hides a match whose settlement failed (protocol §8.3): one that was missed live cannot be
        known, and is left out here.
        """
        tape = state.tape
        symbol = state.market.symbol
        hidden = {t.trade_id for t in self.exchange.trades(symbol) if t.status == "settlement_failed"}
        return {
            trade_id
            for trade_id, at_ms in self.trades[symbol].items()
            if tape.get(trade_id) is None and trade_id not in hidden and not in_gap(state, at_ms)
        }


def _difference(book: Book, past: _Past) -> str:
    held = {
        (side, level.ticks): level.size for side, of in ((0, Side.BID), (1, Side.ASK)) for level in book.levels(of)
    }
    keys = [key for key in held.keys() | past.levels.keys() if held.get(key) != past.levels.get(key)]
    return ", ".join(f"{key}: shown {held.get(key)}, ledger {past.levels.get(key)}" for key in sorted(keys)[:6])


def in_gap(state: MarketState, at_ms: int) -> bool:
    """Whether a GAP row of the tape covers a venue time."""
    return any(gap.from_ms <= at_ms <= gap.to_ms for gap in state.tape.gaps)


class Witness:
    """Hears every notice of a client and judges it at once. `violations` stay empty, or the scenario fails."""

    def __init__(self, truth: Truth, board: Board, now_s: Callable[[], float]) -> None:
        self._truth = truth
        self._board = board
        self._now_s = now_s
        self._digest = hashlib.sha256()
        self.checked = 0
        self.books_moved = 0
        self.prints: Counter[str] = Counter()
        self.fills: Counter[tuple[str, str]] = Counter()
        self.became_live: list[float] = []
        self.resyncs = 0
        self.longest_behind_s = 0.0
        self.violations: list[str] = []
        #: Where the truth must not be asked: the fault rewrites the venue's own sequence numbers.
        self.sees_sequences = True
        self.focus_behind_s = FOCUS_BEHIND_S

    def hear(self, notice: Notice) -> None:
        """An `Emit`."""
        if type(notice) is BookMoved:
            self.books_moved += 1
            self._note(notice.slug, notice.outcome_index, notice.seq)
            self._look(notice.slug, notice.outcome_index)
        elif type(notice) is TapeMoved:
            self.prints.update(print_.trade_id for print_ in notice.prints)
            self._note(notice.slug, *(print_.trade_id for print_ in notice.prints))
        elif type(notice) is MarketPaneMoved:
            self._note(notice.slug, notice.pane, notice.outcome_index, notice.freshness.state)
            if notice.pane is MarketPane.BOOK and notice.outcome_index is not None:
                self.resyncs += notice.freshness.state == "RESYNC"
                if notice.freshness.is_live:
                    self.became_live.append(self._now_s())
                    self._look(notice.slug, notice.outcome_index)
        elif type(notice) is AccountMoved:
            self.fills.update(_ident(fill) for fill in notice.fills)
        elif type(notice) is LinkChanged:
            self._note(notice.gateway, notice.state)

    @property
    def digest(self) -> str:
        """What was told, and when, as one short text: the same for the same scenario and seed."""
        return self._digest.hexdigest()[:16]

    def _note(self, *what: object) -> None:
        self._digest.update(f"{self._now_s():.6f} {' '.join(map(str, what))}\n".encode())

    def _look(self, slug: str, outcome: int) -> None:
        state = self._board.state(slug)
        if state is not None and state.book_freshness[outcome].is_live and self.sees_sequences:
            self.checked += 1
            try:
                self._truth.check_book(state.books[outcome])
            except LieError as lie:
                self._violated(f"{slug}/{outcome}: {lie}")

    def _violated(self, text: str) -> None:
        if len(self.violations) < 20:
            self.violations.append(f"at {self._now_s():.3f} s: {text}")

    def look_around(self, focus: str) -> None:
        """B2, and B1 once more, over every watched book; call it about once a second."""
        for state in self._board.watched:
            for outcome, book in enumerate(state.books):
                if not state.book_freshness[outcome].is_live:
                    continue
                self._look(state.market.slug, outcome)
                if not self.sees_sequences:
                    continue
                behind_s = self._truth.behind_s(book)
                self.longest_behind_s = max(self.longest_behind_s, behind_s)
                limit_s = self.focus_behind_s if state.market.slug == focus else OTHER_BEHIND_S
                if behind_s > limit_s:
                    self._violated(f"{state.market.slug}/{outcome}: LIVE and {behind_s:.1f} s behind the ledger")

    def verdict(self) -> None:
        """Raises LieError when anything was ever wrong: B1, B2, and every print and fill told at most once."""
        twice = [trade_id for trade_id, count in self.prints.items() if count > 1]
        if twice:
            self.violations.append(f"{len(twice)} prints told twice, such as {twice[0]}")
        fills = [ident for ident, count in self.fills.items() if count > 1]
        if fills:
            self.violations.append(f"{len(fills)} fills told twice, such as {fills[0]}")
        if self.violations:
            raise LieError("; ".join(self.violations))


def _ident(fill: Fill) -> tuple[str, str]:
    return fill.trade_id, fill.order_id


def check_private(account: Account, exchange: Exchange, rest: dict[str, Any]) -> None:
    """P: orders, fills and positions at rest. `rest` holds the bodies of REST by pane. Raises LieError."""
    orders = {order.order_id: order.filled for order in account.orders.open}
    said = {row["id"]: Decimal(row["filledQty"]) for row in rest["orders"]}
    if orders != said:
        raise LieError(f"open orders differ from REST: {_unlike(orders, said)}")
    fills = {(f.trade_id, f.order_id) for f in account.fills.newest(100_000)}
    trades = {(row["id"], row["orderId"]) for row in rest["trades"]}
    if trades - fills:
        raise LieError(f"{len(trades - fills)} fills of REST are missing, such as {min(trades - fills)}")
    ledger = {(t.trade_id, leg.order_id) for t in exchange.trades_of(account.wallet) for leg in (t.maker, t.taker)}
    if fills - ledger:
        raise LieError(f"{len(fills - ledger)} fills were never made, such as {min(fills - ledger)}")
    held = {(p.symbol, p.outcome_index): p.size for p in account.positions.held}
    positions = {(row["marketId"], int(row["outcome"])): Decimal(row["quantity"]) for row in rest["positions"]}
    if held != positions:
        raise LieError(f"positions differ from REST: {_unlike(held, positions)}")


def _unlike(mine: dict[Any, Any], theirs: dict[Any, Any]) -> str:
    keys = [key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)]
    return ", ".join(f"{key}: shown {mine.get(key)}, REST {theirs.get(key)}" for key in sorted(keys, key=str)[:4])
