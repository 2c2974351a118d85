"""What a row of the ladder holds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from psdash.dashboard.panes.ladder_columns import Bars, Columns
from psdash.dashboard.panes.ladder_layout import Touch, Where
from psdash.dashboard.panes.ladder_levels import Own
from psdash.dashboard.panes.ladder_words import Words
from psdash.market.tape import Aggressor
from psdash.market.traded import Traded

#: Cells between the prices of the two outcomes, where a row shows both.
BETWEEN: Final = 3


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The names of the columns. `outcomes` are the labels of both where a row has the price of each; `has_gap` when
    prints may be missing in the window of traded volume, which is `window_min` minutes long.
    """

    columns: Columns
    bars: Bars = Bars.SIZE
    outcomes: tuple[str, str] | None = None
    has_gap: bool = False
    window_min: int = 5


class Half(NamedTuple):
    """One side of a price row: shares resting, orders in them, own shares, the bar in half cells, and what was
    stacked (or, negative, pulled) since the price last traded.
    """

    size: Decimal | None = None
    orders: int | None = None
    own: Own | None = None
    bar: int = 0
    is_large: bool = False
    is_best: bool = False
    net: Decimal | None = None
    is_fresh: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing rests here."""
        return self.size is None and self.own is None


NOTHING: Final = Half()


@dataclass(frozen=True, slots=True)
class LastPrint:
    """The last print, at its price. `is_old` when it was so long ago that it says little of now."""

    aggressor: Aggressor
    size: Decimal
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class WordsRow:
    """Words in the place of prices: why there is no book."""

    words: str


class PriceRow(NamedTuple):
    """One price. `last` is the last print when it was here. `traded` is of the sliding window, `whole` of all time.
    `is_both` shows the other outcome's price beside this one.
    """

    ticks: int
    decimals: int
    columns: Columns
    bid: Half
    ask: Half
    last: LastPrint | None
    is_live: bool
    traded: Traded | None = None
    whole: Decimal | None = None
    is_cursor: bool = False
    is_both: bool = False


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """The line between asks and bids: the exact touch in ticks, and where it is from here. `parity` is the parity gap
    in ticks where both outcomes are shown.
    """

    touch: Touch
    decimals: int
    where: Where
    is_live: bool
    is_known: bool
    is_grouped: bool = False
    parity: int | None = None


@dataclass(frozen=True, slots=True)
class TotalsRow:
    """Shares resting on each side of the whole book, and which side of its best levels has more (`lean`)."""

    columns: Columns
    bids: Decimal
    asks: Decimal
    lean: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What the cursor is on, in words."""

    words: Words
    is_live: bool


def price_cells(decimals: int, *, is_grouped: bool = False, is_both: bool = False) -> int:
    """Cells of the price column: two digits of cents and their decimals, three where rows reach 100; twice for both
    outcomes.
    """
    one = 3 + decimals if decimals else 2
    one += is_grouped
    return 2 * one + BETWEEN if is_both else one
