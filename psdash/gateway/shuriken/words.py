"""What each code means (shuriken §B6, §C5): what to do about it, and what to tell the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from psdash.gateway.refusals import Reaction, Verdict, on_close
from psdash.gateway.rest import LimitedError, NotFoundError, RefusedError, RestError, UnreachableError

KEY_ENV: Final = "PSDASH_SHURIKEN_KEY"
_STOPPED: Final = "psdash stopped dialling Shuriken."
_NEW_KEY: Final = f"{_STOPPED} Set another key ({KEY_ENV}) and start again."

NO_KEY: Final = f"no key is set ({KEY_ENV})"
NO_BOOK: Final = "a token has no order book here"
NOT_TOLD: Final = "no stream of this chain tells it"
NO_CHAIN: Final = "psdash does not know how this chain is asked for"
BAD_KEY: Final = Verdict(Reaction.REFUSE, f"Shuriken does not accept the key. {_NEW_KEY}", True)
NOTHING_ALLOWED: Final = Verdict(
    Reaction.REFUSE,
    f"The key may read nothing that psdash shows: it needs Read Tokens or Read Alpha. {_NEW_KEY}",
    is_credential=True,
)
ELSEWHERE: Final = "Shuriken names another address for authorisation; psdash carries its key to no other"

#: 4000-4099: the connection must not be tried again unchanged (§C5).
_ENDING: Final[Mapping[int, Verdict]] = {
    4001: Verdict(Reaction.REFUSE, f"The socket does not know the app that Shuriken named (4001). {_STOPPED}"),
    4003: Verdict(Reaction.REFUSE, f"The socket's app is disabled (4003). {_STOPPED}"),
    4004: Verdict(
        Reaction.REFUSE,
        f"Shuriken's connection quota is used up (4004). {_STOPPED} Close other programs that use the key, "
        "and start again.",
    ),
    4005: Verdict(Reaction.REFUSE, f"There is no socket at this path (4005). {_STOPPED} Is there a newer psdash?"),
    4006: Verdict(Reaction.REFUSE, f"The socket refuses the protocol's version (4006). {_STOPPED}"),
    4007: Verdict(Reaction.REFUSE, f"The socket speaks another protocol (4007). {_STOPPED} Is there a newer psdash?"),
    4008: Verdict(Reaction.REFUSE, f"The socket misses the protocol's version (4008). {_STOPPED}"),
    4009: BAD_KEY._replace(words=f"The socket does not accept the key any more (4009). {_NEW_KEY}"),
}
#: 4100-4199: again after a second or more; 4200-4299: again at once.
_AGAIN: Final[Mapping[int, str]] = {
    4100: "Shuriken's socket is over capacity",
    4200: "Shuriken's socket asks to reconnect",
    4201: "Shuriken's socket missed an answer to its ping",
    4202: "Shuriken's socket closed for want of traffic",
}
LEAST_S: Final = 1.0
MOST_S: Final = 30.0


def judged(
    code: int | None, reason: str, *, tries: int, hasty: int, ladder_s: tuple[float, ...]
) -> tuple[Verdict, float]:
    """Why a session ended, and the least wait before the next dial.

    `tries` counts the closes with 4100-4199 in a row, `hasty` those with 4200-4299, before this one; `ladder_s` is
    the service's own advice for the latter once the first has not helped.
    """
    if code is None or not 4000 <= code < 4400:
        return on_close(code, reason), 0.0
    said = f" ({reason})" if reason else ""
    if code == 4000:
        return Verdict(Reaction.RETRY, f"Shuriken's socket wants TLS; psdash dials with it{said}"), 0.0
    if code < 4100:
        known = _ENDING.get(code)
        if known is None:
            return Verdict(
                Reaction.REFUSE, f"Shuriken's socket refuses this client with code {code}{said}. {_STOPPED}"
            ), 0.0
        return known._replace(words=known.words + said), 0.0
    words = _AGAIN.get(code, f"Shuriken's socket closed with code {code}") + said
    if code < 4200:
        return Verdict(Reaction.RETRY, words), min(MOST_S, LEAST_S * 2.0 ** min(tries, 16))
    if code < 4300:
        return Verdict(Reaction.RETRY, words), _rung(hasty, ladder_s)
    return Verdict(Reaction.RETRY, words, is_wary=True), LEAST_S


def _rung(hasty: int, ladder_s: tuple[float, ...]) -> float:
    """The first time at once; then the ladder, whose last value repeats."""
    if hasty == 0:
        return 0.0
    return ladder_s[min(hasty, len(ladder_s)) - 1] if ladder_s else min(MOST_S, LEAST_S * 2.0 ** min(hasty - 1, 16))


#: Codes of REST (§B6) that say more than their status.
_CODES: Final[Mapping[str, str]] = {
    "INVALID_PARAMS": "Shuriken does not understand the request",
    "NO_ROUTE": "Shuriken has no such route",
    "UNAUTHORIZED": "Shuriken does not accept the key",
    "FORBIDDEN": "the key lacks the permission for this",
    "NOT_FOUND": "Shuriken has no such thing",
    "RATE_LIMITED": "too many requests; slowing down",
    "INTERNAL_ERROR": "Shuriken is in trouble",
}


def rest_words(error: RestError) -> str:
    """A failed read in words."""
    known = _CODES.get(error.code)
    if known is not None:
        return known
    if isinstance(error, RefusedError):
        return "Shuriken does not accept the key" if error.status == 401 else "the key lacks the permission for this"
    return error.words


def refusal(status: int, code: str, message: str, retry_after_s: float) -> RestError:
    """The error that a refused request makes; `message` is safe text of the service's own."""
    words = _CODES.get(code) or (f"HTTP {status}: {message}" if message else f"HTTP {status}")
    if status == 429:
        return LimitedError(_CODES["RATE_LIMITED"], status=status, code=code, retry_after_s=retry_after_s)
    if status in (401, 403):
        return RefusedError(words, status=status, code=code)
    if status == 404:
        return NotFoundError(words, status=status, code=code)
    if status >= 500:
        return UnreachableError(f"Shuriken is in trouble (HTTP {status})", status=status, code=code)
    return RestError(words, status=status, code=code)


def channel_words(kind: str, error: str, status: int | None) -> str:
    """Why a channel is refused (§C3)."""
    if kind == "AuthError" or status in (401, 403, 4009):
        return "the key is not let into this channel"
    if kind == "LimitReached":
        return "as many channels as the socket allows"
    return f"the socket refuses this channel: {error[:120]}" if error else "the socket refuses this channel"
