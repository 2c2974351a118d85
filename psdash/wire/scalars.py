"""The smallest things on any wire: numbers, identifiers, times and texts, each with its bounds.

Numbers stay decimal *strings* here. A pattern and a length make them harmless (reliability §0 fact 9:
`int(Decimal("1e1000000"))` stops a loop for 22 s, and pydantic's own Decimal takes "1_0" and Arabic-Indic digits),
and the floor that stores one decides whether it becomes a Decimal or ticks. Patterns say `[0-9]`, since `\\d` means
every digit of Unicode to the engine that runs them.

The strict forms serve what the protocol states. The `Any*` forms serve what it leaves open; they accept a second
JSON type where no value can be lost (never a float) and give the same Python type.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from psdash.text import safe_text

MAX_LIST = 2_000  # levels, rows, rejections: beyond it a body is an attack or a mistake
MAX_IDS = 2_000
_MAX_TEXT = 65_536
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class WireModel(BaseModel):
    """What every model here is: immutable, deaf to unknown keys, and silent about its input in errors (secrets, log
    floods).
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, protected_namespaces=(), defer_build=True
    )


# --- numbers ---

Price = Annotated[str, Field(max_length=8, pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$")]
"""A probability, 0 to 1, at most 6 decimals (protocol §12 "price precision")."""

Size = Annotated[str, Field(max_length=24, pattern=r"^(0|[1-9][0-9]*)(\.[0-9]+)?$")]
"""Shares, never negative; "0" deletes a level. Also used for unsigned money."""

Amount = Annotated[str, Field(max_length=24, pattern=r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$")]
"""Money or shares that may be negative: profit, cost, fee."""

#: The year 10000: no calendar of the standard library goes on from here, and a print of that day is no print.
_END_OF_TIME_MS = 253_402_300_800_000

Ms = Annotated[int, Field(strict=True, ge=0, lt=_END_OF_TIME_MS)]
"""Milliseconds since the epoch, as a JSON number; up to the last one that a calendar can name."""

Count = Annotated[int, Field(strict=True, ge=0, lt=2**53)]


def _digits(value: Any) -> Any:
    """A JSON integer as its decimal string (floats and booleans are left for the pattern to refuse)."""
    return str(value) if type(value) is int and -(2**53) < value < 2**53 else value


def integer(value: Any) -> Any:
    """A short decimal string as the integer it writes."""
    if isinstance(value, str) and len(value) <= 16 and value.isascii() and value.isdigit():
        return int(value)
    return value


def number_or_none(value: Any) -> Any:
    """A JSON integer, or None for anything else: one reading of the overloaded `id` (protocol §5.0)."""
    return value if type(value) is int else None


def integer_or_none(value: Any) -> Any:
    """A JSON integer, also when it is written as a string; None for anything else."""
    return number_or_none(integer(value))


def string_or_none(value: Any) -> Any:
    """A string, or None for anything else: the other reading."""
    return value if isinstance(value, str) else None


def empty_for_null(value: Any) -> Any:
    """An empty list where null stands for one, as some servers write it."""
    return [] if value is None else value


NullIsEmpty = BeforeValidator(empty_for_null)
"""On a list: JSON null reads as empty."""


def none_on_error(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


Decoration = WrapValidator(none_on_error)
"""On a field that only adorns the screen: unreadable means not there, not a refused frame or body."""


def _empty_on_error(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return ""


NullIsZero = BeforeValidator(lambda value: "0" if value is None else value)
"""On an amount: JSON null reads as none of it."""

EmptyIsNone = BeforeValidator(lambda value: None if value == "" else value)
"""On a cursor: an empty one leads nowhere."""

WordsOnly = WrapValidator(_empty_on_error)
"""On a text for a person: null, or anything else that is no text, reads as nothing said."""

AnySize = Annotated[Size, BeforeValidator(_digits)]
AnyAmount = Annotated[Amount, BeforeValidator(_digits)]
AnyPrice = Annotated[Price, BeforeValidator(_digits)]
AnyCount = Annotated[Count, BeforeValidator(integer)]

# --- identifiers ---

Address = Annotated[str, Field(max_length=42, pattern=r"^0x[0-9a-fA-F]{40}$")]

Opaque = Annotated[str, Field(max_length=128, pattern=r"^[\x21-\x7e]*$")]
"""An identifier of the venue's own making (trade, order, market): printable ASCII without spaces."""

AnyOpaque = Annotated[Opaque, BeforeValidator(_digits)]

Cursor = Annotated[str, Field(max_length=1_024, pattern=r"^[\x20-\x7e]*$")]
"""A page to go on from, handed back as it came."""


def lower(value: str) -> str:
    return value.lower()


def _upper(value: str) -> str:
    return value.upper()


LowerAddress = Annotated[Address, AfterValidator(lower)]

# --- times of REST ---


def _iso_to_ms(value: Any) -> Any:
    """ISO-8601 to epoch ms, rounded down. A time without a zone is UTC."""
    if not isinstance(value, str):
        raise ValueError("a time must be an ISO-8601 string")  # noqa: TRY004 - pydantic turns ValueError into its own
    if len(value) > 40:
        raise ValueError("a time of more than 40 characters")
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("not an ISO-8601 time") from None  # the library's text would repeat the input
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return (when - _EPOCH) // _MS


def _any_to_ms(value: Any) -> Any:
    """As `_iso_to_ms`, or a number: seconds below 10^11 (the year 5138), else milliseconds."""
    if type(value) is int:
        return value * 1_000 if 0 <= value < 10**11 else value
    return _iso_to_ms(value)


IsoMs = Annotated[Ms, BeforeValidator(_iso_to_ms)]
"""A REST time (ISO-8601, protocol §1.2) as epoch ms."""

AnyMs = Annotated[Ms, BeforeValidator(_any_to_ms)]
"""A time whose form the protocol leaves open: ISO-8601, seconds or milliseconds."""

# --- texts and words ---

SafeText = Annotated[str, Field(max_length=_MAX_TEXT), AfterValidator(safe_text)]
"""Anything a person wrote; safe to show as plain text, cut at 512 characters."""

Label = Annotated[str, Field(max_length=_MAX_TEXT), AfterValidator(partial(safe_text, limit=128))]
AnyLabel = Annotated[Label, BeforeValidator(_digits)]
Word = Annotated[str, Field(max_length=_MAX_TEXT), AfterValidator(partial(safe_text, limit=64))]
AnyWord = Annotated[Word, BeforeValidator(_digits)]
UpperWord = Annotated[Word, AfterValidator(_upper)]
"""A status of protocol §7.4 or §8.1, or one it does not know yet; upper case."""

LowerWord = Annotated[Word, AfterValidator(lower)]

Side = Annotated[
    Literal["buy", "sell"], BeforeValidator(lambda v: v.lower() if isinstance(v, str) and len(v) < 8 else v)
]


def _side_or_none(value: Any) -> Any:
    word = value.lower() if isinstance(value, str) and len(value) < 8 else None
    return word if word in ("buy", "sell") else None


Aggressor = Annotated[Literal["buy", "sell"] | None, BeforeValidator(_side_or_none)]
"""The taker's side. It is a guess on the public tape (protocol §5.1), so what is not understood is unknown, not an
error.
"""
