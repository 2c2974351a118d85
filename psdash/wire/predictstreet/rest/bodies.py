"""What several bodies share: tolerance where the protocol leaves a shape open."""

from typing import Any, ClassVar

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from psdash.wire.predictstreet.scalars import WireModel


def none_on_error(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


Decoration = WrapValidator(none_on_error)
"""On a field that only adorns the screen: unreadable means not there, not a refused body."""


def count_rows(value: Any) -> Any:
    return len(value) if isinstance(value, list) else 0


def empty_for_null(value: Any) -> Any:
    return [] if value is None else value


class ListBody(WireModel):
    """A body around one list whose wrapping the protocol leaves open: a bare list counts as its own wrapper."""

    rows_key: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _wrap_bare_list(cls, value: Any) -> Any:
        return {cls.rows_key: value} if isinstance(value, list) else value
