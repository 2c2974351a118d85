"""One way in: the bytes of a frame become a typed frame, or a ValidationError.

A string discriminator on `type` and `validate_json` straight from the bytes: a smart union or a callable
discriminator costs two thirds of the speed (performance §1). What has no known `type` goes the slow way round,
once.
"""

from collections.abc import Callable
from typing import Annotated, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from psdash.wire.predictstreet import guesses
from psdash.wire.predictstreet.channels import Feed, feed_named
from psdash.wire.predictstreet.frames import Ack, CommandError, Greeting, Pong, Subscribed, Unknown
from psdash.wire.predictstreet.guesses import path
from psdash.wire.predictstreet.market_events import MarketEvent
from psdash.wire.predictstreet.user_events import UserEvent
from psdash.wire.scalars import WireModel

Event = MarketEvent | UserEvent
KnownFrame = Event | Greeting | Subscribed | Pong
Frame = KnownFrame | Ack | CommandError | Unknown

_known: TypeAdapter[KnownFrame] = TypeAdapter(
    Annotated[KnownFrame, Field(discriminator="kind")], config=ConfigDict(title="frame", hide_input_in_errors=True)
)
_validate = _known.validate_json
_UNTYPED = frozenset(["union_tag_invalid", "union_tag_not_found"])

EVENT_KINDS: frozenset[str] = frozenset(
    get_args(model.model_fields["kind"].annotation)[0] for model in get_args(Event)
)
"""The `type` of every event this client knows."""


class _Outline(WireModel):
    """Enough of a frame to say what class of frame it is."""

    kind: object = Field(None, alias="type")
    command_id: object = Field(None, alias="id")
    sid: object = None
    channel: object = None
    code: object = Field(None, validation_alias=guesses.ERROR["code"])
    entity: object = Field(None, validation_alias=path("data.tokenId"))


def decode_frame(data: bytes | str) -> Frame:
    """Read one frame of either gateway (protocol §2-§5).

    An unknown `type` is an `Ack` when it echoes a command's number, a `CommandError` when it carries a code as
    well, else `Unknown`. Raises pydantic.ValidationError, and nothing else, when the frame is not JSON, is out of
    bounds or lacks what its type must carry; the error's text never holds the input.
    """
    try:
        return _validate(data)
    except ValidationError as error:
        if not is_untyped(error):
            raise
    return untyped_frame(data)


def is_untyped(error: ValidationError) -> bool:
    """Whether a frame was refused for its `type` alone."""
    return error.errors(include_url=False, include_context=False, include_input=False)[0]["type"] in _UNTYPED


def subject_of(data: bytes | str, named: Callable[[str], Feed | None] = feed_named) -> tuple[Feed | None, str]:
    """Which feed an unreadable push is of, and its token, condition or vault ("" when it names none)."""
    try:
        outline = _Outline.model_validate_json(data)
    except ValidationError:
        return None, ""
    feed = named(outline.channel) if isinstance(outline.channel, str) else None
    entity = outline.entity if isinstance(outline.entity, str) else outline.command_id
    return feed, entity if isinstance(entity, str) else ""


def untyped_frame(data: bytes | str) -> Ack | CommandError | Unknown:
    """A frame of no known `type`, the slow way round. Raises pydantic.ValidationError."""
    outline = _Outline.model_validate_json(data)
    numbered = type(outline.command_id) is int
    # A push names its subscription; some answers do as well, and are told by the number (protocol §5.0).
    if numbered or (outline.sid is None and outline.channel is None):
        if outline.kind == "error" or outline.code is not None:
            return CommandError.model_validate_json(data)
        if numbered:
            return Ack.model_validate_json(data)
    return Unknown.model_validate_json(data)
