"""What is done to the exchange itself: the ledger has it, and the wire tells the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from psdash.simulator.chaos import Menu
from psdash.simulator.exchange.catalogue import MAIN_SLUG
from psdash.simulator.protocol.server import ServerOptions
from psdash.simulator.world import World, build_world
from tests.loopback.simulator.rig import START_MS, Client, Venue, serving
from tests.loopback.simulator.test_sim_books import Rebuilt
from tests.virtual.gateway.rig import run

WORLDS: dict[str, Callable[[], World]] = {
    "a day": lambda: build_world(7, START_MS),
    "a load of level books": lambda: build_world(7, START_MS, rate=200),
}


class Watcher:
    """A client's books of one market, from the frames alone, next to the ledger's."""

    def __init__(self, world: World, client: Client, tokens: list[str]) -> None:
        self.world, self.client, self.tokens = world, client, tokens
        self.books = {token: Rebuilt() for token in tokens}

    async def follow(self, seconds: float) -> None:
        """Apply what comes in so long; then the books are the ledger's, level for level."""
        await asyncio.sleep(seconds)
        for frame in await self.client.settle():
            self.books[frame["id"]].apply(frame)
        for token, mine in self.books.items():
            book = self.world.exchange.token_book(token)
            assert mine.seq == book.seq
            for side, rows in (("bids", book.bids()), ("asks", book.asks())):
                assert {Decimal(price): Decimal(size) for price, size in mine.sides[side].items()} == {
                    level.price: level.quantity for level in rows
                }

    @property
    def yes(self) -> dict[str, list[Decimal]]:
        return {
            side: [Decimal(price) for price in self.books[self.tokens[0]].sides[side]] for side in ("bids", "asks")
        }


@asynccontextmanager
async def watching(world: World, text: str) -> AsyncIterator[tuple[Watcher, Menu]]:
    menu = Menu.parse(text, 1, every_s=None)
    listed = world.exchange.catalogue.markets
    row = next((row for row in listed if row.recorded), world.exchange.catalogue.by_slug(MAIN_SLUG))
    tokens = [row.yes_token_id, row.no_token_id]
    async with serving(world, ServerOptions(chaos=menu)) as venue:
        ticking = asyncio.create_task(world.scheduler.run_realtime())
        try:
            async with _client(venue) as client:
                await client.subscribe({"channel": "token_book", "ids": tokens})
                watcher = Watcher(world, client, tokens)
                await watcher.follow(0.5)
                yield watcher, menu
        finally:
            ticking.cancel()
            world.close()


@asynccontextmanager
async def _client(venue: Venue) -> AsyncIterator[Client]:
    async with venue.client("market") as client:
        yield client


Main = Callable[[Watcher, Menu], Coroutine[Any, Any, None]]


def play(kind: str, text: str, main: Main) -> None:
    async def scenario() -> None:
        world = WORLDS[kind]()
        async with watching(world, text) as (watcher, menu):
            await main(watcher, menu)
        world.exchange.check()

    run(scenario())


@pytest.mark.parametrize("kind", WORLDS)
def test_a_book_loses_one_side_for_a_while(kind: str) -> None:
    async def main(watcher: Watcher, menu: Menu) -> None:
        assert all(watcher.yes.values())
        menu.strike("one-sided")
        for _ in range(5):
            await watcher.follow(0.9)
            assert sorted(bool(prices) for prices in watcher.yes.values()) == [False, True]
        await watcher.follow(10)
        assert all(watcher.yes.values())  # makers come back when it is over

    play(kind, "one-sided=5", main)


@pytest.mark.parametrize("kind", WORLDS)
def test_a_book_is_empty_for_a_while(kind: str) -> None:
    async def main(watcher: Watcher, menu: Menu) -> None:
        menu.strike("empty-book")
        for _ in range(5):
            await watcher.follow(0.9)
            assert not any(watcher.yes.values())
        menu.stop()
        await watcher.follow(10)
        assert all(watcher.yes.values())

    play(kind, "empty-book=60", main)


@pytest.mark.parametrize("kind", WORLDS)
def test_the_tick_turns_to_a_tenth_of_a_cent_for_a_while(kind: str) -> None:
    async def main(watcher: Watcher, menu: Menu) -> None:
        def mills() -> list[Decimal]:
            return [price for side in watcher.yes.values() for price in side if price % Decimal("0.01")]

        assert not mills()
        menu.strike("tick")
        await watcher.follow(0.05)
        assert len(mills()) == 6
        await watcher.follow(20)
        assert not mills()

    play(kind, "tick=10", main)


def test_without_anybody_watching_nothing_is_done() -> None:
    async def main() -> None:
        world = build_world(7, START_MS, quiet=True)
        menu = Menu.parse("one-sided,empty-book,tick", 1, every_s=None)
        async with serving(world, ServerOptions(chaos=menu)):
            before = _seqs(world)
            for name in menu.names:
                menu.strike(name)
            assert _seqs(world) == before

    run(main())


def _seqs(world: World) -> dict[str, int]:
    return {row.symbol: world.exchange.token_book(row.yes_token_id).seq for row in world.exchange.catalogue.markets}
