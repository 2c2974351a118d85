"""The demo trader: something to look at in every private pane, from the first second."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from psdash.simulator.actors.trader import USDC, VAULT, WALLET
from psdash.simulator.exchange.happenings import Happening
from psdash.simulator.exchange.orders import OrderStatus
from psdash.simulator.exchange.trades import TradeStatus
from psdash.simulator.world import World, build_world

START_MS = 1_780_000_000_000


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(11, START_MS)


def test_private_panes_are_full_at_the_start(world: World) -> None:
    exchange = world.exchange
    account = exchange.account(WALLET)
    assert (world.demo.wallet, world.demo.vault, account.vault) == (WALLET, VAULT, VAULT)
    orders = exchange.open_orders(WALLET)
    assert len(orders) >= 4
    assert len({order.symbol for order in orders}) >= 2
    assert {order.side for order in orders} == {"buy", "sell"}
    statuses = Counter(order.status for order in exchange.order_history(WALLET))
    assert statuses[OrderStatus.FILLED] >= 5
    assert statuses[OrderStatus.CANCELLED] >= 20
    trades = Counter(record.status for record in exchange.trades_of(WALLET))
    assert trades[TradeStatus.SETTLED] >= 50
    outcomes = {exchange.catalogue.by_token(token_id)[1] for token_id in account.positions()}
    assert outcomes == {0, 1}


def test_a_quarter_of_an_hour_of_orders_fills_positions_and_settlements() -> None:
    world = build_world(11, START_MS)
    exchange = world.exchange
    heard: Counter[str] = Counter()
    partial = 0

    def hear(happening: Happening) -> None:
        if getattr(happening, "account", None) == WALLET:
            heard[type(happening).__name__] += 1

    exchange.listen(hear)
    dollars = set()
    for second in range(1, 15 * 60):
        world.scheduler.run_until(START_MS + second * 1000)
        orders = exchange.open_orders(WALLET)
        assert orders
        partial += any(order.status is OrderStatus.PARTIAL for order in orders)
        dollars.add(exchange.account(WALLET).balance().total)
    taken = sum(record.taker_wallet == WALLET for record in exchange.trades_of(WALLET))
    assert heard["OrderPlaced"] >= 60
    assert heard["OrderCancelled"] >= 40
    assert heard["FillMade"] >= 40
    assert heard["PositionChanged"] >= 40
    assert partial >= 0.4 * 15 * 60
    assert taken >= 5
    assert len(dollars) >= 30
    exchange.check()


def test_its_past_has_not_ruined_it(world: World) -> None:
    """What it holds, at the mid, after a quarter of an hour of trading."""
    exchange = world.exchange
    account = exchange.account(WALLET)
    worth = account.balance().total
    for token_id, position in account.positions().items():
        row, outcome = exchange.catalogue.by_token(token_id)
        price = exchange.price(row.symbol)
        worth += position.total * (1 - price if outcome else price)
    assert worth >= USDC * Decimal("0.97")
    assert all(abs(holding.total) < 10_000 for holding in account.positions().values())
