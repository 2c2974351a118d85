"""One dial: the options of the socket, and the only place where the credential becomes a header.

What the library would do by default and must not: follow a redirect with the key (it strips Authorization only), read
proxies from the environment, accept compression bombs, name an Origin, put the key into an exception (reliability §0
facts 3 and 4, §2).
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)

from psdash import __version__
from psdash.gateway.backoff import retry_after_s
from psdash.gateway.refusals import Reaction, Verdict, on_status

#: A message, and a fragment of one, in bytes: a full book is some 10 KB, 1,000 levels are 60 KB.
MAX_MESSAGE = (1 << 20, 1 << 18)
#: Frames read ahead before the socket is paused, and resumed.
READ_AHEAD = (1024, 256)
#: So many characters of a secret are one; fewer could stand in honest text.
_SHORTEST_SECRET = 16
USER_AGENT = f"psdash/{__version__}"


class _Needle:
    """A secret to be found in what the venue says, made once: every frame is searched. Its `repr` shows nothing."""

    __slots__ = ("_secret", "head")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.head = secret[:_SHORTEST_SECRET]

    @property
    def is_sharp(self) -> bool:
        """Whether it is long enough not to stand in honest text."""
        return len(self.head) == _SHORTEST_SECRET

    def cut_from(self, raw: bytes) -> bytes:
        """`raw` without the secret, whole or cut short."""
        secret, head = self._secret, self.head
        at = raw.find(head)
        while at >= 0:
            length = len(head)
            while length < len(secret) and raw[at + length : at + length + 1] == secret[length : length + 1]:
                length += 1
            raw = raw[:at] + b"[redacted]" + raw[at + length :]
            at = raw.find(head, at)
        return raw


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves who is calling (protocol §1). At most one of `api_key` and `jwt`; `repr` shows neither."""

    api_key: SecretStr | None = None
    jwt: SecretStr | None = None
    user_wallet: str | None = None
    _needles: tuple[_Needle, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        needles: list[_Needle] = []
        for secret, joint in ((self.api_key, b"_"), (self.jwt, b".")):
            if secret is not None:
                value = secret.get_secret_value().encode()
                needles += [_Needle(part) for part in (value, value.rpartition(joint)[2])]
        object.__setattr__(self, "_needles", tuple(needle for needle in needles if needle.is_sharp))

    @property
    def is_set(self) -> bool:
        return self.api_key is not None or self.jwt is not None

    @property
    def heads(self) -> tuple[bytes, ...]:
        """How each of its secrets begins: where none of these stands, `hidden_in` changes nothing."""
        return tuple(needle.head for needle in self._needles)

    def headers(self) -> SecretHeaders:
        """The headers that carry it. Build them in the call that sends them, and keep them nowhere."""
        headers = SecretHeaders()
        if self.api_key is not None:
            headers["X-Api-Key"] = self.api_key.get_secret_value()
        elif self.jwt is not None:
            headers["Authorization"] = f"Bearer {self.jwt.get_secret_value()}"
        if self.user_wallet is not None:
            headers["X-User-Wallet"] = self.user_wallet
        return headers

    def hidden_in(self, raw: bytes) -> bytes:
        """`raw` without the credential, whole or cut short, should the venue send it back: an echo must reach no
        screen, no log and no picture.
        """
        for needle in self._needles:
            if needle.head in raw:
                raw = needle.cut_from(raw)
        return raw


class SecretHeaders(dict[str, str]):
    """Headers that a traceback with locals, a log line or a crash report may meet."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}: values hidden>"

    __str__ = __repr__


class DialError(Exception):
    """No connection. `verdict` says what to do and why; `floor_s` is the venue's `Retry-After`, 0 without one."""

    def __init__(self, verdict: Verdict, floor_s: float = 0.0) -> None:
        super().__init__(verdict.words)
        self.verdict = verdict
        self.floor_s = floor_s


class _Connect(connect):
    """The library's `connect` that stays where it was sent."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(url: str, credential: Credential, *, open_s: float, close_s: float) -> ClientConnection:
    """Open a WebSocket. Raises DialError, whose text holds nothing of the credential."""
    try:
        return await _Connect(
            url,
            additional_headers=credential.headers(),
            user_agent_header=USER_AGENT,
            origin=None,
            compression=None,
            proxy=None,
            open_timeout=open_s,
            close_timeout=close_s,
            ping_interval=None,  # connection.py pings: a timer of the library would blame the peer for a blocked loop
            max_size=MAX_MESSAGE,
            max_queue=READ_AHEAD,
        )
    except InvalidStatus as error:
        verdict = on_status(error.response.status_code)
        headers = error.response.headers
        raise DialError(verdict, retry_after_s(headers.get("Retry-After"), headers.get("Date"))) from None
    except InvalidURI:
        raise DialError(Verdict(Reaction.REFUSE, "PSDASH_WS_URL is not an address of a gateway")) from None
    except InvalidHandshake as error:
        words = f"What answers there is not a gateway ({type(error).__name__})"
        raise DialError(Verdict(Reaction.RETRY, words)) from None
    except TimeoutError:
        raise DialError(Verdict(Reaction.RETRY, f"The gateway did not answer within {open_s:g} s")) from None
    except OSError as error:
        words = f"The gateway cannot be reached ({_cause(error, url)})"
        raise DialError(Verdict(Reaction.RETRY, words, is_unheard=not isinstance(error, ssl.SSLError))) from None
    except (WebSocketException, EOFError, ValueError) as error:
        raise DialError(Verdict(Reaction.RETRY, f"The dial failed ({type(error).__name__})")) from None


#: What the commonest errors of a dial say of the other side, in words.
_CAUSES: Mapping[int, str] = {
    errno.ECONNREFUSED: "connection refused by",
    errno.ECONNRESET: "connection broken off by",
    errno.ETIMEDOUT: "no answer from",
    errno.EHOSTUNREACH: "no route to",
    errno.ENETUNREACH: "no network on the way to",
}


def _cause(error: OSError, url: str) -> str:
    """An OSError in a few words. The system's text is not for people: asyncio writes the address as Python would, and
    wraps several attempts into one long line."""
    parts = urlsplit(url)
    if isinstance(error, socket.gaierror):
        return f"the name {parts.hostname} is not found"
    first = re.search(r"\[Errno (\d+)\]", str(error))
    number = error.errno if error.errno is not None else int(first[1]) if first else None
    known = None if number is None else _CAUSES.get(number)
    if known is not None:
        return f"{known} {parts.netloc}"
    if isinstance(error, ssl.SSLError) or number is None:
        said = re.sub(r"^\[SSL[^\]]*\] *", "TLS: ", error.strerror or str(error))
        return said[:120] or type(error).__name__
    return os.strerror(number).lower()
