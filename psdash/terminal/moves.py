"""The shortest way for the cursor from one cell to another."""

from __future__ import annotations

from functools import lru_cache


def address(y: int, x: int) -> str:
    """To a cell, from anywhere. Rows and columns count from 0."""
    if x:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


@lru_cache(maxsize=4096)
def move(old_y: int, old_x: int, y: int, x: int) -> str:
    """To a cell, from another one on the screen.

    Line feeds are not used: they scroll where a terminal is a line shorter than it said, and the line discipline
    changes them.
    """
    best = address(y, x)
    vertical = ""
    if y != old_y:
        down = y - old_y
        vertical = min(
            f"\x1b[{y + 1}d", f"\x1b[{'' if abs(down) == 1 else abs(down)}{'B' if down > 0 else 'A'}", key=len
        )
    for horizontal in _along(old_x, x):
        if len(vertical) + len(horizontal) < len(best):
            best = vertical + horizontal
    return best


def _along(old_x: int, x: int) -> list[str]:
    if x == old_x:
        return [""]
    by = x - old_x
    ways = [f"\x1b[{x + 1}G", f"\x1b[{'' if abs(by) == 1 else abs(by)}{'C' if by > 0 else 'D'}"]
    if by < 0:
        ways.append("\b" * -by)
    if x == 0:
        ways.append("\r")
    return ways
