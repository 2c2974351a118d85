"""Which fill a refused settlement was, when only its order is named (protocol §11)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.account.failures import Failure, Failures
from psdash.account.fills import Fill, FillStore
from psdash.account.orders import OrderSide
from psdash.market.tape import Settlement

WHY = Failure("o", "it expired", "0x1")


def fill(trade_id: str, order_id: str = "o") -> Fill:
    return Fill(trade_id, order_id, OrderSide.BUY, Decimal("0.5"), Decimal(1), int(trade_id))


def store(*fills: Fill) -> FillStore:
    made = FillStore()
    for each in fills:
        made.add(each)
    return made


def states(fills: FillStore) -> dict[str, Settlement]:
    return {each.trade_id: each.settlement for each in fills.newest(99)}


def test_the_only_fill_that_waits_is_the_one_that_failed() -> None:
    fills = store(fill("1"), replace(fill("2"), settlement=Settlement.SETTLED), fill("3", "other"))
    assert fills.told_failed(WHY)
    assert states(fills) == {"1": Settlement.FAILED, "2": Settlement.SETTLED, "3": Settlement.MATCHED}
    assert [each.failure for each in fills.newest(3)] == ["", "", "it expired"]


def test_among_several_it_is_said_once_the_others_have_settled() -> None:
    fills = store(fill("1"), fill("2"), fill("3"))
    fills.told_failed(WHY)
    assert set(states(fills).values()) == {Settlement.MATCHED}
    fills.add(fill("4"))  # made after: it cannot be the one
    fills.settle("1", 9)
    fills.find_failed()
    assert states(fills)["2"] is states(fills)["3"] is Settlement.MATCHED
    fills.settle("3", 9)
    fills.find_failed()
    assert states(fills) == {
        "1": Settlement.SETTLED, "2": Settlement.FAILED, "3": Settlement.SETTLED, "4": Settlement.MATCHED,
    }  # fmt: skip


def test_a_failure_of_a_fill_nobody_knows_marks_none_and_is_kept_in_mind() -> None:
    fills = store()
    assert fills.told_failed(WHY)
    fills.add(fill("1"))
    fills.find_failed()
    assert states(fills) == {"1": Settlement.MATCHED}
    assert fills.failures.last == WHY


def test_each_transaction_counts_once_and_those_without_one_each_time() -> None:
    failures = Failures()
    assert failures.told(WHY, ("1",))
    assert not failures.told(WHY, ("1",))
    assert failures.told(replace(WHY, tx_hash=""), ("1",))
    assert failures.told(replace(WHY, tx_hash=""), ("1",))
    assert failures.count == 3


def test_what_settled_after_all_is_settled() -> None:
    fills = store(fill("1"))
    fills.told_failed(WHY)
    fills.add(replace(fill("1"), settlement=Settlement.SETTLED, settled_ms=5))
    assert [(each.settlement, each.failure) for each in fills.newest(1)] == [(Settlement.SETTLED, "")]


@given(st.integers(1, 8), st.integers(0, 7), st.randoms(use_true_random=False))
def test_no_fill_that_settled_is_ever_called_failed(count: int, wrong: int, draw: object) -> None:
    """One of them fails, the others settle in any order: the one is found in the end, and never another before."""
    trades = [str(at) for at in range(count)]
    lost = trades[wrong % count]
    fills = store(*(fill(each) for each in trades))
    fills.told_failed(WHY)
    rest = [each for each in trades if each != lost]
    draw.shuffle(rest)  # type: ignore[attr-defined]
    for each in rest:
        assert [key for key, state in states(fills).items() if state is Settlement.FAILED] in ([], [lost])
        fills.settle(each, 9)
        fills.find_failed()
    assert [key for key, state in states(fills).items() if state is Settlement.FAILED] == [lost]
