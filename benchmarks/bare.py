"""The least that can take what the venue sends: the websockets library's receive loop, and nothing done with it."""

from __future__ import annotations

import asyncio
import os
import sys

from websockets.asyncio.client import connect

from psdash.wire.predictstreet import Feed
from psdash.wire.predictstreet.commands import subscribe


async def main() -> None:
    url, key, token = os.environ["PSDASH_WS_URL"], os.environ["PSDASH_API_KEY"], sys.argv[1]
    # As psdash dials: no compression.
    async with connect(f"{url}/ws/market", additional_headers={"x-api-key": key}, compression=None) as ws:
        await ws.recv()
        await ws.send(subscribe(1, [(Feed.BOOK, [token])]).to_wire())
        await ws.recv()
        print("ready", flush=True)
        while True:
            await ws.recv(decode=False)


if __name__ == "__main__":
    asyncio.run(main())
