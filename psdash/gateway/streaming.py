"""One socket of a source: dialled, read, spoken on, watched, dialled again. What travels on it is its handler's.

The discipline is that of every connection here (reliability §1.2): the first retry at once, then full jitter, a
budget of dials, a knock while nothing listens, pings that tell a dead peer, deadlines in ticks that really came.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import Protocol

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from psdash.gateway.backoff import Backoff, TokenBucket
from psdash.gateway.clock import Clock
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential, DialError, dial
from psdash.gateway.knocking import until_open
from psdash.gateway.liveness import Peer, Timing
from psdash.gateway.notices import LinkChanged, LinkState
from psdash.gateway.refusals import SLOW_S, Reaction, Verdict

log = logging.getLogger(__name__)

#: Frames handled before the loop's other guests get a turn.
BATCH = 64


class StreamHandler(Protocol):
    """What a source knows of its own socket."""

    async def address(self) -> str:
        """Where to dial, asked for before every dial. Raises DialError when there is no telling."""
        ...

    def opened(self) -> None:
        """The socket is open; nothing of the last session holds."""
        ...

    def take(self, raw: bytes) -> None:
        """One message came. Counts it, unless it raises pydantic.ValidationError: then it counts as rejected."""
        ...

    def next_frame(self, now_s: float) -> str | None:
        """The next thing to say; None when there is nothing."""
        ...

    def ticked(self, now_s: float) -> str:
        """Time passed. Why the session has to end; empty while it may go on."""
        ...

    def judged(self, code: int | None, reason: str) -> tuple[Verdict, float]:
        """Why the session ended: what to do, and the least wait before the next dial."""
        ...

    def closed(self, words: str, refused: bool) -> None:
        """The session, or an attempt at one, is over; `refused` when no other will be tried."""
        ...

    def moved(self, link: LinkChanged) -> None:
        """The state or the round trip changed."""
        ...


class Stream:
    """The dial loop and the session of one socket. `run` until cancelled, or until the source refuses for good."""

    def __init__(
        self,
        name: str,
        handler: StreamHandler,
        *,
        clock: Clock,
        rng: random.Random,
        frames_per_s: float,
        burst: int,
        timing: Timing | None = None,
    ) -> None:
        """`frames_per_s` and `burst` pace what is said: below what the source would refuse."""
        self.name = name
        self.counts = FrameCounts()
        self.link = LinkChanged(name, LinkState.OFF)
        self.sessions = 0
        self._handler = handler
        self._clock = clock
        self._rng = rng
        self._pace = (frames_per_s, burst)
        self._timing = timing or Timing()
        self._backoff = Backoff(rng)
        self._attempts = 0
        self._wake = asyncio.Event()
        self._logged: set[str] = set()
        self._ws: ClientConnection | None = None
        self._live_since_s: float | None = None
        self._fault = ""

    # what a handler may ask ---------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""
        return self._ws is not None

    def wake(self) -> None:
        """There is something to say."""
        self._wake.set()

    def went_live(self) -> None:
        """Data flows."""
        if self._ws is not None and self._live_since_s is None:
            self._live_since_s = self._clock.monotonic_s()
            self._attempts = 0
            self._move(LinkState.LIVE)

    def drop(self, reason: str) -> None:
        """End this session and dial again."""
        if self._ws is not None and not self._fault:
            self._fault = reason
            log.warning("%s dropped: %s", self.name, reason)
            self._ws.transport.abort()

    def stay_off(self, reason: str) -> None:
        """Say why this source is not even dialled."""
        self._move(LinkState.OFF, reason)

    def broke(self, reason: str, retry_in_s: float) -> None:
        """A fault of our own ended `run`; it will be called again."""
        self._move(LinkState.BACKOFF, reason, retry_in_s)

    # the dial loop ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Dial, serve, and dial again. Returns only when the source refuses for good."""
        while True:
            self._attempts += 1
            self._move(LinkState.DIALLING)
            self._backoff.dialled(self._clock.monotonic_s())
            verdict, floor_s, url = await self._attempt()
            refused = verdict.reaction is Reaction.REFUSE
            self._handler.closed(verdict.words, refused)
            if refused:
                log.error("%s refused: %s", self.name, verdict.words)
                self._move(LinkState.REFUSED, verdict.words)
                return
            if verdict.reaction is Reaction.SLOW:
                floor_s = max(floor_s, SLOW_S)
            now_s = self._clock.monotonic_s()
            delay_s = self._backoff.next_delay_s(now_s, floor_s, wary=verdict.is_wary)
            log.info("%s: %s; next dial in %.1f s", self.name, verdict.words, delay_s)
            self._move(LinkState.BACKOFF, verdict.words, retry_in_s=delay_s)
            if verdict.is_unheard and not floor_s and url:
                await until_open(url, self._rng, within_s=delay_s, after_s=self._backoff.soonest_s(now_s))
            else:
                await asyncio.sleep(delay_s)

    async def _attempt(self) -> tuple[Verdict, float, str]:
        """One dial and its session: why it ended, the least wait before the next, and where it was."""
        url = ""
        try:
            url = await self._handler.address()
            ws = await dial(url, Credential(), open_s=self._timing.open_s, close_s=self._timing.close_s)
        except DialError as error:
            return error.verdict, error.floor_s, url
        self._ws, self._fault, self._live_since_s = ws, "", None
        self.sessions += 1
        try:
            self._move(LinkState.AUTH)
            self._handler.opened()
            self._wake.set()
            try:
                await self._serve(ws)
            except asyncio.CancelledError:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._timing.close_s):
                        await ws.close()
                raise
            if self._fault:
                return Verdict(Reaction.RETRY, self._fault), 0.0, url
            return *self._handler.judged(ws.close_code, ws.close_reason or ""), url
        finally:
            now_s, live_since_s = self._clock.monotonic_s(), self._live_since_s
            self._ws, self._live_since_s = None, None
            self._backoff.was_live(0.0 if live_since_s is None else now_s - live_since_s)
            ws.transport.abort()

    async def _serve(self, ws: ClientConnection) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._speak(ws), name=f"{self.name}-speak")
                group.create_task(self._watch(ws), name=f"{self.name}-watch")
                await self._read(ws)
        except* ConnectionClosed:
            pass  # the close code and reason say the rest

    async def _read(self, ws: ClientConnection) -> None:
        counts, take = self.counts, self._handler.take
        while True:
            for _ in range(BATCH):
                raw = await ws.recv(decode=False)
                counts.frames_in += 1
                try:
                    take(raw)
                except ValidationError as error:
                    counts.rejected += 1
                    self._log_once(error)
            await asyncio.sleep(0)

    def _log_once(self, error: ValidationError) -> None:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        kind = f"{error.title}: {first['type']}"
        if kind not in self._logged and len(self._logged) < 100:
            self._logged.add(kind)
            log.warning("%s: a frame that cannot be read (%s)", self.name, kind)

    async def _speak(self, ws: ClientConnection) -> None:
        pace = TokenBucket(*self._pace)
        while True:
            self._wake.clear()
            wait_s: float | None = None
            while True:
                now_s = self._clock.monotonic_s()
                paced_s = pace.wait_s(now_s)
                if paced_s > 0.0:
                    wait_s = paced_s
                    break
                frame = self._handler.next_frame(now_s)
                if frame is None:
                    break
                pace.take()
                await ws.send(frame)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    async def _watch(self, ws: ClientConnection) -> None:
        timing = self._timing
        peer = Peer(timing)
        while not self._fault:
            await asyncio.sleep(timing.tick_s)
            if peer.ticked(self.counts.frames_in):
                self.drop("The connection is dead: nothing comes back, not even a pong")
                return
            if peer.is_due:
                try:
                    async with asyncio.timeout(timing.peer_pong_s):
                        await peer.ping(ws)
                except TimeoutError:
                    self.drop("The connection is dead: the other side stopped reading")
                    return
            reason = self._handler.ticked(self._clock.monotonic_s())
            if reason:
                self.drop(reason)
                return
            self.wake()

    def _move(self, state: LinkState, reason: str = "", retry_in_s: float | None = None) -> None:
        self.link = LinkChanged(self.name, state, reason, None, retry_in_s, self._attempts)
        self._handler.moved(self.link)
