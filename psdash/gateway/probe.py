"""One look at a venue, without following anything: does it answer, does it know the key, does each gateway greet?

For `psdash doctor`. Every text is for a person and holds nothing of the credential.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from psdash.gateway.clock import Clock, VenueTime
from psdash.gateway.dialling import Credential, DialError, dial
from psdash.gateway.liveness import Timing
from psdash.gateway.reads import Rest
from psdash.gateway.refusals import Reaction, on_close
from psdash.gateway.rest import NotFoundError, Reader, RefusedError, RestError
from psdash.settings import Endpoint
from psdash.text import safe_text
from psdash.wire.predictstreet import Greeting, decode_frame

SCOPE_MISSING = "api_key_scope_missing"


class Blame(Enum):
    """Whose it is to mend."""

    CREDENTIAL = "credential"
    NETWORK = "network"


class ProbeError(Exception):
    """What was tried did not work; the text says why, in words."""

    def __init__(self, words: str, blame: Blame) -> None:
        super().__init__(words)
        self.words = words
        self.blame = blame


@dataclass(frozen=True, slots=True)
class PublicRead:
    """A public read that worked. `offset_ms` is the venue's clock minus this machine's, None when it told no time."""

    round_trip_ms: float
    offset_ms: float | None


@dataclass(frozen=True, slots=True)
class PrivateReads:
    """Which private reads were answered, and which were refused in which words."""

    answered: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    scope_missing: bool


@dataclass(frozen=True, slots=True)
class Greeted:
    """A gateway's greeting (protocol §2.1). Protocol 1 is the older dialect."""

    protocol_version: int
    auth_method: str
    names_partner: bool
    names_wallet: bool
    round_trip_ms: float


class Probe:
    """The things to try, one by one, on one venue."""

    def __init__(self, endpoint: Endpoint, clock: Clock, timing: Timing | None = None) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._timing = timing or Timing()
        self._credential = Credential(endpoint.api_key, endpoint.jwt, endpoint.user_wallet)
        self._keyless = Rest(Reader(endpoint.rest_url, Credential()), clock)
        self._keyed = Rest(Reader(endpoint.rest_url, self._credential), clock)

    async def close(self) -> None:
        """Let go of the sockets."""
        await self._keyless.close()
        await self._keyed.close()

    async def public_read(self) -> PublicRead:
        """Read the platform's status without a key (protocol §7.9). Raises ProbeError."""
        try:
            await self._keyless.platform()  # the first one opens the connection
            sent_ms, sent_s = self._clock.wall_ms(), self._clock.monotonic_s()
            before_ms = self._keyless.venue_time.reached_ms
            await self._keyless.platform()
        except RestError as error:
            raise ProbeError(error.words, Blame.NETWORK) from None
        round_trip_ms = (self._clock.monotonic_s() - sent_s) * 1000
        reached_ms = self._keyless.venue_time.reached_ms
        if reached_ms <= 0 or reached_ms < before_ms:
            return PublicRead(round_trip_ms, None)
        told = VenueTime(self._clock.monotonic_s)
        told.measured(reached_ms, sent_ms, round_trip_ms)
        return PublicRead(round_trip_ms, told.offset_ms)

    async def market(self, slug: str) -> tuple[str, str]:
        """The title and the status of a market. Raises ProbeError."""
        try:
            record = await self._keyless.market(slug)
        except NotFoundError:
            raise ProbeError(f"the venue has no market {slug}", Blame.CREDENTIAL) from None
        except RestError as error:
            raise ProbeError(error.words, Blame.NETWORK) from None
        return record.title, record.status

    async def private_reads(self) -> PrivateReads:
        """Read what needs the scope portfolio:read (protocol §8). Raises ProbeError when the key itself is refused,
        or nothing answers.
        """
        reads: tuple[tuple[str, Callable[[], Awaitable[object]]], ...] = (
            ("orders", self._keyed.open_orders),
            ("trades", self._keyed.my_trades),
            ("positions", self._keyed.positions),
            ("balances", self._keyed.balances),
            ("vault", self._keyed.vault),
        )
        answered: list[str] = []
        refused: list[tuple[str, str]] = []
        scope_missing = False
        for name, read in reads:
            try:
                await read()
            except NotFoundError:
                answered.append(name)  # it may be asked; there is none (a wallet without a vault)
            except RefusedError as error:
                if error.status == 401:
                    raise ProbeError(error.words, Blame.CREDENTIAL) from None
                scope_missing = scope_missing or error.code == SCOPE_MISSING
                refused.append((name, error.words))
            except RestError as error:
                if not answered and not refused:
                    raise ProbeError(error.words, Blame.NETWORK) from None
                refused.append((name, error.words))
            else:
                answered.append(name)
        return PrivateReads(tuple(answered), tuple(refused), scope_missing)

    async def greeting(self, url: str) -> Greeted:
        """Dial one gateway, wait for its greeting, hang up. Raises ProbeError."""
        timing = self._timing
        started_s = self._clock.monotonic_s()
        try:
            ws = await dial(url, self._credential, open_s=timing.open_s, close_s=timing.close_s)
        except DialError as error:
            raise ProbeError(error.verdict.words, _blame(error.verdict.reaction)) from None
        try:
            return await self._greeted(ws, started_s)
        finally:
            await ws.close()

    async def _greeted(self, ws: ClientConnection, started_s: float) -> Greeted:
        silence = f"The gateway accepted the connection and then said nothing for {self._timing.greeting_s:g} s"
        try:
            async with asyncio.timeout(self._timing.greeting_s):
                frame = decode_frame(self._credential.hidden_in(await ws.recv(decode=False)))
        except TimeoutError:
            raise ProbeError(silence, Blame.NETWORK) from None
        except ConnectionClosed:
            said = self._credential.hidden_in((ws.close_reason or "").encode()).decode()
            verdict = on_close(ws.close_code, said)
            raise ProbeError(verdict.words, _blame(verdict.reaction)) from None
        except ValidationError:
            raise ProbeError("What answers there is not a gateway psdash knows", Blame.NETWORK) from None
        if not isinstance(frame, Greeting):
            raise ProbeError("The gateway began with something else than a greeting", Blame.NETWORK)
        return Greeted(
            frame.protocol_version,
            safe_text(frame.auth_method or "", 40),
            frame.partner_id is not None,
            frame.wallet is not None,
            (self._clock.monotonic_s() - started_s) * 1000,
        )


def _blame(reaction: Reaction) -> Blame:
    return Blame.CREDENTIAL if reaction is Reaction.REFUSE else Blame.NETWORK
