"""What was bought and sold over the last while, and which sizes stand out of a tape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from psdash.market.gaps import Gap
from psdash.market.tape import Aggressor, Print


@dataclass(frozen=True, slots=True)
class Pressure:
    """Shares that aggressors bought and sold in a window of venue time, in one outcome's terms.

    `unknown` are shares of which nobody says who crossed (REST rows, protocol §7.7). The window begins after
    `since_ms`: the moment asked for, or the oldest print where the tape does not reach so far back (None: it holds
    nothing). `has_gap` says that prints may be missing in it. `next_ms` is the time of its oldest print, the next to
    leave it.
    """

    bought: Decimal
    sold: Decimal
    unknown: Decimal
    prints: int
    since_ms: int | None
    has_gap: bool
    next_ms: int | None

    @property
    def total(self) -> Decimal:
        """Shares that traded."""
        return self.bought + self.sold + self.unknown


def pressure(rows: Iterable[Print | Gap], outcome_index: int, after_ms: int) -> Pressure:
    """What traded later than `after_ms` (epoch ms of the venue). `rows` are newest first (`Tape.walk`).

    A sale of the other outcome counts as a purchase of this one.
    """
    sums = dict.fromkeys(Aggressor, Decimal(0))
    prints = 0
    since_ms: int | None = None
    next_ms: int | None = None
    has_gap = False
    for row in rows:
        at_ms = row.to_ms if isinstance(row, Gap) else row.venue_ms
        if at_ms <= after_ms:
            since_ms = after_ms
            break
        if isinstance(row, Gap):
            has_gap = True
            continue
        aggressor = row.aggressor if row.outcome_index == outcome_index else row.aggressor.flipped
        sums[aggressor] += row.size
        prints += 1
        since_ms = next_ms = row.venue_ms
    bought, sold, unknown = sums[Aggressor.BUY], sums[Aggressor.SELL], sums[Aggressor.UNKNOWN]
    return Pressure(bought, sold, unknown, prints, since_ms, has_gap, next_ms)


#: Below so many sizes nothing is said to stand out.
_FEWEST: Final = 20
#: What stands out is among the largest one in so many, and so many times the one in the middle.
_ONE_IN: Final = 25
_TIMES: Final = 4


def outstanding(sizes: Sequence[Decimal]) -> Decimal | None:
    """From which size (shares) a print stands out of these; None when they are too few to say.

    A round figure (1, 2 or 5 and noughts), so that it holds still while the tape moves.
    """
    if len(sizes) < _FEWEST or not any(sizes):
        return None
    ordered = sorted(sizes)
    least = max(ordered[-1 - len(ordered) // _ONE_IN], _TIMES * ordered[len(ordered) // 2])
    step = Decimal(1).scaleb(least.adjusted())
    return next((times * step for times in (1, 2, 5) if times * step >= least), 10 * step)
