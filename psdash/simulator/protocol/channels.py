"""The channels of both gateways, and how one entry of a `subscribe` is judged (protocol §3.1, §3.7, §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from psdash.simulator.protocol import guesses
from psdash.simulator.protocol.auth import Caller


class RejectedError(Exception):
    """A subscription or a change of one is refused: `rejected[]` of the acknowledgement, or an error frame."""

    def __init__(self, code: str, message: str, ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.ids = list(ids)


def _token_id(text: str) -> str | None:
    return (text.lstrip("0") or "0") if guesses.TOKEN_ID.match(text) else None


def _lower_if(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text.lower() if pattern.match(text) else None


@dataclass(frozen=True, slots=True)
class Channel:
    """`normalise` gives an id its canonical form or None when it is malformed; a channel without it takes no ids."""

    name: str
    gateway: str
    normalise: Callable[[str], str | None] | None
    noun: str = ""
    scope: str | None = None


CHANNELS = {
    channel.name: channel
    for channel in (
        Channel("token_trade_matches", "market", _token_id, "tokenId"),
        Channel("token_trade_settlements", "market", _token_id, "tokenId"),
        Channel("token_book", "market", _token_id, "tokenId"),
        Channel("token_ohlc", "market", _token_id, "tokenId"),
        Channel("condition_lifecycle", "market", _lower_if(guesses.CONDITION_ID), "conditionId"),
        Channel("system", "market", lambda text: text if text == "platform_status" else None, "system id"),
        Channel("user_orders", "user", None, scope="portfolio:read"),
        Channel("user_fills", "user", None, scope="portfolio:read"),
        Channel("vault_positions", "user", _lower_if(guesses.ADDRESS), "vault address", "portfolio:read"),
    )
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a subscribe entry asks for, once it is judged good. `ids` is empty where the channel takes none."""

    channel: Channel
    ids: tuple[str, ...]


def judge_entry(
    raw: object,
    gateway: str,
    caller: Caller,
    vaults: frozenset[str],
    max_ids: int,
    channels: Mapping[str, Channel] = CHANNELS,
) -> Entry:
    """The entry in normal form. Raises RejectedError with a code of protocol §3.7."""
    if not isinstance(raw, dict) or not isinstance(raw.get("channel"), str):
        raise RejectedError("invalid_params", "a subscription needs a channel")
    given = raw.get("ids")
    sent = [str(value) for value in given] if isinstance(given, list) else []
    channel = channels.get(raw["channel"])
    if channel is None:
        raise RejectedError("invalid_params", "unknown channel", sent)
    if channel.gateway != gateway:
        raise RejectedError("forbidden", f"channel {channel.name} belongs to /ws/{channel.gateway}", sent)
    if channel.scope is not None and not caller.may(channel.scope):
        raise RejectedError(
            "api_key_scope_missing", f"api_key_scope_missing: channel {channel.name} needs {channel.scope}", sent
        )
    if channel.normalise is None:
        if given is not None:
            raise RejectedError("invalid_params", f"channel {channel.name} takes no ids", sent)
        return Entry(channel, ())
    ids = judge_ids(channel, given, vaults)
    if not ids:
        raise RejectedError("invalid_params", f"channel {channel.name} needs ids")
    if len(ids) > max_ids:
        raise too_many_ids(ids, max_ids)
    return Entry(channel, ids)


def judge_ids(channel: Channel, given: object, vaults: frozenset[str]) -> tuple[str, ...]:
    """Ids in normal form, each once, in the order given. Raises RejectedError naming the bad ones."""
    assert channel.normalise is not None
    if not isinstance(given, list | type(None)):
        raise RejectedError("invalid_params", "ids must be a list")
    good: dict[str, None] = {}
    bad: list[str] = []
    for value in given or ():
        normal = channel.normalise(value) if isinstance(value, str) else None
        if normal is None:
            bad.append(str(value))
        else:
            good[normal] = None
    if bad:
        raise RejectedError("invalid_params", f"invalid {channel.noun}", bad)
    if channel.noun == "vault address":
        foreign = [vault for vault in good if vault not in vaults]
        if foreign:
            raise RejectedError("forbidden", "forbidden: not a vault of this caller", foreign)
    return tuple(good)


def too_many_ids(ids: Sequence[str], max_ids: int) -> RejectedError:
    """Protocol §3.7."""
    return RejectedError("subscription_too_many_ids", f"subscription accepts at most {max_ids} ids", ids)
