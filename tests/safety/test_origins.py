"""One origin gets the key, over a channel nobody reads: redirects, TLS, Origin, addresses (reliability §3.1)."""
# ruff: noqa: E501, S104 - a table of addresses

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from psdash.gateway.dialling import Credential, DialError, dial
from psdash.gateway.refusals import Reaction
from psdash.gateway.rest import BadAnswerError, Reader, UnreachableError
from psdash.settings import Settings
from tests.safety.canary import API_KEY, JWT, leaked

PEM = Path(__file__).with_name("loopback.pem")
CREDENTIALS = [
    Credential(api_key=SecretStr(API_KEY), user_wallet="0x" + "ab" * 20),
    Credential(jwt=SecretStr(JWT)),
]


class Seen:
    """Every byte a listener was sent, and how many came to it."""

    def __init__(self) -> None:
        self.connections = 0
        self.bytes = b""


@asynccontextmanager
async def second_origin() -> AsyncIterator[tuple[str, Seen]]:
    """Somebody who waits for keys. Yields host and port."""
    seen = Seen()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        seen.bytes += await reader.read(65_536)
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def answering(status: int, *headers: str, requests: list[bytes] | None = None) -> AsyncIterator[str]:
    """An HTTP server with one answer. Yields host and port."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if requests is not None:
            requests.append(head)
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Content-Length: 0", "Connection: close", *headers]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def dialled(url: str, credential: Credential) -> DialError:
    with pytest.raises(DialError) as caught:
        await dial(url, credential, open_s=5.0, close_s=1.0)
    assert leaked(str(caught.value).encode()) == set()
    return caught.value


def target(how: str, here: str, there: str) -> str:
    """Where the redirect leads: another origin, another port, another scheme, the same place once more."""
    return {
        "origin": f"http://{there}/steal",
        "socket": f"ws://{there}/steal",
        "no scheme": f"//{there}/steal",
        "same": f"http://{here}/again",
        "path": "/again",
        "userinfo": f"http://{here}@{there}/steal",
    }[how]


WAYS = ["origin", "socket", "no scheme", "same", "path", "userinfo"]


@pytest.mark.parametrize("credential", CREDENTIALS, ids=["key", "jwt"])
@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int, how: str, credential: Credential) -> None:
    """Neither of an upgrade nor of a read; the first address alone is asked, once."""
    async with second_origin() as (there, seen):
        requests: list[bytes] = []
        # The listener's own address is only known once it listens, so it points at itself by a relative path too.
        async with answering(status, f"Location: {target(how, '127.0.0.1:1', there)}", requests=requests) as here:
            error = await dialled(f"ws://{here}/ws/market", credential)
            assert error.verdict.reaction is Reaction.REFUSE
            assert "points elsewhere" in error.verdict.words
            reader = Reader(f"http://{here}", credential, timeout_s=5.0)
            with pytest.raises(BadAnswerError, match="points elsewhere"):
                await reader.get("/api/markets")
            await reader.close()
        assert len(requests) == 2
        assert all(leaked(head) for head in requests), "the venue itself gets the credential"
        assert not any(leaked(head.split(b"\r\n")[0]) for head in requests), "in a header, not in the address"
    assert (seen.connections, seen.bytes) == (0, b"")


@pytest.mark.parametrize("credential", CREDENTIALS, ids=["key", "jwt"])
async def test_what_an_upgrade_says(credential: Credential) -> None:
    """No Origin, no compression, the credential in one header, nothing of the machine."""
    requests: list[Request] = []

    def gate(_: ServerConnection, request: Request) -> Response | None:
        requests.append(request)
        return None

    async def nothing(ws: ServerConnection) -> None:
        await ws.wait_closed()

    async with serve(nothing, "127.0.0.1", 0, process_request=gate) as server:
        port = server.sockets[0].getsockname()[1]
        socket = await dial(f"ws://127.0.0.1:{port}/ws/market", credential, open_s=5.0, close_s=1.0)
        await socket.close()
    headers = requests[0].headers
    assert requests[0].path == "/ws/market"
    assert {name.lower() for name in headers} <= {
        "host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "user-agent",
        "x-api-key", "x-user-wallet", "authorization",
    }  # fmt: skip
    assert ("X-Api-Key" in headers) is not ("Authorization" in headers)


async def test_the_environment_names_no_proxy_that_gets_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """`http_proxy` and its kin are for browsers; a key goes to the venue and to nobody on the way."""
    async with second_origin() as (there, seen), answering(404) as here:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{there}")
        monkeypatch.delenv("no_proxy", raising=False)
        await dialled(f"ws://{here}/ws/market", CREDENTIALS[0])
        reader = Reader(f"http://{here}", CREDENTIALS[0], timeout_s=5.0)
        with pytest.raises(Exception, match="404"):
            await reader.get("/api/markets")
        await reader.close()
    assert seen.connections == 0


# TLS ------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def over_tls(versions: tuple[ssl.TLSVersion, ssl.TLSVersion] | None = None) -> AsyncIterator[tuple[str, Seen]]:
    """A listener with the certificate of `loopback.pem`; what reaches it inside TLS is in `Seen`."""
    seen = Seen()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        seen.bytes += await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
    finally:
        server.close()
        await server.wait_closed()


async def test_a_certificate_nobody_vouches_for_is_refused_before_the_key_is_sent() -> None:
    async with over_tls() as (host, seen):
        error = await dialled(f"wss://{host}/ws/market", CREDENTIALS[0])
        assert error.verdict.reaction is Reaction.RETRY
        reader = Reader(f"https://{host}", CREDENTIALS[0], timeout_s=5.0)
        with pytest.raises(UnreachableError):
            await reader.get("/api/markets")
        await reader.close()
    assert (seen.connections, seen.bytes) == (0, b"")


async def test_sockets_and_reads_trust_the_same_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """`SSL_CERT_FILE` is how a machine behind a company's own authority says so."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    async with over_tls() as (host, seen):
        await dialled(f"wss://{host}/ws/market", CREDENTIALS[0])  # it is no gateway, but it is who it says
        reader = Reader(f"https://{host}", CREDENTIALS[0], timeout_s=5.0)
        assert (await reader.get("/api/markets")).body == b"{}"
        await reader.close()
        port = host.rpartition(":")[2]
        assert seen.connections == 2
        # The certificate is for 127.0.0.1 and localhost; another name of this machine is another machine.
        reader = Reader(f"https://127.0.0.2:{port}", CREDENTIALS[0], timeout_s=5.0)
        with pytest.raises(UnreachableError):
            await reader.get("/api/markets")
        await reader.close()
        assert seen.connections == 2


