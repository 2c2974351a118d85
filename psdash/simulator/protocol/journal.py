"""What each token's best bid and ask were at past sequence numbers: the exchange's memory, for tests to judge by.

The journal holds its own books, built from the exchange's book when it starts to listen and from each `BookChanged`
after. So that a day fits in memory it keeps a row only where the touch changed, as integers, in arrays.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal

from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import BookChanged, Happening

#: Sequence numbers that a token's history goes back at least, once it has seen that many.
HISTORY_SEQS = 200_000

#: Prices and sizes are kept in millionths.
_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Touch:
    """Best bid and ask with their sizes; both parts of a side are None when nothing rests there."""

    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None


class _History:
    """One token's levels now, and its touch at each past seq."""

    def __init__(self, seq: int, bids: dict[Decimal, Decimal], asks: dict[Decimal, Decimal]) -> None:
        self.bids = bids
        self.asks = asks
        self.first_seq = seq
        self.seq = seq
        self._seqs = array("q")
        self._columns = tuple(array("q") for _ in range(4))
        self._best_bid = max(bids, default=None)
        self._best_ask = min(asks, default=None)
        self._append()

    def apply(self, change: BookChanged) -> None:
        touched = False
        for level in change.changes:
            if level.side == "bid":
                touched |= self._set_bid(level.price, level.quantity)
            else:
                touched |= self._set_ask(level.price, level.quantity)
        self.seq = change.seq
        if touched:
            self._append()

    def _set_bid(self, price: Decimal, quantity: Decimal) -> bool:
        best = self._best_bid
        if quantity:
            self.bids[price] = quantity
            if best is None or price > best:
                self._best_bid = price
        else:
            self.bids.pop(price, None)
            if price == best:
                self._best_bid = max(self.bids, default=None)
        return best is None or price >= best

    def _set_ask(self, price: Decimal, quantity: Decimal) -> bool:
        best = self._best_ask
        if quantity:
            self.asks[price] = quantity
            if best is None or price < best:
                self._best_ask = price
        else:
            self.asks.pop(price, None)
            if price == best:
                self._best_ask = min(self.asks, default=None)
        return best is None or price <= best

    def _append(self) -> None:
        bid, ask = self._best_bid, self._best_ask
        row = (
            0 if bid is None else int(bid * _SCALE),
            0 if bid is None else int(self.bids[bid] * _SCALE),
            0 if ask is None else int(ask * _SCALE),
            0 if ask is None else int(self.asks[ask] * _SCALE),
        )
        self._seqs.append(self.seq)
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        oldest = self.seq - HISTORY_SEQS
        if self._seqs[0] < oldest - HISTORY_SEQS:
            keep_from = bisect_right(self._seqs, oldest) - 1
            self.first_seq = self._seqs[keep_from]
            for kept in (self._seqs, *self._columns):
                del kept[:keep_from]

    def at(self, seq: int) -> Touch:
        row = bisect_right(self._seqs, seq) - 1
        bid, bid_size, ask, ask_size = (Decimal(column[row]) / _SCALE for column in self._columns)
        return Touch(bid or None, bid_size if bid else None, ask or None, ask_size if ask else None)


class Journal:
    """The touch of every listed token at each of its last `HISTORY_SEQS` (or more) sequence numbers."""

    def __init__(self, exchange: Exchange) -> None:
        self._histories: dict[str, _History] = {}
        for row in exchange.catalogue.markets:
            for token_id in (row.yes_token_id, row.no_token_id):
                book = exchange.token_book(token_id)
                self._histories[token_id] = _History(
                    book.seq,
                    {level.price: level.quantity for level in book.bids()},
                    {level.price: level.quantity for level in book.asks()},
                )
        self._stop = exchange.listen(self._hear)

    def close(self) -> None:
        """Stop listening."""
        self._stop()

    def _hear(self, happening: Happening) -> None:
        if type(happening) is BookChanged:
            self._histories[happening.token_id].apply(happening)

    def touch(self, token_id: str, seq: int) -> Touch:
        """The touch when the token's book was at `seq`.

        Raises KeyError on an unknown token and IndexError on a seq that is forgotten or has not come yet.
        """
        history = self._histories[token_id]
        if not history.first_seq <= seq <= history.seq:
            raise IndexError(f"seq {seq} is outside {history.first_seq}..{history.seq}")
        return history.at(seq)
