"""Sweeps: what one aggressor took at one moment is one row, and nothing is lost or made up by it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.market.gaps import Gap
from psdash.market.sweeps import Sweep, merged, singly
from psdash.market.tape import Aggressor, Print, Settlement, Tape

BUY, SELL, UNKNOWN = Aggressor.BUY, Aggressor.SELL, Aggressor.UNKNOWN


def a_print(
    number: int,
    at_ms: int = 10,
    *,
    price: str = "0.52",
    aggressor: Aggressor = BUY,
    outcome: int = 0,
    settlement: Settlement = Settlement.MATCHED,
) -> Print:
    return Print(
        f"t{number}", str(outcome), outcome, Decimal(price), Decimal(number + 1), aggressor, at_ms, settlement
    )


def rows_of(*prints: Print) -> list[Sweep | Gap]:
    """The sweeps of prints told in this order."""
    tape = Tape()
    for each in prints:
        tape.add(each)
    return list(merged(tape.walk()))


def ids(row: Sweep | Gap) -> list[str]:
    assert isinstance(row, Sweep)
    return [each.trade_id for each in row.prints]


def test_a_sweep_has_its_size_value_ends_and_count() -> None:
    (row,) = rows_of(a_print(1, price="0.52"), a_print(2, price="0.52"), a_print(3, price="0.54"))
    assert isinstance(row, Sweep)
    assert ids(row) == ["t3", "t2", "t1"]
    assert row.size == 9
    assert row.value == 5 * Decimal("0.52") + 4 * Decimal("0.54")
    assert (row.first_price, row.last_price) == (Decimal("0.52"), Decimal("0.54"))
    assert row.key == "t1"


def test_what_one_order_cannot_have_done_stays_apart() -> None:
    assert len(rows_of(a_print(1, 10), a_print(2, 11))) == 2  # another moment
    assert len(rows_of(a_print(1), a_print(2, aggressor=SELL))) == 2  # another side
    assert len(rows_of(a_print(1, aggressor=UNKNOWN), a_print(2, aggressor=UNKNOWN))) == 2  # nobody said
    assert (
        len(rows_of(a_print(1, price="0.54"), a_print(2, price="0.53"))) == 2
    )  # a buyer is not given a better price
    falling = [a_print(1, price="0.54", aggressor=SELL), a_print(2, price="0.53", aggressor=SELL)]
    assert len(rows_of(*falling)) == 1


def test_a_sweep_may_run_over_both_outcomes() -> None:
    """A NO sold at 0.47 is a YES bought at 0.53."""
    (row,) = rows_of(a_print(1, price="0.52"), a_print(2, price="0.47", aggressor=SELL, outcome=1))
    assert isinstance(row, Sweep)
    seen = row.seen_from(0)
    assert (seen.first_price, seen.last_price, seen.aggressor) == (Decimal("0.52"), Decimal("0.53"), BUY)
    seen = row.seen_from(1)
    assert (seen.first_price, seen.last_price, seen.aggressor) == (Decimal("0.48"), Decimal("0.47"), SELL)


def test_a_sweep_is_settled_when_all_of_it_is() -> None:
    states = (Settlement.SETTLED, Settlement.MATCHED, Settlement.UNSETTLED)
    for some, expected in ((states[:1], states[0]), (states[:2], states[1]), (states, states[2])):
        (row,) = rows_of(*(a_print(at, settlement=state) for at, state in enumerate(some)))
        assert isinstance(row, Sweep)
        assert row.settlement is expected


def test_a_gap_parts_what_stands_around_it() -> None:
    rows = list(merged([a_print(2, 10), Gap(5, 10), a_print(1, 10)]))
    assert [isinstance(row, Gap) for row in rows] == [False, True, False]


a_tape = st.lists(
    st.builds(
        a_print,
        st.integers(0, 500),
        st.integers(0, 6),
        price=st.sampled_from(["0.50", "0.51", "0.52"]),
        aggressor=st.sampled_from(list(Aggressor)),
        outcome=st.integers(0, 1),
    ),
    max_size=40,
    unique_by=lambda each: each.trade_id,
)


@given(a_tape, st.integers(0, 1))
def test_merging_keeps_every_print_once_and_in_order(prints: list[Print], outcome: int) -> None:
    tape = Tape()
    for each in prints:
        tape.add(each)
    sweeps = [row for row in merged(tape.walk()) if isinstance(row, Sweep)]
    assert [each for row in sweeps for each in row.prints] == list(tape.newest(1_000))
    assert [row.prints[0] for row in singly(tape.walk()) if isinstance(row, Sweep)] == list(tape.newest(1_000))
    for row in sweeps:
        seen = row.seen_from(outcome)
        assert len({(each.venue_ms, each.aggressor) for each in seen.prints}) == 1
        if len(row.prints) > 1:
            assert seen.aggressor is not UNKNOWN
            way = 1 if seen.aggressor is BUY else -1
            steps = [newer.price - older.price for newer, older in zip(seen.prints, seen.prints[1:], strict=False)]
            assert all(way * step >= 0 for step in steps)
        assert seen.size == row.size


@given(a_tape, st.decimals(0, 900, places=1))
def test_a_least_size_leaves_out_what_is_smaller_in_all(prints: list[Print], least: Decimal) -> None:
    tape = Tape()
    for each in prints:
        tape.add(each)
    tape.lost(2, 3)
    for form in (merged, singly):
        whole = list(form(tape.walk()))
        assert list(form(tape.walk(), least)) == [row for row in whole if isinstance(row, Gap) or row.size >= least]


@given(a_tape, st.data())
def test_the_walk_is_the_rows(prints: list[Print], data: st.DataObject) -> None:
    tape = Tape()
    for each in prints:
        tape.add(each)
    tape.lost(2, data.draw(st.integers(0, 5)))
    whole = list(tape.walk())
    skip, limit = data.draw(st.integers(0, 45)), data.draw(st.integers(0, 45))
    assert list(tape.rows(limit, skip)) == whole[skip : skip + limit]


def test_what_waits_for_the_chain_is_counted_and_dated() -> None:
    tape = Tape()
    assert (tape.pending_count, tape.oldest_pending_ms) == (0, None)
    for number, at_ms in ((1, 50_000), (2, 10_000), (3, 90_000)):
        tape.add(a_print(number, at_ms))
    assert (tape.pending_count, tape.oldest_pending_ms) == (3, 10_000)
    tape.settle("t2", 60_000)
    assert (tape.pending_count, tape.oldest_pending_ms) == (2, 50_000)
    tape.overdue(120_000)
    assert (tape.pending_count, tape.oldest_pending_ms, tape.unsettled_count) == (1, 90_000, 1)
