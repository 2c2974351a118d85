"""Size ahead, pulled and stacked, and traded volume, over real gateways, against the exchange's own engine.

Virtual time; a trader, makers and takers from one seed. Whenever everything that was sent has arrived, each figure is
held against the queue, the book and the trades of the exchange itself.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from decimal import Decimal

import pytest

from psdash.market.book import Side
from psdash.market.tape import Aggressor
from psdash.market.ticks import to_ticks
from psdash.market.traded import Traded
from psdash.simulator.exchange.engine import Engine
from psdash.simulator.exchange.happenings import BookChanged, Happening, OrderCancelled, TradeMatched
from tests.loopback.simulator.rig import WALLET, SmallWorld
from tests.proof.arena import MAIN, Arena, Bustle, arena, in_virtual_time

STEPS, LOOK_EVERY = 500, 10


class Ledger:
    """What the exchange itself knows of its main market, from the moment that a client stood level with it."""

    def __init__(self, made: Arena) -> None:
        self.exchange = made.exchange
        self.row = made.exchange.catalogue.by_slug(MAIN)
        market = made.exchange.market_state(self.row.symbol)
        assert isinstance(market.book, Engine)
        self.engine: Engine = market.book
        #: Shares at each price when it last traded, in YES terms.
        self.base = {side: dict(made.state(MAIN).books[0].resting(side)) for side in Side}
        self.cancelled: set[tuple[Side, int]] = set()  # levels from which anybody took an order
        self._traded: Counter[tuple[Side, int]] = Counter()  # what this event took from each level, in micro-shares
        self._before = {side: self.sizes(side) for side in Side}
        self._stop = made.exchange.listen(self._hear)

    def _hear(self, happening: Happening) -> None:
        if isinstance(happening, TradeMatched) and happening.symbol == self.row.symbol:
            is_yes = happening.outcome_index == 0
            took = Side.ASK if (happening.taker_side == "buy") == is_yes else Side.BID
            price = happening.price if is_yes else 1 - happening.price
            self._traded[took, to_ticks(price)] += int(happening.quantity * 10**6)
        elif isinstance(happening, OrderCancelled):
            order = self.exchange.order(happening.order_id)
            self.cancelled.add((Side.BID if order.is_bid else Side.ASK, abs(order.key) * 1_000))
        elif isinstance(happening, BookChanged) and happening.token_id == self.row.yes_token_id:
            for (took, ticks), micro in self._traded.items():
                for side in Side:
                    self.base[side][ticks] = Decimal(0)  # nothing rested on the taker's side there
                # What else the event did there (own orders never meet: one is cancelled) was no trade.
                self.base[took][ticks] = self._before[took].get(ticks, Decimal(0)) - Decimal(micro) / 10**6
            self._traded.clear()
            self._before = {side: self.sizes(side) for side in Side}

    def sizes(self, side: Side) -> dict[int, Decimal]:
        """Shares by price now."""
        view = self.exchange.token_book(self.row.yes_token_id)
        return {to_ticks(level.price): level.quantity for level in (view.bids() if side is Side.BID else view.asks())}

    def net(self, side: Side) -> dict[int, Decimal]:
        """What was stacked or pulled since each price last traded."""
        now, base = self.sizes(side), self.base[side]
        nets = {ticks: now.get(ticks, Decimal(0)) - base.get(ticks, Decimal(0)) for ticks in now.keys() | base.keys()}
        return {ticks: net for ticks, net in nets.items() if net}

    def traded(self) -> dict[int, Traded]:
        """Every trade by YES price and aggressor."""
        sums: Counter[tuple[int, Aggressor]] = Counter()
        for record in self.exchange.trades(self.row.symbol):
            buys = (record.trade.taker_side == "buy") == (record.trade.outcome_index == 0)
            ticks = record.yes_price_m * 1_000
            sums[ticks, Aggressor.BUY if buys else Aggressor.SELL] += record.quantity_u
        return {
            ticks: Traded(*(Decimal(sums[ticks, each]) / 10**6 for each in (Aggressor.BUY, Aggressor.SELL)))
            for ticks, _ in sums
        }

    def ahead(self) -> dict[str, tuple[tuple[Side, int], Decimal, Decimal]]:
        """Of each own resting order: its level, the shares ahead of it, and all that rests beside it there."""
        found = {}
        for order in self.exchange.open_orders(WALLET, self.row.symbol):
            queue = self.engine.queue(is_bid=order.is_bid, yes_price_m=abs(order.key))
            before = sum((each.remaining_u for each in queue[: queue.index(order)]), 0)
            beside = sum((each.remaining_u for each in queue), 0) - order.remaining_u
            level = (Side.BID if order.is_bid else Side.ASK, abs(order.key) * 1_000)
            found[order.order_id] = (level, Decimal(before) / 10**6, Decimal(beside) / 10**6)
        return found


@pytest.mark.parametrize("seed", [3, 11])
def test_each_figure_is_the_engines(seed: int) -> None:
    seen: Counter[str] = Counter()

    async def day() -> None:
        world = SmallWorld(seed)
        bustle = Bustle(world, random.Random(seed))
        async with arena(seed, world=world, watch=bustle.slugs) as made:
            await made.settled(bustle.slugs)
            truth = Ledger(made)
            for number in range(STEPS):
                bustle.step(own=0.25)
                await asyncio.sleep(0.05)
                made.account.queues.look(made.board.watched)
                if number % LOOK_EVERY == 0:
                    await made.settled(bustle.slugs)
                    made.account.queues.look(made.board.watched)
                    compare(made, truth, seen)
                if number == STEPS // 2:
                    made.cut()  # an outage: what happens in it is seen by nobody
                    for _ in range(5):
                        bustle.step(own=0.0)
                    await made.settled(bustle.slugs)
                    truth.base = {side: truth.sizes(side) for side in Side}

    in_virtual_time(day())
    assert seen["exact"] > 20, seen
    assert seen["estimate"] > 20, seen
    assert seen["bound"] > 5, seen
    assert seen["net"] > 50, seen
    assert seen["traded"] > 20, seen


def compare(made: Arena, truth: Ledger, seen: Counter[str]) -> None:
    """Hold every figure against the exchange's own."""
    state = made.state(MAIN)
    for side in Side:
        net = truth.net(side)
        assert dict(state.flows[0].nets(side)) == net
        seen["net"] += len(net)
    traded = truth.traded()
    assert {ticks: each.total for ticks, each in state.volume.whole(0)} == {
        ticks: each.total for ticks, each in traded.items()
    }
    seen["traded"] += len(traded)
    for order_id, (level, ahead, beside) in truth.ahead().items():
        said = made.account.queues.ahead(order_id)
        assert said is not None, order_id
        assert 0 <= said.shares <= beside
        if said.is_bound:
            assert said.shares >= ahead
            seen["bound"] += 1
        elif level not in truth.cancelled:
            assert said.shares == ahead
            seen["exact"] += 1
        else:
            seen["estimate"] += 1
