"""The book against the simplest thing that could be right: two dicts, sorted when read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from psdash.market.book import Book, Change, Level, Side
from psdash.market.ticks import CENT, DOLLAR, complement, to_price, to_ticks

prices = st.integers(1, 99).map(lambda cents: cents * CENT)
sizes = st.decimals("0", "1000000", places=6, allow_nan=False, allow_infinity=False)
levels = st.lists(st.tuples(prices, sizes, st.none() | st.integers(1, 9)), max_size=30, unique_by=lambda row: row[0])


def a_level(row: tuple[int, Decimal, int | None]) -> Level:
    return Level(*row)


class BookMachine(RuleBasedStateMachine):
    """Any mix of snapshots and changes: every reading equals the model's."""

    @initialize()
    def start(self) -> None:
        self.book = Book("1")
        self.model: dict[Side, dict[int, Decimal]] = {Side.BID: {}, Side.ASK: {}}
        self.seq = 0
        self.version = self.book.version

    @rule(bids=levels, asks=levels)
    def snapshot(
        self, bids: list[tuple[int, Decimal, int | None]], asks: list[tuple[int, Decimal, int | None]]
    ) -> None:
        self.seq += 1
        self.book.replace(map(a_level, bids), map(a_level, asks), seq=self.seq, venue_ms=None, state_hash="ab")
        for side, rows in ((Side.BID, bids), (Side.ASK, asks)):
            self.model[side] = {ticks: size for ticks, size, _ in rows if size}

    @rule(rows=st.lists(st.tuples(st.sampled_from(Side), prices, sizes), min_size=1, max_size=10))
    def change(self, rows: list[tuple[Side, int, Decimal]]) -> None:
        self.seq += 1
        self.book.apply([Change(*row) for row in rows], seq=self.seq, venue_ms=self.seq)
        for side, ticks, size in rows:
            if size:
                self.model[side][ticks] = size
            else:
                self.model[side].pop(ticks, None)

    @rule()
    def clear(self) -> None:
        self.book.clear()
        self.model = {Side.BID: {}, Side.ASK: {}}

    @invariant()
    def reads_as_the_model(self) -> None:
        for side, rows in self.model.items():
            best_first = sorted(rows.items(), reverse=side is Side.BID)
            assert [(level.ticks, level.size) for level in self.book.levels(side)] == best_first
            assert self.book.depth(side) == len(rows)
            assert all(self.book.size_at(side, ticks) == size for ticks, size in rows.items())
        bids, asks = self.model[Side.BID], self.model[Side.ASK]
        best_bid, best_ask = self.book.best_bid, self.book.best_ask
        assert (best_bid and best_bid.ticks) == (max(bids) if bids else None)
        assert (best_ask and best_ask.ticks) == (min(asks) if asks else None)
        if bids and asks:
            assert self.book.spread == Decimal(min(asks) - max(bids)) / DOLLAR
            assert self.book.is_crossed == (max(bids) >= min(asks))
        else:
            assert self.book.spread is None
            assert self.book.mid is None


TestBook = BookMachine.TestCase


def test_every_change_moves_the_version() -> None:
    book = Book("1")
    seen = {book.version}
    book.replace([Level(CENT, Decimal(1))], [], seq=5, venue_ms=1, state_hash=None)
    seen.add(book.version)
    book.apply([Change(Side.BID, CENT, Decimal(2))], seq=6, venue_ms=None)
    seen.add(book.version)
    assert (book.seq, book.venue_ms) == (6, 1)
    book.clear()
    seen.add(book.version)
    assert len(seen) == 4
    assert book.seq is None
    assert book.is_empty


@pytest.mark.parametrize(("price", "step"), [("0.52", 10_000), ("0.525", 1_000), ("0.5255", 100)])
def test_the_tick_is_as_fine_as_the_finest_level(price: str, step: int) -> None:
    book = Book("1")
    book.replace(
        [Level(to_ticks(price), Decimal(1)), Level(CENT, Decimal(1))], [], seq=1, venue_ms=None, state_hash=None
    )
    assert book.tick == step


@given(st.integers(0, DOLLAR))
def test_ticks_are_exact_both_ways(ticks: int) -> None:
    assert to_ticks(to_price(ticks)) == ticks
    assert to_ticks(format(to_price(ticks), "f")) == ticks
    assert to_price(ticks) + to_price(complement(ticks)) == 1


@pytest.mark.parametrize("price", ["1.000001", "-0.01", "0.0000001"])
def test_what_is_not_a_price_is_refused(price: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        to_ticks(price)
