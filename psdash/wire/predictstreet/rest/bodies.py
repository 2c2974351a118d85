"""What several bodies share: tolerance where the protocol leaves a shape open."""

from typing import Any, ClassVar

from pydantic import model_validator

from psdash.wire.predictstreet.scalars import WireModel


def count_rows(value: Any) -> Any:
    return len(value) if isinstance(value, list) else 0


class ListBody(WireModel):
    """A body around one list whose wrapping the protocol leaves open: a bare list counts as its own wrapper."""

    rows_key: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _wrap_bare_list(cls, value: Any) -> Any:
        return {cls.rows_key: value} if isinstance(value, list) else value
