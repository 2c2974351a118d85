"""Just enough HTTP for a lookup service on loopback: one request a connection, small bodies, JSON answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

MOST_BODY = 64 * 1024
_PATIENCE_S = 5.0
Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


Reply = tuple[HTTPStatus, Body]
Answer = Callable[[Asked], Reply]


class HttpServer:
    """Answers until closed."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self, port: int) -> None:
        """Listen on loopback. Raises OSError when the port cannot be had."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                asked = await _read(reader)
                status, body = self._answer(asked)
                raw = json.dumps(body).encode()
                extra = "Retry-After: 2\r\n" if status is HTTPStatus.TOO_MANY_REQUESTS else ""
                head = (
                    f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(raw)}\r\n{extra}Connection: close\r\n\r\n"
                )
                writer.write(head.encode() + raw)
                await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= MOST_BODY:
        raise ValueError("a body that is too large")
    parts = urlsplit(target)
    body = await reader.readexactly(length) if length else b""
    return Asked(method, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body)
