"""The rows of the table, one module a row. Each has `ROW`."""

from __future__ import annotations

import importlib
from typing import Final

from benchmarks.bench import Row

#: In the order of the table.
NAMES: Final = (
    "bytes_ideal",
    "bytes_stock",
    "bytes_curses",
    "bytes_recorded",
    "cpu_driver",
    "cpu_ladder",
    "decode",
    "painted",
    "isolated",
    "keys",
    "sustained",
    "cpu_rate",
    "first_frame",
    "first_book",
    "memory",
    "markets",
    "stall",
    "slow_8",
    "slow_40",
)


def row_named(name: str) -> Row:
    """The row. Raises KeyError when there is none of that name."""
    if name not in NAMES:
        raise KeyError(name)
    row = importlib.import_module(f"benchmarks.rows.{name}").ROW
    assert isinstance(row, Row)
    return row
