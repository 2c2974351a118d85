"""A whole venue in virtual time: the embedded exchange behind its real server, and the client in front of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from psdash.account.account import Account, AccountPane
from psdash.gateway.clock import LoopClock
from psdash.gateway.notices import AccountPaneMoved, GatewayName, LinkChanged, MarketPaneMoved, Notice, Spoken
from psdash.gateway.venue import Venue
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.book import Book, Side
from psdash.market.freshness import PaneState
from psdash.settings import Endpoint
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.protocol.server import Served, Server, ServerOptions, serve
from psdash.simulator.protocol.session import Session
from tests.loopback.simulator.rig import SmallWorld


class Room:
    """Both sides of the wire. `venue`, `board`, `account` are the client; `exchange` and `server` the truth."""

    def __init__(
        self, world: Served, server: Server, http: httpx.AsyncClient, key: str | None, seed: int, **endpoint: Any
    ) -> None:
        self.world = world
        self.server = server
        self.http = http
        self.board = Board()
        self.account = Account()
        self.notices: list[Notice] = []
        secret = None if key is None else SecretStr(key)
        self.endpoint = replace(Endpoint(server.rest_url, server.ws_url, secret, None, None, "DEMO"), **endpoint)
        self._began_ms = self.exchange.scheduler.now_ms
        self._began_loop_ms = round(asyncio.get_running_loop().time() * 1000)
        clock = LoopClock(self._wall_ms)
        self.venue = Venue(self.endpoint, self.board, self.account, self._heard, clock=clock, rng=random.Random(seed))
        self._tasks: list[asyncio.Task[None]] = []

    def _wall_ms(self) -> int:
        """A machine whose clock goes with the loop, from the world's own beginning on."""
        return self._began_ms + round(asyncio.get_running_loop().time() * 1000) - self._began_loop_ms

    async def passes(self, seconds: float) -> None:
        """Let time pass on both sides of the wire."""
        for _ in range(round(seconds)):
            self.world.advance(1_000)  # type: ignore[attr-defined]  # SmallWorld has it
            await asyncio.sleep(1.0)

    def _heard(self, notice: Notice) -> None:
        self.notices.append(notice)
        self.check()

    @property
    def exchange(self) -> Exchange:
        return self.world.exchange

    @property
    def key(self) -> str:
        return self.server.keyring.fresh.token

    def check(self) -> None:
        """What must hold at every moment."""
        for gateway in (self.venue.market, self.venue.user):
            assert gateway.counts.buffered >= 0

    def conserved(self) -> None:
        """Between frames nothing is unaccounted for."""
        for gateway in (self.venue.market, self.venue.user):
            assert gateway.counts.is_conserved, gateway.counts

    def start(self) -> None:
        """Set both workers going."""
        self._tasks = [asyncio.create_task(self.venue.market.run()), asyncio.create_task(self.venue.user.run())]

    async def stop(self) -> None:
        """End everything; an error inside a worker fails the test."""
        for task in self._tasks:
            if not task.done():
                task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.venue.close()
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result
        self.conserved()

    def watch(self, *slugs: str) -> None:
        self.venue.market.watch(list(slugs), slugs[0])

    def state(self, slug: str) -> MarketState:
        state = self.board.state(slug)
        assert state is not None, slug
        return state

    async def until(self, condition: Callable[[], Any], limit_s: float = 60.0) -> None:
        """Let virtual time pass until something holds; fails after `limit_s`."""
        async with asyncio.timeout(limit_s):
            while not condition():
                await asyncio.sleep(0.02)
                for task in self._tasks:
                    if task.done():
                        task.result()

    def is_live(self, slug: str) -> bool:
        state = self.board.state(slug)
        if state is None:
            return False
        books = all(each.is_live for each in state.book_freshness)
        return books and all(state.freshness[pane].is_live for pane in (MarketPane.TAPE, MarketPane.CHART))

    def is_account_live(self) -> bool:
        return all(self.account.freshness[pane].is_live for pane in AccountPane)

    def matches(self, slug: str) -> bool:
        """Whether both books are the exchange's own, level for level, at its own sequence."""
        return all(book.seq == self.exchange.token_book(book.token).seq for book in self.state(slug).books) and all(
            shown(book) == truth(self.exchange, book.token) for book in self.state(slug).books
        )

    def said(self, kind: type[Spoken]) -> list[str]:
        return [notice.text for notice in self.notices if isinstance(notice, kind)]

    def links(self, gateway: GatewayName) -> list[LinkChanged]:
        return [n for n in self.notices if isinstance(n, LinkChanged) and n.gateway is gateway]

    def pane_states(self, slug: str, pane: MarketPane, outcome_index: int | None = None) -> list[PaneState]:
        return [
            n.freshness.state
            for n in self.notices
            if isinstance(n, MarketPaneMoved) and (n.slug, n.pane, n.outcome_index) == (slug, pane, outcome_index)
        ]

    def account_states(self, pane: AccountPane) -> list[PaneState]:
        return [n.freshness.state for n in self.notices if isinstance(n, AccountPaneMoved) and n.pane is pane]

    def cut(self) -> None:
        """Every socket breaks off, without a close frame."""
        for line in self.server.lines:
            line.connection.transport.abort()

    async def tape_ids(self, symbol: str) -> set[str]:
        """Every trade of a market, as REST has it."""
        body = (await self.http.get(f"/api/markets/{symbol}/trades", params={"limit": "200"})).json()
        return {row["id"] for row in body["trades"]}

    async def private(self, path: str) -> Any:
        response = await self.http.get(path, headers={"X-Api-Key": self.key})
        assert response.status_code == 200
        return response.json()


def refused_commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of every error frame that the exchange will send, as they are sent."""
    words: list[str] = []
    real = Session._refuse

    def refuse(self: Session, command_id: object, code: str, message: str) -> None:
        words.append(f"{code}: {message}")
        real(self, command_id, code, message)

    monkeypatch.setattr(Session, "_refuse", refuse)
    return words


Levels = list[tuple[Decimal, Decimal]]


def shown(book: Book) -> tuple[Levels, Levels]:
    """What the ladder would show."""
    bids, asks = ([(level.price, level.size) for level in book.levels(side)] for side in (Side.BID, Side.ASK))
    return bids, asks


def truth(exchange: Exchange, token: str) -> tuple[Levels, Levels]:
    """What the ledger holds."""
    book = exchange.token_book(token)
    return [(v.price, v.quantity) for v in book.bids()], [(v.price, v.quantity) for v in book.asks()]


@asynccontextmanager
async def room(
    world: Served | None = None,
    *,
    options: ServerOptions | None = None,
    key: str | None = "fresh",
    watch: Sequence[str] = (),
    seed: int = 1,
    **endpoint: Any,
) -> AsyncIterator[Room]:
    """An exchange, a server, and a client that is already running on `watch`. `endpoint` says what it dials with."""
    world = world or SmallWorld()
    server = await serve(world, options=options)
    try:
        async with httpx.AsyncClient(base_url=server.rest_url, trust_env=False) as http:
            token = server.keyring.fresh.token if key == "fresh" else key
            made = Room(world, server, http, token, seed, **endpoint)
            if watch:
                made.watch(*watch)
            made.start()
            try:
                yield made
            finally:
                await made.stop()
    finally:
        await server.close()
