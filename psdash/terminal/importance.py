"""Which rows come first where a link has no room for all: those the app names, then those that wait longest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

#: x, y, width and height of a part of the screen, in cells.
Region = tuple[int, int, int, int]
#: Parts of the screen, the most important first; asked when a frame does not fit.
Importance = Callable[[], Sequence[Region]]


def split(rows: Iterable[int], regions: Iterable[Region]) -> tuple[list[int], list[int]]:
    """The rows that a region names, in the order of the regions, and the others in the order they came in."""
    left = dict.fromkeys(rows)
    first: list[int] = []
    for _, y, _, height in regions:
        for row in range(y, y + height):
            if row in left:
                del left[row]
                first.append(row)
    return first, list(left)
