"""The requests that open streams, against real sockets that drip, flood, redirect, compress, refuse and lie."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from psdash.gateway.dialling import Credential, DialError
from psdash.gateway.refusals import Reaction, Verdict
from psdash.gateway.rest import BadAnswerError, LimitedError, RefusedError, RestError, UnreachableError
from psdash.gateway.shuriken import session, words
from psdash.gateway.shuriken.keeper import Keeper
from psdash.gateway.shuriken.lines import CALLS, OWN, Line
from psdash.gateway.shuriken.pusher import PusherClient
from psdash.gateway.shuriken.session import AUTH, SESSION, Door

CANARY = "sk_0123456789_" + "S" * 43
FIXTURES = Path(__file__).parents[2] / "fixtures" / "shuriken" / "rest"
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]
SWAPS = Line("svm.token.swaps", (("tokenAddress", "JUP"),))


@asynccontextmanager
async def answering(reply: Reply, requests: list[bytes] | None = None) -> AsyncIterator[str]:
    """A raw HTTP server; the base URL."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(row[15:]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:"))
            body = await reader.readexactly(length)
            if requests is not None:
                requests.append(head + body)
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
async def door(base_url: str) -> AsyncIterator[Door]:
    made = Door(base_url, Credential(jwt=SecretStr(CANARY)))
    try:
        yield made
    finally:
        await made.close()


def answer(**changes: object) -> bytes:
    """A session for one stream."""
    connection = {
        "provider": "pusher",
        "appKey": "app-key",
        "wsHost": "127.0.0.1",
        "wsPort": 8080,
        "forceTls": False,
        "authEndpoint": AUTH,
    } | changes
    granted = {"stream": SWAPS.stream, "channel": "c-1", "event": "update", "visibility": "public"}
    return json.dumps({"connection": connection, "subscriptions": [granted]}).encode()


async def test_one_stream_is_asked_for_and_the_key_is_a_header() -> None:
    requests: list[bytes] = []
    async with answering(whole("200 OK", answer()), requests) as url, door(url) as made:
        body, granted = await made.session(SWAPS)
    assert (granted.channel, body.connection.port) == ("c-1", 8080)
    head, _, sent = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST {SESSION} ".encode())
    assert f"authorization: bearer {CANARY}".lower().encode() in head.lower()
    assert b"content-type: application/json" in head.lower()
    assert json.loads(sent) == {"subscriptions": [{"stream": SWAPS.stream, "filter": {"tokenAddress": "JUP"}}]}


@pytest.mark.parametrize("name", ["session_bare", "session_wrapped"])
async def test_both_envelopes(name: str) -> None:
    raw = (FIXTURES / f"{name}.json").read_bytes()
    told = json.loads(raw)
    stream = told.get("data", told)["subscriptions"][0]["stream"]
    async with answering(whole("200 OK", raw)) as url, door(url) as made:
        _, granted = await made.session(Line(stream))
    assert granted.stream == stream


async def test_the_dotted_spelling_of_a_stream_is_the_same_stream() -> None:
    raw = answer().replace(SWAPS.stream.encode(), b"alpha.signalFeed.global")
    async with answering(whole("200 OK", raw)) as url, door(url) as made:
        _, granted = await made.session(CALLS)
        assert granted.channel == "c-1"
        with pytest.raises(BadAnswerError, match="does not name the stream"):
            await made.session(SWAPS)


