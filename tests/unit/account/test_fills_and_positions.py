"""Fills exactly once; positions that a late list cannot undo."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from psdash.account.fills import Fill, FillStore
from psdash.account.orders import OrderSide
from psdash.account.positions import Balance, Position, PositionStore
from psdash.market.tape import Settlement

FILL = Fill("t1", "o1", OrderSide.BUY, Decimal("0.4"), Decimal(25), 1_000)


def test_a_fill_counts_once_and_learns_from_its_second_report() -> None:
    store = FillStore()
    assert store.add(FILL)
    assert not store.add(replace(FILL, fee=Decimal("0.06"), settlement=Settlement.SETTLED, settled_ms=1_500))
    (known,) = store.newest(9)
    assert (known.fee, known.settlement, known.settled_ms) == (Decimal("0.06"), Settlement.SETTLED, 1_500)
    assert not store.add(FILL)  # the older word takes nothing back
    assert store.newest(9) == [known]


def test_both_own_sides_of_one_match_are_two_fills_and_settle_together() -> None:
    store = FillStore()
    store.add(FILL)
    assert store.add(replace(FILL, order_id="o2", side=OrderSide.SELL))
    store.settle("t1", 1_500)
    assert [fill.settlement for fill in store.newest(9)] == [Settlement.SETTLED] * 2


def test_a_full_store_drops_the_oldest_and_never_takes_it_back() -> None:
    store = FillStore(capacity=2)
    for number in range(4):
        store.add(replace(FILL, trade_id=f"t{number}", venue_ms=number))
    assert [fill.trade_id for fill in store.newest(9)] == ["t3", "t2"]
    assert [fill.trade_id for fill in store.newest(9, skip=1)] == ["t2"]
    assert not store.add(replace(FILL, trade_id="t0", venue_ms=0))
    assert store.last_ms == 3


def test_a_position_moves_by_absolute_balance_and_not_backwards() -> None:
    store = PositionStore()
    store.reconcile([Position("SF26", 0, Decimal(100), Decimal(80), Decimal("0.4"), token="11")], asked_ms=1_000)
    assert store.set_size("SF26", 0, Decimal(125), 2_000)
    assert not store.set_size("SF26", 0, Decimal(100), 1_500)
    held = store.get("SF26", 0)
    assert held is not None
    assert (held.size, held.available, held.average_cost) == (Decimal(125), Decimal(105), None)
    store.reconcile([Position("SF26", 0, Decimal(100), Decimal(80), Decimal("0.4"))], asked_ms=1_900)
    held = store.get("SF26", 0)
    assert held is not None
    assert held.size == Decimal(125)


def test_a_position_the_list_lacks_is_gone_unless_it_is_newer() -> None:
    store = PositionStore()
    store.set_size("OLD", 0, Decimal(5), 1_000)
    store.set_size("RECENT", 0, Decimal(6), 8_500)
    store.set_size("NEW", 1, Decimal(7), 11_000)
    store.reconcile([Position("LISTED", 0, Decimal(1), reported_ms=10_000)], asked_ms=10_000)
    assert [position.symbol for position in store.held] == ["LISTED", "NEW", "RECENT"]
    store.reconcile([], asked_ms=10_001)  # a list is a list: what it lacks and nobody pushed is gone
    assert [position.symbol for position in store.held] == ["NEW", "RECENT"]
    store.reconcile([], asked_ms=12_000)
    assert [position.symbol for position in store.held] == ["NEW"]
    store.set_size("NEW", 1, Decimal(0), 14_000)
    assert list(store.held) == []


def test_money_is_exact() -> None:
    position = Position("SF26", 0, Decimal("0.1"), average_cost=Decimal("0.2"))
    assert position.value(Decimal("0.3")) == Decimal("0.03")
    assert position.unrealised(Decimal("0.3")) == Decimal("0.01")
    assert position.value(None) is None
    assert position.unrealised(None) is None
    store = PositionStore()
    store.set_balances([Balance("USDC", Decimal("0.1"), Decimal("0.2"))])
    assert [balance.total for balance in store.balances] == [Decimal("0.3")]
    version = store.version
    store.set_balances([Balance("USDC", Decimal("0.1"), Decimal("0.2"))])
    assert store.version == version
