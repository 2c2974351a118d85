"""Shuriken's gateway against the service of our own, in virtual time: real websockets, real httpx."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from pydantic import SecretStr

from psdash.account.account import Account
from psdash.gateway.clock import LoopClock
from psdash.gateway.notices import LinkChanged, LinkState, MarketPaneMoved, Notice, SignalsMoved, Spoken, TapeMoved
from psdash.gateway.shuriken.venue import ShurikenVenue
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.freshness import Freshness, PaneState
from psdash.market.tape import Print
from psdash.settings import Endpoint
from psdash.simulator.services.faults import Faults
from psdash.simulator.shuriken.menu import MENU
from psdash.simulator.shuriken.server import ShurikenServer
from psdash.simulator.shuriken.tokens import TOKENS
from psdash.simulator.shuriken.world import Body, ShurikenWorld

START_MS = 1_780_000_000_000
JUP, BONK, WIF, BRETT = (token.token_id for token in TOKENS)
WATCHED = (JUP, BONK, WIF, BRETT)


class Room:
    """The service, the client, and the clock between them."""

    def __init__(self, chaos: str, seed: int, beat_ms: int) -> None:
        self.world = ShurikenWorld(seed, START_MS, beat_ms=beat_ms)
        self.faults = Faults.parse(MENU, chaos, seed)
        self.server = ShurikenServer(self.world, faults=self.faults)
        self.board = Board()
        self.account = Account()
        self.notices: list[Notice] = []
        self.printed: Counter[str] = Counter()
        self.signals: Counter[str] = Counter()
        self.is_moving = True
        self.has_fault = False

    async def open(self, watch: Sequence[str], key: str | None, seed: int) -> None:
        await self.server.open()
        secret = None if key == "" else SecretStr(key or self.server.key)
        self.endpoint = Endpoint(self.server.rest_url, self.server.ws_url, secret, None, None, "DEMO")
        self.venue = ShurikenVenue(
            self.endpoint,
            self.board,
            self.account,
            self._hear,
            clock=LoopClock(lambda: self.world.now_ms),
            rng=random.Random(seed),
        )
        self.market = self.venue.market
        self.market.watch(watch, watch[0])

    def _hear(self, notice: Notice) -> None:
        self.notices.append(notice)
        if isinstance(notice, SignalsMoved):
            self.signals.update(signal.key for signal in notice.signals)
        elif isinstance(notice, TapeMoved):
            self.printed.update(print_.trade_id for print_ in notice.prints)

    async def tick(self) -> None:
        """Keep the service's clock in step with the virtual one, while it moves."""
        loop = asyncio.get_running_loop()
        origin_s = loop.time()
        while True:
            if self.is_moving:
                self.world.scheduler.run_until(START_MS + round((loop.time() - origin_s) * 1_000))
            await asyncio.sleep(0.1)

    async def until(self, holds: Callable[[], bool], what: str, limit_s: float) -> float:
        """The virtual seconds until it holds."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while not holds():
            assert loop.time() - began_s < limit_s, f"not within {limit_s:g} s: {what}"
            await asyncio.sleep(0.1)
        return loop.time() - began_s

    # what is shown --------------------------------------------------------------------------------------------------

    def state(self, slug: str) -> MarketState:
        state = self.board.state(slug)
        assert state is not None
        return state

    def tape(self, slug: str) -> Freshness | None:
        """What a tape may claim, None before it is watched."""
        state = self.board.state(slug)
        return None if state is None else state.freshness[MarketPane.TAPE]

    def all_live(self, slugs: Sequence[str] = WATCHED) -> bool:
        return all((claim := self.tape(slug)) is not None and claim.is_live for slug in slugs)

    def tape_states(self, slug: str) -> list[PaneState]:
        return [
            notice.freshness.state
            for notice in self.notices
            if isinstance(notice, MarketPaneMoved) and (notice.slug, notice.pane) == (slug, MarketPane.TAPE)
        ]

    @property
    def links(self) -> list[LinkChanged]:
        return [notice for notice in self.notices if isinstance(notice, LinkChanged)]

    @property
    def link(self) -> LinkState:
        return self.market.link.state

    def said(self) -> list[str]:
        return [notice.text for notice in self.notices if isinstance(notice, Spoken)]

    # the truth ------------------------------------------------------------------------------------------------------

    def swaps(self, slug: str) -> list[Body]:
        """What was traded, as the service has it."""
        address = slug.partition(":")[2]
        return [swap for swap in self.world.swaps if address in (swap.get("tokenMint"), swap.get("tokenAddress"))]

    def check_tape(self, slug: str, since_ms: int, until_ms: int) -> tuple[int, int]:
        """Every swap between two times is on the tape once, as it was, or under a gap. How many of each."""
        tape = self.state(slug).tape
        shown: dict[str, list[Print]] = {}
        for print_ in tape.newest(100_000):
            shown.setdefault(print_.trade_id.partition(":")[0], []).append(print_)
        assert all(times == 1 for times in self.printed.values())
        told = hidden = 0
        true = {str(swap.get("signature", swap.get("txHash"))): swap for swap in self.swaps(slug)}
        assert set(shown) <= set(true)
        for trade_id, swap in true.items():
            at_s = swap.get("blockTime", swap.get("timestamp"))
            assert isinstance(at_s, int)
            if not since_ms <= at_s * 1_000 <= until_ms:
                continue
            if trade_id in shown:
                (print_,) = shown[trade_id]
                assert print_.price == Decimal(str(swap["priceUsd"]))
                assert (print_.aggressor.value == "buy") is swap["isBuy"]
                dollars = swap.get("sizeUsd", swap.get("amountUsd"))
                assert abs(print_.price * print_.size - Decimal(str(dollars))) < Decimal("0.01")
                told += 1
            else:
                assert any(gap.from_ms <= at_s * 1_000 <= gap.to_ms for gap in tape.gaps), (slug, at_s, tape.gaps)
                hidden += 1
        return told, hidden


@asynccontextmanager
async def shuriken_room(
    chaos: str = "",
    *,
    seed: int = 7,
    watch: Sequence[str] = WATCHED,
    key: str | None = None,
    beat_ms: int = 500,
) -> AsyncIterator[Room]:
    room = Room(chaos, seed, beat_ms)
    await room.open(watch, key, seed)
    tasks = [asyncio.create_task(room.tick()), asyncio.create_task(room.venue.market.run())]
    try:
        yield room
        assert room.market.counts.is_conserved, room.market.counts
        assert room.has_fault or not any("internal error" in text for text in room.said())
        assert not (room.link is LinkState.OFF and key != "")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await room.venue.close()
        await room.server.close()
        await asyncio.sleep(1.0)
