"""Markets that are followed, let go and changed: no pane waits for an answer that is not to come."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from psdash.gateway.lookup import Lookup
from psdash.gateway.notices import MarketMoved
from psdash.market.board import MarketPane
from psdash.market.catalogue import Market
from psdash.market.freshness import PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.protocol.server import ServerOptions
from psdash.wire.predictstreet.rest import MarketRecord
from tests.loopback.simulator.rig import SmallWorld
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import room


def test_a_market_that_comes_back_while_its_sid_serves_others_is_read_again() -> None:
    async def main() -> None:
        async with room(watch=[MAIN]) as made:
            await made.venue.load_catalogue()
            first, second = [m.slug for m in made.board.catalogue if m.tokens and m.slug != MAIN][:2]
            made.watch(MAIN, first, second)
            await made.until(lambda: all(made.is_live(slug) for slug in (MAIN, first, second)))
            made.watch(MAIN, second)
            assert made.state(first).freshness[MarketPane.TAPE].state is PaneState.OFF
            await asyncio.sleep(5)
            made.watch(MAIN, first, second)
            await made.until(lambda: made.is_live(first), limit_s=5.0)
            assert made.matches(first)

    run(main())


def test_a_condition_that_is_known_later_unsettles_no_pane(monkeypatch: pytest.MonkeyPatch) -> None:
    real, is_known = Lookup.take, [False]

    def take(self: Lookup, record: MarketRecord) -> Market:
        market = real(self, record)
        return market if is_known[0] else replace(market, condition=None)

    monkeypatch.setattr(Lookup, "take", take)

    async def main() -> None:
        async with room(watch=[MAIN]) as made:
            await made.until(lambda: made.is_live(MAIN))
            is_known[0] = True
            await made.until(lambda: made.state(MAIN).market.condition, limit_s=40.0)
            await asyncio.sleep(2)
            assert made.is_live(MAIN)

    run(main())


def test_a_status_that_was_asked_for_before_an_event_does_not_undo_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real, delay_s = Lookup.read, [0.0]

    async def slow(self: Lookup, slug: str) -> Market:
        market = await real(self, slug)
        await asyncio.sleep(delay_s[0])
        return market

    monkeypatch.setattr(Lookup, "read", slow)

    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], options=ServerOptions(whole_lifecycle=True)) as made:
            await made.until(lambda: made.is_live(MAIN) and made.state(MAIN).freshness[MarketPane.STATUS].is_live)
            delay_s[0] = 1.0
            made.venue.market.resync(MAIN)
            await asyncio.sleep(0.3)
            mark = len(made.notices)
            world.exchange.set_market_status(world.row.symbol, "PAUSED")
            await asyncio.sleep(5.0)
            told = [notice.status for notice in made.notices[mark:] if isinstance(notice, MarketMoved)]
            assert set(told) == {MarketStatus.PAUSED}
            assert made.state(MAIN).market.status is MarketStatus.PAUSED
            known = made.board.catalogue.by_slug(MAIN)
            assert known is not None
            assert known.status is MarketStatus.PAUSED

    run(main())
