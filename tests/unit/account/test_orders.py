"""Order progress: each fill counts once, and an older word never overwrites a newer one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

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


def status_of(store: OrderStore, order_id: str = "o1") -> OrderStatus:
    order = store.get(order_id)
    assert order is not None
    return order.status


def test_an_order_two_lists_lack_has_ended_unless_the_lists_may_be_older_than_it() -> None:
    store = OrderStore()
    for order_id, at_ms in (("old", 1_000), ("recent", 12_000), ("young", 19_000)):
        store.placed(an_order(order_id, at_ms=at_ms))
    store.reconcile([], asked_ms=20_000)
    assert len(store.open) == 3
    assert store.in_doubt
    store.reconcile([], asked_ms=20_400)
    assert [order.order_id for order in store.open] == ["young", "recent"]
    assert status_of(store, "old") is OrderStatus.CANCELLED
    store.reconcile([an_order("young", at_ms=22_400)], asked_ms=22_400)
    assert [order.order_id for order in store.open] == ["young"]


def test_a_list_that_is_behind_takes_no_fill_back() -> None:
    store = OrderStore()
    store.placed(an_order())
    store.fill("o1", Decimal(30), 20_000)
    assert not store.reconcile([an_order(at_ms=24_000)], asked_ms=24_000)
    assert filled_of(store) == 30
    store.fill("o1", Decimal(5), 25_000)
    assert filled_of(store) == 35
    assert not store.in_doubt
    (before,) = store.reconcile([an_order(at_ms=36_000, filled=30)], asked_ms=36_000)  # too long after for a lag
    assert before.filled == 35
    assert filled_of(store) == 30


def test_nor_does_it_take_back_what_a_newer_list_had() -> None:
    store = OrderStore()
    store.reconcile([an_order(at_ms=20_000, filled=40)], asked_ms=20_000)
    assert not store.reconcile([an_order(at_ms=22_000, filled=10)], asked_ms=22_000)
    assert filled_of(store) == 40


def test_a_fill_that_comes_late_is_asked_about_until_a_list_must_have_it() -> None:
    store = OrderStore()
    store.reconcile([an_order(at_ms=20_000)], asked_ms=20_000)
    store.fill("o1", Decimal(30), 19_000)
    assert filled_of(store) == 0
    assert store.may_lack_a_fill
    store.reconcile([an_order(at_ms=22_000)], asked_ms=22_000)
    assert store.in_doubt
    store.reconcile([an_order(at_ms=29_500, filled=30)], asked_ms=29_500)
    assert filled_of(store) == 30
    assert not store.in_doubt


def test_a_cancel_that_comes_first_is_believed_over_the_placement_and_the_list() -> None:
    store = OrderStore()
    assert not store.cancelled("o1")
    store.reconcile([an_order(at_ms=2_000)], asked_ms=2_000)
    assert list(store.open) == []
    store.placed(an_order())
    assert status_of(store) is OrderStatus.CANCELLED


def test_two_lists_that_lack_an_order_must_follow_each_other() -> None:
    store = OrderStore()
    store.placed(an_order())
    for asked_ms in (10_000, 30_000, 50_000):
        store.reconcile([], asked_ms)
        store.reconcile([an_order(at_ms=asked_ms)], asked_ms + 1)
        assert not store.in_doubt
    assert status_of(store) is OrderStatus.OPEN


def test_an_end_that_was_only_inferred_is_taken_back_by_a_later_list() -> None:
    store = OrderStore(recent=1)
    store.placed(an_order())
    store.reconcile([], 10_000)
    store.reconcile([], 12_000)
    assert list(store.open) == []
    store.reconcile([an_order(at_ms=11_999)], 11_999)  # asked before the question that ended it
    assert list(store.open) == []
    store.reconcile([an_order(filled=20, at_ms=14_000)], 14_000)
    assert (status_of(store), filled_of(store)) == (OrderStatus.PARTIAL, Decimal(20))
    store.placed(an_order("o2"))
    store.cancelled("o2")
    store.placed(an_order("o3"))
    store.cancelled("o3")
    assert store.get("o1") is not None  # only the finished are let go


def test_fills_that_come_after_an_inferred_end_say_how_it_ended() -> None:
    store = OrderStore()
    store.placed(an_order())
    store.reconcile([], 10_000)
    store.reconcile([], 12_000)
    store.fill("o1", Decimal(60), 9_000)
    assert status_of(store) is OrderStatus.CANCELLED
    store.fill("o1", Decimal(40), 9_001)
    assert (status_of(store), filled_of(store)) == (OrderStatus.FILLED, Decimal(100))


def test_an_end_that_was_told_stays_however_full_the_order_becomes() -> None:
    store = OrderStore()
    store.placed(an_order())
    store.cancelled("o1", OrderStatus.EXPIRED)
    store.reconcile([an_order(at_ms=20_000)], 20_000)
    assert status_of(store) is OrderStatus.EXPIRED


def test_a_placement_that_says_filled_does_not_count_the_same_fill_twice() -> None:
    store = OrderStore()
    store.placed(an_order(filled=40))
    store.fill("o1", Decimal(40), 1_000)
    assert filled_of(store) == 40
    store.fill("o1", Decimal(15), 1_001)
    assert filled_of(store) == 55
    store.reconcile([an_order(filled=55, at_ms=5_000)], 5_000)
    store.fill("o1", Decimal(1), 6_000)
    assert filled_of(store) == 56


def test_a_cancelled_order_does_not_come_back_with_a_late_list() -> None:
    store = OrderStore()
    store.placed(an_order())
    assert store.cancelled("o1")
    store.reconcile([an_order()], asked_ms=1_400)
    assert list(store.open) == []
    assert not store.cancelled("unknown")


def test_finished_orders_are_kept_only_so_far() -> None:
    store = OrderStore(recent=2)
    for number in range(4):
        store.placed(an_order(f"o{number}"))
        store.cancelled(f"o{number}")
    assert store.get("o0") is None
    assert store.get("o3") is not None


@given(st.lists(st.integers(1, 20), max_size=6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_a_placement_with_a_filled_size_is_never_more_than_the_truth(
    sizes: list[int], before: int, rng: Random
) -> None:
    """Some of the fills are in the placement's figure, whatever their times say."""
    told = sum(sizes[:before])
    store = OrderStore()
    steps: list[int | None] = [None, *range(len(sizes))]
    rng.shuffle(steps)
    for step in steps:
        if step is None:
            store.placed(an_order(size=1_000, filled=told))
        else:
            store.fill("o1", Decimal(sizes[step]), 1_000 + rng.randrange(3))
    assert filled_of(store) == sum(sizes)


