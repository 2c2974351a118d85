"""Bought against sold over a window, and which sizes stand out."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.market.gaps import Gap
from psdash.market.pressure import outstanding, pressure
from psdash.market.tape import Aggressor, Print, Tape

sizes = st.decimals(min_value="0.01", max_value=50_000, places=2)


def a_print(number: int, at_ms: int, size: Decimal, aggressor: Aggressor, outcome: int = 0) -> Print:
    return Print(f"t{number}", str(outcome), outcome, Decimal("0.5"), size, aggressor, at_ms)


@given(
    st.lists(st.tuples(st.integers(0, 100), sizes, st.sampled_from(list(Aggressor)), st.integers(0, 1)), max_size=40),
    st.integers(0, 1),
    st.integers(-1, 101),
)
def test_the_sums_are_those_of_the_window(
    rows: list[tuple[int, Decimal, Aggressor, int]], outcome: int, after_ms: int
) -> None:
    tape = Tape()
    for number, row in enumerate(rows):
        tape.add(a_print(number, *row))
    told = pressure(tape.walk(), outcome, after_ms)
    inside = [p.seen_from(outcome) for p in tape.newest(1_000) if p.venue_ms > after_ms]
    for aggressor, told_size in (
        (Aggressor.BUY, told.bought),
        (Aggressor.SELL, told.sold),
        (Aggressor.UNKNOWN, told.unknown),
    ):
        assert told_size == sum((p.size for p in inside if p.aggressor is aggressor), Decimal(0))
    assert told.prints == len(inside)
    assert told.total == sum((p.size for p in inside), Decimal(0))
    assert told.next_ms == min((p.venue_ms for p in inside), default=None)
    other = pressure(tape.walk(), 1 - outcome, after_ms)
    assert (other.bought, other.sold) == (told.sold, told.bought)


def test_a_window_is_no_longer_than_the_tape_reaches() -> None:
    tape = Tape()
    assert pressure(tape.walk(), 0, 100).since_ms is None
    tape.add(a_print(1, 500, Decimal(1), Aggressor.BUY))
    assert pressure(tape.walk(), 0, 100).since_ms == 500
    tape.add(a_print(2, 90, Decimal(1), Aggressor.BUY))
    assert pressure(tape.walk(), 0, 100).since_ms == 100


def test_a_gap_in_the_window_is_told_and_one_before_it_is_not() -> None:
    late, early = a_print(2, 500, Decimal(1), Aggressor.BUY), a_print(1, 50, Decimal(1), Aggressor.BUY)
    assert pressure([late, Gap(200, 400), early], 0, 100).has_gap
    before = pressure([late, Gap(60, 90), early], 0, 100)
    assert not before.has_gap
    assert before.since_ms == 100


def test_a_large_size_stands_out_of_small_ones() -> None:
    small = [Decimal(100 + at % 50) for at in range(200)]
    least = outstanding(small)
    assert least is not None
    assert least == 500
    assert outstanding([*small, Decimal(40_000)]) == least  # one whale does not hide the next one
    assert outstanding(small[:19]) is None
    assert outstanding([Decimal(0)] * 30) is None


@given(st.lists(sizes, min_size=20, max_size=200))
def test_what_stands_out_is_round_and_rare(some: list[Decimal]) -> None:
    least = outstanding(some)
    assert least is not None
    assert least.as_tuple().digits in ((1,), (2,), (5,), (1, 0))
    assert sum(size > least for size in some) <= len(some) // 25
    assert least >= 4 * sorted(some)[len(some) // 2]
