"""The standing quotes of one market: how many at which distance from the touch, and the walls at the far ends.

Ten to forty levels a side, thinning out from the touch, and single orders of hundreds of thousands of shares on the
outermost cents, where they cost little (realdata §A, "book shape").
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from psdash.simulator.actors.sizes import maker_size, wall_size
from psdash.simulator.exchange.listing import Liquidity

#: Quotes a side: (nearest tick, furthest tick, quotes on each tick between; the fraction is a chance), and walls.
_LADDERS: dict[Liquidity, tuple[tuple[tuple[int, int, float], ...], int]] = {
    Liquidity.MAIN: (((0, 0, 3), (1, 2, 2), (3, 5, 2), (6, 15, 1.4), (16, 30, 0.6), (31, 60, 0.25)), 3),
    Liquidity.MEDIUM: (((0, 0, 2), (1, 2, 1.5), (3, 5, 1.5), (6, 15, 1.0), (16, 40, 0.35), (41, 70, 0.15)), 2),
    Liquidity.THIN: (((0, 0, 1), (1, 2, 0.8), (3, 5, 0.7), (6, 15, 0.4), (16, 60, 0.1)), 2),
    Liquidity.STATIC: (((0, 0, 2), (1, 1, 1), (3, 4, 0.5), (20, 40, 0.05)), 1),
}
#: Walls stand on this many of the outermost cents.
_WALL_CENTS = 3


@dataclass(slots=True, eq=False)
class Quote:
    """A standing quote: where it wants to be, and its order in the book (none while it moves or was filled)."""

    is_bid: bool
    home: int  # ticks behind the touch; of a wall, ticks from the end of the scale
    size: Decimal
    wall: bool
    wallet: str
    order_id: str | None = None
    ticks: int = 0  # where its order is or last was, in cents
    since_ms: int = 0
    moving: bool = False
    shy: bool = False  # smaller than it would be, in the seconds after a goal


def build_ladder(rng: random.Random, liquidity: Liquidity, makers: Sequence[str]) -> list[Quote]:
    """Both sides' quotes of a market, each held by one of the `makers`."""
    bands, walls = _LADDERS[liquidity]
    quotes: list[Quote] = []
    for is_bid in (True, False):
        for nearest, furthest, per_tick in bands:
            for home in range(nearest, furthest + 1):
                for _ in range(int(per_tick) + (rng.random() < per_tick % 1)):
                    size = maker_size(rng, liquidity, home)
                    quotes.append(Quote(is_bid, home, size, wall=False, wallet=rng.choice(makers)))
        for _ in range(walls):
            edge = 1 + rng.randrange(_WALL_CENTS)
            quotes.append(Quote(is_bid, edge, wall_size(rng), wall=True, wallet=rng.choice(makers)))
    return quotes
