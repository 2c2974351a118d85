"""The same question on other venues: which one it is, and what lies between the prices. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

#: Words that say nothing of which question it is.
_EMPTY: Final = frozenset(
    ["will", "would", "the", "a", "an", "in", "on", "of", "to", "be", "is", "are", "do", "does", "vs", "versus", "v"]
)
_WORD: Final = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")
_BPS: Final = Decimal(10_000)


def question_words(text: str) -> tuple[str, ...]:
    """What a question is about, in its order: "Spain beats France" is another than "France beats Spain"."""
    words = (word for word in _WORD.findall(text.casefold()) if word not in _EMPTY)
    return tuple(word.removesuffix("s") if len(word) > 3 else word for word in words)


def is_same_question(one: str, other: str) -> bool:
    """Whether two titles ask the same: every word that matters, in the same order. In doubt they do not."""
    words = question_words(one)
    return len(words) > 1 and words == question_words(other)


@dataclass(frozen=True, slots=True)
class VenueQuote:
    """YES on one venue, in dollars; None where that side is empty. `is_live`: true now.

    `fee` is what taking one contract there costs, None where nobody has said.
    """

    venue: str
    bid: Decimal | None = None
    ask: Decimal | None = None
    is_live: bool = False
    fee: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Dollars a contract between here and another venue: bought where it is cheap, sold where it is dear.

    Negative when crossing both spreads loses. `is_after_fees` when the fees of both sides are in it, else neither's.
    """

    venue: str
    dollars: Decimal
    buys_here: bool
    is_after_fees: bool


def gap_between(here: VenueQuote, there: VenueQuote) -> Gap | None:
    """The better of the two ways; None unless BOTH are live: a gap to an old price is no gap."""
    if not (here.is_live and there.is_live):
        return None
    known = here.fee is not None and there.fee is not None
    fees = here.fee + there.fee if here.fee is not None and there.fee is not None else Decimal(0)
    ways = []
    if here.ask is not None and there.bid is not None:
        ways.append(Gap(there.venue, there.bid - here.ask - fees, True, known))
    if here.bid is not None and there.ask is not None:
        ways.append(Gap(there.venue, here.bid - there.ask - fees, False, known))
    return max(ways, key=lambda gap: gap.dollars, default=None)


def best_gap(here: VenueQuote, elsewhere: Sequence[VenueQuote]) -> Gap | None:
    """The best of all of them."""
    gaps = [gap for there in elsewhere if (gap := gap_between(here, there)) is not None]
    return max(gaps, key=lambda gap: gap.dollars, default=None)


def taker_fee(price: Decimal | None, bps: int | None) -> Decimal | None:
    """What taking one contract costs here, k P (1 - P) dollars (protocol §9); None where k is not told."""
    return None if price is None or bps is None else price * (1 - price) * bps / _BPS
