"""What is not pushed, or not reliably, and so is asked for: the status of every watched market, and the platform's.

Lifecycle events are mostly not sent (protocol §5.8); one that comes is taken at its word and REST is asked at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from psdash.gateway import translate
from psdash.gateway.clock import Clock
from psdash.gateway.jobs import Jobs
from psdash.gateway.lookup import Lookup
from psdash.gateway.market_claims import MarketClaims
from psdash.gateway.market_reads import Seeds
from psdash.gateway.notices import Emit, MarketMoved, PlatformMoved
from psdash.gateway.reads import Rest
from psdash.gateway.rest import NotFoundError, RestError
from psdash.gateway.subscriptions import normal
from psdash.market.board import Board, MarketState
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus
from psdash.wire import predictstreet as wire
from psdash.wire.predictstreet.rest import PlatformBody

#: Changes are pushed; these reads prove that none was lost, on the same allowance as the owner's other programs.
FOCUS_POLL_S = 30.0
OTHER_POLL_S = 60.0
PLATFORM_POLL_S = 60.0
_TICK_S = 1.0


class MarketStatuses:
    """Statuses of the followed markets and of the platform, by REST and by what is pushed of them.

    `focus` is the slug that is asked for most often. `followed` hears when a market turned out to be another one than
    the board had (it went on chain), after its seeds were renewed.
    """

    def __init__(
        self,
        reads: Rest,
        lookup: Lookup,
        board: Board,
        emit: Emit,
        *,
        clock: Clock,
        jobs: Jobs,
        claims: MarketClaims,
        seeds: dict[str, Seeds],
        states: Callable[[], Sequence[MarketState]],
        followed: Callable[[], None],
    ) -> None:
        self.focus = ""
        self._rest = reads
        self._lookup = lookup
        self._board = board
        self._emit = emit
        self._clock = clock
        self._jobs = jobs
        self._claims = claims
        self._seeds = seeds
        self._states = states
        self._followed = followed
        self._due_s: dict[str, float] = {}
        self._platform_due_s = 0.0
        self._pushes: dict[str, int] = {}  # lifecycle events taken, by slug
        self._wake = asyncio.Event()

    # which -----------------------------------------------------------------------------------------------------

    def follow(self, slug: str) -> None:
        """Ask for this market from now on."""
        self._due_s.setdefault(slug, 0.0)

    def keep_only(self, slugs: Iterable[str]) -> Sequence[str]:
        """Ask for no others any more. Returns those that were let go."""
        gone = [slug for slug in self._due_s if slug not in set(slugs)]
        for slug in gone:
            del self._due_s[slug]
            self._pushes.pop(slug, None)
        return gone

    def soon(self, slugs: Iterable[str] = ()) -> None:
        """Look now whether something is due, and ask for these markets in any case."""
        for slug in slugs:
            if slug in self._due_s:
                self._due_s[slug] = 0.0
        self._wake.set()

    def platform_soon(self) -> None:
        """Ask for the platform at the next look."""
        self._platform_due_s = 0.0

    # asking ----------------------------------------------------------------------------------------------------

    async def poll(self) -> None:
        """Ask, until cancelled."""
        while True:
            now_s = self._clock.monotonic_s()
            for slug, due_s in list(self._due_s.items()):
                if now_s >= due_s:
                    self._due_s[slug] = now_s + (FOCUS_POLL_S if slug == self.focus else OTHER_POLL_S)
                    self._jobs.start(
                        f"status {slug}", partial(self._read_market, slug), partial(self._no_status, slug)
                    )
            if now_s >= self._platform_due_s:
                self._platform_due_s = now_s + PLATFORM_POLL_S
                self._jobs.start("platform", self._read_platform)
            for state in self._states():
                self._claims.status(state)
            self._claims.platform()
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._wake.wait()

    async def _read_market(self, slug: str) -> None:
        pushes = self._pushes.get(slug, 0)
        market = await self._lookup.read(slug)
        seeds = self._seeds.get(slug)
        if self._pushes.get(slug, 0) != pushes:
            # Asked before the event, so perhaps answered before it; `lifecycle` has had it asked once more.
            held = self._board.state(slug)
            if held is not None:
                self._board.catalogue.put([held.market])
        elif seeds is not None:
            seeds.status_read_s = self._clock.monotonic_s()
            seeds.status_note = ""
            self._take_market(market)

    def _no_status(self, slug: str, error: RestError) -> None:
        seeds = self._seeds.get(slug)
        if seeds is not None:
            seeds.status_note = (
                "the venue has no such market any more" if isinstance(error, NotFoundError) else error.words
            )

    async def _read_platform(self) -> None:
        before = self._claims.platform_read_s
        body = await self._rest.platform()
        if self._claims.platform_read_s == before:  # else a push came meanwhile, and is newer
            self._take_platform(body)

    # taking ----------------------------------------------------------------------------------------------------

    def lifecycle(self, frame: wire.LifecyclePush) -> bool:
        """A condition changed (protocol §5.8). False when no watched market is of it."""
        condition = normal(frame.condition)
        states = [state for state in self._states() if normal(state.market.condition or "") == condition]
        if not states:
            return False
        self.soon(state.market.slug for state in states)  # REST is the authority
        if len(self._board.catalogue.by_condition(states[0].market.condition or "")) > 1:
            return True  # neg-risk markets may share a condition (protocol §7.5): only REST can tell which one it is
        market = states[0].market
        if isinstance(frame, wire.MarketPaused):
            market = replace(market, status=MarketStatus.PAUSED, paused_ms=frame.venue_ms)
        elif isinstance(frame, wire.MarketUnpaused):
            market = replace(market, status=MarketStatus.OPEN, paused_ms=None)
        elif isinstance(frame, wire.MarketResolved):
            payout = market.payout if frame.payouts is None else tuple(frame.payouts)
            market = replace(market, status=MarketStatus.RESOLVED, resolved_ms=frame.venue_ms, payout=payout)
        elif isinstance(frame, wire.MarketStatus) and frame.status is not None:
            market = replace(market, status=MarketStatus.parse(frame.status))
        self._pushes[market.slug] = self._pushes.get(market.slug, 0) + 1
        self._take_market(market)
        return True

    def platform(self, frame: wire.PlatformStatus) -> None:
        """The venue as a whole changed (protocol §5.9)."""
        self._take_platform(frame)

    def _take_market(self, market: Market) -> None:
        """A market as the venue now has it."""
        held = self._board.state(market.slug)
        before = None if held is None else held.market
        state = self._board.watch(market)
        if before != market:
            self._emit(MarketMoved(market.slug, market.status))
        if state is not held:  # other tokens: nothing that was read is of these
            self._seeds[market.slug] = Seeds.following(state)
            self._seeds[market.slug].status_read_s = self._clock.monotonic_s()
        if state is not held or (before is not None and before.condition != market.condition):
            self._followed()
        self._claims.status(state)

    def _take_platform(self, said: wire.PlatformStatus | PlatformBody) -> None:
        held = self._board.platform
        self._board.platform = translate.platform(said, held)
        self._claims.platform_read_s = self._clock.monotonic_s()
        if self._board.platform != held:
            self._emit(PlatformMoved(self._board.platform))
        self._claims.platform()
