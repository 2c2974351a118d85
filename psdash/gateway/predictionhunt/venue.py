"""One session with Prediction Hunt: the socket, the lookups that prove what is quiet, and names made markets."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Final

from psdash.account.account import Account
from psdash.gateway.begun_again import begun_again
from psdash.gateway.clock import Clock, LoopClock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential
from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError
from psdash.gateway.notices import (
    CandlesMoved,
    CatalogueMoved,
    Emit,
    LinkChanged,
    LinkState,
    MarketMoved,
    Severity,
    Spoken,
)
from psdash.gateway.panes import MarketPanes
from psdash.gateway.predictionhunt import words
from psdash.gateway.predictionhunt.claims import Watched, books_due, charts_due
from psdash.gateway.predictionhunt.hunt_gateway import NAME, HuntGateway
from psdash.gateway.predictionhunt.reads import HuntReads
from psdash.gateway.predictionhunt.translate import levels
from psdash.gateway.rest import NotFoundError, Reader, RefusedError, RestError
from psdash.market.board import Board
from psdash.market.candles import Candle, Origin
from psdash.market.catalogue import Market
from psdash.market.elsewhere import is_same_question
from psdash.market.freshness import PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.settings import Endpoint
from psdash.wire.predictionhunt import Tier
from psdash.wire.predictionhunt.rest import CandleRow

log = logging.getLogger(__name__)

#: Between looks for what is due, and between reads of the tier.
LOOK_S: Final = 1.0
TIER_S: Final = 300.0
#: A list that changed is read again so often at most.
LIST_S: Final = 300.0
#: Between looks at how old what the service has of each venue is.
STATUS_S: Final = 30.0
#: Between tries of a name that could not be looked up.
RETRY_S: Final = 5.0
#: The venues whose markets can be looked up by their own ids.
KEYED: Final = ("kalshi", "polymarket")
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
        self.market = HuntFeed(self, emit)
        self.user = NoAccount()
        self._listed_s: float | None = None
        self.quotes = NoQuotes()

    async def resolve(self, slug: str) -> Market:
        """The market of `venue:market_id`. Raises UnknownMarketError or VenueUnreachableError."""
        known = self._board.catalogue.by_slug(slug)
        if known is not None:
            return known
        venue, _, market_id = slug.partition(":")
        try:
            found = await self.reads.bulk([slug])
        except RestError as error:
            raise VenueUnreachableError(error.words) from None
        if slug not in found.prices:
            await self.load_catalogue()
            known = self._board.catalogue.by_slug(slug)
            if known is None:
                raise UnknownMarketError(slug, self._board.catalogue.nearest(slug))
            return known
        market = _market(venue, market_id, await self._title(venue, market_id))
        listed = self._board.catalogue.by_slug(slug)
        if listed is not None:  # the list came meanwhile, and knows its event as well
            return listed
        self._board.catalogue.put([market])
        return market

    async def _title(self, venue: str, market_id: str) -> str:
        """What a market asks, empty where no lookup says: no lookup is by the id of any venue's market (§7)."""
        with suppress(RestError):
            rows = await self.reads.markets(market_id, venue)
            title = next((row.title for row in rows.markets if row.market_id == market_id), "")
            if title or venue not in KEYED:
                return title
            found = await self.reads.matching_key(venue, market_id)
            groups = (group for event in found.events for group in event.groups)
            ours = (venue, market_id)
            return next((g.title for g in groups if any((m.venue, m.market_id) == ours for m in g.markets)), "")
        return ""

    async def load_catalogue(self) -> None:
        """Read markets and events into the catalogue. Raises VenueUnreachableError."""
        self._listed_s = self._clock.monotonic_s()
        try:
            rows = await self.reads.markets("")
            found = await self.reads.search("")
        except RestError as error:
            raise VenueUnreachableError(error.words) from None
        events: dict[tuple[str, str], str] = {}
        groups: dict[int, None] = {}
        for event in found.events:
            for group in event.groups:
                groups[group.group_id] = None
                for member in group.markets:
                    events[member.venue, member.market_id] = event.name
        self._board.catalogue.put(
            _market(row.venue, row.market_id, row.title, events.get((row.venue, row.market_id), ""))
            for row in rows.markets
        )
        for state in self._board.watched:  # what was opened by its id alone has a title now
            listed = self._board.catalogue.by_slug(state.market.slug)
            if state.market.slug in self.socket.watched and listed is not None and listed != state.market:
                self._board.watch(replace(listed, status=state.market.status))
                self._emit(MarketMoved(state.market.slug, state.market.status))
        now_s = self._clock.monotonic_s()
        for row in rows.markets:
            if row.price is not None and row.price.last is not None:
                self._board.catalogue.quotes.price(f"{row.venue}:{row.market_id}", row.price.last, now_s)
        self.socket.follow_groups(list(groups))
        self._emit(CatalogueMoved(len(self._board.catalogue)))

    async def search(self, typed: str) -> Sequence[Market]:
        """Markets of every venue by words of their event, put into the catalogue. Raises VenueUnreachableError."""
        try:
            found = await self.reads.search(typed)
        except NotFoundError:
            return ()
        except RestError as error:
            raise VenueUnreachableError(error.words) from None
        catalogue = self._board.catalogue
        markets: list[Market] = []
        for event in found.events:
            for group in event.groups:
                for member in group.markets:
                    known = catalogue.by_slug(f"{member.venue}:{member.market_id}")
                    markets.append(known or _market(member.venue, member.market_id, group.title, event.name))
        catalogue.put(markets)
        return markets

    async def counterparts(self, market: Market, group: int | None = None) -> Sequence[str]:
        """The markets that ask the same on the venues here, `venue:market_id`; none in doubt.

        Those of `group` where a person named one: by its id only the venues with books are told (§7). Raises
        VenueUnreachableError when it is worth another try.
        """
        if market.title == market.slug.rpartition(":")[2]:
            raise VenueUnreachableError(f"what {market.slug} asks is not known yet")
        try:
            return await (self._matching(market) if group is None else self._grouped(market, group))
        except RefusedError as error:
            log.warning("%s is not to be found elsewhere: %s", market.slug, error)
            return ()
        except RestError as error:
            raise VenueUnreachableError(error.words) from None

    async def _grouped(self, market: Market, group: int) -> Sequence[str]:
        try:
            found = await self.reads.group(group)
        except NotFoundError:
            text = f"Prediction Hunt knows no group {group}, which is pinned for {market.slug}."
            self._emit(Spoken(Severity.WARNING, text, NAME))
            return ()
        return [f"{venue}:{book.market_id}" for venue, book in found.platforms.items()]

    async def _matching(self, market: Market) -> Sequence[str]:
        try:
            found = await self.reads.matching(market.event or market.title)
        except NotFoundError:
            return ()
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
            status = group.create_task(self._learn_status(), name="hunt-status")
            await self.socket.run()
            for task in (auditing, tier, status):
                task.cancel()

    async def follow(self, slugs: Sequence[str], focus: str) -> bool:
        """Resolve and watch. False when some could not be looked up and are worth another try."""
        states = []
        is_whole = True
        over = self.socket.claims.over()
        for slug in slugs:
            if over is not None and self._board.catalogue.by_slug(slug) is None:
                self._panes.unknown(slug, *over)  # a key that is refused is not tried again
                continue
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
        known: Tier | None = None
        while True:
            try:
                said = await self.reads.rate_limit()
                tier = Tier(said.tier)
            except (RestError, ValueError) as error:
                log.info("the key's tier is not known: %s", error)
            else:
                if tier is not known and tier is not Tier.FREE and (left_out := words.without(tier)):
                    self._emit(Spoken(Severity.WARNING, left_out, NAME))
                known = tier
                if tier is not self.socket.wants.tier:
                    self.socket.wants.tier = tier
                    self.socket.stream.wake()
            await asyncio.sleep(TIER_S)

    async def _learn_status(self) -> None:
        """A frame of today may tell what a venue had hours ago: the service says when (§7), and so do the panes."""
        while True:
            try:
                said = await self.reads.status()
            except RestError as error:
                log.info("how old the data is is not known: %s", error)
            else:
                old = frozenset(venue for venue, each in said.platforms.items() if each.status == "stale")
                for venue in sorted(old - self.socket.claims.old_venues):
                    self._emit(Spoken(Severity.WARNING, f"{words.old_data(venue)}.", NAME))
                if old != self.socket.claims.old_venues:
                    self.socket.claims.old_venues = old
                    self.socket.review()
            await asyncio.sleep(STATUS_S)

    async def _audit(self) -> None:
        while True:
            now_s = self._clock.monotonic_s()
            for watched in books_due(self.socket.watched.values(), now_s):
                await self._look(watched)
            for watched in charts_due(self.socket.watched.values(), now_s):
                await self._chart(watched)
            if self.socket.is_list_old and self._listed_s is not None and now_s - self._listed_s >= LIST_S:
                self.socket.is_list_old = False
                with suppress(VenueUnreachableError):
                    await self.load_catalogue()
            self.socket.review()
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
            watched.chart_trouble = error.words
            return
        for outcome, series in enumerate(watched.state.candles):
            series.told_ms = INTERVAL_MS
            series.extend(candle for row in body.candles if (candle := _candle(row, outcome)) is not None)
            self._emit(CandlesMoved(watched.slug, outcome))
        watched.charted_s, watched.chart_trouble, watched.chart_in_doubt = self._clock.monotonic_s(), "", False
        self.socket.claims.of(watched)