async def test_authorisation_is_a_form() -> None:
    requests: list[bytes] = []
    body = b'{"auth":"key:abc","channel_data":"{\\"user_id\\": \\"u 1\\"}"}'
    async with answering(whole("200 OK", body), requests) as url, door(url) as made:
        for endpoint in (AUTH, f"{url}{AUTH}", f"{url.upper().replace('HTTP', 'http')}{AUTH}"):
            auth = await made.authorise(endpoint, "1.2", "presence-a&b=c d")
            assert auth.channel_data == '{"user_id": "u 1"}'
    head, _, sent = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST {AUTH} ".encode())
    assert b"content-type: application/x-www-form-urlencoded" in head.lower()
    assert sent == b"socket_id=1.2&channel_name=presence-a%26b%3Dc+d"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://elsewhere.example/api/v2/ws/auth",
        "//elsewhere.example/api/v2/ws/auth",
        "http://127.0.0.1:1/api/v2/ws/auth",
        "http://127.0.0.1:99999/api/v2/ws/auth",
        "/api/v2/trade/swap",
        "/api/v2/ws/auth?then=more",
        "http://127.0.0.1@elsewhere.example/api/v2/ws/auth",
        "",
    ],
)
async def test_the_key_goes_to_no_other_address(endpoint: str) -> None:
    requests: list[bytes] = []
    async with answering(whole("200 OK", b"{}"), requests) as url, door(url) as made:
        with pytest.raises(BadAnswerError, match="carries its key to no other"):
            await made.authorise(endpoint, "1.2", "private-a")
    assert not requests


async def test_what_comes_is_bounded_in_bytes_and_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" " * 65_536)
            await writer.drain()

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with answering(flood) as url, door(url) as made:
        with pytest.raises(BadAnswerError, match=f"larger than {session.MAX_BYTES} bytes"):
            await made.session(SWAPS)
    async with answering(drip) as url, door(url) as made:
        monkeypatch.setattr(made, "_timeout_s", 0.3)
        with pytest.raises(UnreachableError, match=r"within 0\.3 s"):
            await made.session(SWAPS)
    async with (
        answering(whole("200 OK", gzip.compress(answer()), "Content-Encoding: gzip")) as url,
        door(url) as made,
    ):
        with pytest.raises(BadAnswerError, match="compressed"):
            await made.session(SWAPS)
    with pytest.raises(UnreachableError, match="cannot be reached"):
        async with door(url) as made:
            await made.session(SWAPS)


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        ("302 Found", BadAnswerError, "points elsewhere"),
        ("400 Bad Request", RestError, "does not understand"),
        ("401 Unauthorized", RefusedError, "does not accept the key"),
        ("403 Forbidden", RefusedError, "lacks the permission"),
        ("429 Too Many Requests", LimitedError, "slowing down"),
        ("503 Service Unavailable", UnreachableError, "in trouble"),
    ],
)
async def test_refusals(status: str, kind: type[RestError], said: str) -> None:
    code = {"400": "INVALID_PARAMS", "401": "UNAUTHORIZED", "403": "FORBIDDEN"}.get(status[:3], "X")
    body = json.dumps({"error": {"code": code, "message": "no\x1b[2J"}, "requestId": "r"}).encode()
    reply = whole(status, body, "Retry-After: 7", "Location: http://elsewhere.example/")
    async with answering(reply) as url, door(url) as made:
        with pytest.raises(kind, match=said) as caught:
            await made.session(SWAPS)
    assert caught.value.retry_after_s == (7.0 if status.startswith("429") else 0.0)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'{"connection":{}}', answer(wsPort=0), answer(wsHost="a b/c")]
)
async def test_what_cannot_be_read_is_said_without_being_shown(body: bytes) -> None:
    async with answering(whole("200 OK", body)) as url, door(url) as made:
        with pytest.raises(BadAnswerError, match="cannot be read"):
            await made.session(SWAPS)


async def test_a_key_that_is_echoed_reaches_nobody() -> None:
    body = json.dumps({"error": {"code": "X", "message": f"the key {CANARY} is wrong"}}).encode()
    async with answering(whole("418 Teapot", body)) as url, door(url) as made:
        with pytest.raises(RestError) as caught:
            await made.session(SWAPS)
    assert CANARY not in f"{caught.value} {caught.value!r}"
    assert "[redacted]" in str(caught.value)


# where the socket is ------------------------------------------------------------------------------------------------


