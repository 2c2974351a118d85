"""Price-time priority, compared with a matcher too simple to be wrong."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from psdash.simulator.exchange.accounts import Account
from psdash.simulator.exchange.engine import Engine
from psdash.simulator.exchange.ledger import Ledger
from psdash.simulator.exchange.orders import Order


@dataclass
class NaiveOrder:
    number: int
    owner: int
    is_bid: bool
    price_m: int
    left: int


class NaiveMatcher:
    """One list; the next maker is found by looking at all of it."""

    def __init__(self) -> None:
        self.resting: list[NaiveOrder] = []
        self.fills: list[tuple[int, int, int, int]] = []  # taker, maker, price, size
        self.own_cancelled: list[int] = []

    def add(self, order: NaiveOrder) -> None:
        while order.left:
            facing = [
                maker
                for maker in self.resting
                if maker.is_bid != order.is_bid
                and (maker.price_m >= order.price_m if maker.is_bid else maker.price_m <= order.price_m)
            ]
            if not facing:
                self.resting.append(order)
                return
            maker = min(facing, key=lambda one: (-one.price_m if one.is_bid else one.price_m, one.number))
            if maker.owner == order.owner:
                self.resting.remove(maker)
                self.own_cancelled.append(maker.number)
                continue
            size = min(order.left, maker.left)
            order.left -= size
            maker.left -= size
            self.fills.append((order.number, maker.number, maker.price_m, size))
            if not maker.left:
                self.resting.remove(maker)

    def cancel(self, number: int) -> None:
        self.resting = [order for order in self.resting if order.number != number]

    def levels(self, *, is_bid: bool) -> list[tuple[int, int, int]]:
        side = [order for order in self.resting if order.is_bid == is_bid]
        prices = sorted({order.price_m for order in side}, reverse=is_bid)
        return [
            (price, sum(o.left for o in side if o.price_m == price), sum(o.price_m == price for o in side))
            for price in prices
        ]


def _order(number: int, account: Account, *, is_bid: bool, price_m: int, size_u: int) -> Order:
    return Order(
        order_id=str(number),
        number=number,
        account=account,
        symbol="S",
        token_id="1",
        side="buy" if is_bid else "sell",
        outcome=0,
        price_m=price_m,
        quantity_u=size_u,
        order_type="limit",
        time_in_force="gtc",
        client_order_id=None,
        created_at_ms=0,
        is_bid=is_bid,
        key=-price_m if is_bid else price_m,
        remaining_u=size_u,
        updated_at_ms=0,
    )


_adds = st.tuples(
    st.just("add"),
    st.integers(0, 2),
    st.booleans(),
    st.integers(45, 55).map(lambda cents: cents * 10),
    st.integers(1, 60),
)
_cancels = st.tuples(st.just("cancel"), st.integers(0, 1_000))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(_adds, _adds, _cancels), max_size=60))
def test_the_engine_matches_like_the_naive_matcher(
    steps: list[tuple[str, int, bool, int, int] | tuple[str, int]],
) -> None:
    ledger = Ledger()
    accounts = [Account(str(n), str(n), ledger) for n in range(3)]
    engine, naive = Engine(), NaiveMatcher()
    fills: list[tuple[int, int, int, int]] = []
    own_cancelled: list[int] = []
    for number, step in enumerate(steps):
        if len(step) == 5:
            _, owner, is_bid, price_m, size_u = step
            order = _order(number, accounts[owner], is_bid=is_bid, price_m=price_m, size_u=size_u)
            foreseen = engine.preview(order)
            taken = engine.take(order)
            assert [(fill.yes_price_m, fill.quantity_u) for fill in taken.fills] == foreseen
            fills += [(number, fill.maker.number, fill.yes_price_m, fill.quantity_u) for fill in taken.fills]
            own_cancelled += [own.number for own in taken.own_cancelled]
            if order.remaining_u:
                engine.rest(order)
            naive.add(NaiveOrder(number, owner, is_bid, price_m, size_u))
        elif resting := engine.resting():
            victim = resting[step[1] % len(resting)]
            engine.remove(victim)
            naive.cancel(victim.number)
        assert fills == naive.fills
        assert own_cancelled == naive.own_cancelled
        for is_bid in (True, False):
            assert [tuple(level)[1:] for level in engine.levels(is_bid=is_bid)] == naive.levels(is_bid=is_bid)
            for level in engine.levels(is_bid=is_bid):
                queue = engine.queue(is_bid=is_bid, yes_price_m=level.yes_price_m)
                assert [order.number for order in queue] == sorted(order.number for order in queue)
        if engine.best_bid_m is not None and engine.best_ask_m is not None:
            assert engine.best_bid_m < engine.best_ask_m


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(_adds, _adds, _cancels), max_size=40))
def test_changes_lead_from_each_book_to_the_next(
    steps: list[tuple[str, int, bool, int, int] | tuple[str, int]],
) -> None:
    account = [Account(str(n), str(n), Ledger()) for n in range(3)]
    engine = Engine()
    held: dict[tuple[bool, int], tuple[int, int]] = {}
    for number, step in enumerate(steps):
        if len(step) == 5:
            _, owner, is_bid, price_m, size_u = step
            order = _order(number, account[owner], is_bid=is_bid, price_m=price_m, size_u=size_u)
            engine.take(order)
            if order.remaining_u:
                engine.rest(order)
        elif resting := engine.resting():
            engine.remove(resting[step[1] % len(resting)])
        for change in engine.take_changes():
            place = (change.is_bid, change.yes_price_m)
            if change.quantity_u:
                held[place] = (change.quantity_u, change.orders)
            else:
                held.pop(place)
        assert held == {
            (level.is_bid, level.yes_price_m): (level.quantity_u, level.orders)
            for is_bid in (True, False)
            for level in engine.levels(is_bid=is_bid)
        }
        assert engine.take_changes() == []
