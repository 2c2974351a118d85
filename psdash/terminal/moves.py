"""The shortest way for the cursor from one cell to another."""

from __future__ import annotations

from functools import lru_cache
from typing import Final


def address(y: int, x: int) -> str:
    """To a cell, from anywhere. Rows and columns count from 0."""
    if x:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


def move(old_y: int, old_x: int, y: int, x: int) -> str:
    """To a cell, from another one on the screen.

    Line feeds are not used: they scroll where a terminal is a line shorter than it said, and the line discipline
    changes them.
    """
    apart = _down(old_y, y) + _along(old_x, x)
    if len(apart) < _HOME:
        return apart
    best = address(y, x)
    return apart if len(apart) < len(best) else best


#: Bytes of the shortest address.
_HOME: Final = len(address(0, 0))


@lru_cache(maxsize=512)
def _down(old_y: int, y: int) -> str:
    """To another row of the same column."""
    if y == old_y:
        return ""
    by = y - old_y
    return min(f"\x1b[{y + 1}d", f"\x1b[{'' if abs(by) == 1 else abs(by)}{'B' if by > 0 else 'A'}", key=len)


@lru_cache(maxsize=1024)
def _along(old_x: int, x: int) -> str:
    """To another column of the same row."""
    if x == old_x:
        return ""
    by = x - old_x
    ways = [f"\x1b[{x + 1}G", f"\x1b[{'' if abs(by) == 1 else abs(by)}{'C' if by > 0 else 'D'}"]
    if by < 0:
        ways.append("\b" * -by)
    if x == 0:
        ways.append("\r")
    return min(ways, key=len)
