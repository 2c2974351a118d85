"""Signals: one row a thing, nothing told twice, and what is left of an arbitrage."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.market.signals import DIMMED_MS, Signal, SignalKind, SignalLeg, Signals

YES = SignalLeg("kalshi", "YES", Decimal("0.46"), Decimal("820.5"), Decimal("0.02"))
NO = SignalLeg("polymarket", "NO", Decimal("0.485"), Decimal("1500"), Decimal(0))


def arb(at_ms: int, roi: str = "5", *, key: str = "arb:1") -> Signal:
    return Signal(key, SignalKind.ARB, "hunt", "Fed cuts", 1_000, at_ms, (YES, NO), Decimal(roi))


def trade(number: int, *, is_replay: bool = False) -> Signal:
    return Signal(f"smart:{number}", SignalKind.SMART, "hunt", "X", 1_000, number, is_replay=is_replay)


def test_what_is_left_of_an_arbitrage() -> None:
    signal = arb(1)
    assert signal.cost == Decimal("0.945")
    assert signal.fees == Decimal("0.02")
    assert signal.left == Decimal("0.035")
    assert signal.left_percent is not None
    assert round(signal.left_percent, 2) == Decimal("3.63")
    assert signal.executable == Decimal("820.5")
    assert signal.venues == ("kalshi", "polymarket")


def test_without_a_fee_nobody_knows_what_is_left() -> None:
    signal = Signal("a", SignalKind.ARB, "hunt", "T", 1, legs=(YES, SignalLeg("p", "NO", Decimal("0.4"))))
    assert (signal.fees, signal.left, signal.left_percent) == (None, None, None)


def test_the_newest_word_stands() -> None:
    signals = Signals()
    assert signals.put(arb(10, "5"))
    assert signals.put(arb(20, "4"))
    assert not signals.put(arb(15, "9"))
    assert not signals.put(arb(20, "4"))
    assert [row.roi_percent for row in signals.newest()] == [Decimal(4)]


def test_what_expired_dims_and_leaves() -> None:
    signals = Signals()
    signals.put(arb(10))
    assert signals.expire("arb:1", 100)
    assert not signals.expire("arb:1", 200)
    assert not signals.expire("arb:2", 200)
    assert [row.expired_ms for row in signals.newest()] == [100]
    assert signals.next_sweep_ms() == 100 + DIMMED_MS
    assert signals.sweep(99 + DIMMED_MS) == 0
    assert signals.sweep(100 + DIMMED_MS) == 1
    assert not signals.newest()


def test_an_arbitrage_that_comes_back_lives_again() -> None:
    signals = Signals()
    signals.put(arb(10))
    signals.expire("arb:1", 100)
    assert signals.put(arb(20, "3"))
    assert [row.expired_ms for row in signals.newest()] == [None]


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(0, 60))
def test_a_replay_after_a_reconnect_adds_nothing(told: list[int], at: int) -> None:
    """Whatever was told, told again marked as a replay: the rows and their order stay."""
    signals = Signals()
    for number in told:
        signals.put(trade(number))
    before = signals.newest()
    for number in told[:at]:
        assert not signals.put(trade(number, is_replay=True))
    assert signals.newest() == before
    assert [row.at_ms for row in before] == sorted(set(told), reverse=True)


@given(st.lists(st.integers(0, 500), max_size=80, unique=True))
def test_only_so_many_are_kept_and_the_oldest_leave(told: list[int]) -> None:
    signals = Signals(most=20)
    for number in told:
        signals.put(trade(number))
    assert [row.at_ms for row in signals.newest()] == sorted(told, reverse=True)[:20]


def test_a_source_that_is_gone_takes_its_words_along() -> None:
    signals = Signals()
    signals.put(arb(1))
    signals.put(Signal("call", SignalKind.ALPHA, "shuriken", "TOK", 2))
    signals.forget("hunt")
    assert [row.key for row in signals.newest()] == ["call"]
