"""The other spellings of the protocol on the whole client: what is shown as live is the ledger's, in every dialect."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest

from psdash.account.account import AccountPane
from psdash.gateway.notices import Spoken
from psdash.market.board import MarketPane
from psdash.market.candles import Candle
from psdash.market.freshness import PaneState
from psdash.market.tape import Settlement
from psdash.simulator.chaos import Menu
from psdash.simulator.exchange.candles import CandleRecord
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import MAKER, WALLET, SmallWorld
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import Room, room

Act = Callable[[Room, SmallWorld, Menu], Coroutine[Any, Any, None]]


def play(chaos: str, act: Act, seed: int = 1, *, live_at_once: bool = True) -> None:
    """Run one act in virtual time behind a menu."""

    async def main() -> None:
        menu = Menu.parse(chaos, seed)
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=ServerOptions(chaos=menu)) as made:
            if live_at_once:
                await made.until(lambda: made.is_live(MAIN) and made.is_account_live())
            await act(made, world, menu)

    run(main())


# --- own orders ---------------------------------------------------------------------------------------------------


def shown_orders(made: Room) -> dict[str, Decimal]:
    return {order.order_id: order.filled for order in made.account.orders.open}


def true_orders(world: SmallWorld) -> dict[str, Decimal]:
    return {order.order_id: order.filled for order in world.exchange.open_orders(WALLET)}


@pytest.mark.parametrize("seed", range(4))
def test_a_list_of_orders_that_lags_takes_back_nothing_that_the_socket_told(seed: int) -> None:
    """Placed, partly filled and cancelled orders of the last seconds stay as they are, however old the list is."""

    async def act(made: Room, world: SmallWorld, menu: Menu) -> None:
        draw = random.Random(seed)
        for _ in range(120):
            one = draw.random()
            mine = world.exchange.open_orders(WALLET)
            if one < 0.35 or not mine:
                world.place(WALLET, "buy", f"0.{draw.randrange(41, 51)}", str(draw.randrange(5, 60)))
            elif one < 0.6:
                world.exchange.cancel(WALLET, draw.choice(mine).order_id)
            else:
                world.place(MAKER, "sell", "0.41", str(draw.randrange(1, 20)))
            made.venue.user._soon()  # the worst moment: a list is read whenever something has moved
            for _ in range(draw.randrange(1, 12)):
                world.advance(500)
                await asyncio.sleep(0.5)
                assert made.account.freshness[AccountPane.ORDERS].is_live
                assert shown_orders(made) == true_orders(world)
        assert menu.struck["orders-lag"] > 30
        assert not [text for text in made.said(Spoken) if "corrected" in text]

    play("orders-lag=6", act, seed)
