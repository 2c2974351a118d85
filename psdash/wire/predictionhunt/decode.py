"""One way in: the bytes of a frame become a typed frame, or a ValidationError."""

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from psdash.wire.predictionhunt.events import (
    ArbExpired,
    ArbUpdate,
    BookUpdate,
    EvExpired,
    EvUpdate,
    FadeFinderUpdate,
    Lifecycle,
    PriceUpdate,
    SmartMoneyUpdate,
)
from psdash.wire.predictionhunt.frames import Pong, Refusal, Subscribed, Unknown, Unsubscribed, Warned

Event = (
    PriceUpdate
    | BookUpdate
    | ArbUpdate
    | ArbExpired
    | EvUpdate
    | EvExpired
    | SmartMoneyUpdate
    | FadeFinderUpdate
    | Lifecycle
)
Known = Event | Subscribed | Unsubscribed | Pong | Refusal | Warned
Frame = Known | Unknown

_known: TypeAdapter[Known] = TypeAdapter(
    Annotated[Known, Field(discriminator="kind")], config=ConfigDict(title="frame", hide_input_in_errors=True)
)
_UNTYPED = frozenset(["union_tag_invalid", "union_tag_not_found"])


def decode_frame(data: bytes | str) -> Frame:
    """Read one frame. Raises pydantic.ValidationError, and nothing else, when it is not JSON, is out of bounds or
    lacks what its type must carry; the error's text never holds the input.
    """
    try:
        return _known.validate_json(data)
    except ValidationError as error:
        if error.errors(include_url=False, include_context=False, include_input=False)[0]["type"] not in _UNTYPED:
            raise
    return Unknown.model_validate_json(data)