def keeper(made: Door, client: PusherClient) -> Keeper:
    def refuse(verdict: Verdict) -> None:
        raise AssertionError(verdict)

    return Keeper(made, client, refuse, lambda: None)


async def located(body: bytes, *, wants_tls: bool = False) -> str:
    client = PusherClient()
    client.want([SWAPS, *OWN])
    async with answering(whole("200 OK", body)) as url, door(url) as made:
        keeps = keeper(made, client)
        keeps.wants_tls = wants_tls
        address = await keeps.locate()
        assert client.next_to_grant() == OWN[0]
        return address


async def test_the_address_names_the_protocol_and_no_secret() -> None:
    address = await located(answer(appKey="app/key?x"))
    assert address.startswith("ws://127.0.0.1:8080/app/app%2Fkey%3Fx?protocol=7&client=psdash&version=")
    assert CANARY not in address


@pytest.mark.parametrize(
    ("host", "is_tls", "wanted", "scheme"),
    [
        ("127.0.0.1", False, False, "ws"),
        ("127.0.0.1", True, False, "wss"),
        ("127.0.0.1", False, True, "wss"),  # after a close with 4000
        ("ws.example.com", True, False, "wss"),
        ("ws.example.com", False, False, "wss"),  # nothing travels in the clear but on this machine
    ],
)
async def test_tls(host: str, is_tls: bool, wanted: bool, scheme: str) -> None:
    address = await located(answer(wsHost=host, forceTls=is_tls), wants_tls=wanted)
    assert address.startswith(f"{scheme}://{host}:8080/")


async def test_a_key_without_any_permission_is_refused_after_a_few_questions() -> None:
    requests: list[bytes] = []
    body = b'{"error":{"code":"FORBIDDEN","message":""}}'
    client = PusherClient()
    client.want([SWAPS, *OWN])
    async with answering(whole("403 Forbidden", body), requests) as url, door(url) as made:
        with pytest.raises(DialError) as caught:
            await keeper(made, client).locate()
    assert caught.value.verdict == words.NOTHING_ALLOWED
    assert len(requests) == 4


async def test_a_service_in_trouble_is_dialled_where_it_was() -> None:
    client = PusherClient()
    client.want([SWAPS])
    replies = [whole("200 OK", answer()), whole("500 Oops", b""), whole("429 No", b"", "Retry-After: 9")]

    async def next_reply(writer: asyncio.StreamWriter) -> None:
        await replies.pop(0)(writer)

    async with answering(next_reply) as url, door(url) as made:
        keeps = keeper(made, client)
        assert await keeps.locate() == await keeps.locate()
        with pytest.raises(DialError) as caught:
            await keeps.locate()
    assert caught.value.verdict.reaction is Reaction.RETRY
    assert caught.value.floor_s == 9.0


async def test_a_service_that_never_answered_is_tried_again() -> None:
    client = PusherClient()
    client.want([SWAPS])
    async with answering(whole("500 Oops", b"")) as url, door(url) as made:
        with pytest.raises(DialError) as caught:
            await keeper(made, client).locate()
    assert caught.value.verdict == Verdict(Reaction.RETRY, "Shuriken is in trouble (HTTP 500)")


async def test_another_app_makes_every_grant_void() -> None:
    client = PusherClient()
    client.want([SWAPS, OWN[0]])
    replies = [answer(), answer(appKey="another")]

    async def next_reply(writer: asyncio.StreamWriter) -> None:
        await whole("200 OK", replies.pop(0))(writer)

    async with answering(next_reply) as url, door(url) as made:
        keeps = keeper(made, client)
        await keeps.locate()
        granted = client.grant_of(SWAPS)
        assert granted is not None
        client.granted(OWN[0], granted.model_copy(update={"channel": "presence-old"}))
        await keeps.locate()
    assert client.channel_of(OWN[0]) == ""
    assert client.channel_of(SWAPS) == "c-1"
