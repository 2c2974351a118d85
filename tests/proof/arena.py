"""Both sides of the wire in virtual time: an exchange that trades, its real server, and a whole client.

Real websockets and real httpx run on a loop whose clock jumps to the next timer. Everything comes from one seed.
"""

from __future__ import annotations

import asyncio
import random
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, TypeVar

import async_solipsism
import httpx
from pydantic import SecretStr

from psdash.account.account import Account, AccountPane
from psdash.gateway.clock import LoopClock
from psdash.gateway.venue import Venue
from psdash.market.board import Board, MarketPane, MarketState
from psdash.settings import Endpoint
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import MarketRow, MarketStatus
from psdash.simulator.protocol.server import Served, Server, ServerOptions
from tests.loopback.simulator.rig import MAKER, START_MS, WALLET, SmallWorld
from tests.proof.truth import LieError, Truth, Witness, check_private

T = TypeVar("T")
TAKER = "0x5555555555555555555555555555555555555555"
TAKER_VAULT = "0x6666666666666666666666666666666666666666"
#: The exchange's clock moves in steps of this much virtual time when nobody trades.
STEP_S = 0.25


class Loop(async_solipsism.EventLoop):  # type: ignore[misc]  # the library has no types
    """Virtual time has no threads: what would go to one is done at once."""

    def __init__(self) -> None:
        super().__init__()
        # The library looks every socket up anew at each turn of the loop, a tenth of a day's CPU: it finds them here.
        found = self._selector._fd_to_key
        self._selector.get_map = lambda: found

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits it gets it
            future.set_exception(error)
        return future


def in_virtual_time(main: Coroutine[Any, Any, T], *, limit_s: float = 1e7) -> T:
    """Run a coroutine; one that would wait for ever fails after `limit_s` virtual seconds."""

    async def bounded() -> T:
        async with asyncio.timeout(limit_s):
            return await main

    with warnings.catch_warnings(), asyncio.Runner(loop_factory=Loop) as runner:
        # A wait below the clock's microsecond is no wait here, as it would be none elsewhere.
        warnings.simplefilter("ignore", async_solipsism.ResolutionWarning)
        return runner.run(bounded())


def now_s() -> float:
    """The virtual second."""
    return asyncio.get_running_loop().time()


class Bustle:
    """Makers and a trader who keep a few books moving, as seeded steps. `rows` are the markets they work."""

    MOST_ORDERS = 40

    def __init__(self, world: SmallWorld, draw: random.Random, markets: int = 1) -> None:
        self.world = world
        self._draw = draw
        listed = world.exchange.catalogue.markets
        others = [row for row in listed if row.status is MarketStatus.OPEN and row is not world.row]
        self.rows: list[MarketRow] = [world.row, *others[: markets - 1]]
        self._resting: dict[str, list[tuple[str, str]]] = {row.symbol: [] for row in self.rows}
        world.exchange.open_account(TAKER, TAKER_VAULT, Decimal(1_000_000))
        self.steps = 0
        for row in self.rows:
            world.exchange.split(TAKER, row.symbol, Decimal(50_000))
        for row in self.rows[1:]:
            for wallet in (WALLET, MAKER):
                world.exchange.split(wallet, row.symbol, Decimal(50_000))
            for cents in range(1, 6):
                self._place(MAKER, row, "buy", 50 - cents, 100)
                self._place(MAKER, row, "sell", 50 + cents, 100)

    @property
    def slugs(self) -> list[str]:
        """The markets, the main one first."""
        return [row.slug for row in self.rows]

    def step(self, own: float = 0.05) -> None:
        """One thing happens in one market: mostly an order placed or cancelled, now and then a trade."""
        draw = self._draw
        self.steps += 1
        row = self.rows[draw.randrange(len(self.rows))]
        resting = self._resting[row.symbol]
        if len(resting) > self.MOST_ORDERS or (resting and draw.random() < 0.35):
            wallet, order_id = resting.pop(draw.randrange(len(resting)))
            self.world.exchange.cancel(wallet, order_id)
            return
        wallet = WALLET if draw.random() < own else MAKER
        side = "buy" if draw.random() < 0.5 else "sell"
        away = draw.randrange(1, 12)
        if draw.random() < 0.12:
            away = -3  # crosses the spread; one's own orders never meet
            wallet = TAKER if wallet is MAKER else wallet
        self._place(wallet, row, side, 50 - away if side == "buy" else 50 + away, draw.randrange(1, 40))

    def _place(self, wallet: str, row: MarketRow, side: str, cents: int, size: int) -> None:
        price = Decimal(cents).scaleb(-2)
        placed = self.world.exchange.place(wallet, row.symbol, side, 0, price, Decimal(size))
        if placed.reject_code is None and placed.order_id is not None:
            self._resting[row.symbol].append((wallet, placed.order_id))


