"""Finding out that something listens again, while the next dial is still far away.

After a long outage full jitter up to 30 s would leave a trader without prices for half a minute after the venue is
back. So while nothing listened at the last dial, a bare TCP connection is tried every two seconds and closed at once:
it says no word, costs the venue less than anything that could be asked of it, and brings forward the one dial that
the backoff had planned. Whoever answers and then misbehaves is met by the backoff alone (reliability §1.2 rule 2).
"""

from __future__ import annotations

import asyncio
import random
from typing import Final
from urllib.parse import urlsplit

#: Seconds between two knocks, give or take a quarter: many clients must not knock in step.
EVERY_S: Final = 2.0
#: Seconds an answer may take. A door that opens more slowly is found by the dial.
PATIENCE_S: Final = 2.0

_PORTS: Final = {"ws": 80, "wss": 443}


async def until_open(url: str, rng: random.Random, *, within_s: float, after_s: float = 0.0) -> bool:
    """Wait `within_s` seconds, or until something listens at `url`; True in that case. No knock before `after_s`."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    loop = asyncio.get_running_loop()
    until_s = loop.time() + within_s
    wait_s = max(after_s, _pause_s(rng))
    while (left_s := until_s - loop.time()) > wait_s:
        await asyncio.sleep(wait_s)
        if await _opens(host, port):
            return True
        wait_s = _pause_s(rng)
    await asyncio.sleep(max(0.0, left_s))
    return False


def _pause_s(rng: random.Random) -> float:
    return EVERY_S * rng.uniform(0.75, 1.25)


async def _opens(host: str, port: int) -> bool:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(PATIENCE_S):
            transport, _ = await loop.create_connection(asyncio.Protocol, host, port)
    except OSError:  # TimeoutError is one
        return False
    transport.close()
    return True
