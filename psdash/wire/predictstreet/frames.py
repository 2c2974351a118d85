"""Frames that are no event: the greeting, answers to commands, errors, and what nobody knows (protocol §2.1, §3).

Attributes carry the field's names; the venue's stand in the aliases alone. `id` is overloaded on the wire: in an
answer it is the number this client sent (`command_id`), in a push it names the entity (protocol §5.0).
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from psdash.wire.predictstreet import guesses
from psdash.wire.predictstreet.channels import Gateway
from psdash.wire.predictstreet.guesses import path
from psdash.wire.predictstreet.scalars import Channel, CommandId, Sid
from psdash.wire.scalars import (
    MAX_IDS,
    MAX_LIST,
    AnyOpaque,
    AnyWord,
    Decoration,
    Label,
    LowerAddress,
    Ms,
    NullIsEmpty,
    SafeText,
    WireModel,
    Word,
    WordsOnly,
    integer_or_none,
    number_or_none,
)

Ids = Annotated[list[Label], Field(max_length=MAX_IDS), NullIsEmpty]


class Answer(WireModel):
    """What answers and greetings share. `server_ms` is the frame's emission; some dialects leave it out (protocol
    §13.8).
    """

    server_ms: Annotated[Ms | None, Decoration] = Field(None, alias="serverTs")


def _version(value: object) -> object:
    number = integer_or_none(value)
    return number if number is not None and 0 <= number < 1_000 else 1


class Greeting(Answer):
    """`connected`, once, first (protocol §2.1). Without a version it is the older dialect: 1.

    Only `gateway` is needed; a session must not fail for what merely adorns it.
    """

    kind: Literal["connected"] = Field(alias="type")
    gateway: Gateway = Field(validation_alias=path("data.gateway"))
    protocol_version: Annotated[int, BeforeValidator(_version)] = Field(
        1, validation_alias=path("data.protocolVersion")
    )
    auth_method: Annotated[AnyWord | None, Decoration] = Field(None, validation_alias=path("data.authMethod"))
    partner_id: Annotated[AnyOpaque | None, Decoration] = Field(None, validation_alias=path("data.partnerId"))
    wallet: Annotated[LowerAddress | None, Decoration] = Field(None, validation_alias=path("data.walletAddress"))


class Accepted(WireModel):
    """A subscription that stands. `ids` are normalised by the venue, empty where the feed takes none: compare with
    these.
    """

    sid: Sid
    channel: Channel
    ids: Ids = []


class Rejected(WireModel):
    """A subscription that was refused. Route on `code` (protocol §3.7); `message` is for a person."""

    channel: Annotated[Channel | None, Decoration] = None
    ids: Ids = []
    code: Annotated[AnyWord, WordsOnly] = ""
    message: Annotated[SafeText, WordsOnly] = ""


class Subscribed(Answer):
    """The answer to `subscribe` (protocol §3.1)."""

    kind: Literal["subscribed"] = Field(alias="type")
    command_id: CommandId = Field(alias="id")
    accepted: Annotated[list[Accepted], Field(max_length=MAX_LIST), NullIsEmpty] = []
    rejected: Annotated[list[Rejected], Field(max_length=MAX_LIST), NullIsEmpty] = []


class Pong(Answer):
    """The answer to `ping`; `venue_ms` is the server's clock (protocol §3.6)."""

    kind: Literal["pong"] = Field(alias="type")
    command_id: CommandId = Field(alias="id")
    venue_ms: Annotated[Ms | None, Decoration] = Field(None, alias="ts")


class Ack(Answer):
    """Any other frame that echoes a command's id: the answers to update, unsubscribe and list, whose `type`s are
    GUESS (protocol §3.2-§3.4). What was not sent is None.
    """

    kind: Word = Field(alias="type")
    command_id: CommandId = Field(alias="id")
    sid: Sid | None = Field(None, validation_alias=guesses.ACK["sid"])
    sids: Annotated[list[Sid], Field(max_length=MAX_LIST)] | None = Field(None, validation_alias=guesses.ACK["sids"])
    ids: Ids | None = Field(None, validation_alias=guesses.ACK["ids"])
    subscriptions: Annotated[list[Accepted], Field(max_length=MAX_LIST)] | None = Field(
        None, validation_alias=guesses.ACK["subscriptions"]
    )


class CommandError(Answer):
    """A command, or a frame that could not be read at all, was refused; shape GUESS (protocol §3.8)."""

    kind: Word = Field("error", alias="type")
    command_id: Annotated[CommandId | None, BeforeValidator(number_or_none)] = Field(None, alias="id")
    code: Annotated[AnyWord, WordsOnly] = Field("", validation_alias=guesses.ERROR["code"])
    message: Annotated[SafeText, WordsOnly] = Field("", validation_alias=guesses.ERROR["message"])


class Unknown(WireModel):
    """A frame of a `type` this client does not know: counted, logged once a kind, never fatal."""

    kind: Word = Field(alias="type")
    sid: Sid | None = None
    channel: Word | None = None
    server_ms: Ms | None = Field(None, alias="serverTs")
