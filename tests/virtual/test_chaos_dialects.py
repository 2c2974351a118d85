"""The other spellings of the protocol on the whole client: what is called live is the ledger's, in each of them."""

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
from psdash.market.book import Side
from psdash.market.candles import BASE_MS, Candle
from psdash.market.freshness import PaneState
from psdash.market.tape import Settlement
from psdash.simulator.chaos import Menu
from psdash.simulator.exchange.candles import CandleRecord
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import MAKER, WALLET, SmallWorld
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import Room, room, shown, truth

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


def test_a_placement_that_tells_its_fills_counts_none_twice() -> None:
    async def act(made: Room, world: SmallWorld, menu: Menu) -> None:
        for price, size in (("0.52", "500"), ("0.53", "150"), ("0.54", "60"), ("0.30", "5")):
            world.place(WALLET, "buy", price, size)
            await asyncio.sleep(0.5)
            assert shown_orders(made) == true_orders(world)
        world.place(MAKER, "sell", "0.52", "40")
        await asyncio.sleep(0.5)
        assert shown_orders(made) == true_orders(world)
        assert menu.struck["placed-filled"] == 3
        await made.passes(60)
        assert shown_orders(made) == true_orders(world)

    play("placed-filled", act)


# --- books --------------------------------------------------------------------------------------------------------


def lies(made: Room) -> list[str]:
    """Books that are called live and are not the ledger's, at the ledger's own sequence."""
    state = made.state(MAIN)
    return [
        f"outcome {outcome} at #{book.seq}"
        for outcome, book in enumerate(state.books)
        if state.book_freshness[outcome].is_live
        and book.seq == made.exchange.token_book(book.token).seq
        and shown(book) != truth(made.exchange, book.token)
    ]


BOOK_DIALECTS = (
    "update-as-change",
    "update-as-change=0.5",
    "changes-list",
    "null-lists",
    "update-as-change,null-lists",
    "update-as-state,null-lists",
    "changes-list,prevseq-absent,null-lists,reversed-levels",
)


@pytest.mark.parametrize("chaos", BOOK_DIALECTS)
def test_a_live_book_is_the_ledgers_in_every_spelling(chaos: str) -> None:
    async def act(made: Room, world: SmallWorld, menu: Menu) -> None:
        draw = random.Random(chaos)
        for _ in range(60):
            resting = [order for order in world.exchange.open_orders(MAKER) if order.side == "buy"]
            if draw.random() < 0.5 and resting:
                world.exchange.cancel(MAKER, draw.choice(resting).order_id)
            else:
                world.place(MAKER, "buy", f"0.{draw.randrange(30, 51)}", str(draw.randrange(1, 9)))
            for _ in range(8):
                await asyncio.sleep(draw.choice((0.0, 0.001, 0.01, 0.1)))
                assert not lies(made)
            world.advance(100)
        for order in world.exchange.open_orders(MAKER):  # one whole side, then both
            world.exchange.cancel(MAKER, order.order_id)
            await asyncio.sleep(0.01)
            assert not lies(made)
        await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=10.0)
        assert not any(list(book.levels(side)) for book in made.state(MAIN).books for side in Side)
        world.place(MAKER, "sell", "0.70", "5")
        await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=10.0)
        assert all(menu.struck[name.partition("=")[0]] for name in chaos.split(","))

    play(chaos, act)


# --- trades and candles -------------------------------------------------------------------------------------------


def test_prints_without_an_id_come_by_rest_and_none_is_shown_twice() -> None:
    async def act(made: Room, world: SmallWorld, menu: Menu) -> None:
        for step in range(12):
            world.place(WALLET, "buy" if step % 2 else "sell", "0.52" if step % 2 else "0.48", str(1 + step))
            await made.passes(3)
        await made.passes(60)
        tape = made.state(MAIN).tape
        prints = list(tape.newest(50))
        records = world.exchange.trades(world.row.symbol)
        hidden = {record.trade_id for record in records if record.status == "settlement_failed"}
        assert {each.trade_id for each in prints} == {record.trade_id for record in records} - hidden
        assert {each.settlement for each in prints} == {Settlement.SETTLED}
        claim = made.state(MAIN).freshness[MarketPane.TAPE]
        assert claim.is_live
        assert claim.reason
        assert len(made.account.fills) == len(records)
        assert menu.struck["trades-without-id"]

    play("trades-without-id", act)


