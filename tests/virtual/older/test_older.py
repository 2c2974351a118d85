"""The older dialect in virtual time: a whole client against an exchange that speaks it, well and badly."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from psdash.account.account import AccountPane
from psdash.gateway.books import FOCUS_RENEWAL_S
from psdash.gateway.notices import LinkState, PauseMoved, SettlementFailed, Spoken
from psdash.market.board import MarketPane
from psdash.market.candles import BASE_MS, Origin
from psdash.market.freshness import PaneState
from psdash.market.tape import Print, Settlement
from psdash.simulator.chaos import Menu
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.exchange.trades import TradeStatus
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import MAKER, VAULT, WALLET, SmallWorld
from tests.proof.arena import Arena, Bustle, arena, in_virtual_time, now_s
from tests.proof.faults import HostileLine, Saboteur, SilentLine, sabotaged
from tests.proof.hostile import Source
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import Room, refused_commands, room

OLDER = ServerOptions(protocol=1)
#: A quiet focused book is proved by a new subscription: its period, the answer, and a tick each.
BUDGET_S = FOCUS_RENEWAL_S + 5.0


@asynccontextmanager
async def older_arena(
    seed: int, *, markets: int = 1, options: ServerOptions = OLDER
) -> AsyncIterator[tuple[Arena, Bustle, random.Random]]:
    """An exchange of the older dialect under seeded trading, judged by its ledger."""
    draw, world = random.Random(seed), SmallWorld(seed)
    bustle = Bustle(world, draw, markets=markets)
    async with arena(seed, world=world, watch=bustle.slugs, options=replace(options, protocol=1)) as made:
        made.witness.focus_behind_s = BUDGET_S
        yield made, bustle, draw


async def trade(bustle: Bustle, draw: random.Random, rate: float) -> None:
    while True:
        bustle.step()
        await asyncio.sleep(draw.expovariate(rate))


# what it tells ----------------------------------------------------------------------------------------------------


def test_a_day_in_the_older_dialect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked that it does not know; prints are of unknown settlement until REST says settled; candles are
    the exchange's own, made of its prints.
    """
    refused = refused_commands(monkeypatch)

    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=OLDER) as made:
            await made.until(lambda: made.is_live(MAIN) and made.is_account_live())
            assert made.venue.market.dialect.version == made.venue.user.dialect.version == 1
            for step in range(30):
                world.place(WALLET, "buy" if step % 3 else "sell", "0.52" if step % 3 else "0.48", str(1 + step % 5))
                await asyncio.sleep(0.1)
                newest = made.state(MAIN).tape.last
                assert newest is not None
                assert newest.settlement is Settlement.UNKNOWN
                await made.passes(2)
            await made.passes(60)
            state = made.state(MAIN)
            assert made.matches(MAIN)
            prints = [row for row in state.tape.walk() if isinstance(row, Print)]
            states = {record.trade_id: record.status for record in world.exchange.trades(world.row.symbol)}
            assert {each.trade_id for each in prints} == states.keys()
            for each in prints:
                is_settled = states[each.trade_id] is TradeStatus.SETTLED
                assert each.settlement is (Settlement.SETTLED if is_settled else Settlement.UNKNOWN)
            for outcome, token in enumerate((world.row.yes_token_id, world.row.no_token_id)):
                told = world.exchange.candles(token)
                drawn = state.candles[outcome].frame(BASE_MS, 100)
                assert [(c.start_ms, c.open, c.high, c.low, c.close, c.volume) for c in drawn] == [
                    (c.bucket_start_ms, c.open, c.high, c.low, c.close, c.volume) for c in told
                ]
                assert {c.origin for c in drawn} == {Origin.TAPE}
            for pane, words in (
                (MarketPane.TAPE, "does not tell settlements"),
                (MarketPane.CHART, "tells no candles"),
            ):
                assert state.freshness[pane].is_live
                assert words in state.freshness[pane].reason
            assert made.is_account_live()
            assert made.account.vault == VAULT
            assert {p.size for p in made.account.positions.held} == {
                balance.total for balance in world.exchange.account(WALLET).positions().values()
            }
            assert not made.venue.user.counts.incidents.get("differences from REST")
            assert len(made.account.fills) == 30
        assert not refused

    run(main())


