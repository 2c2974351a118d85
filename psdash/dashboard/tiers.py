"""Where each pane goes on a terminal of a given size: pure arithmetic, no Textual.

NARROW is the 80x24 terminal (ladder, tape, and one area whose panes take turns), LOW the same side by side, WIDE the
120x40 window (the chart has a place of its own), FULL the 200x50 one (everything at once). The rectangles of a plan
tile the terminal: nothing overlaps, nothing is left over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

MIN_WIDTH: Final = 60
MIN_HEIGHT: Final = 16

LADDER: Final = "ladder"
TAPE: Final = "tape"
CHART: Final = "chart"
ORDERS: Final = "orders"
FILLS: Final = "fills"
VAULT: Final = "vault"
#: In the ladder's place, where nobody quotes.
FACTS: Final = "facts"
#: Every pane in reading order, which is also the order of Tab and of the keys 1 to 6.
PANES: Final[tuple[str, ...]] = (LADDER, TAPE, CHART, ORDERS, FILLS, VAULT)

HEADER: Final = "header"
BANNER: Final = "banner"
TABS: Final = "tabs"
KEYLINE: Final = "keyline"
NOTICE: Final = "too-small"


class Tier(StrEnum):
    """How much fits."""

    TOO_SMALL = "too-small"
    NARROW = "narrow"
    LOW = "low"
    WIDE = "wide"
    FULL = "full"


def bookless(plan: Plan) -> Plan:
    """The same plan for a market that has no book: what is known of it takes the ladder's place."""
    places = {FACTS if name == LADDER else name: rect for name, rect in plan.places.items()}
    return Plan(plan.tier, places, plan.tabs)


class Wish(StrEnum):
    """How many columns of the ladder the person wants."""

    AUTO = "auto"  # as many as its place has room for
    MORE = "more"  # it takes room from what stands beside it
    FEWER = "fewer"  # prices, sizes and own orders

    @property
    def next(self) -> Wish:
        """The one that the key turns to."""
        order = list(Wish)
        return order[(order.index(self) + 1) % len(order)]


class Rect(NamedTuple):
    """Cells: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int

    def rows(self, *heights: int) -> list[Rect]:
        """Cut into rows from the top; the last takes what is left."""
        rects, y = [], self.y
        for height in heights:
            rects.append(Rect(self.x, y, self.width, height))
            y += height
        rects.append(Rect(self.x, y, self.width, self.y + self.height - y))
        return rects

    def columns(self, *widths: int) -> list[Rect]:
        """Cut into columns from the left; the last takes what is left."""
        rects, x = [], self.x
        for width in widths:
            rects.append(Rect(x, self.y, width, self.height))
            x += width
        rects.append(Rect(x, self.y, self.x + self.width - x, self.height))
        return rects


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything visible goes. `tabs` are the panes that take turns in one place, in order."""

    tier: Tier
    places: dict[str, Rect] = field(default_factory=dict)
    tabs: tuple[str, ...] = ()


def tier_of(width: int, height: int) -> Tier:
    """The tier of a terminal of `width` x `height` cells."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return Tier.TOO_SMALL
    if width >= 160 and height >= 42:
        return Tier.FULL
    if width >= 112:
        return Tier.WIDE if height >= 30 else Tier.LOW
    return Tier.NARROW


def arrange(
    width: int,
    height: int,
    *,
    header: int,
    banner: int,
    turn: str,
    keys: int = 1,
    wish: Wish = Wish.AUTO,
    is_alone: bool = False,
) -> Plan:
    """The plan for a terminal of `width` x `height` cells.

    `header`, `banner` and `keys` are the rows these three want (0: not shown); `turn` is the pane whose turn it is
    where panes share a place. A `turn` that has a place of its own leaves the first of the sharing ones on. `wish` is
    about the ladder's columns. `is_alone` gives the pane whose turn it is all the room there is.
    """
    tier = tier_of(width, height)
    screen = Rect(0, 0, width, height)
    if tier is Tier.TOO_SMALL:
        return Plan(tier, {NOTICE: screen})
    top, warning, body, bottom = screen.rows(header, banner, height - header - banner - keys)
    places = {HEADER: top}
    if keys:
        places[KEYLINE] = bottom
    if banner:
        places[BANNER] = warning
    if is_alone:
        places[_SHARED], tabs = body, PANES
    else:
        tabs = _body(tier, body, places, _ladder_width(tier, body.width, wish), wish)
    if tabs:
        shared = places.pop(_SHARED)
        bar, pane = shared.rows(1)
        places[TABS] = bar
        places[turn if turn in tabs else tabs[0]] = pane
    return Plan(tier, places, tabs)


_SHARED: Final = "shared"


def _body(tier: Tier, body: Rect, places: dict[str, Rect], wide: int, wish: Wish) -> tuple[str, ...]:
    if tier is Tier.NARROW or (tier is Tier.WIDE and wish is Wish.MORE):
        ladder, right = body.columns(wide)
        tape, shared = right.rows(body.height * 9 // 20)
        places |= {LADDER: ladder, TAPE: tape, _SHARED: shared}
        return (CHART, ORDERS, FILLS, VAULT)
    if tier is Tier.LOW:
        ladder, tape, shared = body.columns(wide, 34)
        places |= {LADDER: ladder, TAPE: tape, _SHARED: shared}
        return (CHART, ORDERS, FILLS, VAULT)
    if tier is Tier.WIDE:
        ladder, right = body.columns(wide)
        above, shared = right.rows(body.height * 13 // 20)
        chart, tape = above.columns(above.width - 34)
        places |= {LADDER: ladder, CHART: chart, TAPE: tape, _SHARED: shared}
        return (ORDERS, FILLS, VAULT)
    ladder, tape, right = body.columns(wide, 40)
    lists = body.height * 11 // 20 // 3
    chart, orders, fills, vault = right.rows(body.height - 3 * lists, lists, lists)
    places |= {LADDER: ladder, TAPE: tape, CHART: chart, ORDERS: orders, FILLS: fills, VAULT: vault}
    return ()


#: The ladder's width where few columns are wanted.
_FEW: Final = {Tier.NARROW: 30, Tier.LOW: 36, Tier.WIDE: 36, Tier.FULL: 44}


def _ladder_width(tier: Tier, width: int, wish: Wish) -> int:
    """Cells of the ladder. What stands beside it keeps the room that its numbers need (`panes/ladder_columns.py`)."""
    if wish is Wish.FEWER:
        return min(_FEW[tier], width // 2)
    more = wish is Wish.MORE
    if tier is Tier.NARROW:
        return min(78, width - 24) if more else min(36, width // 2)
    if tier is Tier.LOW:
        return min(78, width - 34 - 30) if more else max(48, min(60, width - 34 - 44))
    if tier is Tier.WIDE:
        return min(78, width - 44) if more else max(48, min(60, width - 34 - 56))
    return min(96, width - 40 - 48) if more else max(60, min(80, width - 40 - 80))
