"""What the server says about the connection itself (prediction hunt §3)."""

from typing import Annotated, Literal

from pydantic import Field

from psdash.wire.scalars import MAX_IDS, AnyOpaque, NullIsEmpty, SafeText, UpperWord, WireModel, Word, WordsOnly

MarketIds = Annotated[list[AnyOpaque], Field(max_length=MAX_IDS), NullIsEmpty]
GroupIds = Annotated[list[int], Field(max_length=MAX_IDS), NullIsEmpty]


class _Answer(WireModel):
    channel: Word
    market_ids: MarketIds = Field(default_factory=list)
    group_ids: GroupIds = Field(default_factory=list)


class Subscribed(_Answer):
    """A subscription stands; null is written where no ids were given."""

    kind: Literal["subscribed"] = Field(alias="type")


class Unsubscribed(_Answer):
    """Named by the docs and never shown: the shape of `subscribed` is a GUESS."""

    kind: Literal["unsubscribed"] = Field(alias="type")


class Pong(WireModel):
    """The answer to a heartbeat."""

    kind: Literal["pong"] = Field(alias="type")


class _Said(WireModel):
    code: UpperWord
    message: Annotated[SafeText, WordsOnly] = ""
    channel: Annotated[Word, WordsOnly] = ""


class Refusal(_Said):
    """An `error` frame. Which codes end the connection is in part unknown (§3)."""

    kind: Literal["error"] = Field(alias="type")


class Warned(_Said):
    """A `warning` frame; only the code UNKNOWN_ID is known, and its shape is shown nowhere (§9)."""

    kind: Literal["warning"] = Field(alias="type")


class Unknown(WireModel):
    """A frame of a type that this client does not know."""

    kind: Annotated[Word, WordsOnly] = Field("", alias="type")
    channel: Annotated[Word, WordsOnly] = ""
