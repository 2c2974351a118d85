"""What was bought and sold over the last minutes, and which prints stand out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.market.tape import Aggressor, Gap, Print

#: A print stands out when it is so many times the usual (median) one.
OUTSTANDING: Final = 5
#: Fewer prints than these have no usual size.
_FEW: Final = 8

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Flow:
    """Shares by who crossed the spread, in one outcome's terms, and the number of `prints`.

    `next_ms` is the venue time of the oldest print counted, the next to leave the window; `since_ms` where the tape
    begins, when that is later than the window does; `has_gap` when prints may be missing inside it.
    """

    bought: Decimal = _ZERO
    sold: Decimal = _ZERO
    unknown: Decimal = _ZERO
    prints: int = 0
    has_gap: bool = False
    next_ms: int | None = None
    since_ms: int | None = None

    @property
    def total(self) -> Decimal:
        """All shares."""
        return self.bought + self.sold + self.unknown


def flow(rows: Iterable[Print | Gap], outcome: int, since_ms: int) -> Flow:
    """What the rows of a tape (newest first) say of the time from `since_ms` on."""
    sums = dict.fromkeys(Aggressor, _ZERO)
    prints, has_gap, oldest_ms, is_whole = 0, False, None, False
    for row in rows:
        if isinstance(row, Gap):
            has_gap = has_gap or row.to_ms > since_ms
            continue
        if row.venue_ms < since_ms:
            is_whole = True
            break
        oldest_ms = row.venue_ms
        prints += 1
        sums[row.seen_from(outcome).aggressor] += row.size
    since = None if is_whole else oldest_ms
    return Flow(
        sums[Aggressor.BUY], sums[Aggressor.SELL], sums[Aggressor.UNKNOWN], prints, has_gap, oldest_ms, since
    )


def outstanding(sizes: Sequence[Decimal]) -> Decimal | None:
    """From which size on a print stands out among these, None where they are too few to tell."""
    if len(sizes) < _FEW:
        return None
    return OUTSTANDING * sorted(sizes)[len(sizes) // 2]
