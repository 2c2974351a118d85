"""The gateways against `psdash sim` as a process of its own, on real sockets, with its believable flow."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from psdash.account.account import Account, AccountPane
from psdash.gateway.notices import BookMoved, Notice
from psdash.gateway.venue import Venue
from psdash.market.board import Board, MarketPane
from psdash.market.book import Level, Side
from psdash.settings import Endpoint

MAIN = "spain-vs-france-2026-yes"
DEADLINE_S = 30.0
Touch = tuple[tuple[Decimal, Decimal] | None, tuple[Decimal, Decimal] | None]


class Client:
    """The client side, and what it showed at each sequence."""

    def __init__(self, rest_url: str, ws_url: str, key: str) -> None:
        self.board = Board()
        self.account = Account()
        self.touches: dict[tuple[str, int], Touch] = {}
        self.http = httpx.AsyncClient(base_url=rest_url, trust_env=False, headers={"X-Api-Key": key})
        endpoint = Endpoint(rest_url, ws_url, SecretStr(key), None, None, "DEMO")
        self.venue = Venue(endpoint, self.board, self.account, self._heard, rng=random.Random(1))
        self._tasks: list[asyncio.Task[None]] = []

    def _heard(self, notice: Notice) -> None:
        if isinstance(notice, BookMoved):
            state = self.board.state(notice.slug)
            assert state is not None
            book = state.books[notice.outcome_index]
            assert book.seq == notice.seq
            if book.seq is not None and state.book_freshness[notice.outcome_index].is_live:
                self.touches[book.token, book.seq] = (_best(book.best_bid), _best(book.best_ask))

    def start(self, *slugs: str) -> None:
        self.venue.market.watch(slugs, slugs[0])
        self._tasks = [asyncio.create_task(self.venue.market.run()), asyncio.create_task(self.venue.user.run())]

    async def stop(self) -> None:
        for task in self._tasks:
            if not task.done():
                task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.venue.close()
        await self.http.aclose()
        for result in results:
            if isinstance(result, Exception):
                raise result
        assert self.venue.market.counts.is_conserved
        assert self.venue.user.counts.is_conserved

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():  # noqa: ASYNC110  what is waited for has no event
                await asyncio.sleep(0.02)

    def is_live(self, slug: str) -> bool:
        state = self.board.state(slug)
        return (
            state is not None
            and bool(state.books)
            and all(each.is_live for each in state.book_freshness)
            and all(state.freshness[pane].is_live for pane in (MarketPane.TAPE, MarketPane.CHART))
        )

    async def get(self, path: str, **params: str) -> Any:
        response = await self.http.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()


def _best(level: Level | None) -> tuple[Decimal, Decimal] | None:
    return None if level is None else (level.price, level.size)


def _side(row: Any) -> tuple[Decimal, Decimal] | None:
    """A side of `/sim/ledger?seq=`, whichever way it writes it."""
    if row is None:
        return None
    price, size = row if isinstance(row, list) else (row["price"], row["quantity"])
    return Decimal(price), Decimal(size)


@asynccontextmanager
async def exchange(*arguments: str) -> AsyncIterator[tuple[Client, asyncio.subprocess.Process]]:
    """`psdash sim` on a free port, and a client of it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "psdash.simulator", "--port", "0", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said: dict[str, str] = {}
        async with asyncio.timeout(DEADLINE_S):
            for _ in range(3):
                name, _, value = (await process.stdout.readline()).decode().strip().partition("=")
                said[name] = value
        client = Client(said["PSDASH_REST_URL"], said["PSDASH_WS_URL"], said["PSDASH_API_KEY"])
        try:
            yield client, process
        finally:
            await client.stop()
    finally:
        process.terminate()
        await process.wait()


async def check_touches(client: Client, most: int = 150) -> int:
    """Every (or many a) best bid and ask that was called live is the ledger's at that sequence."""
    items = list(client.touches.items())
    for (token, seq), shown in random.Random(7).sample(items, min(most, len(items))):
        truth = await client.get("/sim/ledger", token=token, seq=str(seq))
        assert shown == (_side(truth["bid"]), _side(truth["ask"])), (token, seq)
    return len(items)


async def check_books(client: Client, slug: str) -> None:
    """Both books are the ledger's whole books, caught at the same sequence."""
    state = client.board.state(slug)
    assert state is not None
    for book in state.books:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                truth = await client.get("/sim/ledger", token=book.token)
                if book.seq == truth["seq"]:
                    break
                await asyncio.sleep(0.01)
        for side, rows in ((Side.BID, truth["bids"]), (Side.ASK, truth["asks"])):
            shown = [(level.price, level.size) for level in book.levels(side)]
            assert shown == [(Decimal(price), Decimal(size)) for price, size, _ in rows]


async def check_tape(client: Client, slug: str) -> None:
    """Every trade REST has is on the tape."""
    state = client.board.state(slug)
    assert state is not None
    rows = (await client.get(f"/api/markets/{state.market.symbol}/trades", limit="200"))["trades"]
    await client.until(lambda: all(state.tape.get(row["id"]) is not None for row in rows))


async def test_a_believable_day() -> None:
    async with exchange("--seed", "7") as (client, _):
        client.start(MAIN)
        await client.until(lambda: client.is_live(MAIN))
        await client.until(lambda: all(each.is_live for each in client.account.freshness.values()))
        await client.until(lambda: len(client.touches) > 10)
        await check_books(client, MAIN)
        await check_touches(client)
        await check_tape(client, MAIN)
        assert len(client.board.state(MAIN).candles[0]) > 0  # type: ignore[union-attr]
        assert client.account.vault
        assert client.account.freshness[AccountPane.POSITIONS].is_live


async def test_two_thousand_changes_a_second_over_every_market() -> None:
    async with exchange("--seed", "3", "--rate", "2000") as (client, _):
        await client.venue.load_catalogue()
        slugs = [market.slug for market in client.board.catalogue if market.status.trades and market.tokens]
        client.start(*slugs)
        await client.until(lambda: all(client.is_live(slug) for slug in slugs))
        await client.until(lambda: len(client.touches) > 4_000)
        assert await check_touches(client) > 4_000
        assert client.venue.market.counts.duplicate == 0
        assert client.venue.market.connection.sessions == 1


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP")
async def test_a_stopped_exchange_is_noticed_and_comes_back() -> None:
    async with exchange("--seed", "7") as (client, process):
        client.start(MAIN)
        await client.until(lambda: client.is_live(MAIN))
        process.send_signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(9.0):  # the promise for a dead peer
                while client.is_live(MAIN):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        finally:
            process.send_signal(signal.SIGCONT)
        await client.until(lambda: client.is_live(MAIN))
        await check_books(client, MAIN)
        await check_tape(client, MAIN)


async def test_a_blocked_loop_costs_nothing() -> None:
    """A stalled screen is no dead peer: no disconnect, and the truth again as soon as the loop is back."""
    async with exchange("--seed", "3", "--rate", "2000") as (client, _):
        client.start(MAIN)
        await client.until(lambda: client.is_live(MAIN))
        time.sleep(5.0)  # noqa: ASYNC251  the point of the test
        await client.until(lambda: client.is_live(MAIN))
        await check_touches(client, most=50)
        await client.until(lambda: client.venue.market.link.round_trip_ms is not None)
        assert client.venue.market.connection.sessions == 1
        assert client.venue.user.connection.sessions == 1
