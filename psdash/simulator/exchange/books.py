"""The two token books of a market: views of its one YES book, with the counters and hashes of protocol §5.3.

The NO book mirrors the YES book: a YES bid at p is a NO ask at 1 - p of the same size, and the other way round. Both
change with every event of the book, and each numbers its changes by itself, without gaps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Protocol

from psdash.simulator.exchange import units
from psdash.simulator.exchange.engine import LevelTotal
from psdash.simulator.exchange.happenings import LevelChange


class YesBook(Protocol):
    """What a matched book and a recorded one have in common."""

    @property
    def best_bid_m(self) -> int | None: ...

    @property
    def best_ask_m(self) -> int | None: ...

    def levels(self, *, is_bid: bool) -> Iterator[LevelTotal]: ...

    def take_changes(self) -> list[LevelTotal]: ...


@dataclass(frozen=True, slots=True)
class Level:
    """One price of a token's book: shares resting there, and in how many orders."""

    price: Decimal
    quantity: Decimal
    count: int


class TokenBook:
    """A live view of one token's book. Read `seq` together with the levels: nothing changes in between."""

    def __init__(self, book: YesBook, token_id: str, outcome: int, first_seq: int) -> None:
        self.token_id = token_id
        self.outcome = outcome
        self.seq = first_seq
        self._book = book
        self._hash: tuple[int, str] | None = None

    def bids(self, depth: int | None = None) -> list[Level]:
        """The best `depth` bids (all without it), highest first."""
        return self._levels(is_bid=True, depth=depth)

    def asks(self, depth: int | None = None) -> list[Level]:
        """The best `depth` asks (all without it), lowest first."""
        return self._levels(is_bid=False, depth=depth)

    @property
    def best_bid(self) -> Decimal | None:
        """The highest bid, or None."""
        mills = self._book.best_ask_m if self.outcome else self._book.best_bid_m
        return None if mills is None else self._price(mills)

    @property
    def best_ask(self) -> Decimal | None:
        """The lowest ask, or None."""
        mills = self._book.best_bid_m if self.outcome else self._book.best_ask_m
        return None if mills is None else self._price(mills)

    def hash(self) -> str:
        """The first 16 hex digits of SHA-256 over the whole book's `book_text` (protocol §13.4)."""
        if self._hash is None or self._hash[0] != self.seq:
            digest = hashlib.sha256(book_text(self.bids(), self.asks()).encode("ascii")).hexdigest()
            self._hash = (self.seq, digest[:16])
        return self._hash[1]

    def changes(self, totals: Iterable[LevelTotal]) -> tuple[LevelChange, ...]:
        """Changes of the YES book as this token sees them."""
        prices = units.PRICES
        if self.outcome:
            return tuple(
                LevelChange(
                    "ask" if is_bid else "bid", prices[units.MILLS - price_m], units.shares(quantity_u), count
                )
                for is_bid, price_m, quantity_u, count in totals
            )
        return tuple(
            LevelChange("bid" if is_bid else "ask", prices[price_m], units.shares(quantity_u), count)
            for is_bid, price_m, quantity_u, count in totals
        )

    def _levels(self, *, is_bid: bool, depth: int | None) -> list[Level]:
        totals = self._book.levels(is_bid=is_bid != bool(self.outcome))
        return [
            Level(self._price(total.yes_price_m), units.shares(total.quantity_u), total.orders)
            for total in islice(totals, depth)
        ]

    def _price(self, yes_price_m: int) -> Decimal:
        return units.PRICES[units.MILLS - yes_price_m if self.outcome else yes_price_m]


def book_text(bids: Iterable[Level], asks: Iterable[Level]) -> str:
    """The text that is hashed: compact JSON of `[[price, quantity]...]` bids then asks, best first, as strings."""
    rows = [[[str(level.price), str(level.quantity)] for level in side] for side in (bids, asks)]
    return json.dumps(rows, separators=(",", ":"))
