"""What `psdash doctor` tries on the venue: its names, its ports, TLS, clock, public and private reads, both gateways.

From the outside in. What an earlier step makes pointless is skipped, so that the first failure is the cause.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from psdash.gateway.clock import LoopClock
from psdash.gateway.probe import Blame, Probe, ProbeError
from psdash.headless.report import Finding, note, right, skipped, wrong
from psdash.renewal import RenewalError
from psdash.settings import Endpoint, Exit

STEP_S: Final = 8.0
#: A clock further off than this is worth mending; psdash itself reads ages off the venue's clock.
SKEW_MS: Final = 1_000
_NETWORK_REMEDY: Final = "is this machine online, and is a firewall or a proxy in the way?"
_CODES: Final = {Blame.CREDENTIAL: Exit.CONFIGURATION, Blame.NETWORK: Exit.NETWORK}


@dataclass(frozen=True, slots=True)
class Place:
    """A host and a port to reach, and what for."""

    name: str
    host: str
    port: int
    secure: bool


def places(endpoint: Endpoint) -> list[Place]:
    """Where REST and the gateways are; one place when that is the same."""
    found: list[Place] = []
    for name, url in (("REST", endpoint.rest_url), ("gateways", endpoint.ws_url)):
        parts = urlsplit(url)
        secure = parts.scheme in {"https", "wss"}
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        same = next((at for at, place in enumerate(found) if (place.host, place.port) == (host, port)), None)
        if same is None:
            found.append(Place(name, host, port, secure))
        else:
            found[same] = Place("venue", host, port, secure)
    return found


async def venue(endpoint: Endpoint, slugs: Sequence[str]) -> AsyncIterator[Finding]:
    """Every check of a venue, one after the other."""
    reached = True
    for place in places(endpoint):
        async for finding in _place(place):
            reached = reached and finding.code is Exit.OK
            yield finding
    if not reached:
        yield skipped("venue", "not asked: it cannot be reached")
        return
    if endpoint.renew_jwt is not None:
        try:
            endpoint = replace(endpoint, jwt=await endpoint.renew_jwt())
        except RenewalError as error:
            yield wrong("token", str(error), "run the command of jwt_command by hand", Exit.CONFIGURATION)
        else:
            yield right("token", "jwt_command printed one")
    probe = Probe(endpoint, LoopClock())
    try:
        async for finding in _answers(probe, slugs):
            yield finding
        if endpoint.api_key is None and endpoint.jwt is None:
            yield skipped("key", "there is none")
            return
        yield await _key(probe)
        for name, url in (("market gateway", endpoint.market_url), ("user gateway", endpoint.user_url)):
            yield await _gateway(probe, name, url)
    finally:
        await probe.close()


async def _place(place: Place) -> AsyncIterator[Finding]:
    """Name, port, TLS: as far as it goes."""
    try:
        async with asyncio.timeout(STEP_S):
            found = await asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "no answer"
        yield wrong(
            f"name ({place.name})",
            f"{place.host} does not resolve ({why})",
            "check the name, /etc/resolv.conf and the network",
            Exit.NETWORK,
        )
        return
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    more = f" and {len(addresses) - 2} more" if len(addresses) > 2 else ""
    yield right(f"name ({place.name})", f"{place.host} is {', '.join(addresses[:2])}{more}")
    clock = LoopClock()
    started_s = clock.monotonic_s()
    try:
        async with asyncio.timeout(STEP_S):
            _, writer = await asyncio.open_connection(place.host, place.port)
    except (OSError, TimeoutError) as error:
        yield wrong(
            f"TCP ({place.name})",
            f"port {place.port} of {place.host}: {_why(error)}",
            _NETWORK_REMEDY,
            Exit.NETWORK,
        )
        return
    took_ms = (clock.monotonic_s() - started_s) * 1000
    writer.transport.abort()
    yield right(f"TCP ({place.name})", f"port {place.port} in {took_ms:.1f} ms")
    if not place.secure:
        yield skipped(f"TLS ({place.name})", "not needed: this machine only")
        return
    yield await _tls(place)


async def _tls(place: Place) -> Finding:
    check = f"TLS ({place.name})"
    try:
        async with asyncio.timeout(STEP_S):
            _, writer = await asyncio.open_connection(
                place.host, place.port, ssl=ssl.create_default_context(), server_hostname=place.host
            )
    except ssl.SSLCertVerificationError as error:
        return wrong(
            check,
            f"the certificate of {place.host} does not hold ({error.verify_message})",
            "somebody may be in between; else install ca-certificates, and set this machine's clock",
            Exit.NETWORK,
        )
    except (OSError, TimeoutError) as error:
        return wrong(check, f"no TLS with {place.host} ({_why(error)})", _NETWORK_REMEDY, Exit.NETWORK)
    session = writer.get_extra_info("ssl_object")
    says = session.version() if isinstance(session, ssl.SSLObject) else "up"
    writer.transport.abort()
    return right(check, f"{says}, certificate holds")


async def _answers(probe: Probe, slugs: Sequence[str]) -> AsyncIterator[Finding]:
    try:
        read = await probe.public_read()
    except ProbeError as error:
        yield wrong("public reads", error.words, "is PSDASH_REST_URL right? else try again later", Exit.NETWORK)
        return
    yield right("public reads", f"answered in {read.round_trip_ms:.0f} ms")
    yield _clock(read.offset_ms)
    for slug in slugs:
        try:
            title, status = await probe.market(slug)
        except ProbeError as error:
            remedy = "psdash lists the venue's markets with the key /"
            yield wrong("market", error.words, remedy, _CODES[error.blame])
        else:
            yield right("market", f"{slug}: {status}, {title}")


def _clock(offset_ms: float | None) -> Finding:
    if offset_ms is None:
        return note("clock", "the venue told no time")
    if abs(offset_ms) < SKEW_MS:
        return right("clock", f"within {abs(offset_ms):.0f} ms of the venue's")
    way = "behind" if offset_ms > 0 else "ahead of"
    return note(
        "clock",
        f"{abs(offset_ms) / 1000:.1f} s {way} the venue's; ages and times on the screen are the venue's all the same",
        "timedatectl set-ntp true (or what keeps this machine's time)",
    )


async def _key(probe: Probe) -> Finding:
    try:
        reads = await probe.private_reads()
    except ProbeError as error:
        return _failed("key", error, "try again later")
    if not reads.refused:
        return right("key", f"accepted, scope portfolio:read ({', '.join(reads.answered)} answered)")
    if reads.scope_missing:
        return wrong(
            "key",
            "accepted, without the scope portfolio:read: market data only",
            "issue a key with portfolio:read at the venue, to see your orders, fills and vault",
            Exit.CONFIGURATION,
        )
    name, words = reads.refused[0]
    return wrong("key", f"accepted, but the venue does not answer for {name}: {words}", "ask the venue", Exit.NETWORK)


async def _gateway(probe: Probe, name: str, url: str) -> Finding:
    try:
        greeted = await probe.greeting(url)
    except ProbeError as error:
        return _failed(name, error, "psdash keeps dialling; if this lasts, is PSDASH_WS_URL right?")
    parts = [
        f"greets in {greeted.round_trip_ms:.0f} ms",
        f"protocol {greeted.protocol_version}",
        f"login by {greeted.auth_method or 'an unnamed method'}",
        "a wallet" if greeted.names_wallet else "no wallet",
        "a partner" if greeted.names_partner else "no partner",
    ]
    says = ", ".join(parts)
    if greeted.protocol_version == 1:
        return note(name, f"{says}: the older dialect")
    return right(name, says)


def _failed(check: str, error: ProbeError, remedy: str) -> Finding:
    """The words of a refused credential hold the remedy already: what happened before it, what to do after."""
    if error.blame is Blame.NETWORK:
        return wrong(check, error.words, remedy, Exit.NETWORK)
    what, dot, rest = error.words.partition(". ")
    rest = rest.removeprefix("psdash stopped dialling. ")
    return wrong(check, what + dot.strip(), rest or "set another key at PSDASH_API_KEY_FILE", Exit.CONFIGURATION)


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {STEP_S:g} s"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "the handshake failed").lower().replace("_", " ")[:120]
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return "no address of it answers"  # asyncio tried several and wraps what each said into one long text
