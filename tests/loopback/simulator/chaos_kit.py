"""A small exchange with things going wrong, on real sockets or in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection

from psdash.simulator.chaos import Menu
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import MAKER, Client, Frame, Rig, SmallWorld, running


@asynccontextmanager
async def spoilt(
    text: str, seed: int = 1, *, every_s: tuple[float, float] | None = None, clock: bool = False
) -> AsyncIterator[tuple[Rig, Menu]]:
    """The rig of the small world behind a menu that strikes when told to; `clock` lets the exchange's time run."""
    menu = Menu.parse(text, seed, every_s=every_s)
    world = SmallWorld()
    async with running(world, ServerOptions(chaos=menu)) as rig:
        ticking = asyncio.create_task(world.scheduler.run_realtime()) if clock else None
        try:
            yield rig, menu
        finally:
            if ticking is not None:
                ticking.cancel()


async def subscribed(client: Client, rig: Rig, *channels: str) -> Frame:
    """Subscribe to the YES token of the main market; the acknowledgement."""
    ids = [rig.world.row.yes_token_id]
    return await client.subscribe(*({"channel": channel, "ids": ids} for channel in channels))


def churn(rig: Rig, count: int) -> None:
    """So many changes of the main market's books: a bid deep in the book, put there and taken away."""
    for _ in range(count // 2):
        placed = rig.world.place(MAKER, "buy", "0.30", "5")
        rig.world.exchange.cancel(MAKER, placed.order_id)  # unless a fault did


async def ended(socket: ClientConnection) -> tuple[int, str]:
    """Read to the end; the close code and reason that the client reports."""
    async with asyncio.timeout(10):
        await socket.wait_closed()
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


async def raw_frames(client: Client, until: Callable[[Frame], bool]) -> list[Frame]:
    """Frames as they come, up to and with the one that is waited for."""
    found: list[Frame] = []
    async with asyncio.timeout(30):
        while not found or not until(found[-1]):
            found.append(json.loads(await client.socket.recv()))
    return found


def levels(frame: Frame, side: str) -> dict[str, str]:
    """Price to size of one side of a book frame."""
    return {level["price"]: level["quantity"] for level in frame["data"][side]}


def ledger(rig: Rig, side: str) -> dict[str, str]:
    """The same of the exchange's own YES book."""
    book = rig.world.exchange.token_book(rig.world.row.yes_token_id)
    rows = book.bids() if side == "bids" else book.asks()
    return {f"{level.price.normalize():f}": f"{level.quantity.normalize():f}" for level in rows}


Json = dict[str, Any]
