"""One connection to one gateway, kept for as long as the venue lets it: the states of `LinkState`, and the way back.

The dial loop is our own. The library's `async for ws in connect(...)` has no backoff once the handshake succeeds, and
this venue accepts the upgrade before it refuses the key (reliability §0 fact 1), so it would be dialled without end.

Liveness is counted in ticks of this loop, not in seconds (`liveness.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable
from dataclasses import replace
from typing import Protocol

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from psdash.gateway.backoff import Backoff, Misbehaviour, TokenBucket
from psdash.gateway.clock import Clock, VenueTime
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.dialling import Credential, DialError, dial
from psdash.gateway.keychain import Keychain
from psdash.gateway.knocking import until_open
from psdash.gateway.liveness import Peer, Timing
from psdash.gateway.notices import GatewayName, LinkChanged, LinkState
from psdash.gateway.refusals import SLOW_S, Reaction, Verdict, after_life, on_close
from psdash.renewal import RenewalError
from psdash.text import safe_bytes
from psdash.wire.predictstreet import (
    NEWER,
    Ack,
    CommandError,
    Dialect,
    Event,
    Greeting,
    Pong,
    Subscribed,
    Unknown,
    dialect_of,
)
from psdash.wire.predictstreet.commands import Command, ping

log = logging.getLogger(__name__)


class Handler(Protocol):
    """Whom a connection serves. All calls come on the loop, from inside the connection's tasks."""

    def opened(self, greeting: Greeting) -> None:
        """The gateway greeted; nothing of an earlier session holds any more."""
        ...

    def take(self, frame: Event | Subscribed | Ack | CommandError) -> None:
        """One frame. The handler counts it in the connection's `counts`, exactly once."""
        ...

    def unreadable(self, raw: bytes) -> None:
        """A frame that could not be decoded; it is counted already."""
        ...

    def next_command(self, now_s: float, *, urgent: bool = False) -> Command | None:
        """The most urgent thing to say, if any; with `urgent` only what cannot wait. It goes out at once."""
        ...

    def ticked(self, now_s: float) -> None:
        """Time has passed on an open connection."""
        ...

    def closed(self, reason: str, refused: bool) -> None:
        """The connection is gone, whatever it had reached; `refused` when no other will be tried."""
        ...

    def moved(self, link: LinkChanged) -> None:
        """The state or the round trip changed."""
        ...


#: Frames about the connection itself; all others are the handler's.
_OWN = frozenset({Unknown, Pong, Greeting})
#: Frames handled before the loop's other guests get a turn: some two milliseconds of work.
BATCH = 64


