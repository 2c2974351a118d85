"""What the client says (prediction hunt §2): four frames, none of which can trade.

The key goes in the first frame and never into the URL, which proxies and logs keep.
"""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer

from psdash.wire.predictionhunt.channels import Channel


class Outbound(BaseModel):
    """A frame to send."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    action: str

    def to_wire(self) -> str:
        """The text frame."""
        return self.model_dump_json(exclude_none=True)


class Auth(Outbound):
    """Exactly once, first, within five seconds. `repr` hides the key; only `to_wire` writes it."""

    action: str = Field("auth", frozen=True)
    api_key: SecretStr

    @field_serializer("api_key", when_used="json")
    def _written(self, key: SecretStr) -> str:
        return key.get_secret_value()


class _Subscription(Outbound):
    channel: Channel
    market_ids: tuple[str, ...] | None = None
    group_ids: tuple[int, ...] | None = None


class Subscribe(_Subscription):
    """Both lists may be given: their union applies."""

    action: str = Field("subscribe", frozen=True)


class Unsubscribe(_Subscription):
    """Without ids it drops the whole channel."""

    action: str = Field("unsubscribe", frozen=True)


class Heartbeat(Outbound):
    """Answered by a `pong`."""

    action: str = Field("heartbeat", frozen=True)
