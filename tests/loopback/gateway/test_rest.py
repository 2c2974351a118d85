"""REST reads against real sockets that drip, flood, redirect, compress and refuse (reliability §0 fact 10)."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from psdash.gateway.dialling import Credential
from psdash.gateway.rest import (
    BadAnswerError,
    LimitedError,
    NotFoundError,
    Reader,
    RefusedError,
    RestError,
    UnreachableError,
)

CANARY = "ps_live_0123456789abcdef_" + "S" * 43
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(reply: Reply, requests: list[bytes] | None = None) -> AsyncIterator[str]:
    """A raw HTTP server; the base URL."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if requests is not None:
                requests.append(head)
            await reply(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client had enough
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def whole(status: str, body: bytes, *headers: str) -> Reply:
    """One complete answer."""

    async def reply(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return reply


@asynccontextmanager
async def reading(base_url: str, **options: float) -> AsyncIterator[Reader]:
    reader = Reader(
        base_url,
        Credential(api_key=SecretStr(CANARY)),
        timeout_s=options.get("timeout_s", 5.0),
        max_bytes=int(options.get("max_bytes", 100_000)),
    )
    try:
        yield reader
    finally:
        await reader.close()


async def test_a_plain_answer_and_the_headers_that_asked_for_it() -> None:
    requests: list[bytes] = []
    reply = whole("200 OK", b'{"a":1}', "X-Server-Time: 1778783112456")
    async with answering(reply, requests) as url, reading(url) as reader:
        answer = await reader.get("/api/x", {"limit": "5"})
        assert (answer.body, answer.venue_ms) == (b'{"a":1}', 1_778_783_112_456)
    head = requests[0].decode()
    assert head.startswith("GET /api/x?limit=5 ")
    assert f"x-api-key: {CANARY}" in head.lower().replace(CANARY.lower(), CANARY)
    assert "accept-encoding: identity" in head.lower()
    assert CANARY not in head.splitlines()[0]


async def test_public_reads_may_go_without_the_key() -> None:
    requests: list[bytes] = []
    async with answering(whole("200 OK", b"{}"), requests) as url, reading(url) as reader:
        await reader.get("/api/x", keyed=False)
    assert CANARY.encode() not in requests[0]


async def test_a_dripping_body_ends_at_the_deadline() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(2_000):  # a byte now and then resets every per-read timeout
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with answering(drip) as url, reading(url, timeout_s=0.5) as reader:
        started_s = asyncio.get_running_loop().time()
        with pytest.raises(UnreachableError, match=r"within 0\.5 s"):
            await reader.get("/api/x")
        assert asyncio.get_running_loop().time() - started_s < 10.0  # the drip alone would take forty


async def test_an_endless_body_ends_at_the_byte_cap() -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with answering(flood) as url, reading(url) as reader:
        with pytest.raises(BadAnswerError, match="larger than 100000 bytes"):
            await reader.get("/api/x")


async def test_a_compressed_answer_is_refused_unopened() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    reply = whole("200 OK", bomb, "Content-Encoding: gzip")
    async with answering(reply) as url, reading(url) as reader:
        with pytest.raises(BadAnswerError, match="compressed"):
            await reader.get("/api/x")


async def test_the_key_follows_no_redirect() -> None:
    elsewhere: list[bytes] = []
    async with answering(whole("200 OK", b"{}"), elsewhere) as other:
        reply = whole("302 Found", b"", f"Location: {other}/steal")
        async with answering(reply) as url, reading(url) as reader:
            with pytest.raises(BadAnswerError, match="points elsewhere"):
                await reader.get("/api/x")
    assert elsewhere == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        ("404 Not Found", b'{"code":"market_not_found","message":"no"}', NotFoundError, "no such market"),
        ("401 Unauthorized", b'{"code":"api_key_expired","message":""}', RefusedError, "expired"),
        (
            "403 Forbidden",
            b'{"code":"api_key_scope_missing","requiredScope":"portfolio:read"}',
            RefusedError,
            "scope",
        ),
        (
            "400 Bad Request",
            b'{"status":400,"error":{"code":"odd_thing"},"trace_id":"t"}',
            BadAnswerError,
            "odd_thing",
        ),
        ("400 Bad Request", b"<html>", BadAnswerError, "HTTP 400"),
        ("429 Too Many Requests", b"{}", LimitedError, "slowing down"),
        ("503 Service Unavailable", b"", UnreachableError, "in trouble"),
        ("502 Bad Gateway", b'{"message":"\\u001b[2Jboo"}', UnreachableError, "in trouble"),
    ],
)
async def test_refusals_in_every_shape(status: str, body: bytes, kind: type[RestError], words: str) -> None:
    async with answering(whole(status, body, "Retry-After: 9")) as url, reading(url) as reader:
        with pytest.raises(kind) as caught:
            await reader.get("/api/x")
    assert words in caught.value.words
    assert "\x1b" not in caught.value.words
    assert caught.value.status == int(status[:3])
    if kind in (LimitedError, UnreachableError):
        assert caught.value.retry_after_s == 9.0


async def test_nobody_there() -> None:
    async with answering(whole("200 OK", b"{}")) as url:
        pass
    async with reading(url) as reader:
        with pytest.raises(UnreachableError, match="no connection"):
            await reader.get("/api/x")


async def test_an_answer_that_breaks_off() -> None:
    async def cut(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()

    async with answering(cut) as url, reading(url) as reader:
        with pytest.raises(UnreachableError, match="broke off"):
            await reader.get("/api/x")
