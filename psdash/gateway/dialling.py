"""One dial: the options of the socket, and the only place where the credential becomes a header.

What the library would do by default and must not: follow a redirect with the key (it strips Authorization only), read
proxies from the environment, accept compression bombs, name an Origin, put the key into an exception (reliability §0
facts 3 and 4, §2).
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves who is calling (protocol §1). At most one of `api_key` and `jwt`; `repr` shows neither."""

    api_key: SecretStr | None = None
    jwt: SecretStr | None = None
    user_wallet: str | None = None

    @property
    def is_set(self) -> bool:
        return self.api_key is not None or self.jwt is not None

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
        for secret, joint in ((self.api_key, b"_"), (self.jwt, b".")):
            if secret is not None:
                value = secret.get_secret_value().encode()
                raw = _without(_without(raw, value), value.rpartition(joint)[2])
        return raw


def _without(raw: bytes, secret: bytes) -> bytes:
    head = secret[:_SHORTEST_SECRET]
    at = raw.find(head) if len(head) == _SHORTEST_SECRET else -1
    while at >= 0:
        length = len(head)
        while length < len(secret) and raw[at + length : at + length + 1] == secret[length : length + 1]:
            length += 1
        raw = raw[:at] + b"[redacted]" + raw[at + length :]
        at = raw.find(head, at)
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
        # The text of an OSError is the system's own: address, port, cause.
        raise DialError(Verdict(Reaction.RETRY, f"The gateway cannot be reached ({_cause(error)})")) from None
    except (WebSocketException, EOFError, ValueError) as error:
        raise DialError(Verdict(Reaction.RETRY, f"The dial failed ({type(error).__name__})")) from None


def _cause(error: OSError) -> str:
    """An OSError in a few words: asyncio wraps several attempts into one long text."""
    text = error.strerror or str(error) or type(error).__name__
    return text.split(":", 1)[0][:80] if text.startswith("Multiple exceptions") else text[:120]
