"""What each code means (prediction hunt §3, §7): what to do about it, and what to tell the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from psdash.gateway.refusals import Reaction, Verdict, on_close
from psdash.wire.predictionhunt import CHANNELS, Refusal, Tier

_STOPPED: Final = (
    "psdash stopped dialling Prediction Hunt. Set another key (PSDASH_PREDICTIONHUNT_KEY) and start again."
)

#: Codes after which the connection is over.
ENDING: Final[Mapping[str, Verdict]] = {
    "AUTH_FAILED": Verdict(Reaction.REFUSE, f"Prediction Hunt does not accept the key. {_STOPPED}", True),
    "AUTH_REQUIRED": Verdict(Reaction.REFUSE, f"Prediction Hunt asks for a key. {_STOPPED}", True),
    "TIER_FORBIDDEN": Verdict(
        Reaction.REFUSE, f"The key's tier has no socket; Dev and above have one. {_STOPPED}", is_credential=True
    ),
    "CONNECTION_LIMIT": Verdict(
        Reaction.SLOW,
        "The key has as many connections as its tier allows; close another program, or wait. Trying once a minute",
    ),
}
#: A timeout of the venue's own, by the words with which it comes: the network was slow, the key is not to blame.
_LATE: Final = "Authentication timeout."

#: Codes that are about one command or channel; the connection stays.
LASTING: Final[Mapping[str, str]] = {
    "ALREADY_AUTHENTICATED": "the venue had let this connection in already",
    "CHANNEL_FORBIDDEN": "the key's tier does not include this channel",
    "UNKNOWN_CHANNEL": "the venue knows no such channel",
    "INVALID_MESSAGE": "the venue does not understand the subscription",
    "RATE_LIMITED": "too many commands in a second; psdash slows down",
    "SUBSCRIPTION_LIMIT": "as many subscriptions as the key's tier allows",
}

#: Warnings, by code.
WARNINGS: Final[Mapping[str, str]] = {
    "UNKNOWN_ID": "it does not follow some of the markets or groups that are watched; lookups alone prove those",
}


def without(tier: Tier) -> str:
    """What a key's tier leaves out, for the person; empty where it has everything."""
    missing = [str(channel) for channel, rules in CHANNELS.items() if not tier.has(rules.least)]
    return f"The Prediction Hunt key's tier ({tier}) does not include {', '.join(missing)}." if missing else ""


def old_data(venue: str) -> str:
    """What it means that the service calls its own data of a venue stale."""
    return f"Prediction Hunt says that what it has of {venue} is old"


def lasting_words(refusal: Refusal) -> str:
    """A refusal of a channel in words."""
    return LASTING.get(refusal.code) or refusal.message or refusal.code.lower()


def judged(refusal: Refusal | None, code: int | None, reason: str) -> Verdict:
    """Why a session ended: by what the venue said last, or by the close code alone."""
    if refusal is not None and refusal.code in ENDING:
        if refusal.message == _LATE:
            return Verdict(Reaction.RETRY, "Prediction Hunt did not get the key in time")
        verdict = ENDING[refusal.code]
        return verdict._replace(words=f"{verdict.words} ({refusal.message})") if refusal.message else verdict
    return on_close(code, reason)
