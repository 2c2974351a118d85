"""What was stacked, pulled and traded at each price, told from a book and a tape that come apart."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.gateway.conservation import FrameCounts
from psdash.gateway.sync import BookSync, Delta, Snapshot
from psdash.market.book import MOST_STEPS, Book, Change, Level, Side
from psdash.market.level_flow import FALLS, GRACE_MS, BookFlow
from psdash.market.tape import Aggressor, Print, Tape
from psdash.market.ticks import CENT

AT_MS = 1_000_000


class Heard:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def added(self, size: Decimal, left: Decimal) -> None:
        self.told.append(("added", int(size)))

    def traded(self, size: Decimal, left: Decimal) -> None:
        self.told.append(("traded", int(size)))

    def cancelled(self, size: Decimal, left: Decimal) -> None:
        self.told.append(("cancelled", int(size)))

    def broke(self) -> None:
        self.told.append(("broke", 0))


class Feeds:
    """A book and a tape, watched."""

    def __init__(self, outcome: int = 0) -> None:
        self.book, self.tape = Book("1"), Tape()
        self.flow = BookFlow(self.book, outcome)
        self.book.watcher = self.flow
        self.tape.watchers = (self.flow,)
        self.seq = 0

    def snapshot(self, rows: Sequence[tuple[Side, int, int]], *, follows: bool = False, at_ms: int = AT_MS) -> None:
        self.seq += 1
        bids, asks = (
            [Level(cents * CENT, Decimal(size)) for each, cents, size in rows if each is side] for side in Side
        )
        self.book.replace(bids, asks, seq=self.seq, venue_ms=at_ms, state_hash=None, follows=follows)

    def set(self, side: Side, cents: int, size: int, at_ms: int = AT_MS) -> None:
        self.seq += 1
        self.book.apply([Change(side, cents * CENT, Decimal(size))], seq=self.seq, venue_ms=at_ms)

    def trade(self, cents: int, size: int, at_ms: int = AT_MS, *, outcome: int = 0) -> None:
        price = Decimal(cents) / 100
        self.tape.add(Print(f"t{len(self.tape)}", "1", outcome, price, Decimal(size), Aggressor.UNKNOWN, at_ms))

    def net(self, side: Side, cents: int) -> int:
        return int(self.flow.net(side, cents * CENT))


def test_what_is_added_is_stacked_and_what_is_taken_away_is_pulled() -> None:
    feeds = Feeds()
    feeds.snapshot([(Side.BID, 50, 100)])
    assert feeds.net(Side.BID, 50) == 0
    feeds.set(Side.BID, 50, 160)
    feeds.set(Side.BID, 50, 130)
    feeds.set(Side.ASK, 52, 40)
    assert (feeds.net(Side.BID, 50), feeds.net(Side.ASK, 52), feeds.net(Side.ASK, 50)) == (30, 40, 0)
    assert dict(feeds.flow.nets(Side.BID)) == {50 * CENT: 30}


@pytest.mark.parametrize("print_first", [True, False])
def test_a_trade_is_not_pulled_and_the_count_begins_anew(print_first: bool) -> None:
    feeds = Feeds()
    feeds.snapshot([(Side.ASK, 52, 500)])
    feeds.set(Side.ASK, 52, 700)
    for step in ("print", "fall") if print_first else ("fall", "print"):
        if step == "print":
            feeds.trade(52, 300, AT_MS + 5)
        else:
            feeds.set(Side.ASK, 52, 400, AT_MS + 5)
    assert feeds.net(Side.ASK, 52) == 0
    feeds.set(Side.ASK, 52, 350, AT_MS + 9)
    assert feeds.net(Side.ASK, 52) == -50


def test_a_cancel_just_before_a_trade_does_not_explain_it() -> None:
    feeds, heard = Feeds(), Heard()
    feeds.snapshot([(Side.ASK, 52, 500)])
    feeds.flow.follow(Side.ASK, 52 * CENT, heard)
    feeds.set(Side.ASK, 52, 440, AT_MS + 10)
    feeds.trade(52, 40, AT_MS + 20)
    feeds.set(Side.ASK, 52, 400, AT_MS + 20)
    assert feeds.net(Side.ASK, 52) == 0
    feeds.flow.settle(AT_MS + 20 + 2 * GRACE_MS)
    assert heard.told == [("traded", 40), ("cancelled", 60)]


def test_a_fall_stamped_before_its_print_is_its_own_where_none_comes_after() -> None:
    feeds, heard = Feeds(), Heard()
    feeds.snapshot([(Side.ASK, 52, 500)])
    feeds.flow.follow(Side.ASK, 52 * CENT, heard)
    feeds.set(Side.ASK, 52, 460, AT_MS + 10)
    feeds.trade(52, 40, AT_MS + 14)
    feeds.flow.settle(AT_MS + 20 + GRACE_MS)
    assert heard.told == [("traded", 40)]


def test_a_fall_that_no_print_explains_in_time_was_a_cancel() -> None:
    feeds, heard = Feeds(), Heard()
    feeds.snapshot([(Side.BID, 50, 500)])
    feeds.flow.follow(Side.BID, 50 * CENT, heard)
    feeds.set(Side.BID, 50, 400)
    feeds.flow.settle(AT_MS + GRACE_MS)
    assert heard.told == []
    feeds.flow.settle(AT_MS + GRACE_MS + 1)
    assert heard.told == [("cancelled", 100)]
    feeds.trade(50, 100, AT_MS)  # an old print, told late: it explains nothing that was settled
    feeds.set(Side.BID, 50, 300, AT_MS + GRACE_MS + 2)
    feeds.flow.settle(AT_MS + 3 * GRACE_MS)
    assert heard.told == [("cancelled", 100), ("cancelled", 100)]


@pytest.mark.parametrize("prints_lead", [True, False])
def test_which_feed_leads_is_learnt_and_tells_events_of_one_millisecond_apart(prints_lead: bool) -> None:
    feeds, heard = Feeds(), Heard()
    feeds.snapshot([(Side.ASK, 52, 5_000)])
    left, at_ms = 5_000, AT_MS
    for _ in range(3):
        at_ms += 10 * GRACE_MS
        left -= 100
        if prints_lead:
            feeds.trade(52, 100, at_ms)
        feeds.set(Side.ASK, 52, left, at_ms)
        if not prints_lead:
            feeds.trade(52, 100, at_ms)
        assert feeds.net(Side.ASK, 52) == 0
    at_ms += 10 * GRACE_MS
    feeds.flow.follow(Side.ASK, 52 * CENT, heard)
    for what in ("cancel", "print", "fall") if prints_lead else ("fall", "print", "cancel"):
        if what == "print":
            feeds.trade(52, 40, at_ms)
        else:
            left -= 40
            feeds.set(Side.ASK, 52, left, at_ms)
    assert feeds.net(Side.ASK, 52) == (0 if prints_lead else -40)
    feeds.flow.settle(at_ms + 3 * GRACE_MS)
    assert sorted(heard.told) == [("cancelled", 40), ("traded", 40)]


def test_the_prints_of_a_sweep_share_one_fall() -> None:
    feeds, heard = Feeds(), Heard()
    feeds.snapshot([(Side.ASK, 52, 500)])
    feeds.flow.follow(Side.ASK, 52 * CENT, heard)
    for size in (100, 200, 50):
        feeds.trade(52, size)
    feeds.set(Side.ASK, 52, 150)
    feeds.flow.settle(AT_MS + 5 * GRACE_MS)
    assert heard.told == [("traded", 350)]


def test_a_print_of_the_other_outcome_is_at_the_mirrored_price() -> None:
    feeds = Feeds(outcome=1)
    feeds.snapshot([(Side.BID, 48, 500)])
    feeds.trade(48, 100, outcome=1)
    feeds.set(Side.BID, 48, 400)
    assert feeds.net(Side.BID, 48) == 0
    feeds.trade(48, 100, outcome=0)  # a YES print at 48 is one at 52 here
    feeds.set(Side.BID, 48, 300)
    assert feeds.net(Side.BID, 48) == -100


def test_a_break_counts_nothing_and_tells_who_listens() -> None:
    feeds, heard = Feeds(), Heard()
    feeds.snapshot([(Side.BID, 50, 500)])
    feeds.flow.follow(Side.BID, 50 * CENT, heard)
    feeds.snapshot([(Side.BID, 50, 100)])
    assert feeds.net(Side.BID, 50) == 0
    assert heard.told == [("broke", 0)]
    feeds.set(Side.BID, 50, 160)
    assert feeds.net(Side.BID, 50) == 60
    assert heard.told[-1] == ("added", 60)
    feeds.flow.leave(Side.BID, 50 * CENT, heard)
    feeds.set(Side.BID, 50, 170)
    feeds.flow.catch_up()
    assert heard.told[-1] == ("added", 60)
    feeds.book.clear()
    assert feeds.flow.breaks == 3


def test_a_state_that_follows_is_a_change_like_any_other() -> None:
    feeds = Feeds()
    feeds.snapshot([(Side.BID, 50, 500), (Side.BID, 49, 10), (Side.ASK, 52, 70)])
    feeds.snapshot([(Side.BID, 50, 450), (Side.ASK, 52, 70), (Side.ASK, 53, 5)], follows=True)
    assert dict(feeds.flow.nets(Side.BID)) == {50 * CENT: -50, 49 * CENT: -10}
    assert dict(feeds.flow.nets(Side.ASK)) == {53 * CENT: 5}
    assert feeds.flow.breaks == 1


def test_a_busy_book_keeps_few_steps() -> None:
    feeds = Feeds()
    for step in range(1, 20_000):
        feeds.set(Side.BID, 50, step)
    assert len(feeds.flow.steps) <= MOST_STEPS
    assert feeds.net(Side.BID, 50) == 19_999


def test_falls_that_wait_are_few() -> None:
    feeds, heard = Feeds(), Heard()
    feeds.snapshot([(Side.BID, 50, 10_000)])
    feeds.flow.follow(Side.BID, 50 * CENT, heard)
    for step in range(1, 201):
        feeds.set(Side.BID, 50, 10_000 - step)
    feeds.flow.catch_up()
    assert len(heard.told) == 200 - FALLS


SIZES = st.integers(0, 500)


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(45, 55), SIZES), max_size=80))
def test_without_trades_the_net_is_what_the_book_gained(steps: list[tuple[Side, int, int]]) -> None:
    feeds = Feeds()
    feeds.snapshot([(Side.BID, 50, 100), (Side.ASK, 51, 100)])
    first = {side: dict(feeds.book.resting(side)) for side in Side}
    for at, (side, cents, size) in enumerate(steps):
        feeds.set(side, cents, size, AT_MS + at)
    for side in Side:
        for cents in range(45, 56):
            ticks = cents * CENT
            now, before = feeds.book.resting(side).get(ticks, 0), first[side].get(ticks, 0)
            assert feeds.net(side, cents) == now - before


def test_what_the_sync_missed_is_a_break_and_what_it_did_not_is_none() -> None:
    """Deltas, a state frame in turn and an audit follow; a gap that a snapshot closes does not."""
    book = Book("1")
    flow = BookFlow(book, 0)
    book.watcher = flow
    sync = BookSync(book, FrameCounts())
    sync.subscribed(0.0)

    def state(seq: int, size: int) -> Snapshot:
        return Snapshot(seq, [Level(50 * CENT, Decimal(size))], [], AT_MS, None)

    def change(seq: int, size: int) -> Delta:
        return Delta(seq, seq - 1, [Change(Side.BID, 50 * CENT, Decimal(size))], AT_MS, None)

    sync.snapshot(state(10, 100), 0.0)
    assert flow.breaks == 1
    sync.delta(change(11, 150), 0.1)
    sync.state_frame(state(12, 170), 0.2)
    assert (flow.breaks, int(flow.net(Side.BID, 50 * CENT))) == (1, 70)
    sync.delta(change(14, 500), 0.3)  # 13 is missing
    assert (flow.breaks, int(flow.net(Side.BID, 50 * CENT))) == (1, 70)
    sync.asked(0.4)
    sync.snapshot(state(14, 500), 0.5)
    assert (flow.breaks, int(flow.net(Side.BID, 50 * CENT))) == (2, 0)
    sync.state_frame(state(20, 600), 0.6)  # a whole state heals the gap before it, and nobody saw what lay between
    assert (flow.breaks, int(flow.net(Side.BID, 50 * CENT))) == (3, 0)
