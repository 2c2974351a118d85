"""Why a connection ended or a request was refused: what to do about it, and what to tell the person.

One table for close codes, one for the reasons of 4401, one for HTTP statuses, one for subscription codes, one for the
codes of REST (protocol §2.2, §3.7, §10; policy in reliability §1.2 rule 3). Words say what happened, what it means,
what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from psdash.text import safe_text


class Reaction(Enum):
    """What a connection does after it ended."""

    RETRY = "retry"  # by the backoff
    SLOW = "slow"  # a minute apart at least: it will not mend by itself soon
    REFUSE = "refuse"  # dialling ends; only the person can change that


#: Seconds between dials after a SLOW verdict, at least.
SLOW_S = 60.0


class Verdict(NamedTuple):
    """What to do, and the words."""

    reaction: Reaction
    words: str
    is_credential: bool = False  # another key or token could change it
    is_breach: bool = False  # the protocol was broken, by them or by our reading of it
    is_settings: bool = False  # an address or a right that never was, or, where it was, something that may pass
    is_wary: bool = False  # nobody knows what it means: each wait is longer than the last may have been
    is_unheard: bool = False  # nothing listened there at all


_NEW_KEY = "psdash stopped dialling. Set another key (PSDASH_API_KEY or PSDASH_API_KEY_FILE) and start again."
_UNAUTHORISED = 4401

#: Reasons of close code 4401, and of REST 401.
CREDENTIAL: Mapping[str, Verdict] = {
    "api_key_bad_format": Verdict(
        Reaction.REFUSE,
        f"The key is not of the form ps_live_<id>_<secret>; perhaps it was cut when copied. {_NEW_KEY}",
    ),
    "api_key_unknown_key": Verdict(
        Reaction.REFUSE, f"The venue does not know this key; is it of the other network (--network)? {_NEW_KEY}"
    ),
    "api_key_bad_secret": Verdict(
        Reaction.REFUSE, f"The secret half of the key is wrong; perhaps the key was rotated. {_NEW_KEY}"
    ),
    "api_key_revoked": Verdict(Reaction.REFUSE, f"The key was revoked, nothing more comes through it. {_NEW_KEY}"),
    "api_key_expired": Verdict(Reaction.REFUSE, f"The key has expired. {_NEW_KEY}"),
    "api_key_suspended": Verdict(
        Reaction.REFUSE, "The venue suspended this key's partner account. psdash stopped dialling. Ask the venue."
    ),
    "api_key_ip_denied": Verdict(
        Reaction.REFUSE,
        "This machine's address is not on the key's allow-list. psdash stopped dialling. "
        "Add the address at the venue, or run psdash where it is allowed.",
    ),
    "api_key_no_associated_wallet": Verdict(
        Reaction.REFUSE,
        "This key serves several wallets and none was named. psdash stopped dialling. Set PSDASH_USER_WALLET=0x... .",
    ),
    "api_key_user_wallet_required": Verdict(
        Reaction.REFUSE,
        "This key serves several wallets and none was named. psdash stopped dialling. Set PSDASH_USER_WALLET=0x... .",
    ),
    "api_key_user_wallet_invalid": Verdict(
        Reaction.REFUSE, "The venue does not accept the wallet in PSDASH_USER_WALLET. psdash stopped dialling."
    ),
    "api_key_auth_disabled": Verdict(
        Reaction.SLOW, "The venue has switched key logins off. It is the venue's to mend; trying once a minute."
    ),
    "api_key_auth_unconfigured": Verdict(
        Reaction.SLOW, "The venue's key login is not configured. It is the venue's to mend; trying once a minute."
    ),
    "auth_required": Verdict(
        Reaction.REFUSE,
        "The venue asks for a key even for public data on its sockets. "
        "Set PSDASH_API_KEY (or PSDASH_API_KEY_FILE, or PSDASH_JWT) and start again.",
    ),
    "jwt_expired": Verdict(Reaction.REFUSE, "The session token has ended. Set a fresh PSDASH_JWT and start again."),
    "jwt_invalid": Verdict(
        Reaction.REFUSE, "The venue does not accept the session token. Set another PSDASH_JWT and start again."
    ),
}

_STOPPED = "psdash stopped dialling."
#: The one policy that the venue names (protocol §2.2). A load balancer closes with 1008 for other reasons as well.
_ORIGIN = "forbidden origin"

_CLOSES: Mapping[int, Verdict] = {
    1000: Verdict(Reaction.RETRY, "The venue closed the connection in good order"),
    1001: Verdict(Reaction.RETRY, "The gateway is going away, probably a restart"),
    1002: Verdict(Reaction.RETRY, "The connection broke the WebSocket protocol", is_breach=True),
    1003: Verdict(Reaction.RETRY, "The gateway refused a frame of ours", is_breach=True),
    1006: Verdict(Reaction.RETRY, "The connection broke off"),
    1007: Verdict(Reaction.RETRY, "A frame was not valid text", is_breach=True),
    1008: Verdict(Reaction.SLOW, "The venue refuses this client by its policy; trying once a minute"),
    1009: Verdict(Reaction.RETRY, "A frame was too large to be honest", is_breach=True),
    1011: Verdict(Reaction.RETRY, "The gateway failed inside"),
    1012: Verdict(Reaction.RETRY, "The gateway restarts"),
    1013: Verdict(Reaction.RETRY, "The gateway is too busy"),
    4403: Verdict(Reaction.REFUSE, f"The venue forbids this. {_STOPPED}", is_settings=True),
}

_STATUSES: Mapping[int, Verdict] = {
    401: Verdict(Reaction.REFUSE, f"The venue does not accept the credential (HTTP 401). {_NEW_KEY}"),
    403: Verdict(
        Reaction.REFUSE, "The venue forbids this (HTTP 403): the key, or this machine's address.", is_settings=True
    ),
    404: Verdict(
        Reaction.REFUSE, "There is no gateway at this address (HTTP 404). Is PSDASH_WS_URL right?", is_settings=True
    ),
    408: Verdict(Reaction.RETRY, "The gateway gave up waiting (HTTP 408)"),
    410: Verdict(Reaction.REFUSE, "This gateway is gone for good (HTTP 410). Is there a newer psdash?"),
    426: Verdict(Reaction.REFUSE, "The gateway wants another protocol (HTTP 426). Is there a newer psdash?"),
    429: Verdict(Reaction.RETRY, "Too many connections from here (HTTP 429)"),
    503: Verdict(Reaction.RETRY, "The gateway is not available (HTTP 503)"),
}


def on_close(code: int | None, reason: str) -> Verdict:
    """What a close code and its reason mean (1006 or None: no close frame came)."""
    reason = safe_text(reason, 120)
    if code == _UNAUTHORISED:
        known = CREDENTIAL.get(reason)
        if known is not None:
            return known._replace(is_credential=True)
        said = f" ({reason})" if reason else ""
        return Verdict(Reaction.REFUSE, f"The venue does not accept the credential{said}. {_NEW_KEY}", True)
    if code == 1008 and reason == _ORIGIN:
        return Verdict(Reaction.REFUSE, f"The venue refuses this client by its policy ({reason}). {_STOPPED}")
    verdict = _CLOSES.get(1006 if code is None else code)
    if verdict is None:
        # A code of the venue's own that nobody has documented may mean anything, so it is not pressed.
        wary = code is not None and 4000 <= code < 5000
        verdict = Verdict(Reaction.RETRY, f"The connection ended with code {code}", is_wary=wary)
    return verdict._replace(words=f"{verdict.words} ({reason})") if reason else verdict


def after_life(verdict: Verdict) -> Verdict:
    """The same verdict where this very address and credential were served before: a deployment or a proxy may say
    403 or 404 for a while, and nobody should have to restart psdash for that.
    """
    if verdict.reaction is not Reaction.REFUSE or not verdict.is_settings:
        return verdict
    words = verdict.words.removesuffix(_STOPPED).rstrip(" .")
    return verdict._replace(
        reaction=Reaction.SLOW, words=f"{words}. It was served before; trying once a minute", is_credential=False
    )


def on_status(status: int) -> Verdict:
    """What an HTTP status in place of the upgrade means."""
    if 300 <= status < 400:
        words = f"The gateway points elsewhere (HTTP {status}). psdash carries its key to no other address."
        return Verdict(Reaction.REFUSE, words)
    known = _STATUSES.get(status)
    if known is not None:
        return known._replace(is_credential=status in (401, 403))
    if 400 <= status < 500:
        return Verdict(Reaction.SLOW, f"The gateway refuses the connection (HTTP {status}); trying once a minute")
    return Verdict(Reaction.RETRY, f"The gateway answered HTTP {status}")


#: Codes of a refused subscription (protocol §3.7).
_SUBSCRIPTIONS: Mapping[str, str] = {
    "invalid_params": "the venue does not know this market on its gateway",
    "forbidden": "the venue does not let this key see it",
    "api_key_scope_missing": "the key lacks the scope portfolio:read; issue one that has it to see this",
    "subscription_cap_exceeded": "too many markets for one connection; close some",
    "subscription_too_many_ids": "the venue takes fewer markets in one subscription than it said",
    "no_answer": "the venue did not answer the subscription",
}


def subscription_words(code: str, message: str = "") -> str:
    """A refused subscription in words: the known meaning, else what the venue wrote."""
    known = _SUBSCRIPTIONS.get(code)
    if known is not None:
        return known
    # The message often repeats the code in front (protocol §3.1).
    said = safe_text(message.removeprefix(f"{code}:").strip() or code, 160)
    return f"the venue refuses: {said}" if said else "the venue refuses without saying why"


#: Codes of REST errors that are not about the credential (protocol §10).
_REQUESTS: Mapping[str, str] = {
    "api_key_scope_missing": "the key lacks the scope portfolio:read; issue one that has it to see this",
    "wallet_banned": "the venue has banned this wallet",
    "market_not_found": "the venue has no such market",
    "event_not_found": "the venue has no such event",
    "market_not_open": "the market is not open",
    "validation_failed": "the venue does not understand the request",
    "invalid_limit": "the venue does not understand the request",
    "bad_request": "the venue does not understand the request",
}


def request_words(status: int, code: str, message: str = "") -> str:
    """A REST refusal in words."""
    if code in CREDENTIAL:
        return CREDENTIAL[code].words
    known = _REQUESTS.get(code)
    if known is not None:
        return known
    said = safe_text(message or code, 160)
    return f"HTTP {status}: {said}" if said else f"HTTP {status}"
