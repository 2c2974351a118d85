"""A pane's rows as a table for other programs: exact values under plain names, and no formatting for the eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Protocol, runtime_checkable

from psdash.text import safe_text

#: One field. None is what nobody has said: an empty field.
Value = str | int | Decimal | None
#: Stands where an own amount would, while the view is private.
HIDDEN: Final = "hidden"

#: What makes a spreadsheet take a text for a formula; the wide forms are read as the plain ones in some countries.
_FORMULA: Final = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
#: A field holds no more than this of a stranger's text.
_LONGEST: Final = 512


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of `names`' fields. `is_masked` says that own amounts are left out of it."""

    title: str
    names: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]
    is_masked: bool = False


@runtime_checkable
class TableSource(Protocol):
    """A pane whose rows can be copied and exported."""

    def table(self) -> Table:
        """Every row as it is sorted and filtered now, whether it is in view or not."""
        ...

    def row_table(self) -> Table:
        """The row under the cursor; no row when there is none."""
        ...


def csv_line(values: Sequence[Value]) -> str:
    """One line of CSV (RFC 4180), its end included."""
    return ",".join(_field(value) for value in values) + "\n"


def csv_text(table: Table) -> str:
    """The whole table with its names."""
    return "".join([csv_line(table.names), *map(csv_line, table.rows)])


def moment(epoch_ms: int | None) -> str | None:
    """A venue time as ISO 8601 in UTC: "2026-07-15T20:00:03.007Z"."""
    if epoch_ms is None:
        return None
    return f"{datetime.fromtimestamp(epoch_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03}Z"


def _field(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    text = safe_text(value, _LONGEST)
    if text.lstrip().startswith(_FORMULA):
        text = f"'{text}"  # spreadsheets show it as the text it is
    return '"' + text.replace('"', '""') + '"'
