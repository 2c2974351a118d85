"""What several bodies share: tolerance where the protocol leaves a shape open."""

from typing import Any, ClassVar

from pydantic import BeforeValidator, model_validator

from psdash.wire.scalars import MAX_LIST, WireModel


def count_rows(value: Any) -> Any:
    return len(value) if isinstance(value, list) else 0


def _few_rows(value: Any) -> Any:
    if isinstance(value, list) and len(value) > MAX_LIST:
        raise ValueError(f"more than {MAX_LIST} rows")
    return value


FewRows = BeforeValidator(_few_rows)
"""On a list that leaves odd rows out: its own length is capped, before any row is read, and not that of the rest."""


class ListBody(WireModel):
    """A body around one list whose wrapping the protocol leaves open: a bare list counts as its own wrapper."""

    rows_key: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _wrap_bare_list(cls, value: Any) -> Any:
        return {cls.rows_key: value} if isinstance(value, list) else value
