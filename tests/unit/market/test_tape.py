"""The tape: exactly once, in venue order, whatever the order of arrival."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.market.gaps import MOST_GAPS, Gap
from psdash.market.tape import Aggressor, Print, Settlement, Tape


def a_print(
    number: int, at_ms: int, aggressor: Aggressor = Aggressor.BUY, outcome: int = 0, price: str = "0.52"
) -> Print:
    return Print(f"t{number:05}", "1", outcome, Decimal(price), Decimal(number + 1), aggressor, at_ms)


times = st.lists(st.integers(0, 50), min_size=1, max_size=60)


@given(times, st.data())
def test_every_print_once_and_in_venue_order(at: list[int], data: st.DataObject) -> None:
    prints = [a_print(number, at_ms) for number, at_ms in enumerate(at)]
    arrivals = data.draw(st.permutations(prints + prints[: len(prints) // 2]))
    settled = data.draw(st.lists(st.sampled_from(prints), max_size=20))
    tape = Tape()
    for index, print_ in enumerate(arrivals):
        tape.add(print_)
        if index < len(settled):
            tape.settle(settled[index].trade_id, 99)
    for print_ in settled:
        tape.settle(print_.trade_id, 99)
    newest = tape.newest(1_000)
    told = list(dict.fromkeys(p.trade_id for p in arrivals))
    in_order = sorted(prints, key=lambda p: (p.venue_ms, told.index(p.trade_id)))
    assert [p.trade_id for p in newest] == [p.trade_id for p in reversed(in_order)]
    done = {p.trade_id for p in settled}
    assert {p.trade_id for p in newest if p.settlement is Settlement.SETTLED} == done
    assert {p.trade_id for p in tape.unsettled} == {p.trade_id for p in prints} - done


@given(st.integers(1, 20), st.integers(1, 60))
def test_a_full_tape_drops_the_oldest_and_never_takes_it_back(capacity: int, count: int) -> None:
    tape = Tape(capacity)
    prints = [a_print(number, number) for number in range(count)]
    for print_ in prints:
        assert tape.add(print_)
    kept = prints[-capacity:]
    assert [p.trade_id for p in tape.newest(count)] == [p.trade_id for p in reversed(kept)]
    assert tape.dropped == max(0, count - capacity)
    for print_ in prints[-2 * capacity :]:
        assert not tape.add(print_)
    assert len(tape) == len(kept)


def test_a_sweep_of_one_millisecond_keeps_the_order_of_its_prints() -> None:
    tape = Tape()
    for number in (7, 3, 5):
        tape.add(a_print(number, 10))
    tape.add(a_print(9, 9))
    assert [p.trade_id for p in tape.newest(9)] == ["t00005", "t00003", "t00007", "t00009"]
    assert tape.last is not None
    assert tape.last.trade_id == "t00005"


def test_a_settlement_may_come_before_its_match_and_twice() -> None:
    tape = Tape()
    assert tape.settle("t00003", 70)
    assert not tape.settle("t00003", 71)
    tape.add(a_print(3, 10))
    known = tape.get("t00003")
    assert known is not None
    assert (known.settlement, known.settled_ms) == (Settlement.SETTLED, 70)
    assert not tape.settle("t00003", 72)


def test_a_rest_row_gets_its_aggressor_from_the_live_print_of_either_outcome() -> None:
    tape = Tape()
    tape.add(a_print(1, 10, Aggressor.UNKNOWN))
    assert not tape.add(a_print(1, 10, Aggressor.BUY, outcome=1, price="0.48"))
    known = tape.get("t00001")
    assert known is not None
    assert known.aggressor is Aggressor.SELL
    assert known.price == Decimal("0.52")


def test_own_trades_are_marked_before_or_after_they_print() -> None:
    tape = Tape()
    tape.mark_own("t00001")
    tape.add(a_print(1, 10))
    tape.add(a_print(2, 11))
    tape.mark_own("t00002")
    assert [p.is_own for p in tape.newest(5)] == [True, True]


def test_the_other_outcome_sees_the_mirror() -> None:
    seen = a_print(1, 10, Aggressor.BUY, outcome=1, price="0.48").seen_from(0)
    assert (seen.price, seen.aggressor, seen.outcome_index) == (Decimal("0.52"), Aggressor.SELL, 0)


def test_newest_can_skip() -> None:
    tape = Tape()
    for number in range(5):
        tape.add(a_print(number, number))
    assert [p.trade_id for p in tape.newest(2, skip=1)] == ["t00003", "t00002"]
    assert tape.newest(2, skip=9) == []


spans = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(st.lists(st.tuples(st.booleans(), spans), max_size=30))
def test_gaps_are_what_was_lost_and_not_covered_since(steps: list[tuple[bool, tuple[int, int]]]) -> None:
    """A gap is kept as intervals; a set of half-open units says the same."""
    tape, missing = Tape(), set[int]()
    for lost, (from_ms, to_ms) in steps:
        units, version = set(range(from_ms, to_ms)), tape.version
        before = set(missing)
        if lost:
            moved = tape.lost(from_ms, to_ms)
            missing |= units
        else:
            moved = tape.covered(from_ms, to_ms)
            missing -= units
        assert moved == (tape.version != version)
        assert moved or missing == before
        told = [ms for gap in tape.gaps for ms in range(gap.from_ms, gap.to_ms)]
        assert set(told) == missing
        assert told == sorted(set(told))


def test_a_gap_stands_between_the_prints_around_it() -> None:
    tape = Tape()
    for at_ms in (10, 20, 60, 70):
        tape.add(a_print(at_ms, at_ms))
    tape.lost(20, 60)
    rows = [f"{row.from_ms}-{row.to_ms}" if isinstance(row, Gap) else str(row.venue_ms) for row in tape.rows(9)]
    assert rows == ["70", "60", "20-60", "20", "10"]
    assert [type(row) for row in tape.rows(2, skip=2)] == [Gap, Print]
    assert len(tape.newest(9)) == 4


def test_gaps_are_bounded_and_fall_off_with_the_prints_over_them() -> None:
    tape = Tape(capacity=2)
    for at_ms in range(0, 1_000, 10):
        tape.lost(at_ms, at_ms + 5)
    assert len(tape.gaps) == MOST_GAPS
    assert (tape.gaps[0].from_ms, tape.gaps[-1].to_ms) == (0, 995)
    for at_ms in (2_000, 2_001, 2_002):
        tape.add(a_print(at_ms, at_ms))
    assert tape.gaps == []


def test_what_never_settles_is_unsettled_by_age_until_it_does() -> None:
    tape = Tape()
    tape.add(a_print(1, 1_000))
    tape.add(a_print(2, 50_000))
    assert tape.overdue(61_000) == []
    assert tape.overdue(61_001) == ["t00001"]
    assert tape.overdue(61_001) == []
    assert tape.unsettled_count == 1
    assert {p.trade_id for p in tape.unsettled} == {"t00001", "t00002"}
    assert tape.settle("t00001", 90_000)
    assert tape.unsettled_count == 0
    known = tape.get("t00001")
    assert known is not None
    assert known.settlement is Settlement.SETTLED
