"""A tap on the wire between psdash and the exchange, in a process of its own: it passes every byte on and writes down
when each sequence of one book passed.

With `--ping-ms` it slips WebSocket pings between the frames of the market gateway and notes how long each pong takes:
the library answers them on the event loop, so a pong is late by as much as the loop was busy.

The order `spray` on stdin holds the exchange's changes of that book back and sends others, made here, as fast as they
are taken, or `spray N` a second: the exchange itself ends at 50,000 a second. The end of stdin ends the tap.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import struct
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

_OPCODE_PONG: Final = 0xA
#: Frames handed to the socket at once by the hose: about a quarter of a millisecond of them.
LOT: Final = 64


@dataclass(slots=True)
class Log:
    """What passed: (monotonic second, newest sequence of the book), and (second, round trip in seconds) of pings."""

    seqs: list[tuple[float, int]] = field(default_factory=list)
    pongs: list[tuple[float, float]] = field(default_factory=list)
    #: (second, frames sent so far) by the hose.
    sprayed: list[tuple[float, int]] = field(default_factory=list)
    #: Dials after the first: a gateway that did not stay.
    redials: int = 0

    @classmethod
    def read(cls, path: Path) -> Log:
        told = json.loads(path.read_text())
        pairs = {name: [(at, value) for at, value in told[name]] for name in ("seqs", "pongs", "sprayed")}
        return cls(**pairs, redials=told["redials"])

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


class Wire:
    """Both directions of one connection, and what is asked of it."""

    def __init__(self, options: argparse.Namespace, log: Log) -> None:
        self.options = options
        self.log = log
        self.down: asyncio.StreamWriter | None = None
        self.is_market = False
        self.is_spraying = False
        self._subject = b'"channel":"token_book","id":"%s"' % options.token.encode()
        self._pattern = re.compile(rb'"sid":(\d+),%s,"serverTs":\d+,"seq":(\d+)' % self._subject)
        self._tail = b""
        self._cut = Cutter()
        self._asked: deque[tuple[int, float]] = deque()
        self._next_ping_s = 0.0
        self._pings = 0
        self._last_seq = 0
        self._sid = b"1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a dialled connection on, until either side ends it."""
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.options.to)
        request = await reader.readuntil(b"\r\n\r\n")
        self.is_market = b"/ws/market" in request.partition(b"\r\n")[0]
        up_writer.write(request)
        writer.write(await up_reader.readuntil(b"\r\n\r\n"))
        self.down = writer
        tasks = [
            asyncio.create_task(self._downwards(up_reader, writer)),
            asyncio.create_task(self._upwards(reader, up_writer)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        writer.close()
        up_writer.close()

    async def _downwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(262_144):
            if not self.is_market:
                writer.write(data)
            else:
                if not self.is_spraying:
                    self._look(data)
                whole = self._cut.frames(data)
                writer.writelines(frame for frame in whole if not (self.is_spraying and self._subject in frame))
                if self.options.ping_ms:
                    self._ping(writer)
            await writer.drain()

    def _look(self, data: bytes) -> None:
        at_s = time.monotonic()
        seen = self._tail + data
        last = seen.rfind(self._subject)
        found = self._pattern.search(seen, max(0, last - 24)) if last >= 0 else None
        if found is not None and int(found[2]) > self._last_seq:
            self._sid, self._last_seq = found[1], int(found[2])
            self.log.seqs.append((at_s, self._last_seq))
        self._tail = seen[-512:]

    async def _upwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cutter = Cutter()
        while data := await reader.read(65_536):
            if self.is_market and self.options.ping_ms:
                for frame in cutter.frames(data):
                    self._answered(frame)
            writer.write(data)
            await writer.drain()

    def _ping(self, writer: asyncio.StreamWriter) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_ping_s:
            self._next_ping_s = now_s + self.options.ping_ms / 1000
            self._pings += 1
            writer.write(b"\x89\x0c" + b"tap:" + struct.pack(">Q", self._pings))
            self._asked.append((self._pings, now_s))

    def _answered(self, frame: bytes) -> None:
        if frame[0] & 0x0F != _OPCODE_PONG or frame[1] & 0x7F != 12:
            return
        mask, body = frame[2:6], frame[6:18]
        plain = bytes(byte ^ mask[at % 4] for at, byte in enumerate(body))
        if not plain.startswith(b"tap:"):
            return
        number = struct.unpack(">Q", plain[4:])[0]
        now_s = time.monotonic()
        while self._asked and self._asked[0][0] <= number:
            asked, at_s = self._asked.popleft()
            if asked == number:
                self.log.pongs.append((at_s, now_s - at_s))

    # the hose ----------------------------------------------------------------------------------------------------

    async def spray(self, rate: int) -> None:
        """Changes of the book from here on, `rate` a second, or as fast as they are taken (0)."""
        assert self.down is not None
        writer = self.down
        self.is_spraying = True
        await asyncio.sleep(0.05)
        token = self.options.token.encode()
        head = b'{"type":"book_delta","sid":' + self._sid + b',"channel":"token_book","id":"' + token
        bodies = _bodies(token)
        seq, sent, began_s = self._last_seq, 0, time.monotonic()
        writer.transport.set_write_buffer_limits(high=128 * 1024)
        while not writer.is_closing():
            if rate:
                ahead_s = began_s + sent / rate - time.monotonic()
                if ahead_s > 0.0005:
                    await asyncio.sleep(ahead_s)
            stamp = str(int(time.time() * 1000)).encode()
            lot = bytearray()
            for _ in range(LOT):
                body = bodies[seq % len(bodies)]
                text = b'%b","serverTs":%b,"seq":%d,"prevSeq":%d,%b%b}}' % (head, stamp, seq + 1, seq, body, stamp)
                lot += struct.pack(">BBH", 0x81, 126, len(text))
                lot += text
                seq += 1
            sent += LOT
            writer.write(bytes(lot))
            self.log.seqs.append((time.monotonic(), seq))
            self.log.sprayed.append((time.monotonic(), sent))
            await writer.drain()
            await asyncio.sleep(0)


def _bodies(token: bytes) -> list[bytes]:
    """Ends of frames: sizes that change, on fifty levels around 50 cents."""
    ends = []
    for step in range(200):
        away = step % 25
        side, price = (b"bids", 49 - away) if step % 2 else (b"asks", 51 + away)
        other = b"asks" if side == b"bids" else b"bids"
        size = 100 + (step * 37) % 900
        ends.append(
            b'"data":{"tokenId":"%b","conditionId":"0x86dfd8f77398979434a3adb523d8f125523764cce0bdc810a5b06cc5cf7d877e",'
            b'"outcomeIndex":0,"%b":[{"price":"0.%02d","quantity":"%d"}],"%b":[],"tsMs":'
            % (token, side, price, size, other)
        )
    return ends


class Cutter:
    """WebSocket frames of a stream of bytes."""

    def __init__(self) -> None:
        self._left = b""

    def frames(self, data: bytes) -> list[bytes]:
        """The frames that are whole now."""
        data = self._left + data
        at, found = 0, []
        while (end := _frame_end(data, at)) is not None:
            found.append(data[at:end])
            at = end
        self._left = data[at:]
        return found


def _frame_end(data: bytes, at: int) -> int | None:
    """Where the frame that begins at `at` ends, None while it is not all there."""
    if len(data) < at + 2:
        return None
    length, head = data[at + 1] & 0x7F, 2
    if length == 126:
        if len(data) < at + 4:
            return None
        length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
    elif length == 127:
        if len(data) < at + 10:
            return None
        length, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
    if data[at + 1] & 0x80:
        head += 4
    end = at + head + length
    return end if end <= len(data) else None


async def _run(options: argparse.Namespace) -> None:
    log = Log()
    wires: list[Wire] = []

    async def dialled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(options, log)
        wires.append(wire)
        await wire.serve(reader, writer)

    server = await asyncio.start_server(dialled, "127.0.0.1", 0, limit=2**20)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()
    while order := await loop.run_in_executor(None, sys.stdin.readline):
        word, _, rate = order.strip().partition(" ")
        if word == "spray":
            market = [wire for wire in wires if wire.is_market][-1]
            tasks.add(asyncio.create_task(market.spray(int(rate or 0))))
    log.redials = max(0, sum(wire.is_market for wire in wires) - 1)
    log.write(Path(options.log))
    os._exit(0)  # connections and a reading thread may be open: nothing of them is wanted any more


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tap")
    parser.add_argument("--to", type=int, required=True, help="port of the exchange")
    parser.add_argument("--token", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--ping-ms", type=float, default=0.0)
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