class Connection:
    """The dial loop and the session of one gateway. `run` until cancelled, or until the venue refuses for good."""

    def __init__(
        self,
        name: GatewayName,
        url: str,
        credential: Credential | Keychain,
        handler: Handler,
        *,
        clock: Clock,
        rng: random.Random,
        timing: Timing | None = None,
        protocol: int | None = None,
    ) -> None:
        """`protocol` is the version to speak whatever a greeting says; None: the greeting's."""
        self.name = name
        self.counts = FrameCounts()
        self.link = LinkChanged(name, LinkState.OFF)
        self.venue_time = VenueTime(clock.monotonic_s)
        self.sessions = 0
        self.protocol_version: int | None = None  # of the newest greeting; 1 is the older dialect (protocol §11)
        #: What is spoken since the newest greeting.
        self.dialect: Dialect = NEWER
        self._protocol = protocol
        #: When anything at all last came from the other side; None before the first session.
        self.heard_s: float | None = None
        self._url = url
        self._credential = credential if isinstance(credential, Keychain) else Keychain(credential, clock=clock)
        self._credential.learn_time(self.venue_time)
        self._handler = handler
        self._clock = clock
        self._timing = timing or Timing()
        self._rng = rng
        self._backoff = Backoff(rng)
        self._breaches = Misbehaviour()
        self._attempts = 0
        self._was_live = self._ever_live = False
        self._wake = asyncio.Event()
        self._last_id = 0
        self._logged: set[str] = set()
        self._forget_session()

    def _forget_session(self) -> None:
        self._ws: ClientConnection | None = None
        self._greeted = False
        self._decode = NEWER.decode  # a greeting is the same in every dialect
        self._live_since_s: float | None = None
        self._fault: str = ""
        self._frames_seen = 0
        self._ping_id: int | None = None
        self._ping_sent_s = 0.0
        self._ping_sent_wall_ms = 0

    # what a handler may ask ---------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the gateway has greeted and not yet gone."""
        return self._greeted

    def next_id(self) -> int:
        """A correlation id that this program never used before."""
        self._last_id += 1
        return self._last_id

    def wake(self) -> None:
        """There is something to say."""
        self._wake.set()

    def went_live(self) -> None:
        """Every subscription is answered: data flows."""
        if self._greeted and self._live_since_s is None:
            self._live_since_s = self._clock.monotonic_s()
            self._ever_live = True
            self._attempts = 0
            self._move(LinkState.LIVE)

    def stay_off(self, reason: str) -> None:
        """Say why this connection is not even tried."""
        self._move(LinkState.OFF, reason)

    def drop(self, reason: str) -> None:
        """End this session and dial again: it does not do what it should."""
        if self._ws is not None and not self._fault:
            self._fault = reason
            log.warning("%s gateway dropped: %s", self.name, reason)
            self._ws.transport.abort()

    def broke(self, reason: str, retry_in_s: float) -> None:
        """A fault of our own ended `run`; it will be called again."""
        self._move(LinkState.BACKOFF, reason, retry_in_s=retry_in_s)

    # the dial loop ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Dial, serve, and dial again. Returns only when the venue refuses for good."""
        renewed = False
        while True:
            self._attempts += 1
            self._move(LinkState.DIALLING)
            self._backoff.dialled(self._clock.monotonic_s())
            credential, verdict, floor_s = await self._attempt()
            if self._ever_live:
                verdict = after_life(verdict)
            if self._was_live:
                renewed = False
            refused = verdict.reaction is Reaction.REFUSE
            if refused and verdict.is_credential and not renewed and await self._credential.renewed(credential):
                # One fresh token for one refusal (reliability §1.2 rule 3); a second refusal stands.
                renewed, refused = True, False
                verdict = Verdict(Reaction.RETRY, "The venue refused the credential; there is a fresh one")
            can_change = verdict.is_credential and self._credential.can_change
            words = verdict.words + (self._credential.hope if refused and can_change else "")
            self._handler.closed(words, refused)
            if refused:
                log.error("%s gateway refused: %s", self.name, words)
                self._move(LinkState.REFUSED, words)
                if not can_change:
                    return
                await self._credential.changed(credential)
                log.info("%s gateway: there is another credential", self.name)
                renewed = True
                continue
            if verdict.is_breach and self._breaches.again(self._clock.monotonic_s()):
                words = f"{words}: the gateway breaks the protocol again and again; trying once a minute"
                verdict = verdict._replace(reaction=Reaction.SLOW, words=words)
            if verdict.reaction is Reaction.SLOW:
                floor_s = max(floor_s, SLOW_S)
            delay_s = self._backoff.next_delay_s(self._clock.monotonic_s(), floor_s, wary=verdict.is_wary)
            log.info("%s gateway: %s; next dial in %.1f s", self.name, verdict.words, delay_s)
            self._move(LinkState.BACKOFF, verdict.words, retry_in_s=delay_s)
            if verdict.is_unheard and not floor_s:
                soonest_s = self._backoff.soonest_s(self._clock.monotonic_s())
                await until_open(self._url, self._rng, within_s=delay_s, after_s=soonest_s)
            else:
                await asyncio.sleep(delay_s)

    async def _attempt(self) -> tuple[Credential, Verdict, float]:
        """One dial and its session: the credential it was made with, why it ended, the least wait before the next."""
        self._was_live = False
        try:
            await self._credential.ready()
        except RenewalError as error:
            return self._credential.current, Verdict(Reaction.SLOW, f"There is no session token: {error}"), 0.0
        credential = self._credential.current
        return credential, *await self._one_session(credential)

    async def _one_session(self, credential: Credential) -> tuple[Verdict, float]:
        """Dial once and serve while it lasts; why it ended, and the least wait before the next."""
        try:
            ws = await dial(self._url, credential, open_s=self._timing.open_s, close_s=self._timing.close_s)
        except DialError as error:
            return error.verdict, error.floor_s
        try:
            self._ws = ws
            self.sessions += 1
            self.heard_s = self._clock.monotonic_s()
            self._move(LinkState.AUTH)
            try:
                await self._serve(ws)
            except asyncio.CancelledError:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._timing.close_s):
                        await ws.close()
                raise
            if self._fault:
                return Verdict(Reaction.RETRY, self._fault), 0.0
            return on_close(ws.close_code, self._credential.hidden_in((ws.close_reason or "").encode()).decode()), 0.0
        finally:
            live_since_s = self._live_since_s
            self._was_live = live_since_s is not None
            self._forget_session()
            now_s = self._clock.monotonic_s()
            self._backoff.was_live(0.0 if live_since_s is None else now_s - live_since_s)
            ws.transport.abort()

    async def _serve(self, ws: ClientConnection) -> None:
        """Read, speak and watch until the connection ends, however it ends."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._speak(ws), name=f"{self.name}-speak")
                group.create_task(self._watch(ws), name=f"{self.name}-watch")
                await self._read(ws)
        except* ConnectionClosed:
            pass  # the close code and reason say the rest

    # reading ------------------------------------------------------------------------------------------------------

    async def _read(self, ws: ClientConnection) -> None:
        """Take frames for as long as they come; ends by ConnectionClosed."""
        receive = ws.recv
        while True:
            for _ in range(BATCH):
                self._take(await receive(decode=False))
            # A full queue never suspends `recv`: let the screen and the timers have their turn.
            await asyncio.sleep(0)

    def _take(self, raw: bytes) -> None:
        counts = self.counts
        counts.frames_in += 1
        self._frames_seen += 1
        try:
            frame = self._decode(raw := self._credential.hidden_in(raw))
        except ValidationError as error:
            counts.rejected += 1
            kind = f"{error.title}/{error.errors(include_url=False, include_input=False)[0]['type']}"
            self._log_once("malformed", kind, raw)
            if self._greeted:
                self._handler.unreadable(raw)
            return
        if type(frame) not in _OWN:  # the hot path: one look-up for an event
            if self._greeted:
                self._handler.take(frame)  # type: ignore[arg-type]  # `_OWN` has the others
            else:
                counts.ignore(f"{frame.kind} before the greeting")
        elif isinstance(frame, Unknown):
            if counts.ignore(frame.kind):
                self._log_once("unknown", frame.kind, raw)
        elif isinstance(frame, Pong):
            counts.applied += 1
            self._pong(frame)
        elif isinstance(frame, Greeting):
            counts.applied += 1
            self._greeting(frame)

    def _log_once(self, what: str, kind: str, raw: bytes) -> None:
        if kind not in self._logged and len(self._logged) < 100:
            self._logged.add(kind)
            log.warning("%s gateway: %s frame (%s), counted from now on: %s", self.name, what, kind, safe_bytes(raw))

    def _greeting(self, greeting: Greeting) -> None:
        if self._greeted:
            return
        self._greeted = True
        self._credential.proved(self._credential.current)
        self.protocol_version = greeting.protocol_version
        self.dialect = dialect_of(self._protocol or greeting.protocol_version)
        self._decode = self.dialect.decode
        self.venue_time.begin()
        self.venue_time.saw(greeting.server_ms)
        log.info(
            "%s gateway greets: protocol %d, spoken as %d, login by %s",
            greeting.gateway,
            greeting.protocol_version,
            self.dialect.version,
            greeting.auth_method or "an unnamed method",
        )
        self._move(LinkState.SUBSCRIBING)
        self._handler.opened(greeting)
        self.wake()

    def _pong(self, pong: Pong) -> None:
        if pong.command_id != self._ping_id:
            return
        self._ping_id = None
        round_trip_ms = (self._clock.monotonic_s() - self._ping_sent_s) * 1000
        venue_ms = pong.venue_ms if pong.venue_ms is not None else pong.server_ms
        if venue_ms is not None:
            self.venue_time.measured(venue_ms, self._ping_sent_wall_ms, round_trip_ms)
        self._tell(replace(self.link, round_trip_ms=round_trip_ms))

    # speaking -----------------------------------------------------------------------------------------------------

    async def _speak(self, ws: ClientConnection) -> None:
        """Send what the handler wants said, as fast as the pace allows."""
        timing = self._timing
        pace = TokenBucket(timing.commands_per_s, timing.command_burst)
        while True:
            self._wake.clear()
            wait_s: float | None = None  # until woken: by the handler, or by the next tick
            while self._greeted:
                now_s = self._clock.monotonic_s()
                paced_s = pace.wait_s(now_s)
                if paced_s > 0.0:
                    wait_s = paced_s
                    break
                scarce = not pace.spares(timing.command_reserve)
                command = self._handler.next_command(now_s, urgent=scarce)
                if command is None:
                    if scarce:
                        wait_s = 1.0 / timing.commands_per_s
                    break
                pace.take()
                await ws.send(command.to_wire())
            if wait_s is None:
                await self._wake.wait()
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                pass

    # watching -----------------------------------------------------------------------------------------------------

    async def _watch(self, ws: ClientConnection) -> None:
        """Tick, ping, and call the peer or the gateway dead when it is, by ticks that really came."""
        timing = self._timing
        peer = Peer(timing)
        ungreeted = unanswered = 0
        since_ping_s, ping_due_s = 0.0, timing.first_ping_s
        while not self._fault:
            await asyncio.sleep(timing.tick_s)
            if not self._greeted:
                ungreeted += 1
                if ungreeted * timing.tick_s >= timing.greeting_s:
                    self.drop(
                        f"The gateway accepted the connection and then said nothing for {timing.greeting_s:g} s"
                    )
                    return
            dead = peer.ticked(self._frames_seen)
            if peer.heard:
                self.heard_s = self._clock.monotonic_s()
            if dead:
                if peer.pongs:
                    self.drop("The connection is dead: nothing comes back, not even a pong")
                    return
                ping_due_s = 0.0  # something on the way may eat pings; the gateway itself must answer then
            if peer.is_due and not await self._within(timing.peer_pong_s, peer.ping(ws)):
                return
            if not self._greeted:
                continue
            if self._ping_id is not None:
                unanswered += 1
                if unanswered * timing.tick_s >= timing.gateway_pong_s:
                    self.drop(f"The gateway did not answer a ping within {timing.gateway_pong_s:g} s")
                    return
            else:
                unanswered = 0
                since_ping_s += timing.tick_s
                if since_ping_s >= ping_due_s:
                    since_ping_s, ping_due_s = 0.0, timing.gateway_ping_s
                    if not await self._within(timing.gateway_pong_s, self._ping_gateway(ws)):
                        return
            self._handler.ticked(self._clock.monotonic_s())
            self.wake()

    async def _within(self, seconds: float, sending: Awaitable[None]) -> bool:
        """Send, unless the peer has stopped reading: False, and the session ends."""
        try:
            async with asyncio.timeout(seconds):
                await sending
        except TimeoutError:
            self.drop("The connection is dead: the other side stopped reading")
            return False
        return True

    async def _ping_gateway(self, ws: ClientConnection) -> None:
        self._ping_id = self.next_id()
        self._ping_sent_s = self._clock.monotonic_s()
        self._ping_sent_wall_ms = self._clock.wall_ms()
        await ws.send(ping(self._ping_id).to_wire())

    # telling ------------------------------------------------------------------------------------------------------

    def _move(self, state: LinkState, reason: str = "", retry_in_s: float | None = None) -> None:
        kept = self.link.round_trip_ms if state in (LinkState.SUBSCRIBING, LinkState.LIVE) else None
        self._tell(LinkChanged(self.name, state, reason, kept, retry_in_s, self._attempts))

    def _tell(self, link: LinkChanged) -> None:
        self.link = link
        self._handler.moved(link)