@given(
    st.lists(
        st.tuples(st.sampled_from(["list", "lagging list", "fill", "cancel"]), st.integers(0, 9_000)), max_size=12
    )
)
def test_whatever_lists_leave_out_two_honest_ones_put_right(steps: list[tuple[str, int]]) -> None:
    """A venue whose lists may miss anything, until it pulls itself together."""
    store = OrderStore()
    now_ms, filled, is_open = 10_000, 0, True
    store.placed(an_order(at_ms=1_000))

    def listed() -> list[Order]:
        rests = is_open and filled < 100
        return [an_order(filled=filled, at_ms=now_ms)] if rests else []

    for what, wait_ms in steps:
        now_ms += wait_ms + 1
        if what == "list":
            store.reconcile(listed(), now_ms)
        elif what == "lagging list":
            store.reconcile([], now_ms)
        elif what == "fill" and is_open and filled < 100:
            filled += 25
            store.fill("o1", Decimal(25), now_ms)
        elif what == "cancel" and is_open and filled < 100:
            is_open = False  # and nobody is told: it expired
    for _ in range(2):
        now_ms += 5_000
        store.reconcile(listed(), now_ms)
    assert [order.order_id for order in store.open] == [order.order_id for order in listed()]
    assert filled_of(store) == filled
    if not store.open:
        assert status_of(store) is (OrderStatus.FILLED if filled == 100 else OrderStatus.CANCELLED)


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
