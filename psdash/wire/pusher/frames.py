"""What a server says (part C3), whichever of the ways of writing `data` it has (part C2): a string that holds JSON,
a string that holds none, an object, or nothing.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import from_json, to_json

from psdash.wire.scalars import Decoration, SafeText, WireModel, Word, WordsOnly

ChannelName = Annotated[str, Field(max_length=256, pattern=r"^[\x21-\x7e]+$")]
SocketId = Annotated[str, Field(max_length=64, pattern=r"^[0-9]+\.[0-9]+$")]
_MAX_EVENT = 128


class Connected(WireModel):
    """The first frame; nothing may be sent before it. `activity_timeout_s` is the server's wish."""

    socket_id: SocketId
    activity_timeout_s: Annotated[int, Field(ge=1, le=86_400)] = Field(120, alias="activity_timeout")


class ServerError(WireModel):
    """`pusher:error`: by itself it does not end the connection."""

    channel: Annotated[ChannelName | None, Decoration] = None
    code: Annotated[int | None, Decoration] = None
    message: Annotated[SafeText, WordsOnly] = ""


class Ping(WireModel):
    """To be answered at once."""


class Pong(WireModel):
    """The answer to ours."""


class Subscribed(WireModel):
    """The channel is joined."""

    channel: ChannelName


class Refused(WireModel):
    """`pusher:subscription_error`; not every server sends it, so whoever waits needs a deadline of his own."""

    channel: ChannelName
    kind: Annotated[Word, WordsOnly] = Field("", alias="type")
    error: Annotated[SafeText, WordsOnly] = ""
    status: Annotated[int | None, Decoration] = None


class Internal(WireModel):
    """Members, counts, cache misses: nothing a reader of data needs."""

    event: Word


class ChannelEvent(WireModel):
    """Somebody published. `payload` is the JSON text of what was published, or a text that is none."""

    event: Word
    channel: ChannelName
    payload: str


class Undecided(WireModel):
    """An event that is of the protocol by its name and that this client does not know, or of no channel."""

    event: Word


Frame = Connected | ServerError | Ping | Pong | Subscribed | Refused | Internal | ChannelEvent | Undecided


def _or_none(value: Any) -> Any:
    return value if isinstance(value, str) else None


class _Outline(WireModel):
    event: Annotated[str, Field(max_length=_MAX_EVENT)]
    channel: Annotated[str | None, BeforeValidator(_or_none)] = None
    data: Any = None


def decode_frame(raw: bytes | str) -> Frame:
    """Read one frame. Raises pydantic.ValidationError, and nothing else, for what is none."""
    outline = _Outline.model_validate_json(raw)
    event = outline.event
    if event.startswith(("pusher:", "pusher_internal:")):
        return _of_protocol(event, outline.channel, _decoded(outline.data))
    if outline.channel is None:
        return Undecided(event=event)
    data = outline.data
    payload = data if isinstance(data, str) else "" if data is None else to_json(data).decode()
    return ChannelEvent(event=event, channel=outline.channel, payload=payload)


def _of_protocol(event: str, channel: str | None, data: dict[str, Any]) -> Frame:
    match event.partition(":")[2]:
        case "connection_established":
            return Connected.model_validate(data)
        case "error":
            return ServerError.model_validate({**data, "channel": channel})
        case "ping":
            return Ping()
        case "pong":
            return Pong()
        case "subscription_succeeded":
            return Subscribed(channel=channel or "")
        case "subscription_error":
            return Refused.model_validate({**data, "channel": channel})
        case "member_added" | "member_removed" | "subscription_count" | "cache_miss" | "signin_success":
            return Internal(event=event)
    return Undecided(event=event)


def _decoded(data: Any) -> dict[str, Any]:
    """`data` as an object; empty where it is none."""
    if isinstance(data, str):
        try:
            data = from_json(data)
        except ValueError:
            return {}
    return data if isinstance(data, dict) else {}
