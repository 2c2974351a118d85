"""Spans of time in which something may be missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

#: How many gaps are remembered; beyond it the two oldest become one.
MOST_GAPS: Final = 64


@dataclass(frozen=True, slots=True)
class Gap:
    """Between these venue times (epoch ms) something may be missing: no socket heard it and no history has it."""

    from_ms: int
    to_ms: int


class Gaps:
    """Gaps apart from each other, oldest first; beyond `MOST_GAPS` the two oldest become one."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []

    def lost(self, from_ms: int, to_ms: int) -> bool:
        """Something may be missing between two times. True when that was not known."""
        if to_ms <= from_ms:
            return False
        touching = [gap for gap in self._gaps if gap.from_ms <= to_ms and from_ms <= gap.to_ms]
        whole = Gap(min([from_ms, *(g.from_ms for g in touching)]), max([to_ms, *(g.to_ms for g in touching)]))
        if touching == [whole]:
            return False
        self._gaps = sorted([g for g in self._gaps if g not in touching] + [whole], key=lambda gap: gap.from_ms)
        if len(self._gaps) > MOST_GAPS:
            self._gaps[:2] = [Gap(self._gaps[0].from_ms, self._gaps[1].to_ms)]
        return True

    def covered(self, from_ms: int, to_ms: int) -> bool:
        """Everything between two times is known after all. True when something was missing there."""
        left: list[Gap] = []
        for gap in self._gaps:
            if to_ms <= from_ms or gap.to_ms <= from_ms or to_ms <= gap.from_ms:
                left.append(gap)
                continue
            pieces = ((gap.from_ms, min(gap.to_ms, from_ms)), (max(gap.from_ms, to_ms), gap.to_ms))
            left += [Gap(start_ms, end_ms) for start_ms, end_ms in pieces if start_ms < end_ms]
        moved = left != self._gaps
        self._gaps = left
        return moved

    def forget(self, before_ms: int) -> None:
        """Nobody asks any more for what ended by then."""
        while self._gaps and self._gaps[0].to_ms <= before_ms:
            del self._gaps[0]

    def __iter__(self) -> Iterator[Gap]:
        return iter(self._gaps)

    def __len__(self) -> int:
        return len(self._gaps)


def overlaps(gaps: Sequence[Gap] | Gaps, from_ms: int, to_ms: int) -> bool:
    """Whether something may be missing in [from_ms, to_ms)."""
    return any(gap.from_ms < to_ms and from_ms < gap.to_ms for gap in gaps)
