"""One session with Prediction Hunt: the socket, the lookups that prove what is quiet, and names made markets."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Final

from psdash.account.account import Account
from psdash.gateway.clock import Clock, LoopClock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential
from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError
from psdash.gateway.notices import CandlesMoved, CatalogueMoved, Emit, LinkChanged, LinkState
from psdash.gateway.panes import MarketPanes
from psdash.gateway.predictionhunt.hunt_gateway import HuntGateway, Watched
from psdash.gateway.predictionhunt.reads import HuntReads
from psdash.gateway.predictionhunt.translate import levels
from psdash.gateway.rest import NotFoundError, Reader, RestError
from psdash.market.board import Board, MarketPane
from psdash.market.candles import Candle, Origin
from psdash.market.catalogue import Market
from psdash.market.elsewhere import is_same_question
from psdash.market.freshness import PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.settings import Endpoint
from psdash.wire.predictionhunt import Tier
from psdash.wire.predictionhunt.rest import CandleRow, MarketRow, SearchGroup

log = logging.getLogger(__name__)

#: Between looks for what is due, and between reads of the chart and of the tier.
LOOK_S: Final = 1.0
CHART_S: Final = 60.0
TIER_S: Final = 300.0
#: Between tries of a name that could not be looked up.
RETRY_S: Final = 5.0
#: The chart's history: the finest interval that there is.
INTERVAL: Final = "1m"
INTERVAL_MS: Final = 60_000


class HuntVenue:
    """What a dashboard or a headless command constructs, inside a running loop. It has no account."""

    def __init__(
        self,
        endpoint: Endpoint,
        board: Board,
        account: Account,
        emit: Emit,
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._board = board
        self._emit = emit
        self._clock = clock or LoopClock()
        self.reads = HuntReads(Reader(endpoint.rest_url, Credential(api_key=endpoint.api_key)))
        self._reader = self.reads.reader
        self._panes = MarketPanes(board, emit, self._clock)
        self.socket = HuntGateway(
            endpoint.ws_url, endpoint.api_key, board, emit, clock=self._clock, rng=rng or random.Random()
        )
        self.market = HuntFeed(self)
        self.user = NoAccount()
        self.quotes = NoQuotes()
        self._charted_s: dict[str, float] = {}

    async def resolve(self, slug: str) -> Market:
        """The market of `venue:market_id`. Raises UnknownMarketError or VenueUnreachableError."""
        known = self._board.catalogue.by_slug(slug)
        if known is not None:
            return known
        venue, _, market_id = slug.partition(":")
        try:
            found = await self.reads.bulk([slug])
            title = market_id
            if slug in found.prices:
                rows = await self.reads.markets(market_id, venue)
                title = next((row.title for row in rows.markets if row.market_id == market_id), "") or market_id
        except RestError as error:
            raise VenueUnreachableError(error.words) from None
        if slug not in found.prices:
            await self.load_catalogue()
            known = self._board.catalogue.by_slug(slug)
            if known is None:
                raise UnknownMarketError(slug, self._board.catalogue.nearest(slug))
            return known
        market = _market(venue, market_id, title)
        self._board.catalogue.put([market])
        return market

    async def load_catalogue(self) -> None:
        """Read markets and events into the catalogue. Raises VenueUnreachableError."""
        try:
            rows = await self.reads.markets("")
            found = await self.reads.search("")
        except RestError as error:
            raise VenueUnreachableError(error.words) from None
        events = {}
        groups: dict[int, None] = {}
        for event in found.events:
            for group in event.groups:
                groups[group.group_id] = None
                for member in group.markets:
                    events[f"{member.venue}:{member.market_id}"] = (event.name, group)
        self._board.catalogue.put(_listed(row, events.get(f"{row.venue}:{row.market_id}")) for row in rows.markets)
        now_s = self._clock.monotonic_s()
        for row in rows.markets:
            if row.price is not None and row.price.last is not None:
                self._board.catalogue.quotes.price(f"{row.venue}:{row.market_id}", row.price.last, now_s)
        self.socket.follow_groups(list(groups))
        self._emit(CatalogueMoved(len(self._board.catalogue)))

    async def counterparts(self, market: Market) -> Sequence[str]:
        """The markets that ask the same on the venues here, `venue:market_id`; none in doubt.

        Raises VenueUnreachableError.
        """
        try:
            found = await self.reads.matching(market.event or market.title)
        except NotFoundError:
            return ()
        except RestError as error:
            raise VenueUnreachableError(error.words) from None
        return [
            f"{member.venue}:{member.market_id}"
            for event in found.events
            if event.confidence in ("", "high")
            for group in event.groups
            if is_same_question(group.title, market.title)
            for member in group.markets
        ]

    async def close(self) -> None:
        """Let go of the REST connections. Cancel the workers first."""
        await self._reader.close()

    # the worker -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """The socket and the lookups, until cancelled or refused for good."""
        async with asyncio.TaskGroup() as group:
            auditing = group.create_task(self._audit(), name="hunt-audit")
            tier = group.create_task(self._learn_tier(), name="hunt-tier")
            await self.socket.run()
            auditing.cancel()
            tier.cancel()

    async def follow(self, slugs: Sequence[str], focus: str) -> bool:
        """Resolve and watch. False when some could not be looked up and are worth another try."""
        states = []
        is_whole = True
        for slug in slugs:
            try:
                states.append(self._board.watch(await self.resolve(slug)))
            except UnknownMarketError as error:
                near = f"; the nearest: {', '.join(error.nearest)}" if error.nearest else ""
                self._panes.unknown(slug, PaneState.REFUSED, f"Prediction Hunt has no market {slug}{near}")
            except VenueUnreachableError as error:
                self._panes.unknown(slug, PaneState.CONNECTING, str(error))
                is_whole = False
        self._board.keep(slugs)
        self.socket.follow(states, focus)
        return is_whole

    async def _learn_tier(self) -> None:
        """What the key was bought for decides what may be asked; until it is known, the least that has a socket."""
        while True:
            try:
                said = await self.reads.rate_limit()
                tier = Tier(said.tier)
            except (RestError, ValueError) as error:
                log.info("the key's tier is not known: %s", error)
            else:
                if tier is not self.socket.wants.tier:
                    self.socket.wants.tier = tier
                    self.socket.stream.wake()
            await asyncio.sleep(TIER_S)

    async def _audit(self) -> None:
        while True:
            now_s = self._clock.monotonic_s()
            for watched in self.socket.due(now_s):
                await self._look(watched)
            for watched in [*self.socket.watched.values()]:
                charted_s = self._charted_s.get(watched.slug, float("-inf"))
                if watched.is_focused and now_s - charted_s >= CHART_S:
                    self._charted_s[watched.slug] = now_s
                    await self._chart(watched)
            await asyncio.sleep(LOOK_S)

    async def _look(self, watched: Watched) -> None:
        """The whole book by REST: it proves a quiet one, and corrects a wrong one."""
        try:
            body = await self.reads.book(watched.venue, watched.market_id)
        except NotFoundError:
            watched.books = False  # quotes alone then
            return
        except RestError as error:
            log.info("%s: no lookup: %s", watched.slug, error)
            return
        self.socket.load(watched, levels(body.yes.bids), levels(body.yes.asks), body.at_ms)

    async def _chart(self, watched: Watched) -> None:
        try:
            body = await self.reads.history(watched.venue, watched.market_id, INTERVAL)
        except RestError as error:
            state = PaneState.STALE if len(watched.state.candles[0]) else PaneState.CONNECTING
            self._panes.pane(watched.state, MarketPane.CHART, state, str(error), None)
            return
        for outcome, series in enumerate(watched.state.candles):
            series.told_ms = INTERVAL_MS
            series.extend(candle for row in body.candles if (candle := _candle(row, outcome)) is not None)
            self._emit(CandlesMoved(watched.slug, outcome))
        now_s = self._clock.monotonic_s()
        self._panes.pane(watched.state, MarketPane.CHART, PaneState.LIVE, "read once a minute", now_s)


class HuntFeed:
    """What the screen asks of a market gateway."""

    def __init__(self, venue: HuntVenue) -> None:
        self._venue = venue
        self._wish: tuple[tuple[str, ...], str] = ((), "")
        self._changed = asyncio.Event()

    @property
    def counts(self) -> FrameCounts:
        return self._venue.socket.counts

    @property
    def link(self) -> LinkChanged:
        return self._venue.socket.link

    @property
    def offset_ms(self) -> float | None:
        return None

    def watch(self, slugs: Sequence[str], focus: str) -> None:
        """Show these; resolved in the background."""
        self._wish = (tuple(slugs), focus)
        self._changed.set()

    def resync(self, slug: str) -> None:
        """The person wants a fresh look."""
        watched = self._venue.socket.watched.get(slug)
        if watched is not None:
            watched.asked_s = float("-inf")
            watched.has_depth = False

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(self._follow(), name="hunt-follow")
            await self._venue.run()
            following.cancel()

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not await self._venue.follow(*self._wish):
                with suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_S):
                        await self._changed.wait()
                self._changed.set()


class NoAccount:
    """This source knows nothing of the person's own."""

    def __init__(self) -> None:
        self.counts = FrameCounts()
        self.link = LinkChanged("account", LinkState.OFF, "Prediction Hunt knows nothing of your own orders")
        self.offset_ms: float | None = None

    async def run(self) -> None:
        return


class NoQuotes:
    """Quotes come with the list."""

    def want(self, slugs: Sequence[str]) -> None:
        return

    async def run(self) -> None:
        return


def _market(venue: str, market_id: str, title: str, event: str = "", group: str = "") -> Market:
    slug = f"{venue}:{market_id}"
    return Market(
        slug, slug, title or market_id, MarketStatus.OPEN, (f"{slug}/yes", f"{slug}/no"), event=event, group=group
    )


def _listed(row: MarketRow, place: tuple[str, SearchGroup] | None) -> Market:
    event, group = ("", "") if place is None else (place[0], place[1].title)
    return _market(row.venue, row.market_id, row.title, event, group or row.venue)


def _candle(row: CandleRow, outcome: int) -> Candle | None:
    if row.open is None or row.high is None or row.low is None or row.close is None:
        return None
    prices = (row.open, row.high, row.low, row.close)
    if outcome:
        prices = (1 - row.open, 1 - row.low, 1 - row.high, 1 - row.close)
    return Candle(row.start_ms, *prices, row.volume or Decimal(0), Origin.VENUE)