def test_failures_pauses_and_deposits_are_said_in_words() -> None:
    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=OLDER) as made:
            await made.until(lambda: made.is_live(MAIN) and made.is_account_live())
            world.exchange.pause(WALLET, 60)
            world.exchange.pause(MAKER, 60)  # somebody else's is told to them alone
            await made.until(lambda: made.account.pause is not None)
            pause = made.account.pause
            assert pause is not None
            assert pause.is_sure
            assert pause.until_block is not None
            made.cut()
            await made.until(lambda: made.account.pause is not None and not made.account.pause.is_sure)
            await made.until(made.is_account_live)
            world.exchange.unpause(WALLET)
            await made.until(lambda: made.account.pause is None)
            assert [n.pause is not None for n in made.notices if isinstance(n, PauseMoved)] == [True, True, False]
            world.exchange.deposit(WALLET, Decimal(500))
            world.exchange.confirm_vault(WALLET)
            await made.until(lambda: any("0x2222..2222 is on chain" in text for text in made.said(Spoken)))
            assert any(text.startswith("Your deposit of 500 USDC is confirmed") for text in made.said(Spoken))

    run(main())


def test_a_settlement_that_failed_is_told_once_with_its_reason_and_its_fill() -> None:
    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=OLDER) as made:
            await made.until(lambda: made.is_live(MAIN) and made.is_account_live())
            for _ in range(100):
                world.place(WALLET, "buy", "0.52", "1")
                await made.passes(1)
            await made.passes(60)
            failed = {
                record.trade_id
                for record in world.exchange.trades_of(WALLET)
                if record.status is TradeStatus.SETTLEMENT_FAILED
            }
            assert failed
            fills = {fill.trade_id: fill for fill in made.account.fills.newest(500)}
            assert {key for key, fill in fills.items() if fill.settlement is Settlement.FAILED} == failed
            assert all(fills[key].failure.startswith("the order had expired") for key in failed)
            told = [notice for notice in made.notices if isinstance(notice, SettlementFailed)]
            assert len(told) == len(failed)
            assert {notice.selector for notice in told} == {"0xc56873ba"}
            assert sum("did not settle" in text for text in made.said(Spoken)) == len(failed)
            made.conserved()

    run(main())


def test_a_reconnect_may_find_the_other_dialect() -> None:
    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=OLDER) as made:
            for protocol, other in ((2, "matched"), (1, "unknown"), (2, "matched")):
                await made.until(lambda: made.is_live(MAIN) and made.is_account_live())
                assert made.matches(MAIN)
                made.server.speak(protocol)
                made.cut()
                await made.until(lambda version=protocol: made.venue.market.dialect.version == version)  # type: ignore[misc]
                await made.until(lambda: made.is_live(MAIN) and made.is_account_live())
                world.place(WALLET, "buy", "0.52", "5")
                await asyncio.sleep(0.2)
                newest = made.state(MAIN).tape.last
                assert newest is not None
                assert newest.settlement == other
                await made.passes(3)
            await made.passes(90)
            assert made.matches(MAIN)
            assert not made.state(MAIN).freshness[MarketPane.CHART].reason
            assert not made.state(MAIN).freshness[MarketPane.TAPE].reason

    run(main())


@pytest.mark.parametrize(("forced", "greets"), [(1, 2), (2, 1)])
def test_a_setting_comes_before_the_greeting(forced: int, greets: int) -> None:
    """Spoken to in the wrong dialect, the gateway refuses every channel: the panes say so, and nothing crashes."""

    async def main() -> None:
        options = ServerOptions(protocol=greets)
        async with room(SmallWorld(), watch=[MAIN], options=options, protocol=forced) as made:
            await made.until(lambda: made.venue.user.link.state is LinkState.LIVE)
            await made.passes(5)
            assert made.venue.market.dialect.version == forced
            assert made.account.freshness[AccountPane.ORDERS].state is PaneState.REFUSED
            assert made.state(MAIN).freshness[MarketPane.TAPE].state is PaneState.REFUSED

    run(main())


def test_a_gateway_that_pushes_no_books_has_them_by_rest() -> None:
    """As the page says of its day: `token_book` was accepted and did not push."""

    async def main() -> None:
        world = SmallWorld()
        options = ServerOptions(protocol=1, silent_books=True)
        async with room(world, watch=[MAIN], options=options) as made:
            await made.until(lambda: made.board.state(MAIN) is not None)
            await made.until(lambda: made.state(MAIN).book_freshness[0].state is PaneState.STALE)
            world.place(MAKER, "buy", "0.49", "5")
            await made.passes(120)
            assert made.matches(MAIN)
            claim = made.state(MAIN).book_freshness[0]
            assert claim.state is PaneState.STALE
            assert "read by REST" in claim.reason
            assert made.venue.market.connection.sessions == 1
            assert made.state(MAIN).freshness[MarketPane.TAPE].is_live

    run(main())


