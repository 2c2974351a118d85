"""YES and NO as one book: a NO bid at p is a YES ask at 1 - p.

Venues differ in what a token's book holds: every order of the market, seen from that token (then one book mirrors the
other), or only the orders of that token. The documents do not say which (protocol §5.3), so the books themselves do:
where most levels of one are the other's, each is the whole, and adding them up would count every order twice.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from psdash.market.book import Book, Level, Side
from psdash.market.ticks import DOLLAR, complement


class Kinship(Enum):
    """How the books of the two outcomes are to each other."""

    MIRRORED = "mirrored"  # each holds every order of the market
    APART = "apart"  # each holds its own token's orders
    UNKNOWN = "unknown"  # one of them has nothing to compare


def kinship(yes: Book, no: Book) -> Kinship:
    """What the levels of two books say. Two that differ by a change on its way are mirrored all the same."""
    depth = max(sum(yes.depth(side) for side in Side), sum(no.depth(side) for side in Side))
    if not depth or yes.is_empty or no.is_empty:
        return Kinship.UNKNOWN
    same = sum(
        1
        for side, other in ((Side.BID, Side.ASK), (Side.ASK, Side.BID))
        for ticks, size in yes.resting(side).items()
        if no.size_at(other, complement(ticks)) == size
    )
    return Kinship.MIRRORED if 2 * same >= depth else Kinship.APART


def one_book(book: Book, other: Book, kin: Kinship) -> dict[Side, dict[int, Decimal]]:
    """Shares by side and price in the terms of `book`'s outcome, with the other outcome's where they are apart."""
    held = {side: dict(book.resting(side)) for side in Side}
    if kin is Kinship.APART:
        for side, opposite in ((Side.BID, Side.ASK), (Side.ASK, Side.BID)):
            mine = held[side]
            for ticks, size in other.resting(opposite).items():
                at = complement(ticks)
                mine[at] = mine.get(at, Decimal(0)) + size
    return held


def levels(held: dict[Side, dict[int, Decimal]], side: Side) -> list[Level]:
    """One side of `one_book`, best first."""
    rows = held[side]
    return [Level(ticks, rows[ticks]) for ticks in sorted(rows, reverse=side is Side.BID)]


def parity_gap(yes: Book, no: Book) -> int | None:
    """Best YES ask plus best NO ask less a dollar, in ticks; None where one is missing.

    Below zero, both outcomes together cost less than the dollar that one of them pays.
    """
    yes_ask, no_ask = yes.best_ask, no.best_ask
    return None if yes_ask is None or no_ask is None else yes_ask.ticks + no_ask.ticks - DOLLAR
