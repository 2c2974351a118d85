"""Knocking at a door that nobody opens, and at one that somebody does, in virtual time and over real transports."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from psdash.gateway.knocking import EVERY_S, until_open
from tests.virtual.gateway.rig import run

URL = "ws://127.0.0.1:8765"


class Door:
    """Listens from a moment on, and notes who comes and what is said."""

    def __init__(self) -> None:
        self.came = 0
        self.said = bytearray()
        self._server: asyncio.Server | None = None

    async def open_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 8765)

    async def close(self) -> None:
        await asyncio.sleep(1.0)  # virtual: whoever is on the way arrives, and both ends have closed
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        self.said += await reader.read()
        writer.close()


@asynccontextmanager
async def door_after(seconds: float) -> AsyncIterator[Door]:
    door = Door()
    opening = asyncio.create_task(door.open_after(seconds))
    await asyncio.sleep(0)
    yield door
    await opening
    await door.close()


async def knock(seed: int, within_s: float, after_s: float = 0.0) -> tuple[bool, float]:
    """Whether somebody opened, and the virtual seconds it took."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    opened = await until_open(URL, random.Random(seed), within_s=within_s, after_s=after_s)
    return opened, loop.time() - began_s


def test_nobody_listens() -> None:
    opened, took_s = run(knock(1, 17.0))
    assert not opened
    assert took_s == pytest.approx(17.0, abs=0.01)


@pytest.mark.parametrize("seed", range(8))
def test_somebody_listens_again(seed: int) -> None:
    async def main() -> tuple[bool, float, Door]:
        async with door_after(5.0) as door:
            opened, took_s = await knock(seed, 30.0)
        return opened, took_s, door

    opened, took_s, door = run(main())
    assert opened
    assert 5.0 <= took_s <= 5.0 + 1.25 * EVERY_S
    assert (door.came, bytes(door.said)) == (1, b"")


def test_no_knock_before_the_budget_allows_a_dial() -> None:
    async def main() -> tuple[bool, float]:
        async with door_after(0.0):
            return await knock(1, 30.0, after_s=12.0)

    opened, took_s = run(main())
    assert opened
    assert took_s >= 12.0


def test_a_wait_too_short_for_a_knock_is_a_wait() -> None:
    async def main() -> tuple[bool, int]:
        async with door_after(0.0) as door:
            opened, _ = await knock(1, 0.3)
        return opened, door.came

    assert run(main()) == (False, 0)