# faults -----------------------------------------------------------------------------------------------------------


def test_two_hundred_disconnects() -> None:
    async def main() -> None:
        saboteur = Saboteur(random.Random(5), 200)
        async with older_arena(5, options=sabotaged(saboteur)) as (made, bustle, draw):
            while saboteur.left:
                for _ in range(draw.randrange(4)):
                    bustle.step()
                await asyncio.sleep(draw.expovariate(1.0))
                assert now_s() < 36_000
            await made.at_rest(bustle.slugs)
            assert sum(saboteur.done.values()) == 200

    in_virtual_time(main())


def test_twenty_thousand_malformed_frames() -> None:
    async def main() -> None:
        source = Source(3)
        source.left = 20_000
        options = ServerOptions(line_factory=lambda connection: HostileLine(connection, source))
        async with older_arena(3, options=options) as (made, bustle, _):
            await made.settled(bustle.slugs)
            while source.left:
                bustle.step(own=0.3)
                await asyncio.sleep(0.02)
            await made.at_rest(bustle.slugs)
            rejected = [gateway.counts.rejected for gateway in (made.venue.market, made.venue.user)]
            assert sum(rejected) > 5_000
            assert made.venue.market.connection.sessions == 1

    in_virtual_time(main())


@pytest.mark.parametrize("rate", [0.5, 10.0])
def test_a_silent_socket_is_found_within_its_budget(rate: float) -> None:
    async def main() -> None:
        switch = SilentLine.Switch()
        options = ServerOptions(line_factory=lambda connection: SilentLine(connection, switch))
        async with older_arena(9, options=options) as (made, bustle, draw):
            await made.settled(bustle.slugs)
            trading = asyncio.create_task(trade(bustle, draw, rate))
            await asyncio.sleep(20)
            switch.victims.update(id(line) for line in made.server.lines)
            await made.until(lambda: not made.is_book_live(made.focus), "the focused book is not LIVE", BUDGET_S)
            await made.until(lambda: made.is_live(made.focus), "the focused market is live again", BUDGET_S)
            trading.cancel()
            await made.at_rest(bustle.slugs)

    in_virtual_time(main())


def test_subscriptions_that_were_forgotten_end_the_session() -> None:
    """Fresh ones work, so the book heals; that it had gone silent means that the prints may have, too."""

    async def main() -> None:
        menu = Menu.parse("silent", 1)
        async with older_arena(4, options=ServerOptions(chaos=menu)) as (made, bustle, draw):
            await made.settled(bustle.slugs)
            trading = asyncio.create_task(trade(bustle, draw, 5.0))
            await made.until(lambda: menu.struck["silent"] > 3, "it strikes", 3_000)
            await made.until(
                lambda: made.venue.market.counts.incidents.get("silent sessions left", 0) > 0, "found", 200
            )
            menu.stop()
            trading.cancel()
            await made.at_rest(bustle.slugs)

    in_virtual_time(main())


@pytest.mark.parametrize("chaos", ["drop,duplicate,reorder,late", "trade-duplicate,trade-late", "null-lists,backlog"])
def test_what_is_live_is_the_ledgers_whatever_the_gateway_does(chaos: str) -> None:
    async def main() -> None:
        menu = Menu.parse(chaos, 2)
        async with older_arena(2, options=ServerOptions(chaos=menu)) as (made, bustle, draw):
            trading = asyncio.create_task(trade(bustle, draw, 8.0))
            for _ in range(4):
                await asyncio.sleep(30)
                if "backlog" in chaos:
                    made.cut()
            trading.cancel()
            menu.stop()
            await made.at_rest(bustle.slugs)
            assert any(menu.struck.values())

    in_virtual_time(main())


def test_the_room_is_the_dialects(monkeypatch: pytest.MonkeyPatch) -> None:
    """A market that is let go and watched again goes on where it was, its prints untold as before."""

    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=OLDER) as made:
            await made.until(lambda: made.is_live(MAIN))
            made.watch("brazil-vs-argentina-2026-yes")
            await made.passes(2)
            assert made.state(MAIN).book_freshness[0].state is PaneState.OFF
            made.watch(MAIN)
            await made.until(lambda: made.is_live(MAIN) and made.matches(MAIN))
            assert _untold(made)

    run(main())


def _untold(made: Room) -> bool:
    return not made.state(MAIN).tape.tells_settlements
