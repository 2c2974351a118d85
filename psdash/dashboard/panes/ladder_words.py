"""What the ladder says in words: the spread, the totals, and what the cursor is on. No widget, no colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.panes.ladder_layout import Touch
from psdash.market.book import Level, Side
from psdash.market.reach import Reach, imbalance, near, reach
from psdash.market.ticks import DOLLAR
from psdash.terminal.cells import cells_in

#: Levels of each side whose sizes say which way the book leans; far ones are often never meant to trade.
LEAN_LEVELS: Final = 5
#: Words with how loud each is.
Words = tuple[tuple[str, Tone], ...]


def fitting(width: int, *forms: Words) -> Words:
    """The first form of at most `width` cells, else the last."""
    return next((form for form in forms if cells_of(form) <= width), forms[-1])


def cells_of(words: Words) -> int:
    """How wide they are."""
    return sum(cells_in(text) for text, _ in words)


def spread_words(
    touch: Touch,
    decimals: int,
    width: int,
    *,
    is_known: bool = True,
    names_touch: bool = False,
    parity: int | None = None,
) -> Words:
    """What the spread row says, in at most `width` cells.

    `names_touch` when the rows beside it do not: they are groups, or out of view. `parity` is the parity gap in
    ticks, where both outcomes are shown.
    """

    def price(ticks: int) -> str:
        return numbers.ticks_in_cents(ticks, decimals)

    if not is_known:
        return (("no book yet", Tone.MUTED),)
    bid, ask = touch.bid, touch.ask
    if bid is None or ask is None:
        empty = "no bids, no asks" if bid == ask else "no asks" if ask is None else "no bids"
        there = ask if bid is None else bid
        if there is None:
            return ((empty, Tone.WARN),)
        side: Words = ((f"   {'ask' if bid is None else 'bid'} ", Tone.MUTED), (price(there), Tone.TEXT))
        return fitting(width, ((empty, Tone.WARN), *side), ((empty, Tone.WARN),))
    middle = numbers.cents(Decimal(bid + ask) / (2 * DOLLAR), decimals)
    mid: Words = (("   mid ", Tone.MUTED), (middle, Tone.TEXT))
    if ask <= bid:
        short = "locked" if ask == bid else "crossed"
        what: Words = ((short if ask == bid else f"{short} by {price(bid - ask)}", Tone.WARN),)
        return fitting(width, (*what, *mid), what, ((short, Tone.WARN),))
    spread: Words = (("spread ", Tone.MUTED), (price(ask - bid), Tone.TEXT))
    best: Words = ((price(bid), Tone.BID), (" / ", Tone.MUTED), (price(ask), Tone.ASK))
    if parity is not None:
        # Below nothing both outcomes together cost less than the dollar that one of them pays.
        gap: Words = (
            ("parity ", Tone.MUTED),
            (signed_cents(parity, decimals), Tone.WARN if parity < 0 else Tone.TEXT),
        )
        return fitting(width, (*spread, *mid, ("   ", Tone.MUTED), *gap), (*spread, ("   ", Tone.MUTED), *gap), gap)
    if names_touch:
        return fitting(width, (*best, ("   ", Tone.MUTED), *spread), best, spread)
    return fitting(width, (*spread, *mid), spread)


def signed_cents(ticks: int, decimals: int) -> str:
    """A difference of prices with its sign: "+1", "-0.5", "0"."""
    text = numbers.ticks_in_cents(ticks, decimals)
    return f"+{text}" if ticks > 0 else text


def lean(held: Mapping[Side, Mapping[int, Decimal]]) -> str:
    """Which side has more on its best `LEAN_LEVELS` levels, as a share of both: "+12%" for bids, "-8%" for asks.

    Empty where there is nothing.
    """
    bids, asks = (near(held[side], side, LEAN_LEVELS) for side in (Side.BID, Side.ASK))
    share = imbalance(bids, asks)
    return "" if share is None else f"{share * 100:+.0f}%"


# the cursor ---------------------------------------------------------------------------------------------------------


def reach_words(levels: Iterable[Level], side: Side, ticks: int, decimals: int, width: int) -> Words:
    """What trading through one side down to a price takes: size, cost and average, fees aside."""
    found = reach(levels, side, ticks)
    price, buys = numbers.ticks_in_cents(ticks, decimals), side is Side.ASK
    if not found.size or found.average is None:
        return fitting(
            width, ((f"{price}: nothing rests up to here", Tone.MUTED),), ((f"{price}: nothing", Tone.MUTED),)
        )
    verb, tone = ("buy", Tone.ASK) if buys else ("sell", Tone.BID)
    average = f"{found.average * 100:.{max(2, decimals)}f}"
    fees = (" before fees", Tone.MUTED)
    return fitting(
        width,
        *_reach_forms(found, verb, tone, f" to {price}", average, fees),
        *_reach_forms(found, verb, tone, f" to {price}", average, None),
        *_reach_forms(found, verb, tone, "", average, None),
        *_short_forms(found, verb, tone, average),
    )


def _reach_forms(
    found: Reach, verb: str, tone: Tone, to: str, average: str, fees: tuple[str, Tone] | None
) -> tuple[Words, ...]:
    forms = []
    for cells in (12, 9, 6):
        size = numbers.size(found.size, cells)
        # Where room is short, whole dollars: a tenth of one reads like a slip.
        money = (
            f"${found.cost:,.0f}"
            if cells == 6 and 100 <= found.cost < 10**6
            else numbers.money(found.cost, cells + 2)
        )
        words: Words = ((f"{verb} ", Tone.MUTED), (size, tone), (f"{to} for ", Tone.MUTED), (money, Tone.TEXT))
        words += ((" avg ", Tone.MUTED), (average, Tone.TEXT))
        forms.append(words if fees is None else (*words, fees))
    return tuple(forms)


def _short_forms(found: Reach, verb: str, tone: Tone, average: str) -> tuple[Words, ...]:
    """For a ladder of the fewest cells: the price paid on average stands to the end, the cost goes first."""
    size, money = numbers.size(found.size, 5), numbers.money(found.cost, 6)
    start: Words = ((f"{verb} ", Tone.MUTED), (size, tone))
    end: Words = ((" avg ", Tone.MUTED), (average, Tone.TEXT))
    return ((*start, (" ", Tone.MUTED), (money, Tone.TEXT), *end), (*start, *end), end[1:])
