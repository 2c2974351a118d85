"""The least that can take what the venue sends: the websockets library's receive loop, and nothing done with it.

With `--decode` every frame is read into its wire model as well, and thrown away.
"""

from __future__ import annotations

import argparse
import asyncio
import os

from websockets.asyncio.client import connect

from psdash.wire.predictstreet import Feed, decode_frame
from psdash.wire.predictstreet.commands import subscribe


async def main(tokens: list[str], *, decodes: bool) -> None:
    url, key = os.environ["PSDASH_WS_URL"], os.environ["PSDASH_API_KEY"]
    # As psdash dials: no compression.
    async with connect(f"{url}/ws/market", additional_headers={"x-api-key": key}, compression=None) as ws:
        await ws.recv()
        await ws.send(subscribe(1, [(Feed.BOOK, tokens)]).to_wire())
        await ws.recv()
        print("ready", flush=True)
        while True:
            data = await ws.recv(decode=False)
            if decodes:
                decode_frame(data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare")
    parser.add_argument("--decode", action="store_true")
    parser.add_argument("token", nargs="+")
    options = parser.parse_args()
    asyncio.run(main(options.token, decodes=options.decode))
