"""One client's wire: every outbound frame of a session passes through its line, and nothing else writes to it.

A line never makes the exchange wait. Frames go to an outbox at once; one writer task frames them and hands them to
the transport in large batches, as fast as the client reads. A client that lets the outbox fill is closed with 1013.
Faults stand between a session and its line (`faults.py`); what they do to the socket itself, they do by `write_raw`
and `freeze`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from psdash.simulator.protocol import guesses
from psdash.simulator.protocol.frames import Push

logger = logging.getLogger(__name__)

#: What may wait for one client. Enough for a reader that stops for 5 s at 10,000 messages a second of 500 bytes.
OUTBOX_LIMIT_BYTES = 32 * 2**20
#: Handed to the transport in one go; the next batch waits until most of it has left.
BATCH_BYTES = 2**18


def frame_text(payload: bytes) -> bytes:
    """`payload` as one unmasked, unfragmented WebSocket text frame (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class Line:
    """The way out to one client. `push` and `reply` never block and never raise; `run` is the writer."""

    def __init__(self, connection: ServerConnection, outbox_limit_bytes: int = OUTBOX_LIMIT_BYTES) -> None:
        self._connection = connection
        self._limit = outbox_limit_bytes
        self._outbox: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self._frozen = False
        #: Frames accepted for this client since it connected.
        self.sent = 0

    @property
    def connection(self) -> ServerConnection:
        return self._connection

    @property
    def waiting_bytes(self) -> int:
        """Bytes of frames that the client has not let through yet."""
        return self._waiting_bytes

    @property
    def closing(self) -> bool:
        """Whether this side has begun to close the socket."""
        return self._closing is not None

    def push(self, push: Push, sid: int) -> None:
        """Send an event of subscription `sid`."""
        self.write(push.frame(sid))

    def reply(self, frame: bytes) -> None:
        """Send a greeting, an acknowledgement, an error or a pong."""
        self.write(frame)

    def write(self, frame: bytes) -> None:
        """Put one text frame into the outbox; the line closes with 1013 when that is full."""
        if self._closing is not None or self._frozen:
            return
        self._outbox.append(frame)
        self._waiting_bytes += len(frame)
        self.sent += 1
        self._wake.set()
        if self._waiting_bytes > self._limit:
            logger.warning("a client did not read %d bytes: closing it", self._waiting_bytes)
            self._outbox.clear()
            self._waiting_bytes = 0
            self.close(*guesses.CLOSE_SLOW)

    def close(self, code: int, reason: str) -> None:
        """Close the socket now, with what was already handed to the transport still on its way. Idempotent."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._connection.close(code, reason))
            self._wake.set()

    def write_raw(self, raw: bytes) -> None:
        """Hand everything that waits to the transport now, and then these bytes as they are: for faults."""
        if self._closing is None and not self._frozen:
            self._hand_over([*self._outbox], raw)
            self._outbox.clear()
            self._waiting_bytes = 0

    def freeze(self) -> None:
        """Neither read nor write from now on, and leave the socket open: for faults."""
        self._frozen = True
        self._outbox.clear()
        self._waiting_bytes = 0
        self._connection.transport.pause_reading()

    async def run(self) -> None:
        """Write until the socket closes."""
        try:
            while self._closing is None:
                await self._wake.wait()
                self._wake.clear()
                while self._outbox and self._closing is None:
                    await self._write_batch()
        except ConnectionClosed:
            pass
        if self._closing is not None:
            await asyncio.shield(self._closing)

    async def _write_batch(self) -> None:
        batch: list[bytes] = []
        size = 0
        while self._outbox and size < BATCH_BYTES:
            frame = self._outbox.popleft()
            size += len(frame)
            batch.append(frame)
        self._waiting_bytes -= size
        async with self._connection.send_context():
            self._hand_over(batch)

    def _hand_over(self, batch: list[bytes], raw: bytes = b"") -> None:
        # One write for the whole batch: a write a frame would be a system call a frame.
        connection = self._connection
        if connection.protocol.extensions:  # the client asked for compression
            for frame in batch:
                connection.protocol.send_text(frame)
            connection.transport.write(b"".join(connection.protocol.data_to_send()) + raw)
        else:
            connection.transport.write(b"".join([frame_text(frame) for frame in batch]) + raw)