def as_told(record: CandleRecord) -> Candle:
    prices = (record.open, record.high, record.low, record.close)
    return Candle(record.bucket_start_ms, *prices, record.volume)


def test_candles_of_the_second_outcome_are_its_own_though_rest_tells_the_firsts() -> None:
    async def main() -> None:
        menu = Menu.parse("ohlc-ignores-outcome", 1)
        world = SmallWorld()
        for step in range(10):  # before anybody listens: history
            world.place(WALLET, "buy" if step % 3 else "sell", "0.52" if step % 3 else "0.48", "5")
            world.advance(4_000)
        async with room(world, watch=[MAIN], options=ServerOptions(chaos=menu)) as made:
            await made.until(lambda: made.is_live(MAIN))
            for outcome, token in enumerate((world.row.yes_token_id, world.row.no_token_id)):
                told = [as_told(record) for record in world.exchange.candles(token)]
                assert list(made.state(MAIN).candles[outcome].frame(BASE_MS, 50)) == told
                assert len(told) > 3
            assert menu.struck["ohlc-ignores-outcome"] == 2

    run(main())


# --- markets, clocks, accounts ------------------------------------------------------------------------------------


def test_a_market_that_is_not_on_chain_yet_says_so_and_comes_alive_by_itself() -> None:
    async def act(made: Room, world: SmallWorld, menu: Menu) -> None:
        await made.until(lambda: made.board.state(MAIN) is not None)
        await made.passes(5)
        state = made.state(MAIN)
        assert state.market.tokens == ()
        claims = {pane: state.freshness[pane] for pane in (MarketPane.TAPE, MarketPane.CHART)}
        assert {claim.state for claim in claims.values()} == {PaneState.OFF}
        assert {claim.reason for claim in claims.values()} == {"not on chain yet: nothing trades"}
        assert state.freshness[MarketPane.STATUS].state is PaneState.PAUSED
        world.place(WALLET, "buy", "0.52", "5")
        await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN), limit_s=80.0)
        tape = made.state(MAIN).tape
        assert [each.size for each in tape.newest(5)] == [5]
        assert made.state(MAIN).market.condition == world.row.condition_id

    play("late-tokens=60", act, live_at_once=False)


@pytest.mark.parametrize(("chaos", "offset_s"), [("host-ahead=600", -600), ("host-behind=600", 600)])
def test_a_host_whose_clock_is_wrong_changes_nothing_but_the_measured_offset(chaos: str, offset_s: int) -> None:
    async def act(made: Room, world: SmallWorld, menu: Menu) -> None:
        world.place(WALLET, "buy", "0.52", "5")
        world.place(WALLET, "buy", "0.40", "5")
        await made.until(lambda: len(made.account.fills) == 1 and len(made.state(MAIN).tape) == 1)
        assert {each.settlement for each in made.state(MAIN).tape.newest(5)} == {Settlement.MATCHED}  # not overdue
        await made.passes(90)
        assert made.is_live(MAIN)
        assert made.is_account_live()
        assert made.matches(MAIN)
        assert shown_orders(made) == true_orders(world)
        assert {each.settlement for each in made.account.fills.newest(5)} == {Settlement.SETTLED}
        measured_ms = made.venue.market.connection.venue_time.offset_ms
        assert measured_ms is not None
        assert abs(measured_ms - offset_s * 1_000) < 2_000

    play(chaos, act)


@pytest.mark.parametrize("chaos", ["no-accounts", "close-4000"])
def test_what_a_position_cost_is_shown_where_the_venue_says_it(chaos: str) -> None:
    async def act(made: Room, world: SmallWorld, menu: Menu) -> None:
        (held, other) = made.account.positions.held
        assert held.size == other.size == 50_000
        cost, gain = (None, None) if chaos == "no-accounts" else (Decimal("0.5"), Decimal(0))
        assert (held.average_cost, held.realised) == (cost, gain)

    play(chaos, act)
