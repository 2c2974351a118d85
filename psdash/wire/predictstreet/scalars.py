"""The smallest things that only this venue has (protocol §1.2, §3, §8.1); the others are in `wire/scalars.py`."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from psdash.wire.scalars import integer, lower

Sid = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
Seq = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
CommandId = Annotated[int, Field(strict=True, ge=0, lt=2**53)]

OutcomeIndex = Annotated[int, Field(strict=True, ge=0, lt=256), BeforeValidator(integer)]
"""0 is YES/first, 1 is NO/second; a number in events, a string in orders (protocol §8.1)."""

Token = Annotated[str, Field(max_length=80, pattern=r"^(0|[1-9][0-9]*)$")]
Condition = Annotated[str, Field(max_length=66, pattern=r"^0x[0-9a-fA-F]{64}$")]
Hex = Annotated[str, Field(max_length=132, pattern=r"^(0x)?[0-9a-fA-F]*$")]
"""A transaction, order or state hash; compared or shown shortened, never computed with."""

Channel = Annotated[str, Field(max_length=64, pattern=r"^[\x21-\x7e]+$")]

LowerCondition = Annotated[Condition, AfterValidator(lower)]

_BOOK_SIDES = {"bid": "bid", "bids": "bid", "buy": "bid", "ask": "ask", "asks": "ask", "sell": "ask"}


def _book_side(value: Any) -> Any:
    return _BOOK_SIDES.get(value.lower(), value) if isinstance(value, str) and len(value) < 8 else value


BookSide = Annotated[Literal["bid", "ask"], BeforeValidator(_book_side)]
