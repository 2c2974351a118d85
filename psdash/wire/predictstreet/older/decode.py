"""The way in for frames of version 1: as version 2's, with the other table."""

from typing import Annotated, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from psdash.wire.predictstreet.decode import is_untyped, untyped_frame
from psdash.wire.predictstreet.frames import Ack, CommandError, Greeting, Pong, Subscribed, Unknown
from psdash.wire.predictstreet.older.events import OlderEvent

_Known = OlderEvent | Greeting | Subscribed | Pong
_known: TypeAdapter[_Known] = TypeAdapter(
    Annotated[_Known, Field(discriminator="kind")],
    config=ConfigDict(title="older frame", hide_input_in_errors=True, defer_build=True),
)
_validate = _known.validate_json

OLDER_KINDS: frozenset[str] = frozenset(
    get_args(model.model_fields["kind"].annotation)[0] for model in get_args(OlderEvent)
)
"""The `type` of every event of version 1."""


def decode_frame(data: bytes | str) -> _Known | Ack | CommandError | Unknown:
    """Read one frame of either gateway (protocol §11). What version 2 alone sends is unknown here.

    Raises pydantic.ValidationError, and nothing else, as its namesake of version 2.
    """
    try:
        return _validate(data)
    except ValidationError as error:
        if not is_untyped(error):
            raise
    return untyped_frame(data)
