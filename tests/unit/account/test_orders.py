"""Order progress: each fill counts once, and an older word never overwrites a newer one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from psdash.account.orders import Order, OrderSide, OrderStatus, OrderStore


def an_order(order_id: str = "o1", *, size: int = 100, filled: int = 0, at_ms: int = 1_000) -> Order:
    return Order(
        order_id,
        "SF26",
        0,
        OrderSide.BUY,
        Decimal("0.52"),
        Decimal(size),
        Decimal(filled),
        OrderStatus.OPEN,
        reported_ms=at_ms,
        created_ms=at_ms,
    )


def filled_of(store: OrderStore, order_id: str = "o1") -> Decimal:
    order = store.get(order_id)
    assert order is not None
    return order.filled


def test_a_fill_of_the_same_millisecond_as_the_placement_counts() -> None:
    store = OrderStore()
    store.fill("o1", Decimal(30), 1_000)
    store.placed(an_order())
    assert filled_of(store) == 30
    store.fill("o1", Decimal(70), 1_001)
    order = store.get("o1")
    assert order is not None
    assert order.status is OrderStatus.FILLED
    assert list(store.open) == []


def test_a_report_counts_only_the_fills_after_it() -> None:
    store = OrderStore()
    store.placed(an_order())
    store.fill("o1", Decimal(30), 1_500)
    store.reconcile([an_order(filled=30, at_ms=1_500)], asked_ms=2_000)
    assert filled_of(store) == 30
    store.fill("o1", Decimal(5), 1_600)
    assert filled_of(store) == 35
    store.placed(an_order(at_ms=1_000))  # the placement again, late
    assert filled_of(store) == 35


def test_an_order_the_list_lacks_has_ended_unless_it_is_younger_than_the_question() -> None:
    store = OrderStore()
    store.placed(an_order("old", at_ms=1_000))
    store.placed(an_order("young", at_ms=3_000))
    store.reconcile([], asked_ms=2_000)
    assert [order.order_id for order in store.open] == ["young"]


def test_a_cancelled_order_does_not_come_back_with_a_late_list() -> None:
    store = OrderStore()
    store.placed(an_order())
    assert store.cancelled("o1", 1_500)
    store.reconcile([an_order()], asked_ms=1_400)
    assert list(store.open) == []
    assert not store.cancelled("unknown", 1_500)


def test_finished_orders_are_kept_only_so_far() -> None:
    store = OrderStore(recent=2)
    for number in range(4):
        store.placed(an_order(f"o{number}"))
        store.cancelled(f"o{number}", 2_000)
    assert store.get("o0") is None
    assert store.get("o3") is not None


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1_000, 1_050)), max_size=12),
    st.integers(1_000, 1_050),
    st.data(),
)
def test_whatever_the_order_of_arrival_the_sum_is_right(
    fills: list[tuple[int, int]], asked_ms: int, data: st.DataObject
) -> None:
    """The placement, the fills, and one REST report made at `asked_ms`, in any order."""
    total = sum(size for size, _ in fills)
    by_then = sum(size for size, at_ms in fills if at_ms <= asked_ms)
    order = an_order(size=1_000)
    report = replace(order, filled=Decimal(by_then), reported_ms=asked_ms)
    store = OrderStore()
    steps = data.draw(st.permutations(["placed", "report", *range(len(fills))]))
    for step in steps:
        if step == "placed":
            store.placed(order)
        elif step == "report":
            store.reconcile([report], asked_ms=asked_ms + 1)
        else:
            assert isinstance(step, int)
            size, at_ms = fills[step]
            store.fill("o1", Decimal(size), at_ms)
    assert filled_of(store) == total
