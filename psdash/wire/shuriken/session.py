"""Getting in (parts B1 to B3): the session request, its answer in both envelopes, and a channel's authorisation."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from psdash.wire.pusher.frames import ChannelName
from psdash.wire.scalars import MAX_LIST, Decoration, NullIsEmpty, Opaque, SafeText, WireModel, Word, WordsOnly


class Wish(BaseModel):
    """One stream with its filter; every value is a string, chain ids included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: str
    filter: dict[str, str] = Field(default_factory=dict)


class SessionRequest(BaseModel):
    """`POST /api/v2/ws/session`. One wish a request: the answer does not echo the filter (part B1, the trap)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subscriptions: tuple[Wish, ...]

    def to_wire(self) -> bytes:
        """The body to post."""
        return self.model_dump_json().encode()


def _unwrapped(value: Any) -> Any:
    """`{"data": …, "requestId": …}` or the bare body: which of the two comes is unknown (part B1)."""
    if isinstance(value, dict) and isinstance(value.get("data"), dict) and "connection" not in value:
        return value["data"]
    return value


class Wrapped(WireModel):
    """A body that may come in an envelope."""

    _opened = model_validator(mode="before")(_unwrapped)


class Where(WireModel):
    """Where the socket is."""

    app_key: Opaque = Field(alias="appKey")
    host: Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9.-]+$")] = Field(alias="wsHost")
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(alias="wsPort")
    is_tls: bool = Field(True, alias="forceTls")
    auth_endpoint: Annotated[str, Field(max_length=512)] = Field(alias="authEndpoint")


class Granted(WireModel):
    """A stream's channel. What its name looks like says nothing; whether it needs authorisation is in its prefix as
    well as in `visibility` (part B3)."""

    stream: Word
    channel: ChannelName
    event: Annotated[Word, WordsOnly] = "update"
    visibility: Annotated[Word, WordsOnly] = "public"

    @property
    def needs_auth(self) -> bool:
        """Whether the channel must be authorised for each new socket id."""
        return self.visibility == "presence" or self.channel.startswith(("private-", "presence-"))


class Pace(WireModel):
    """The service's own advice on when to come back, in milliseconds."""

    ladder_ms: Annotated[list[Annotated[int, Field(ge=0, le=3_600_000)]], Field(max_length=64), NullIsEmpty] = Field(
        default_factory=list, alias="recommendedReconnectBackoffMs"
    )


class SessionBody(Wrapped):
    """The answer to a `SessionRequest`."""

    connection: Where
    session: Annotated[Pace | None, Decoration] = None
    subscriptions: Annotated[list[Granted], Field(max_length=MAX_LIST)]


class ChannelAuth(WireModel):
    """The bare answer of the authorisation endpoint; `channel_data` is passed on byte for byte."""

    auth: Annotated[str, Field(max_length=512, pattern=r"^[\x21-\x7e]+$")]
    channel_data: Annotated[str | None, Field(max_length=65_536)] = None


class ErrorInside(WireModel):
    code: Annotated[Word, WordsOnly] = ""
    message: Annotated[SafeText, WordsOnly] = ""


class ErrorBody(WireModel):
    """A refusal of REST (part B6)."""

    error: ErrorInside