class Arena:
    """One world, its server, one client, and the witness between them."""

    #: Virtual seconds between two steps of the exchange's clock, and between two looks at every book.
    step_s = STEP_S
    look_s = 1.0

    def __init__(self, world: Served, options: ServerOptions, seed: int) -> None:
        self.world = world
        self.board = Board()
        self.account = Account()
        self.truth = Truth(world.exchange, now_s)
        self.witness = Witness(self.truth, self.board, now_s)
        self.draw = random.Random(seed)
        self.focus = MAIN
        self.server = Server(world, options)
        self._options = options
        self.seed = seed
        self._background: list[asyncio.Task[None]] = []
        self._workers: list[asyncio.Task[None]] = []
        self.venue: Venue
        self.http: httpx.AsyncClient

    @property
    def exchange(self) -> Exchange:
        return self.world.exchange

    async def listen(self) -> None:
        """Open the server."""
        await self.server.open(0)
        self.http = httpx.AsyncClient(
            base_url=self.server.rest_url,
            trust_env=False,
            headers={"X-Api-Key": self.server.keyring.fresh.token},
        )

    def endpoint(self) -> Endpoint:
        """Where the client finds it, with its key."""
        key = SecretStr(self.server.keyring.fresh.token)
        return Endpoint(self.server.rest_url, self.server.ws_url, key, None, None, "DEMO")

    async def open(self, watch: Sequence[str]) -> None:
        """Listen, connect, watch."""
        await self.listen()
        self.venue = Venue(
            self.endpoint(),
            self.board,
            self.account,
            self.witness.hear,
            clock=LoopClock(lambda: self.exchange.scheduler.now_ms),
            rng=random.Random(self.seed),
        )
        self.focus = watch[0]
        self.venue.market.watch(watch, watch[0])
        self.start_background()
        self._workers = [asyncio.create_task(self.venue.market.run()), asyncio.create_task(self.venue.user.run())]

    def start_background(self) -> None:
        """The exchange's clock, and the look around once a second."""
        self._background = [asyncio.create_task(self._tell_time()), asyncio.create_task(self._look_around())]

    async def stop_background(self) -> None:
        """End what `listen` and `start_background` began."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.http.aclose()
        await self.server.close()
        self.truth.stop()

    async def close(self) -> None:
        """End everything; whatever broke inside a worker is raised."""
        for task in self._workers:
            if not task.done():
                task.cancel()
        results = await asyncio.gather(*self._workers, return_exceptions=True)
        await self.venue.close()
        await self.stop_background()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def restart_server(self, away_s: float) -> None:
        """The venue goes away as in a restart, and comes back on the same port with the same keys."""
        port = self.server.port
        await self.server.close()
        await asyncio.sleep(away_s)
        self.server = Server(self.world, self._options)
        await self.server.open(port)

    async def _tell_time(self) -> None:
        """The exchange's clock is the loop's."""
        origin_ms, origin_s = self.exchange.scheduler.now_ms, now_s()
        while True:
            self.exchange.scheduler.run_until(origin_ms + round((now_s() - origin_s) * 1000))
            await asyncio.sleep(self.step_s)

    async def _look_around(self) -> None:
        while True:
            await asyncio.sleep(self.look_s)
            self.witness.look_around(self.focus)

    # waiting -------------------------------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], Any], what: str, limit_s: float = 120.0) -> float:
        """Let virtual time pass until something holds; the seconds that took. Raises LieError after `limit_s`."""
        started_s = now_s()
        while not condition():
            if now_s() - started_s > limit_s:
                raise LieError(f"not within {limit_s:g} s: {what}")
            await self._step()
        return now_s() - started_s

    async def _step(self) -> None:
        """A moment passes; what broke inside a worker is raised."""
        await asyncio.sleep(0.02)
        for task in self._workers:
            if task.done():
                task.result()

    def state(self, slug: str) -> MarketState:
        state = self.board.state(slug)
        assert state is not None, slug
        return state

    def is_book_live(self, slug: str) -> bool:
        state = self.board.state(slug)
        return state is not None and bool(state.books) and all(each.is_live for each in state.book_freshness)

    def is_live(self, slug: str) -> bool:
        """Books, tape and chart."""
        panes = (MarketPane.TAPE, MarketPane.CHART)
        return self.is_book_live(slug) and all(self.state(slug).freshness[pane].is_live for pane in panes)

    def is_current(self, slug: str) -> bool:
        """Both books are the ledger's newest."""
        return all(self.truth.is_current(book) for book in self.state(slug).books)

    def is_account_live(self) -> bool:
        return all(self.account.freshness[pane].is_live for pane in AccountPane)

    async def settled(self, slugs: Sequence[str], limit_s: float = 180.0) -> float:
        """Wait until everything is live and current; the seconds that took."""
        started_s = now_s()
        while lacking := self._lacking(slugs):
            if now_s() - started_s > limit_s:
                raise LieError(f"not settled within {limit_s:g} s: {'; '.join(lacking)}")
            await self._step()
        return now_s() - started_s

    def _lacking(self, slugs: Sequence[str]) -> list[str]:
        """What is not live, or not the ledger's newest, in words."""
        lacking: list[str] = []
        for slug in slugs:
            state = self.board.state(slug)
            if state is None:
                lacking.append(f"{slug} unknown")
                continue
            for outcome, book in enumerate(state.books):
                freshness = state.book_freshness[outcome]
                if not freshness.is_live or not self.truth.is_current(book):
                    at = f"at #{book.seq} of #{self.truth.seq(book.token)}"
                    lacking.append(f"{slug}/{outcome} {freshness.state} {freshness.reason} {at}")
            for pane in (MarketPane.TAPE, MarketPane.CHART):
                if not state.freshness[pane].is_live:
                    lacking.append(f"{slug} {pane} {state.freshness[pane].state} {state.freshness[pane].reason}")
        for account_pane, freshness in self.account.freshness.items():
            if not freshness.is_live:
                lacking.append(f"{account_pane} {freshness.state} {freshness.reason}")
        return lacking

    # judging -------------------------------------------------------------------------------------------------------

    async def at_rest(self, slugs: Sequence[str], settle_s: float = 100.0) -> None:
        """When the faults have ended: everything converges, and every invariant held and holds. Raises LieError."""
        await asyncio.sleep(settle_s)
        await self.settled(slugs)
        self.witness.verdict()
        for slug in slugs:
            missing = self.truth.missing_trades(self.state(slug))
            if missing:
                raise LieError(f"{slug}: {len(missing)} trades are neither on the tape nor in a gap: {min(missing)}")
        rest = {
            "orders": (await self._get("/api/orders/open"))["orders"],
            "trades": (await self._get("/api/me/trades", limit="200"))["trades"],
            "positions": (await self._get("/api/me/positions"))["positions"],
        }
        check_private(self.account, self.exchange, rest)
        self.conserved()
        self.exchange.check()

    def conserved(self) -> None:
        """C. Raises LieError."""
        for gateway in (self.venue.market, self.venue.user):
            if not gateway.counts.is_conserved or gateway.counts.buffered < 0:
                raise LieError(f"frames are unaccounted for: {gateway.name} {gateway.counts}")

    async def _get(self, path: str, **params: str) -> Any:
        response = await self.http.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def cut(self) -> int:
        """Every socket breaks off without a close frame; how many did."""
        lines = self.server.lines
        for line in lines:
            line.connection.transport.abort()
        return len(lines)


@asynccontextmanager
async def arena(
    seed: int,
    *,
    world: Served | None = None,
    watch: Sequence[str] = (MAIN,),
    options: ServerOptions | None = None,
) -> AsyncIterator[Arena]:
    """An arena that is open; it is closed afterwards, and the conservation law is checked once more."""
    made = Arena(world or SmallWorld(seed), options or ServerOptions(seed=seed), seed)
    await made.open(watch)
    try:
        yield made
    finally:
        await made.close()
    made.conserved()


__all__ = ["MAIN", "MAKER", "START_MS", "WALLET", "Arena", "Bustle", "arena", "in_virtual_time", "now_s"]
