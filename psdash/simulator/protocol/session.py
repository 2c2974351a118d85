"""One WebSocket session: its greeting, its six commands, its subscriptions (protocol §2.1, §3).

Sans-IO: text goes in by `receive`, frames go out through the line, and the hub routes events to the subscriptions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from psdash.simulator.protocol import frames, guesses
from psdash.simulator.protocol.auth import Caller
from psdash.simulator.protocol.channels import CHANNELS, Channel, RejectedError, judge_entry, judge_ids, too_many_ids

#: The channel whose subscriptions begin with a snapshot.
BOOKS = "token_book"


class Outlet(Protocol):
    """The part of a line that a session needs."""

    def push(self, push: frames.Push, sid: int) -> None: ...
    def reply(self, frame: bytes) -> None: ...


@dataclass(eq=False, slots=True)
class Subscription:
    """One sid. `ids` are normalised; `topics` are what the hub routes by (a wallet for the channels without ids)."""

    sid: int
    channel: Channel
    outlet: Outlet
    ids: list[str]
    wallet: str
    topics: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.topics = self.ids if self.channel.normalise is not None else [self.wallet]

    def described(self) -> dict[str, object]:
        """As acknowledgements and lists show it: no `ids` key where the channel takes none (protocol §3.1)."""
        entry: dict[str, object] = {"sid": self.sid, "channel": self.channel.name}
        if self.channel.normalise is not None:
            entry["ids"] = list(self.ids)
        return entry


@dataclass(frozen=True, slots=True)
class Caps:
    """How many subscriptions a connection holds at most, and how many ids each of them (protocol §3.7)."""

    subscriptions: int
    ids: int


def _known_caps() -> Caps:
    return Caps(guesses.MAX_SUBSCRIPTIONS, guesses.MAX_IDS)


class Router(Protocol):
    """The part of the hub that a session needs."""

    def attach(self, subscription: Subscription, topics: Sequence[str]) -> None: ...
    def detach(self, subscription: Subscription, topics: Sequence[str]) -> None: ...
    def snapshot(self, token_id: str, depth: int | None) -> frames.Push | None: ...


class Session:
    """One connection to one gateway ("market" or "user"). `vaults` are the vaults that the caller's key covers.

    `version` is the protocol's; `channels` are those of it. The older one does not know `get_book_snapshot`.
    """

    def __init__(
        self,
        gateway: str,
        caller: Caller,
        vaults: frozenset[str],
        outlet: Outlet,
        router: Router,
        now_ms: Callable[[], int],
        caps: Callable[[], Caps] = _known_caps,
        *,
        version: int = guesses.PROTOCOL_VERSION,
        channels: Mapping[str, Channel] = CHANNELS,
    ) -> None:
        self._version = version
        self._channels = channels
        self.gateway = gateway
        self.caller = caller
        self._vaults = vaults
        self._outlet = outlet
        self._router = router
        self._now_ms = now_ms
        self._caps = caps
        self._next_sid = 1
        self._subscriptions: dict[int, Subscription] = {}
        self._commands: dict[str, Callable[[Any, dict[str, Any]], None]] = {
            "subscribe": self._subscribe,
            "update_subscription": self._update,
            "unsubscribe": self._unsubscribe,
            "list_subscriptions": self._list,
            "get_book_snapshot": self._get_book_snapshot,
            "ping": self._ping,
        }
        if version < guesses.PROTOCOL_VERSION:
            del self._commands["get_book_snapshot"]

    def greet(self) -> None:
        """Send `connected`: once, before anything else."""
        self._outlet.reply(frames.connected(self.gateway, self.caller, self._now_ms(), self._version))

    def receive(self, message: str | bytes) -> None:
        """Obey one command. Whatever is wrong with it, an error frame says so and the session goes on."""
        try:
            command = json.loads(message)
        except (ValueError, RecursionError):
            return self._refuse(None, guesses.CODE_BAD_JSON, "not JSON")
        if not isinstance(command, dict):
            return self._refuse(None, guesses.CODE_BAD_JSON, "a command is a JSON object")
        command_id = command.get("id")
        if isinstance(command_id, bool) or not isinstance(command_id, int | str):
            command_id = None
        verb = command.get("cmd")
        action = self._commands.get(verb) if isinstance(verb, str) else None
        if action is None:
            return self._refuse(command_id, guesses.CODE_UNKNOWN_COMMAND, f"unknown cmd: {str(verb)[:64]}")
        params = command.get("params", {})
        if not isinstance(params, dict):
            return self._refuse(command_id, "invalid_params", "params must be an object")
        try:
            return action(command_id, params)
        except RejectedError as refusal:
            return self._refuse(command_id, refusal.code, refusal.message)

    def end(self) -> None:
        """Forget every subscription: the socket is gone."""
        for subscription in self._subscriptions.values():
            self._router.detach(subscription, subscription.topics)
        self._subscriptions.clear()

    def _refuse(self, command_id: object, code: str, message: str) -> None:
        self._outlet.reply(frames.error(command_id, code, message, self._now_ms()))

    def _acknowledge(self, command_id: object, kind: str, **fields: object) -> None:
        self._outlet.reply(frames.answer(command_id, kind, self._now_ms(), **fields))

    def _subscribe(self, command_id: object, params: dict[str, Any]) -> None:
        entries = params.get("subscriptions")
        if not isinstance(entries, list) or not entries:
            raise RejectedError("invalid_params", "subscriptions must be a list of at least one entry")
        accepted: list[Subscription] = []
        rejected: list[dict[str, object]] = []
        for raw in entries:
            try:
                accepted.append(self._open(raw))
            except RejectedError as refusal:
                name = raw.get("channel") if isinstance(raw, dict) else None
                row: dict[str, object] = {"channel": name if isinstance(name, str) else ""}
                if refusal.ids:
                    row["ids"] = refusal.ids
                rejected.append(row | {"code": refusal.code, "message": refusal.message})
        if guesses.SNAPSHOT_BEFORE_ACK:
            for subscription in accepted:
                self._send_snapshots(subscription, subscription.ids, guesses.SNAPSHOT_DEPTH)
        self._acknowledge(
            command_id,
            "subscribed",
            accepted=[subscription.described() for subscription in accepted],
            rejected=rejected,
        )
        if not guesses.SNAPSHOT_BEFORE_ACK:
            for subscription in accepted:
                self._send_snapshots(subscription, subscription.ids, guesses.SNAPSHOT_DEPTH)

    def _open(self, raw: object) -> Subscription:
        caps = self._caps()
        entry = judge_entry(raw, self.gateway, self.caller, self._vaults, caps.ids, self._channels)
        if len(self._subscriptions) >= caps.subscriptions:
            raise RejectedError(
                "subscription_cap_exceeded",
                f"a connection holds at most {caps.subscriptions} subscriptions",
                entry.ids,
            )
        subscription = Subscription(self._next_sid, entry.channel, self._outlet, list(entry.ids), self.caller.wallet)
        self._next_sid += 1
        self._subscriptions[subscription.sid] = subscription
        self._router.attach(subscription, subscription.topics)
        return subscription

    def _send_snapshots(self, subscription: Subscription, ids: list[str], depth: int | None) -> None:
        if subscription.channel.name == BOOKS:
            for token_id in ids:
                push = self._router.snapshot(token_id, depth)
                if push is not None:
                    self._outlet.push(push, subscription.sid)

    def _find(self, params: dict[str, Any]) -> Subscription:
        sid = params.get("sid")
        subscription = self._subscriptions.get(sid) if isinstance(sid, int) else None
        if subscription is None:
            raise RejectedError("invalid_params", "unknown sid")
        return subscription

    def _update(self, command_id: object, params: dict[str, Any]) -> None:
        subscription = self._find(params)
        channel = subscription.channel
        if channel.normalise is None:
            raise RejectedError("invalid_params", f"channel {channel.name} has no ids to change")
        if guesses.PARAM_ADD not in params and guesses.PARAM_REMOVE not in params:
            raise RejectedError("invalid_params", f"{guesses.PARAM_ADD} or {guesses.PARAM_REMOVE} is needed")
        wanted = judge_ids(channel, params.get(guesses.PARAM_ADD), self._vaults)
        unwanted = set(judge_ids(channel, params.get(guesses.PARAM_REMOVE), self._vaults))
        kept = [value for value in subscription.ids if value not in unwanted]
        added = [value for value in wanted if value not in kept]
        max_ids = self._caps().ids
        if len(wanted) > max_ids or (added and len(kept) + len(added) > max_ids):
            raise too_many_ids(wanted, max_ids)
        self._router.detach(subscription, [value for value in subscription.ids if value in unwanted])
        subscription.ids[:] = kept + added
        self._router.attach(subscription, added)
        self._acknowledge(command_id, guesses.ACK_UPDATED, **subscription.described())
        self._send_snapshots(subscription, added, guesses.SNAPSHOT_DEPTH)

    def _unsubscribe(self, command_id: object, params: dict[str, Any]) -> None:
        sids = params.get("sids")
        if not isinstance(sids, list):
            raise RejectedError("invalid_params", "sids must be a list")
        removed: list[int] = []
        for sid in sids:
            subscription = self._subscriptions.pop(sid, None) if isinstance(sid, int) else None
            if subscription is not None:
                self._router.detach(subscription, subscription.topics)
                removed.append(subscription.sid)
        self._acknowledge(command_id, guesses.ACK_UNSUBSCRIBED, sids=removed)

    def _list(self, command_id: object, _params: dict[str, Any]) -> None:
        listed = [subscription.described() for subscription in self._subscriptions.values()]
        self._acknowledge(command_id, guesses.ACK_LISTED, subscriptions=listed)

    def _get_book_snapshot(self, _command_id: object, params: dict[str, Any]) -> None:
        subscription = self._find(params)
        if subscription.channel.name != BOOKS:
            raise RejectedError("invalid_params", "not a token_book subscription")
        names = [name for name in guesses.PARAMS_SNAPSHOT_ID if name in params]
        if not names and params.keys() - {"sid"}:
            raise RejectedError("invalid_params", f"{guesses.PARAMS_SNAPSHOT_ID[0]} is needed")
        given = params[names[0]] if names else subscription.ids
        tokens = judge_ids(subscription.channel, given if isinstance(given, list) else [given], self._vaults)
        strangers = [token_id for token_id in tokens if token_id not in subscription.ids]
        if strangers:
            raise RejectedError("invalid_params", "not a token of this subscription", strangers)
        self._send_snapshots(subscription, list(tokens), None)

    def _ping(self, command_id: object, _params: dict[str, Any]) -> None:
        self._outlet.reply(frames.pong(command_id, self._now_ms()))
