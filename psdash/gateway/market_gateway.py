"""The market gateway: books, tapes, candles, statuses and the platform, onto the board (protocol §4, §5, §6)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial

from psdash.gateway import translate
from psdash.gateway.books import BookFeed
from psdash.gateway.clock import Clock
from psdash.gateway.keychain import Keychain
from psdash.gateway.liveness import Timing
from psdash.gateway.lookup import Lookup, UnknownMarketError, VenueUnreachableError
from psdash.gateway.market_claims import NO_KEY, PLATFORM, UNREAD, MarketClaims
from psdash.gateway.market_reads import FOCUS_TAPE_S, OTHER_TAPE_S, OVERLAP_MS, MarketReads, Seeds
from psdash.gateway.market_status import MarketStatuses
from psdash.gateway.notices import (
    CandlesMoved,
    Emit,
    GatewayName,
    Severity,
    Spoken,
    TapeMoved,
)
from psdash.gateway.panes import MarketPanes
from psdash.gateway.reads import Rest
from psdash.gateway.rest import RestError, UnreachableError
from psdash.gateway.subscriptions import Line, lines_of, normal
from psdash.gateway.sync import REST_DEPTH
from psdash.gateway.worker import GatewayWorker
from psdash.market.board import Board, MarketPane, MarketState
from psdash.market.catalogue import Market
from psdash.market.freshness import PaneState
from psdash.settings import Endpoint
from psdash.wire import predictstreet as wire
from psdash.wire.predictstreet import CommandError, Event, Feed, Greeting
from psdash.wire.predictstreet.commands import Command

log = logging.getLogger(__name__)

#: Between reads by REST of what the socket tells in a form that cannot be read.
RETELL_S = 5.0
#: Between looks at what the panes of a market may claim that is not the focused one.
OTHERS_S = 1.0
_OUTCOME_FEEDS = (Feed.BOOK, Feed.MATCHES, Feed.SETTLEMENTS, Feed.CANDLES)


class MarketGateway(GatewayWorker):
    """Everything public. It writes the board, then emits; `watch` says what to show."""

    def __init__(
        self,
        endpoint: Endpoint,
        reads: Rest,
        lookup: Lookup,
        board: Board,
        emit: Emit,
        *,
        clock: Clock,
        rng: random.Random,
        timing: Timing | None = None,
        keychain: Keychain | None = None,
        on_settled: Callable[[str, int], None] | None = None,
    ) -> None:
        super().__init__(
            GatewayName.MARKET,
            endpoint.market_url,
            endpoint,
            emit,
            clock=clock,
            rng=rng,
            timing=timing,
            keychain=keychain,
        )
        self._board = board
        self._rest = reads
        self._lookup = lookup
        self._panes = MarketPanes(board, emit, clock)
        self._on_settled = on_settled
        self._wanted: tuple[str, ...] = ()
        self._focus = ""
        self._seeds: dict[str, Seeds] = {}
        self._is_silent = False
        self._others_due_s = float("-inf")
        self._books = BookFeed(
            subscriptions=self.subscriptions,
            next_id=self.connection.next_id,
            counts=self.counts,
            panes=self._panes,
            emit=emit,
            clock=clock,
            ignore=self.ignore,
            wake=self.connection.wake,
            standing=self._standing,
        )
        self._claims = MarketClaims(self, self._panes, self._books, self._seeds)
        self._reads = MarketReads(
            reads, emit, clock, self._claims.market, counts=self.counts, heard_ms=self._heard_ms
        )
        self._statuses = MarketStatuses(
            reads,
            lookup,
            board,
            emit,
            clock=clock,
            jobs=self.jobs,
            claims=self._claims,
            seeds=self._seeds,
            states=self._states,
            followed=self._follow,
        )
        self._takers: dict[type[object], Callable[..., None]] = {
            wire.BookDelta: self._books.delta,
            wire.BookUpdate: self._books.update,
            wire.BookSnapshot: self._books.snapshot,
            wire.BookSnapshotFailed: self._books.snapshot_failed,
            wire.TradeMatched: self._matched,
            wire.TradeSettled: self._settled,
            wire.CandleUpdate: self._candle,
            wire.MarketPaused: self._lifecycle,
            wire.MarketUnpaused: self._lifecycle,
            wire.MarketResolved: self._lifecycle,
            wire.MarketStatus: self._lifecycle,
            wire.PlatformStatus: self._platform,
            wire.older.BookDelta: self._books.delta,
            wire.older.BookSnapshot: self._books.snapshot,
            wire.older.Trade: self._matched,
        }

    # what the screen asks --------------------------------------------------------------------------------------

    def watch(self, slugs: Sequence[str], focus: str) -> None:
        """Follow these markets from now on, `focus` most closely. Unknown slugs are looked up while it runs."""
        self._wanted = tuple(dict.fromkeys([focus, *slugs] if focus else slugs))
        self._focus = self._statuses.focus = focus
        for slug in self._wanted:
            known = self._board.catalogue.by_slug(slug)
            if known is not None:
                self._board.watch(known)
                self._statuses.follow(slug)
            elif not self.jobs.is_running(f"find {slug}"):
                self._panes.unknown(slug, PaneState.CONNECTING, "looking the market up")
                self.jobs.start(f"find {slug}", partial(self._find, slug), partial(self._not_found_yet, slug))
        for slug in self._statuses.keep_only(self._wanted):
            state = self._board.state(slug)
            if state is not None:
                self._let_go(state)
        self._follow()
        self._board.keep(self._wanted)

    def resync(self, slug: str) -> None:
        """The person wants everything of a market read again."""
        self._books.resync(slug)
        state = self._board.state(slug)
        if state is not None and slug in self._wanted:
            self._statuses.soon([slug])
            self._read_history(state)

    async def work(self) -> None:
        """Dial, subscribe, read, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self.jobs.bind(group)
            group.create_task(self._statuses.poll(), name="market-poll")
            if self.credential.is_set:
                group.create_task(self.credential.keep(), name="market-credential")
                group.create_task(self.connection.run(), name="market-connection")
            else:
                self.connection.stay_off(NO_KEY)
                self.emit(Spoken(Severity.WARNING, f"No live data: {NO_KEY}.", self.name))
                self.review()

    # which markets ---------------------------------------------------------------------------------------------

    async def _find(self, slug: str) -> None:
        try:
            market = await self._lookup.resolve(slug)
        except UnknownMarketError as error:
            nearest = f" The nearest are: {', '.join(error.nearest)}." if error.nearest else ""
            self._panes.unknown(slug, PaneState.REFUSED, "the venue has no such market")
            self.emit(Spoken(Severity.ERROR, f"The venue has no market {slug}.{nearest}", self.name))
            return
        except VenueUnreachableError as error:
            raise UnreachableError(str(error)) from None
        if slug in self._wanted:
            self._board.watch(market)
            self._statuses.follow(slug)
            self._follow()

    def _not_found_yet(self, slug: str, error: RestError) -> None:
        self._panes.unknown(slug, PaneState.CONNECTING, f"looking the market up: {error.words}")

    def _follow(self) -> None:
        """Bring books and subscriptions in line with what is wanted and known."""
        states = self._states()
        for state in states:
            self._seeds.setdefault(state.market.slug, Seeds.following(state))
        self._say_settlements()
        self._books.set_markets(states, self._focus)
        self._statuses.soon()
        self.rewant()
        for state in states:
            seeds = self._seeds[state.market.slug]
            if not seeds.is_begun and self._hears(state):  # still carried for others: no answer is to come
                seeds.hears(self._heard_ms())
                self._read_history(state)
        self.review()

    def _states(self) -> list[MarketState]:
        return [state for slug in self._wanted if (state := self._board.state(slug)) is not None]

    def _let_go(self, state: MarketState) -> None:
        self._seeds.pop(state.market.slug, None)
        for pane in (MarketPane.TAPE, MarketPane.CHART, MarketPane.STATUS):
            self._panes.pane(state, pane, PaneState.OFF, "", state.freshness[pane].proved_s)

    def tiers(self) -> Sequence[Sequence[Line]]:
        states = self._states()
        focused = [state.market for state in states if state.market.slug == self._focus]
        others = [state.market for state in states if state.market.slug != self._focus]
        return ([*self._lines(focused), PLATFORM], self._lines(others))

    def _lines(self, markets: Sequence[Market]) -> list[Line]:
        """What markets need, feed by feed: books first, since they are what a trader looks at."""
        feeds = [feed for feed in _OUTCOME_FEEDS if self.dialect.carries(feed)]
        lines = [line for feed in feeds for market in markets for line in lines_of(feed, market.tokens)]
        lines += [Line(Feed.LIFECYCLE, normal(market.condition)) for market in markets if market.condition]
        return lines

    # the session -----------------------------------------------------------------------------------------------

    def session_opened(self, greeting: Greeting) -> None:
        self._rest.venue_time.begin()  # another host, perhaps
        for seeds in self._seeds.values():
            seeds.live_from_ms.clear()
            seeds.unread.clear()
        self._books.opened(asks=self.dialect.asks_books)
        self._reads.print_candles.is_on = not self.dialect.carries(Feed.CANDLES)
        self._reads.settles = self.dialect.carries(Feed.SETTLEMENTS)
        self._say_settlements()

    def _say_settlements(self) -> None:
        """Every tape knows whether its settlements are told."""
        for state in self._states():
            if state.tape.tell_settlements(self._reads.settles):
                self.emit(TapeMoved(state.market.slug))

    def session_closed(self) -> None:
        self._books.closed()
        for state in self._states():
            seeds = self._seeds.get(state.market.slug)
            if seeds is None:
                continue
            seeds.session += 1
            seeds.tape_done = seeds.chart_done = False
            if self._hears(state):
                # A feed that went silent was so before anybody could know.
                seeds.went_deaf(self._heard_ms() - (OVERLAP_MS if self._is_silent else 0))
        self._is_silent = False

    def lines_accepted(self, lines: Sequence[Line]) -> None:
        markets: dict[str, MarketState] = {}
        for line in lines:
            if line.feed is Feed.BOOK:
                self._books.accepted(line.id)
            elif line.feed in (Feed.MATCHES, Feed.CANDLES):
                state = self._state_of(line.id)
                if state is not None:
                    markets[state.market.slug] = state
            elif line.feed is Feed.PLATFORM:
                self._statuses.platform_soon()
            elif line.feed is Feed.LIFECYCLE:
                self._statuses.soon(market.slug for market in self._board.catalogue.by_condition(line.id))
        self._statuses.soon()
        for state in markets.values():
            if self._hears(state):
                seeds = self._seeds[state.market.slug]
                seeds.hears(self._heard_ms())
                self._reads.print_candles.hears(state, seeds.chart, self._heard_ms())
            self._read_history(state)

    def _hears(self, state: MarketState) -> bool:
        """Whether prints of every outcome come over the socket."""
        lines = lines_of(Feed.MATCHES, state.market.tokens)
        return bool(lines) and all(self.subscriptions.sid_of(line) is not None for line in lines)

    def _heard_ms(self) -> int:
        """The newest venue time that a socket has brought."""
        return self.connection.venue_time.reached_ms

    def slept(self, seconds: float) -> None:
        super().slept(seconds)
        self._books.slept(seconds)

    def ticked(self, now_s: float) -> None:
        super().ticked(now_s)
        others = now_s >= self._others_due_s
        if others:
            self._others_due_s = now_s + OTHERS_S
        if not self._books.ticked(now_s, others=others):
            self._is_silent = True
            self.counts.happened("silent sessions left")
            self.connection.drop("The gateway answers pings but not for its books: the subscriptions went silent")
            return
        for entry in self._books.fallbacks(now_s):
            self.jobs.start(f"book {entry.slug}/{entry.outcome_index}", partial(self._fall_back, entry.token))
        for entry in self._books.cross_checks(now_s):
            self.jobs.start(f"check {entry.slug}/{entry.outcome_index}", partial(self._cross_check, entry.token))
        states = self._states()
        for state in states:
            if others or state.market.slug == self._focus:
                self._claims.market(state)
            seeds = self._seeds.get(state.market.slug)
            if seeds is not None and seeds.tape_done and self._hears(state):
                self._tend_tape(state, seeds, now_s, len(states))
            if seeds is not None and seeds.retell_due_s is not None and now_s >= seeds.retell_due_s:
                seeds.retell_due_s = None
                self._read_history(state)

    def _tend_tape(self, state: MarketState, seeds: Seeds, now_s: float, watched: int) -> None:
        """Read a live tape again now and then, and say of a match that it does not settle."""
        if now_s >= seeds.tape_due_s:
            slug = state.market.slug
            # One reading a second at most, however many markets are watched.
            period_s = FOCUS_TAPE_S if slug == self._focus else max(OTHER_TAPE_S, 1.0 * watched)
            seeds.tape_due_s = now_s + period_s
            if seeds.tape_read_s is None or now_s - seeds.tape_read_s >= period_s:
                self._read_tape(state, seeds)
        if not self._claims.unsettled_words(state):
            overdue = state.tape.overdue(self._heard_ms())
            if overdue:
                self.counts.happened("matches that did not settle", len(overdue))
                self.emit(TapeMoved(state.market.slug, unsettled=tuple(overdue)))

    async def _fall_back(self, token: str) -> None:
        entry = self._books.entries.get(token)
        if entry is not None:
            body = await self._rest.orderbook(entry.state.market.symbol, entry.outcome_index)
            self._books.fell_back(entry, body)

    async def _cross_check(self, token: str) -> None:
        entry = self._books.entries.get(token)
        if entry is not None:
            body = await self._rest.orderbook(entry.state.market.symbol, entry.outcome_index, REST_DEPTH)
            self._books.cross_checked(entry, body)

    def unread(self, feed: Feed, entity: str) -> None:
        """A push that cannot be read makes its pane say so, and REST tell what it said."""
        super().unread(feed, entity)
        entry = self._books.entries.get(normal(entity)) if entity else None
        if entry is None:
            return
        if feed is Feed.BOOK:
            self._books.doubt(entry, UNREAD[feed])
            return
        seeds = self._seeds.get(entry.slug)
        if seeds is None or feed not in UNREAD:
            return
        first = not seeds.unread
        seeds.unread[feed] = seeds.unread.get(feed, 0) + 1
        if seeds.retell_due_s is None:
            seeds.retell_due_s = self.clock.monotonic_s() + (0.0 if first else RETELL_S)
        self._claims.market(entry.state)

    def own_command(self, now_s: float, *, urgent: bool) -> Command | None:
        return self._books.next_command(now_s, urgent=urgent)

    def own_error(self, error: CommandError) -> bool:
        return self._books.failed(error)

    # frames ----------------------------------------------------------------------------------------------------

    def event(self, event: Event) -> None:
        told_ms = event.server_ms
        self.connection.venue_time.saw(told_ms if told_ms is not None else self.dialect.told_ms(event))
        taker = self._takers.get(type(event))
        if taker is None:
            self.ignore(f"{event.kind} on the market gateway")
        else:
            taker(event)

    def _state_of(self, token: str) -> MarketState | None:
        """The watched market of a token, None when it is not watched (any more)."""
        entry = self._books.entries.get(token)
        return None if entry is None else entry.state

    def _matched(self, frame: wire.TradeMatched) -> None:
        entry = self._books.entries.get(frame.token)
        if entry is None:
            self.ignore("trade_matched of a market that is not watched")
            return
        try:
            print_ = translate.matched(frame, entry.outcome_index)
        except ValueError as error:
            self.ignore(f"trade_matched: {error}")
            self.unread(Feed.MATCHES, frame.token)
            return
        if entry.state.tape.add(print_):
            self.counts.applied += 1
            kept = entry.state.tape.get(print_.trade_id)
            self.emit(TapeMoved(entry.slug, (kept or print_,)))
            seeds = self._seeds.get(entry.slug)
            if seeds is not None:
                self._reads.print_candles.printed(entry.state, seeds.chart, (print_,))
        else:
            self.counts.duplicate += 1

    def _settled(self, frame: wire.TradeSettled) -> None:
        state = self._state_of(frame.token)
        if state is None:
            self.ignore("trade_settled of a market that is not watched")
        elif frame.trade_id is None:
            self.ignore("trade_settled that names no trade")
            self.unread(Feed.SETTLEMENTS, frame.token)
        else:
            if state.tape.settle(frame.trade_id, frame.venue_ms):
                self.counts.applied += 1
                self.emit(TapeMoved(state.market.slug, settled=(frame.trade_id,)))
            else:
                self.counts.duplicate += 1
            if self._on_settled is not None:
                self._on_settled(frame.trade_id, frame.venue_ms)

    def _candle(self, frame: wire.CandleUpdate) -> None:
        entry = self._books.entries.get(frame.token)
        if entry is None:
            self.ignore("ohlc_update of a market that is not watched")
            return
        try:
            candle = translate.candle(frame)
        except ValueError as error:
            self.ignore(f"ohlc_update: {error}")
            if frame.open is not None or frame.close is not None:  # else an empty bucket, which says nothing
                self.unread(Feed.CANDLES, frame.token)
            return
        seeds = self._seeds.get(entry.slug)
        if seeds is not None:
            seeds.live_from_ms.setdefault(entry.outcome_index, candle.start_ms)
        if entry.state.candles[entry.outcome_index].upsert(candle):
            self.counts.applied += 1
            self.emit(CandlesMoved(entry.slug, entry.outcome_index, candle))
        else:
            self.counts.duplicate += 1

    def _lifecycle(self, frame: wire.LifecyclePush) -> None:
        if self._statuses.lifecycle(frame):
            self.counts.applied += 1
        else:
            self.ignore("lifecycle of a market that is not watched")

    def _platform(self, frame: wire.PlatformStatus) -> None:
        self.counts.applied += 1
        self._statuses.platform(frame)

    # REST ------------------------------------------------------------------------------------------------------

    def _read_history(self, state: MarketState) -> None:
        slug = state.market.slug
        seeds = self._seeds.get(slug)
        if seeds is None or not state.market.tokens:
            return
        seeds.is_begun = True
        reads = self._reads
        self._read_tape(state, seeds)
        self.jobs.start(
            f"candles {slug}", partial(reads.candles, state, seeds), partial(reads.troubled_chart, state, seeds)
        )

    def _read_tape(self, state: MarketState, seeds: Seeds) -> None:
        self.jobs.start(
            f"tape {state.market.slug}",
            partial(self._reads.tape, state, seeds),
            partial(self._reads.troubled_tape, state, seeds),
        )

    # claims ----------------------------------------------------------------------------------------------------

    def _standing(self, line: Line, had_data: bool) -> tuple[PaneState, str] | None:
        return self._claims.standing(line, had_data)

    def review(self) -> None:
        for entry in self._books.entries.values():
            self._books.claim(entry)
        for state in self._states():
            self._claims.market(state)
            self._claims.status(state)
        self._claims.platform()
