"""Volume at price: what a plain sum over the prints says, at every moment."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.market.tape import Aggressor, Print, Tape
from psdash.market.ticks import CENT, to_ticks
from psdash.market.traded import Traded, VolumeAtPrice

WINDOW_MS = 1_000


def print_of(number: int, cents: int, size: int, aggressor: Aggressor, at_ms: int, outcome: int = 0) -> Print:
    return Print(f"t{number}", "1", outcome, Decimal(cents) / 100, Decimal(size), aggressor, at_ms)


PRINTS = st.lists(
    st.tuples(
        st.integers(48, 52), st.integers(1, 50), st.sampled_from(Aggressor), st.integers(0, 5_000), st.integers(0, 1)
    ),
    max_size=60,
)


def summed(prints: list[Print], outcome: int) -> dict[int, Traded]:
    totals: Counter[tuple[int, Aggressor]] = Counter()
    for each in prints:
        seen = each.seen_from(outcome)
        totals[to_ticks(seen.price), seen.aggressor] += int(seen.size)
    return {
        ticks: Traded(*(Decimal(totals[ticks, each]) for each in (Aggressor.BUY, Aggressor.SELL, Aggressor.UNKNOWN)))
        for ticks, _ in totals
    }


@given(PRINTS, st.lists(st.integers(0, 7_000), max_size=4), st.integers(0, 1))
def test_it_is_the_sum_over_the_tape_whatever_the_order(
    rows: list[tuple[int, int, Aggressor, int, int]], slides: list[int], outcome: int
) -> None:
    volume, tape = VolumeAtPrice(WINDOW_MS), Tape()
    tape.watchers = (volume,)
    told, now_ms = [], 0
    for number, (cents, size, aggressor, at_ms, of) in enumerate(rows):
        each = print_of(number, cents, size, aggressor, at_ms, of)
        told.append(each)
        tape.add(each)
        tape.add(each)  # a second telling counts nothing
        now_ms = max(now_ms, at_ms)
        if slides and number % 7 == 3:
            now_ms = max(now_ms, slides.pop())
            volume.slide(now_ms)
    volume.slide(now_ms)
    inside = [each for each in told if each.venue_ms > now_ms - WINDOW_MS]
    assert dict(volume.whole(outcome)) == summed(told, outcome)
    assert dict(volume.window(outcome)) == summed(inside, outcome)
    assert volume.since_ms == min((each.venue_ms for each in told), default=None)
    assert volume.next_ms == min((each.venue_ms + WINDOW_MS for each in inside), default=None)


@given(PRINTS)
def test_an_aggressor_that_becomes_known_moves_its_shares(rows: list[tuple[int, int, Aggressor, int, int]]) -> None:
    volume, tape = VolumeAtPrice(WINDOW_MS), Tape()
    tape.watchers = (volume,)
    told = [print_of(number, *row) for number, row in enumerate(rows)]
    for number, (cents, size, _, at_ms, of) in enumerate(rows):
        tape.add(print_of(number, cents, size, Aggressor.UNKNOWN, at_ms, of))
    for each in told:
        tape.add(each)
    newest_ms = max((each.venue_ms for each in told), default=0)
    assert dict(volume.whole(0)) == summed(told, 0)
    assert dict(volume.window(0)) == summed([each for each in told if each.venue_ms > newest_ms - WINDOW_MS], 0)


def test_the_window_empties_by_time_alone() -> None:
    volume = VolumeAtPrice(WINDOW_MS)
    volume.printed(print_of(1, 50, 10, Aggressor.BUY, 100))
    version = volume.version
    volume.slide(1_099)
    assert dict(volume.window(0)) == {50 * CENT: Traded(buys=Decimal(10))}
    assert volume.version == version
    volume.slide(1_100)
    assert dict(volume.window(0)) == {}
    assert dict(volume.whole(0)) == {50 * CENT: Traded(buys=Decimal(10))}
    assert volume.version > version
    assert volume.next_ms is None


def test_a_long_day_keeps_only_the_window() -> None:
    volume = VolumeAtPrice(WINDOW_MS)
    for number in range(10_000):
        volume.printed(print_of(number, 50, 1, Aggressor.SELL, number * 10))
        volume.slide(number * 10)
    assert dict(volume.window(0)) == {50 * CENT: Traded(sells=Decimal(100))}
    assert len(volume._recent) < 3_000
