"""The only two requests of this client that are no GET: a session for a stream, and a channel's authorisation.

The session's answer names streams and no filters (shuriken §B1), so one (stream, filter) is asked for at a time. The
authorisation is a form (§B3), and goes to the service's own origin and path whatever the session says: the key is
carried to no other address.
"""

from __future__ import annotations

import asyncio
from typing import Final, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from psdash.gateway.backoff import retry_after_s
from psdash.gateway.dialling import Credential
from psdash.gateway.rest import BadAnswerError, Reader, UnreachableError
from psdash.gateway.shuriken import words
from psdash.gateway.shuriken.lines import Line
from psdash.wire.shuriken import ChannelAuth, ErrorBody, Granted, SessionBody, SessionRequest

_Body = TypeVar("_Body", bound=BaseModel)
SESSION: Final = "/api/v2/ws/session"
AUTH: Final = "/api/v2/ws/auth"
#: Every route that is not a GET; a test holds the simulator's log against it.
ROUTES: Final = frozenset({f"POST {SESSION}", f"POST {AUTH}"})
#: A session names one channel, an authorisation one signature.
MAX_BYTES: Final = 256 * 1024


class Door(Reader):
    """The requests that open streams. Every method raises a RestError when it gives nothing."""

    def __init__(self, base_url: str, credential: Credential) -> None:
        super().__init__(base_url, credential, max_bytes=MAX_BYTES)

    async def session(self, line: Line) -> tuple[SessionBody, Granted]:
        """Where the socket is, and the channel of this one stream."""
        request = SessionRequest(subscriptions=(line.wish,))
        body = await self._post(SessionBody, SESSION, request.to_wire(), "application/json")
        for granted in body.subscriptions:
            if _plain(granted.stream) == _plain(line.stream):
                return body, granted
        raise BadAnswerError("Shuriken's session does not name the stream that was asked for")

    async def authorise(self, endpoint: str, socket_id: str, channel: str) -> ChannelAuth:
        """The signature that lets this socket into a private or presence channel; good for one socket id."""
        if not self._is_ours(endpoint):
            raise BadAnswerError(words.ELSEWHERE)
        form = urlencode({"socket_id": socket_id, "channel_name": channel}).encode()
        return await self._post(ChannelAuth, AUTH, form, "application/x-www-form-urlencoded")

    def _is_ours(self, endpoint: str) -> bool:
        """Whether an authorisation endpoint, absolute or a path, is the one on our own origin."""
        told, own = urlsplit(endpoint), urlsplit(self._base_url)
        if told.path != AUTH or told.query:
            return False
        if not told.scheme and not told.netloc:
            return True
        try:
            return _origin(told.scheme, told.hostname, told.port) == _origin(own.scheme, own.hostname, own.port)
        except ValueError:  # no port
            return False

    async def _post(self, model: type[_Body], path: str, content: bytes, content_type: str) -> _Body:
        async with self._turns:
            try:
                async with asyncio.timeout(self._timeout_s):
                    said = await self._answer(path, content, content_type)
            except TimeoutError:
                raise UnreachableError(f"Shuriken did not answer within {self._timeout_s:g} s") from None
            except httpx.HTTPError as error:
                raise UnreachableError(f"Shuriken cannot be reached ({type(error).__name__})") from None
        try:
            return model.model_validate_json(said)
        except ValidationError as error:
            place = ".".join(str(step) for step in error.errors(include_url=False, include_input=False)[0]["loc"])
            raise BadAnswerError(f"Shuriken's answer cannot be read (at {place[:80] or 'its start'})") from None

    async def _answer(self, path: str, content: bytes, content_type: str) -> bytes:
        headers = self._credential.headers()
        headers["Content-Type"] = content_type
        status, said, told = await self._exchange("POST", path, headers, content=content)
        if status in (200, 201):
            return said
        if 300 <= status < 400:
            raise BadAnswerError(f"Shuriken points elsewhere (HTTP {status}); psdash carries its key to no other")
        wait_s = retry_after_s(told.get("Retry-After"), told.get("Date"))
        raise words.refusal(status, *_reasons(said), wait_s)


def _reasons(body: bytes) -> tuple[str, str]:
    """Code and message of a refusal, as far as it has them."""
    try:
        said = ErrorBody.model_validate_json(body).error
    except ValidationError:
        return "", ""
    return said.code, said.message[:160]


def _plain(stream: str) -> str:
    """A stream's id without the dots that only some of its spellings have (§B4)."""
    return stream.replace(".", "").lower()


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str, int]:
    return scheme.lower(), (host or "").lower(), port or {"https": 443, "http": 80}.get(scheme.lower(), 0)
