"""One client in a process of its own, bombed: `python -m tests.safety.bombed ws|rest NAME`.

It starts the bomber on loopback in a thread, points the real gateway code at it, and prints what came of it as JSON:
the outcome, the frames counted, and by how many bytes the process grew over what it had when all was imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import json
import logging
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection, serve

from psdash.gateway.clock import LoopClock
from psdash.gateway.connection import Connection
from psdash.gateway.dialling import Credential
from psdash.gateway.notices import GatewayName, LinkChanged, LinkState
from psdash.gateway.reads import Rest
from psdash.gateway.rest import Reader, RestError
from psdash.wire.predictstreet.commands import Command
from tests.safety.canary import API_KEY

MIB = 2**20
GREETING = '{"type":"connected","data":{"gateway":"market","protocolVersion":2},"serverTs":1778783112000}'
LEVEL = '{"price":"0.5","quantity":"1"}'
CREDENTIAL = Credential(api_key=SecretStr(API_KEY))


def snapshot(**fields: str) -> str:
    """A book_snapshot with some JSON in place of what belongs there."""
    parts = {"bids": "[]", "asks": "[]", "tsMs": "1778783112000"} | fields
    data = ",".join(f'"{name}":{text}' for name, text in parts.items() if name != "seq")
    return (
        '{"type":"book_snapshot","sid":1,"channel":"token_book","id":"12","seq":'
        f'{parts.get("seq", "1")},"data":{{"tokenId":"12",{data}}}}}'
    )


#: Messages that fit a frame and must cost nothing but themselves.
MESSAGES: dict[str, str] = {
    "depth": "[" * 100_000 + "]" * 100_000,
    "depth of objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "depth in a frame": snapshot(bids="[" * 100_000 + "]" * 100_000),
    "open for ever": "[" * 900_000,
    "number": snapshot(seq="1e1000000"),
    "digits": snapshot(seq="9" * 900_000),
    "decimals": snapshot(tsMs="0." + "1" * 900_000),
    "price": snapshot(bids='[{"price":"1e1000000","quantity":"1"}]'),
    "price of digits": snapshot(bids='[{"price":"0.' + "1" * 900_000 + '","quantity":"1"}]'),
    "size": snapshot(bids='[{"price":"0.5","quantity":"' + "9" * 900_000 + '"}]'),
    "levels": snapshot(bids="[" + ",".join([LEVEL] * 30_000) + "]"),
    "keys": "{" + ",".join(f'"k{number}":1' for number in range(80_000)) + "}",
    "the same key": "{" + ",".join(['"type":"pong"'] * 70_000) + "}",
    "escapes": '{"type":"' + "\\u0041" * 150_000 + '"}',
    "constants": snapshot(seq="NaN") + "Infinity",
}


# sockets --------------------------------------------------------------------------------------------------------


async def _keep_open(ws: ServerConnection) -> None:
    with contextlib.suppress(Exception):
        await ws.wait_closed()


def raw(*parts: bytes, times: int = 1) -> Callable[[ServerConnection], Awaitable[None]]:
    """Send these bytes after the greeting, as they are."""

    async def script(ws: ServerConnection) -> None:
        await ws.send(GREETING)
        with contextlib.suppress(ConnectionError, RuntimeError):
            for _ in range(times):
                for part in parts:
                    ws.transport.write(part)
                    while ws.transport.get_write_buffer_size() > 4 * MIB:  # noqa: ASYNC110  no event says so
                        await asyncio.sleep(0.001)
                    if ws.transport.is_closing():
                        return
        await _keep_open(ws)

    return script


def frame(payload: bytes, *, opcode: int = 1, fin: bool = True, rsv: int = 0) -> bytes:
    """An unmasked frame."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", first, size) + payload
    if size < 65_536:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload


def in_fragments(text: str, size: int = MIB // 4 - 100) -> bytes:
    """A message in fragments that each fit the frame cap."""
    data = text.encode()
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    last = len(parts) - 1
    return b"".join(frame(part, opcode=0 if at else 1, fin=at == last) for at, part in enumerate(parts))


def deflated(size: int) -> bytes:
    """`size` bytes of one letter as permessage-deflate makes them (RFC 7692)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(b"a" * MIB) for _ in range(size // MIB)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return packed[:-4]


SOCKETS: dict[str, Callable[[], Callable[[ServerConnection], Awaitable[None]]]] = {
    "1 TiB header": lambda: raw(struct.pack("!BBQ", 0x81, 127, 2**40) + b"a" * MIB),
    "2^63 header": lambda: raw(struct.pack("!BBQ", 0x81, 127, 2**63 - 1) + b"a" * MIB),
    "deflate bomb": lambda: raw(frame(deflated(128 * MIB), rsv=4)),
    "frame over the cap": lambda: raw(frame(b"a" * (MIB // 4 + 1))),
    "1000 messages of 1 MiB": lambda: raw(in_fragments(snapshot(x='"' + "a" * (MIB - 400) + '"')), times=1000),
    "fragments without end": lambda: raw(
        frame(b"a" * 65_536, fin=False), *[frame(b"a" * 65_536, opcode=0, fin=False)] * 8, times=1000
    ),
    "empty fragments without end": lambda: raw(
        frame(b"", fin=False), frame(b"", opcode=0, fin=False) * 100_000, times=1
    ),
    "pings without end": lambda: raw(frame(b"p" * 125, opcode=9) * 1000, times=200),
    "greetings without end": lambda: raw(frame(GREETING.encode()) * 1000, times=100),
    "reserved opcode": lambda: raw(frame(b"x", opcode=5)),
    "broken text": lambda: raw(frame(b'{"type":"\xff\xfe\xed\xa0\x80"}') * 100),
}


class Watcher:
    """A handler that takes everything and stores nothing."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.ended = asyncio.Event()
        self.reasons: list[str] = []

    def opened(self, greeting: Any) -> None:
        return None

    def take(self, frame: Any) -> None:
        assert self.connection is not None
        self.connection.counts.applied += 1

    def unreadable(self, raw: bytes) -> None:
        return None

    def next_command(self, now_s: float, *, urgent: bool = False) -> Command | None:
        return None

    def ticked(self, now_s: float) -> None:
        return None

    def closed(self, reason: str, refused: bool) -> None:
        self.reasons.append(reason)
        self.ended.set()

    def moved(self, link: LinkChanged) -> None:
        if link.state is LinkState.REFUSED:
            self.ended.set()


async def ws_client(port: int, name: str) -> dict[str, Any]:
    watcher = Watcher()
    connection = Connection(
        GatewayName.MARKET,
        f"ws://127.0.0.1:{port}/ws/market",
        CREDENTIAL,
        watcher,
        clock=LoopClock(wall_ms=lambda: 1_778_783_112_000),
        rng=random.Random(1),
    )
    watcher.connection = connection
    before = peak_rss()
    task = asyncio.create_task(connection.run())
    # What is refused ends the session; what is only counted ends when all of it has been counted.
    expected = {"1000 messages of 1 MiB": 1001, "greetings without end": 100_001, "broken text": 101}
    wanted = 1 + len(MESSAGES) if name == "messages" else expected.get(name)
    async with asyncio.timeout(60):
        # The counts set no event.
        while not (watcher.ended.is_set() or task.done() or connection.counts.frames_in == wanted):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    counts = connection.counts
    return {
        "grown": peak_rss() - before,
        "reasons": watcher.reasons,
        "frames": counts.frames_in,
        "rejected": counts.rejected,
        "ignored": counts.ignored,
        "conserved": counts.is_conserved,
    }


async def ws_server(name: str, started: Callable[[int], None], stop: asyncio.Event) -> None:
    script = raw(*(in_fragments(text) for text in MESSAGES.values())) if name == "messages" else SOCKETS[name]()

    async with serve(script, "127.0.0.1", 0, ping_interval=None, compression=None) as server:
        started(server.sockets[0].getsockname()[1])
        await stop.wait()


# REST -----------------------------------------------------------------------------------------------------------

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


def head(*headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: application/json", *headers, "", ""]).encode()


async def _pour(writer: asyncio.StreamWriter, part: bytes, times: int) -> None:
    for _ in range(times):
        writer.write(part)
        await writer.drain()


async def huge_length(writer: asyncio.StreamWriter) -> None:
    writer.write(head(f"Content-Length: {2**40}"))
    await _pour(writer, b" " * MIB, 4096)


async def huge_chunk(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Transfer-Encoding: chunked") + b"10000000000\r\n")
    await _pour(writer, b" " * MIB, 4096)


async def gzip_bomb(writer: asyncio.StreamWriter) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    writer.write(head("Content-Encoding: gzip", "Connection: close"))
    for _ in range(512):
        writer.write(packer.compress(b" " * MIB))
    writer.write(packer.flush())
    await writer.drain()


async def gzip_in_layers(writer: asyncio.StreamWriter) -> None:
    body = gzip.compress(gzip.compress(b" " * (64 * MIB)))
    writer.write(head("Content-Encoding: gzip, gzip", f"Content-Length: {len(body)}") + body)


async def many_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await _pour(writer, b"X-Fill: " + b"a" * 8_000 + b"\r\n", 10_000)


async def endless_status(writer: asyncio.StreamWriter) -> None:
    await _pour(writer, b"HTTP/1.1 200 " + b"a" * MIB, 512)


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Length: 100000"))
    for _ in range(100_000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def informational(writer: asyncio.StreamWriter) -> None:
    await _pour(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000, 1000)


def whole(body: bytes) -> Script:
    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(head(f"Content-Length: {len(body)}", "Connection: close") + body)
        await writer.drain()

    return script


BODIES: dict[str, bytes] = {
    "depth": b"[" * 1_000_000 + b"]" * 1_000_000,
    "depth in a body": b'{"markets":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}",
    "number": b'{"markets":1e1000000}',
    "digits": b'{"markets":' + b"9" * 3_000_000 + b"}",
    "rows": b'{"markets":[' + b"{}," * 1_300_000 + b"{}]}",
    "wrong rows": b'{"markets":[' + b"1," * 1_900_000 + b"1]}",
    "long title": b'{"markets":[{"title":"' + b"a" * 3_900_000 + b'"}]}',
    "not JSON": b"\xff" * 4_000_000,
    "empty": b"",
}

RESTS: dict[str, Script] = {
    "1 TiB length": huge_length,
    "1 TiB chunk": huge_chunk,
    "512 MiB gzip": gzip_bomb,
    "gzip in gzip": gzip_in_layers,
    "headers": many_headers,
    "status line": endless_status,
    "drip": drip,
    "1xx without end": informational,
}


async def rest_server(name: str, started: Callable[[int], None], stop: asyncio.Event) -> None:
    turn = iter([whole(body) for body in BODIES.values()] if name == "bodies" else itertools.repeat(RESTS[name]))

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await next(turn)(writer)
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    started(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()


async def rest_client(port: int, name: str) -> dict[str, Any]:
    reads = Rest(
        Reader(f"http://127.0.0.1:{port}", CREDENTIAL, timeout_s=1.0 if name in ("drip", "1xx without end") else 8.0)
    )
    before = peak_rss()
    outcomes: list[str] = []
    async with asyncio.timeout(60):
        for _ in BODIES if name == "bodies" else (name,):
            try:
                await reads.markets()
            except RestError as error:
                outcomes.append(f"{type(error).__name__}: {error.words}")
            else:
                outcomes.append("read")
    await reads.close()
    return {"grown": peak_rss() - before, "outcomes": outcomes}


# both -----------------------------------------------------------------------------------------------------------


def peak_rss() -> int:
    """The most memory this process ever had, in bytes."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def main(kind: str, name: str) -> None:
    """Run the bomber in a child, so that its memory is not counted, and the client here."""
    logging.disable(logging.CRITICAL)
    bomber = subprocess.Popen(
        [sys.executable, "-m", "tests.safety.bombed", f"{kind}-server", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bomber.stdout is not None
    assert bomber.stdin is not None
    try:
        port = int(bomber.stdout.readline())
        client = {"ws": ws_client, "rest": rest_client}[kind]
        sys.stdout.write(json.dumps(asyncio.run(client(port, name))) + "\n")
    finally:
        bomber.stdin.close()
        bomber.kill()
        bomber.wait()


async def bomb(kind: str, name: str) -> None:
    """Listen, say where, and go on until stdin ends."""
    stop = asyncio.Event()

    def started(port: int) -> None:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    await {"ws-server": ws_server, "rest-server": rest_server}[kind](name, started, stop)


if __name__ == "__main__":
    if sys.argv[1].endswith("-server"):
        asyncio.run(bomb(sys.argv[1], sys.argv[2]))
    else:
        main(sys.argv[1], sys.argv[2])