class HuntFeed:
    """What the screen asks of a market gateway."""

    def __init__(self, venue: HuntVenue, emit: Emit) -> None:
        self._venue = venue
        self._emit = emit
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
        """The worker, until cancelled."""
        await begun_again(NAME, self._work, self._venue.socket.broke, self.counts, self._emit)

    async def _work(self) -> None:
        if self._wish[0]:
            self._changed.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="hunt-follow")
            await self._venue.run()
            self._changed.set()  # what is watched from now on says why there is nothing

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


def _market(venue: str, market_id: str, title: str, event: str = "") -> Market:
    """A market as the catalogue has it. In its event it goes by its venue first: others ask the same there."""
    slug, title = f"{venue}:{market_id}", title or market_id
    tokens = (f"{slug}/yes", f"{slug}/no")
    return Market(slug, slug, title, MarketStatus.OPEN, tokens, event=event, group=f"{venue}: {title}")


def _candle(row: CandleRow, outcome: int) -> Candle | None:
    if row.open is None or row.high is None or row.low is None or row.close is None:
        return None
    prices = (row.open, row.high, row.low, row.close)
    if outcome:
        prices = (1 - row.open, 1 - row.low, 1 - row.high, 1 - row.close)
    return Candle(row.start_ms, *prices, row.volume or Decimal(0), Origin.VENUE)
