"""Numbers that a venue writes as JSON numbers, as exact decimals with bounds.

A JSON number reaches us as the float that its text names; its shortest form is what the venue wrote, as long as that
has no more than fifteen digits, which no price, size or percentage of a venue exceeds. Integers of any length stay
exact. A decimal string is taken as well: some fields of some venues are written so.
"""

import re
from decimal import Context, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WrapValidator

from psdash.wire.scalars import none_on_error

_TEXT = re.compile(r"-?(0|[1-9][0-9]{0,38})(\.[0-9]{1,38})?")
_HUNDRED = Decimal(100)
_EIGHTEEN = Decimal(1).scaleb(-18)
_WIDE = Context(prec=120)


def decimal_of(value: Any) -> Decimal:
    """The decimal that a JSON number or a plain decimal string names. Raises ValueError for anything else.

    No exponent is read from a string: `1e999999` is 8 bytes on the wire and a gigabyte as a number (reliability §0
    fact 9). A JSON number cannot be larger than a float.
    """
    if type(value) is int:
        if abs(value) >= 10**39:
            raise ValueError("a number of more than 39 digits")
        return Decimal(value)
    if type(value) is float:
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError("not a number")
        if abs(value) >= 1e39:
            raise ValueError("a number of more than 39 digits")
        return Decimal(repr(value))
    if isinstance(value, str) and len(value) <= 80 and _TEXT.fullmatch(value):
        return Decimal(value)
    raise ValueError("not a decimal number")


def _plain(value: Any) -> Decimal:
    """As `decimal_of`, with 18 decimals at most."""
    number = decimal_of(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -18:
        return number
    return number.quantize(_EIGHTEEN, context=_WIDE)  # the common context has 28 digits, and fails beyond them


def _from_cents(value: Any) -> Decimal:
    return _plain(value) / _HUNDRED


Probability = Annotated[Decimal, BeforeValidator(_plain), Field(ge=0, le=1)]
"""A price, 0 to 1."""

ProbabilityInCents = Annotated[Decimal, BeforeValidator(_from_cents), Field(ge=0, le=1)]
"""A price that the venue writes in cents, 0 to 100, as the same 0 to 1."""

Quantity = Annotated[Decimal, BeforeValidator(_plain), Field(ge=0)]
"""Shares, dollars or another amount that cannot be negative."""

Signed = Annotated[Decimal, BeforeValidator(_plain)]
"""An amount or a percentage that may be negative."""

Maybe = WrapValidator(none_on_error)
"""On an optional number: what cannot be read is not there, and the rest of the row stands."""