def test_no_version_of_tls_below_1_2_is_spoken() -> None:
    """Both ends take the library's default context; what it allows is the interpreter's to say."""
    context = ssl.create_default_context()
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


# addresses ------------------------------------------------------------------------------------------------------

NOT_THIS_MACHINE = [
    "venue.example", "localhost.evil.example", "localhost.", "localhost.localdomain", "evil-localhost", "xlocalhost",
    "127.0.0.1.evil.example", "127.0.0.1.", "0.0.0.0", "0", "127.1", "127.0.1", "2130706433", "017700000001",
    "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.256", "128.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254",
    "[::]", "[::2]", "[::ffff:8.8.8.8]", "[2001:db8::1]", "[fe80::1]", "[::1].evil.example", "evil.example[::1]",
    "[::1]evil.example", "[::1", "::1", "[localhost]", "[127.0.0.1]",
    "user@127.0.0.1", "user:pw@127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1:80@evil.example", "@127.0.0.1",
    "127.0.0.1\\@evil.example", "127.0.0.1%2eevil.example", "127.0.0.1%00.evil.example", "127.0.0.1#@evil.example",
    "127.0.0.1?@evil.example", "127.0.0.1;evil.example", "127.0.0.1 evil.example", "127.0.0.1\tevil", "127.0.0.1\n",
    "\u0661\u0662\u0667.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1", "loc\u0430lhost", "\u24db\u24de\u24d2alhost",
    "", ":80", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:8a", "127.0.0.1:80:90",
]  # fmt: skip


@pytest.mark.parametrize("host", NOT_THIS_MACHINE)
@pytest.mark.parametrize("field", ["rest_url", "ws_url"])
def test_plain_text_goes_to_no_other_machine(field: str, host: str) -> None:
    scheme = "http" if field == "rest_url" else "ws"
    if host == "127.0.0.1:":
        pytest.skip("an empty port is the scheme's own")
    with pytest.raises(ValidationError):
        Settings.model_validate({field: f"{scheme}://{host}"})


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1", "file:///etc/passwd", "//127.0.0.1", "127.0.0.1", "http:127.0.0.1", "http:/127.0.0.1",
        "http:///x", "https://", "https://u:p@venue.example", "https://venue.example?key=1", "https://venue.example#a",
        "https://evil.example[::1]", "https://[::1].evil.example", "javascript:alert(1)", "ws://127.0.0.1", "wss://venue.example",
    ],
)  # fmt: skip
def test_a_rest_base_is_one_plain_origin(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(rest_url=url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "LOCALHOST", "127.8.8.8", "[::1]", "[::1]:8080"]
)
def test_this_machine_may_be_spoken_to_in_plain_text(host: str) -> None:
    assert Settings(rest_url=f"http://{host}", ws_url=f"ws://{host}").rest_url == f"http://{host}"
