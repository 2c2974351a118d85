"""The one socket of Prediction Hunt: who is watched, what each frame changes, what each pane may claim.

Nothing is numbered here (prediction hunt §1), so no gap can be seen. A book or a quote is LIVE while something proved
it within its budget: a frame of its own, or the lookup that is asked again whenever it was quiet.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from pydantic import SecretStr

from psdash.gateway.begun_again import INTERNAL_ERROR
from psdash.gateway.clock import Clock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import (
    BookMoved,
    Emit,
    LinkChanged,
    MarketMoved,
    Severity,
    SignalsMoved,
    Spoken,
)
from psdash.gateway.panes import MarketPanes
from psdash.gateway.predictionhunt import translate, words
from psdash.gateway.predictionhunt.claims import Claims, Watched
from psdash.gateway.predictionhunt.wants import Wants
from psdash.gateway.refusals import Verdict
from psdash.gateway.streaming import Stream
from psdash.market.board import Board, MarketState
from psdash.market.book import UNNUMBERED, Level
from psdash.market.lifecycle import MarketStatus
from psdash.market.signals import Signal, SignalKind
from psdash.market.ticks import to_ticks
from psdash.wire import predictionhunt as wire
from psdash.wire.predictionhunt import Channel

log = logging.getLogger(__name__)

NAME: Final = "hunt"
#: Below the ten a second that the venue refuses beyond.
FRAMES_PER_S: Final = 5.0
BURST: Final = 5
HEARTBEAT_S: Final = 15.0
PONG_S: Final = 10.0


class HuntGateway:
    """A StreamHandler, and what the screen asks of a market gateway."""

    def __init__(
        self,
        ws_url: str,
        key: SecretStr | None,
        board: Board,
        emit: Emit,
        *,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._ws_url = ws_url
        self._key = key
        self._board = board
        self._emit = emit
        self._clock = clock
        self.stream = Stream(NAME, self, clock=clock, rng=rng, frames_per_s=FRAMES_PER_S, burst=BURST)
        self.wants = Wants()
        self.claims = Claims(self.stream, self.wants, MarketPanes(board, emit, clock), clock)
        self.watched: dict[str, Watched] = {}
        self._by_id: dict[str, Watched] = {}
        self._groups: tuple[int, ...] = ()
        self._said: set[str] = set()
        self._refusal: wire.Refusal | None = None
        self._authenticated = False
        self._heartbeat_s: float | None = None
        self._beat_s = 0.0
        #: Whether markets or groups came or changed since somebody put this back.
        self.is_list_old = False

    # what the screen asks -------------------------------------------------------------------------------------------

    @property
    def counts(self) -> FrameCounts:
        """The conservation law of this gateway."""
        return self.stream.counts

    @property
    def link(self) -> LinkChanged:
        """The newest state of the connection."""
        return self.stream.link

    @property
    def offset_ms(self) -> float | None:
        """Unknown: no frame answers a question with a time."""
        return None

    async def run(self) -> None:
        """The worker, until cancelled or refused for good."""
        if self._key is None:
            self.stream.stay_off("no key is set (PSDASH_PREDICTIONHUNT_KEY)")
            return
        await self.stream.run()

    def broke(self, wait_s: float) -> None:
        """A fault of our own ended the session; another begins in so many seconds."""
        for watched in self.watched.values():
            watched.chart_in_doubt, watched.chart_asked_s = True, float("-inf")
        self.stream.broke(INTERNAL_ERROR, wait_s)
        self.closed(INTERNAL_ERROR, refused=False)

    def follow(self, states: Sequence[MarketState], focus: str) -> None:
        """Watch these markets, the focused one first."""
        kept: dict[str, Watched] = {}
        for state in sorted(states, key=lambda state: state.market.slug != focus):
            venue, _, market_id = state.market.slug.partition(":")
            watched = self.watched.get(state.market.slug)
            if watched is None or watched.state is not state:
                watched = Watched(state, venue, market_id)
            watched.is_focused = state.market.slug == focus
            kept[watched.slug] = watched
        for gone in self.watched.values():
            if gone.slug not in kept:
                self.claims.let_go(gone)
        self.watched = kept
        self._by_id = {watched.market_id: watched for watched in kept.values()}
        self._rewant()
        self.review()

    def follow_groups(self, groups: Sequence[int]) -> None:
        """Have signals about these groups, the most wanted first."""
        self._groups = tuple(groups)
        self._rewant()

    def _rewant(self) -> None:
        ids = list(self._by_id)
        watched = (each.group_id for each in self.watched.values() if each.group_id is not None)
        groups = dict.fromkeys((*watched, *self._groups))  # what a fee is here is told by an arbitrage of the group
        self.wants.want(Channel.PRICES, ids)
        self.wants.want(Channel.BOOK, ids)
        self.wants.want(Channel.ARB, groups=groups)
        self.wants.want(Channel.EV, groups=groups)
        for channel in (Channel.SMART_MONEY, Channel.FADE_FINDER, Channel.LIFECYCLE):
            self.wants.want(channel, everything=True)
        self.stream.wake()

    # the stream's handler -------------------------------------------------------------------------------------------

    async def address(self) -> str:
        return self._ws_url

    def opened(self) -> None:
        self.wants.forget()
        self._doubt_signals()
        self._refusal = None
        self._authenticated = False
        self._heartbeat_s = None
        self._beat_s = self._clock.monotonic_s()
        self.review()

    def next_frame(self, now_s: float) -> str | None:
        if not self._authenticated:
            assert self._key is not None
            self._authenticated = True
            return wire.Auth(api_key=self._key).to_wire()
        if self._heartbeat_s is None and now_s - self._beat_s >= HEARTBEAT_S:
            self._heartbeat_s = self._beat_s = now_s
            return wire.Heartbeat().to_wire()
        command = self.wants.next_command(now_s)
        return None if command is None else command.to_wire()

    def ticked(self, now_s: float) -> str:
        self.review()
        if self._heartbeat_s is not None and now_s - self._heartbeat_s >= PONG_S:
            return f"Prediction Hunt did not answer a heartbeat within {PONG_S:g} s"
        if self.wants.is_overdue(now_s):
            return "Prediction Hunt did not answer a subscription in time"
        return ""

    def judged(self, code: int | None, reason: str) -> tuple[Verdict, float]:
        return words.judged(self._refusal, code, reason), 0.0

    def closed(self, words: str, refused: bool) -> None:
        self.claims.lost = words
        self.wants.forget()
        if refused:
            self._emit(Spoken(Severity.ERROR, words, NAME))
        self.review()

    def moved(self, link: LinkChanged) -> None:
        self._emit(link)

    def take(self, raw: bytes) -> None:
        frame = wire.decode_frame(raw)
        match frame:
            case wire.PriceUpdate():
                self._price(frame)
            case wire.BookUpdate():
                self._book(frame)
            case wire.ArbUpdate():
                self._signal(translate.arb(frame, self._clock.wall_ms()))
            case wire.EvUpdate():
                self._signal(translate.ev(frame, self._clock.wall_ms()))
            case wire.ArbExpired():
                self._expire(translate.arb_key(frame.group_id))
            case wire.EvExpired():
                self._expire(translate.ev_key(frame.group_id))
            case wire.SmartMoneyUpdate():
                self._signal(translate.smart_money(frame, self._clock.wall_ms()))
            case wire.FadeFinderUpdate():
                self._signal(translate.fade(frame, self._clock.wall_ms()))
            case wire.Lifecycle():
                self._lifecycle(frame)
            case wire.Unknown():
                if self.counts.ignore(f"{frame.kind or 'a frame without a type'}"):
                    log.info("%s: ignoring %s", NAME, frame.kind)
            case _:
                self.counts.applied += 1
                self._control(frame)

    # control --------------------------------------------------------------------------------------------------------

    def _control(self, frame: wire.Frame) -> None:
        if isinstance(frame, wire.Pong):
            self._heartbeat_s = None
        elif isinstance(frame, wire.Subscribed | wire.Unsubscribed):
            self.wants.answered(frame.channel)
            if self.wants.is_settled:
                self.stream.went_live()
            self.stream.wake()
            self.review()
        elif isinstance(frame, wire.Refusal):
            self._refused(frame)
        elif isinstance(frame, wire.Warned):
            self.counts.happened(f"warning {frame.code}")
            log.warning("%s: %s %s", NAME, frame.code, frame.message)
            self._say_once(words.WARNINGS.get(frame.code) or frame.message or frame.code.lower())

    def _refused(self, refusal: wire.Refusal) -> None:
        log.warning("%s refused: %s %s", NAME, refusal.code, refusal.message)
        self._refusal = refusal
        if refusal.code in words.ENDING:
            return  # the connection's end follows, and is judged by it
        if refusal.code == "RATE_LIMITED":
            self.counts.happened("commands that were too many")
            self.wants.again()
            return
        channel = self.wants.refuse(refusal.channel, words.lasting_words(refusal))
        if channel is not None:
            self.counts.happened(f"refused {channel}")
            self._say_once(f"{channel}: {words.lasting_words(refusal)}")
        if self.wants.is_settled:
            self.stream.went_live()
        self.review()

    def _say_once(self, text: str) -> None:
        """A warning, however often the venue repeats itself."""
        if text not in self._said and len(self._said) < 100:
            self._said.add(text)
            self._emit(Spoken(Severity.WARNING, f"Prediction Hunt: {text}.", NAME))

    # data -----------------------------------------------------------------------------------------------------------

    def _price(self, frame: wire.PriceUpdate) -> None:
        watched = self._by_id.get(frame.market_id)
        if watched is None or frame.venue != watched.venue:
            self.counts.ignore("price_update of a market that is not watched")
            return
        self.counts.applied += 1
        self._quoted(watched, frame.yes_bid, frame.yes_ask, frame.at_ms)
        if frame.group_id is not None and frame.group_id != watched.group_id:
            watched.group_id = frame.group_id
            self._rewant()
        quotes, now_s = self._board.catalogue.quotes, self._clock.monotonic_s()
        if frame.last is not None:
            quotes.price(watched.slug, frame.last, now_s)

    def _book(self, frame: wire.BookUpdate) -> None:
        watched = self._by_id.get(frame.market_id)
        if watched is None or frame.venue != watched.venue:
            self.counts.ignore("orderbook_update of a market that is not watched")
            return
        self.counts.applied += 1
        if frame.has_depth:
            bids, asks = translate.levels(frame.bids), translate.levels(frame.asks)
            self.load(watched, bids, asks, frame.at_ms)
        else:
            self._quoted(watched, frame.yes_bid, frame.yes_ask, frame.at_ms)

    def load(self, watched: Watched, bids: list[Level], asks: list[Level], venue_ms: int | None) -> None:
        """A whole YES book, by frame or by lookup; NO is its mirror."""
        sides = ((bids, asks), (translate.mirrored(asks), translate.mirrored(bids)))
        for outcome, book in enumerate(watched.state.books):
            mine, theirs = sides[outcome]
            book.replace(mine, theirs, seq=UNNUMBERED, venue_ms=venue_ms, state_hash=None, follows=watched.has_depth)
            self._emit(BookMoved(watched.slug, outcome, UNNUMBERED))
        watched.has_depth = True
        self.proved(watched)

    def _quoted(self, watched: Watched, bid: Decimal | None, ask: Decimal | None, venue_ms: int | None) -> None:
        """The touch alone. It proves a book with the same touch, and makes any other one a question."""
        yes = watched.state.books[0]
        ticks = (None if bid is None else to_ticks(round(bid, 6)), None if ask is None else to_ticks(round(ask, 6)))
        if watched.has_depth:
            held = yes.best_bid, yes.best_ask
            if ticks != tuple(None if level is None else level.ticks for level in held):
                watched.asked_s = float("-inf")  # the lookup decides
                return
            self.proved(watched)
            return
        mirror = tuple(None if each is None else to_ticks(1 - Decimal(each) / 1_000_000) for each in ticks)
        for outcome, book in enumerate(watched.state.books):
            lower, upper = ticks if outcome == 0 else (mirror[1], mirror[0])
            book.quote(lower, upper, venue_ms=venue_ms)
            self._emit(BookMoved(watched.slug, outcome, UNNUMBERED))
        self.proved(watched)

    def _signal(self, signal: Signal) -> None:
        if self._board.signals.put(signal):
            self.counts.applied += 1
            self._emit(SignalsMoved((signal,)))
        else:
            self.counts.duplicate += 1

    def _expire(self, key: str) -> None:
        if self._board.signals.expire(key, self._clock.wall_ms()):
            self.counts.applied += 1
            self._emit(SignalsMoved(expired=(key,)))
        else:
            self.counts.stale += 1

    def _doubt_signals(self) -> None:
        """What stood in the last session may be over since, and nobody would say so (§4: no snapshot)."""
        keys = tuple(
            signal.key
            for signal in self._board.signals.newest()
            if signal.source == translate.SOURCE and signal.kind in (SignalKind.ARB, SignalKind.EV)
            if self._board.signals.expire(signal.key, self._clock.wall_ms())
        )
        if keys:
            self._emit(SignalsMoved(expired=keys))

    def _lifecycle(self, frame: wire.Lifecycle) -> None:
        self.counts.applied += 1
        if frame.kind != "market_resolved":
            self.is_list_old = True
            return
        known = self._board.catalogue.by_slug(f"{frame.venue}:{frame.market_id}")
        if known is None:
            return
        over = replace(known, status=MarketStatus.RESOLVED)
        if known.slug in self.watched:
            self._board.watch(over)
        self._board.catalogue.put([over])
        self._emit(MarketMoved(over.slug, over.status))

    # proof ----------------------------------------------------------------------------------------------------------

    def proved(self, watched: Watched) -> None:
        """Something just said what this market is."""
        watched.proved_s = self._clock.monotonic_s()
        self.claims.of(watched)

    def review(self) -> None:
        """Say of every pane what it may claim now."""
        for watched in self.watched.values():
            self.claims.of(watched)
