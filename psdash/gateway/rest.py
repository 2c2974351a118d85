"""One GET at a time, bounded in bytes and in seconds: the only module that knows httpx.

What the library would do by default and must not: wait per read and so for ever on a dripping body, decompress a
bomb, read proxies from the environment (reliability §0 fact 10, §2). Redirects stay unfollowed: the key goes to one
origin.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpx

from psdash import __version__
from psdash.gateway.backoff import retry_after_s
from psdash.gateway.dialling import Credential
from psdash.gateway.keychain import Keychain
from psdash.gateway.refusals import request_words
from psdash.wire.predictstreet.rest import ErrorBody

TIMEOUT_S = 8.0
#: 500 markets are some 700 KB; nothing else comes near.
MAX_BYTES = 4 * 1024 * 1024
MAX_CONCURRENT = 6
_HEADERS = {
    "User-Agent": f"psdash/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a reply is small, and a bomb is not
}


class RestError(Exception):
    """A read gave nothing. `words` are for a person and hold neither the credential nor a URL."""

    def __init__(self, words: str, *, status: int | None = None, code: str = "", retry_after_s: float = 0.0) -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


class UnreachableError(RestError):
    """No answer, or the venue's own trouble (5xx): it may pass."""


class LimitedError(UnreachableError):
    """Too many requests (429): not before `retry_after_s`."""


class RefusedError(RestError):
    """The credential, or what it may do (401, 403)."""


class NotFoundError(RestError):
    """404."""


class BadAnswerError(RestError):
    """An answer that is too large, not what it should be, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, and the venue's clock when it was written (epoch ms, protocol §1.2; None when untold)."""

    body: bytes
    venue_ms: int | None


class Reader:
    """GETs from one origin, with one credential."""

    def __init__(
        self,
        base_url: str,
        credential: Credential | Keychain,
        *,
        timeout_s: float = TIMEOUT_S,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._credential = credential if isinstance(credential, Keychain) else Keychain(credential)
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._turns = asyncio.Semaphore(MAX_CONCURRENT)
        self._made: httpx.AsyncHTTPTransport | None = None

    @property
    def _transport(self) -> httpx.AsyncHTTPTransport:
        """Made on first use: its TLS context costs some 20 ms, and the first paint comes before the first read.

        The transport and no client around it: nothing is followed, remembered (cookies) or read from the environment.
        """
        if self._made is None:
            self._made = httpx.AsyncHTTPTransport(
                trust_env=False,
                verify=_trust_for(self._base_url),
            )
        return self._made

    @property
    def keychain(self) -> Keychain:
        """Where the credential of the next read comes from."""
        return self._credential

    async def close(self) -> None:
        """Let go of the sockets."""
        if self._made is not None:
            await self._made.aclose()

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, keyed: bool = True) -> Answer:
        """Read `path` (already quoted). Raises a RestError."""
        async with self._turns:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._read(path, params or {}, keyed)
            except TimeoutError:
                raise UnreachableError(f"the venue did not answer within {self._timeout_s:g} s") from None
            except httpx.HTTPError as error:
                # The text of these may hold the URL, which holds no secret; the type says enough all the same.
                raise UnreachableError(f"the venue cannot be reached ({_kind(error)})") from None

    async def _read(self, path: str, params: Mapping[str, str], keyed: bool) -> Answer:
        headers = self._credential.headers() if keyed else {}
        status, said, told = await self._exchange("GET", path, headers, params=params)
        if status != 200:
            raise _refusal(status, said, told)
        return Answer(said, _epoch_ms(told.get("X-Server-Time")))

    async def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """One request; the answer's status, its bounded body without the credential, and its headers.

        Raises BadAnswerError, and httpx.HTTPError where there is no answer.
        """
        request = httpx.Request(
            method,
            httpx.URL(self._base_url + path, params=params or None),
            headers={**_HEADERS, **headers},
            content=content,
            extensions={"timeout": httpx.Timeout(self._timeout_s).as_dict()},
        )
        response = await self._transport.handle_async_request(request)
        try:
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise BadAnswerError("the answer is compressed though plain text was asked for")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._max_bytes:
                    raise BadAnswerError(f"the answer is larger than {self._max_bytes} bytes")
        finally:
            await response.aclose()
        return response.status_code, self._credential.hidden_in(bytes(body)), response.headers


def _trust_for(base_url: str) -> ssl.SSLContext:
    """The same trust as the sockets have: the system's, or that of SSL_CERT_FILE.

    Reading the system's certificates takes 18 ms. A base without TLS (one on this machine) needs none of them, and
    gets a context that trusts nobody.
    """
    if base_url.startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _trust(ssl.get_default_verify_paths())


@lru_cache(maxsize=1)
def _trust(_places: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    """One for both readers of a venue, and another when the certificates lie elsewhere."""
    return ssl.create_default_context()


def _kind(error: httpx.HTTPError) -> str:
    return {
        "ConnectError": "no connection",
        "ConnectTimeout": "no connection in time",
        "ReadTimeout": "it went silent",
        "RemoteProtocolError": "it broke off",
        "ReadError": "it broke off",
    }.get(type(error).__name__, type(error).__name__)


def _epoch_ms(header: str | None) -> int | None:
    if header is None or len(header) > 15 or not (header.isascii() and header.isdigit()):
        return None
    return int(header)


def _refusal(status: int, body: bytes, headers: Mapping[str, str]) -> RestError:
    """The error a status and its body make (protocol §10: a flat and a nested shape)."""
    code = message = ""
    try:
        said = ErrorBody.model_validate_json(body)
        code, message = said.code or "", said.message or ""
    except ValueError:
        pass  # no JSON: the status has to do
    words = request_words(status, code, message)
    wait_s = retry_after_s(headers.get("Retry-After"), headers.get("Date"))
    if 300 <= status < 400:
        return BadAnswerError(
            f"the venue points elsewhere (HTTP {status}); psdash carries its key to no other address"
        )
    if status == 429:
        return LimitedError("too many requests; slowing down", status=status, code=code, retry_after_s=wait_s)
    if status in (401, 403):
        return RefusedError(words, status=status, code=code)
    if status == 404:
        return NotFoundError(words, status=status, code=code)
    if status >= 500:
        return UnreachableError(
            f"the venue is in trouble (HTTP {status})", status=status, code=code, retry_after_s=wait_s
        )
    return BadAnswerError(words, status=status, code=code)
