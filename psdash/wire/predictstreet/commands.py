"""What the client says (protocol §3): six commands, built from feeds and sids and written as compact JSON.

Nothing here can trade: the WebSocket has no such verb, and this client speaks no REST but reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from psdash.wire.predictstreet.channels import CHANNELS, PLATFORM_IDS, ChannelSpec, Feed, Scope


class Outbound(BaseModel):
    """A part of a command. Built with our names, written with the venue's."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, serialize_by_alias=True)


class Command(Outbound):
    """The envelope `{id, cmd, params}`; `command_id` comes back in the ack."""

    command_id: int = Field(ge=0, lt=2**53, serialization_alias="id")
    cmd: str

    def to_wire(self) -> str:
        """The text frame to send."""
        return self.model_dump_json(exclude_none=True)


class Subscription(Outbound):
    """One entry of `subscribe`. `ids` is None where ids are forbidden."""

    channel: str
    ids: tuple[str, ...] | None = None


class SubscribeParams(Outbound):
    subscriptions: tuple[Subscription, ...]


class Subscribe(Command):
    """Protocol §3.1, fully known."""

    cmd: Literal["subscribe"] = "subscribe"
    params: SubscribeParams


class UpdateParams(Outbound):
    """`add_ids` is known from a rejection's text; `sid` and `remove_ids` are GUESS (protocol §3.2)."""

    sid: int
    add_ids: tuple[str, ...] | None = None
    remove_ids: tuple[str, ...] | None = None


class UpdateSubscription(Command):
    """Protocol §3.2, partly known."""

    cmd: Literal["update_subscription"] = "update_subscription"
    params: UpdateParams


class UnsubscribeParams(Outbound):
    """GUESS: `sids` (protocol §3.3)."""

    sids: tuple[int, ...]


class Unsubscribe(Command):
    """Protocol §3.3, partly known."""

    cmd: Literal["unsubscribe"] = "unsubscribe"
    params: UnsubscribeParams


class ListSubscriptions(Command):
    """Protocol §3.4: no params."""

    cmd: Literal["list_subscriptions"] = "list_subscriptions"


class BookSnapshotParams(Outbound):
    """GUESS: `sid` and `id`; other readings are `tokenId` and `ids` (protocol §3.5)."""

    sid: int
    token: str = Field(serialization_alias="id")


class GetBookSnapshot(Command):
    """Protocol §3.5, partly known: a fresh snapshot on a subscription that stays."""

    cmd: Literal["get_book_snapshot"] = "get_book_snapshot"
    params: BookSnapshotParams


class Ping(Command):
    """Protocol §3.6, fully known."""

    cmd: Literal["ping"] = "ping"


def subscribe(
    command_id: int,
    wanted: Iterable[tuple[Feed, Sequence[str]]],
    channels: Mapping[Feed, ChannelSpec] = CHANNELS,
) -> Subscribe:
    """Subscribe to feeds with their ids; ids are left out where they are forbidden, and the platform feed knows its
    own. `channels` are those of the dialect that is spoken.
    """
    entries = tuple(_entry(channels[feed], ids) for feed, ids in wanted)
    return Subscribe(command_id=command_id, params=SubscribeParams(subscriptions=entries))


def _entry(spec: ChannelSpec, ids: Sequence[str]) -> Subscription:
    if spec.scope is Scope.PLATFORM:
        return Subscription(channel=spec.name, ids=PLATFORM_IDS)
    return Subscription(channel=spec.name, ids=tuple(ids) if spec.takes_ids else None)


def add_ids(command_id: int, sid: int, ids: Sequence[str]) -> UpdateSubscription:
    return UpdateSubscription(command_id=command_id, params=UpdateParams(sid=sid, add_ids=tuple(ids)))


def remove_ids(command_id: int, sid: int, ids: Sequence[str]) -> UpdateSubscription:
    return UpdateSubscription(command_id=command_id, params=UpdateParams(sid=sid, remove_ids=tuple(ids)))


def unsubscribe(command_id: int, sids: Sequence[int]) -> Unsubscribe:
    return Unsubscribe(command_id=command_id, params=UnsubscribeParams(sids=tuple(sids)))


def list_subscriptions(command_id: int) -> ListSubscriptions:
    return ListSubscriptions(command_id=command_id)


def get_book_snapshot(command_id: int, sid: int, token: str) -> GetBookSnapshot:
    return GetBookSnapshot(command_id=command_id, params=BookSnapshotParams(sid=sid, token=token))


def ping(command_id: int) -> Ping:
    return Ping(command_id=command_id)
