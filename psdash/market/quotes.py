"""Prices of markets that nobody watches, read by REST now and then: what they were, and when that was.

A quote is never live. Whoever shows one shows its age beside it; a watched market's own book comes before its quote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Part(StrEnum):
    """What one read brings."""

    TOUCH = "touch"  # best bid and ask (protocol §7.6)
    LAST = "last"  # the last print (protocol §7.7)
    DAY = "day"  # the price a day ago (protocol §7.8)


#: Seconds after which a part is read again while somebody looks at it.
LASTS_S: Final[Mapping[Part, float]] = {Part.TOUCH: 10.0, Part.LAST: 20.0, Part.DAY: 600.0}
#: A part that could not be read is tried again after so long.
TROUBLED_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Quote:
    """The first outcome of a market as REST had it. Prices in dollars, `_s` the monotonic second of the read.

    `price` is the venue's own current price; whether that is its mid or its last print it does not say (protocol
    §7.2). `day_ago` is the price 24 hours before, or the first one of a younger market. `volume_24h` is the venue's.
    """

    bid: Decimal | None = None
    ask: Decimal | None = None
    touch_s: float | None = None
    last: Decimal | None = None
    last_s: float | None = None
    day_ago: Decimal | None = None
    day_s: float | None = None
    price: Decimal | None = None
    price_s: float | None = None
    volume_24h: Decimal | None = None
    volume_s: float | None = None

    @property
    def mid(self) -> Decimal | None:
        """Halfway between bid and ask, None when one is missing."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2


def change_of(quote: Quote, bid: Decimal | None, ask: Decimal | None, last: Decimal | None) -> Decimal | None:
    """How far the price has come in a day, in dollars: the mid of this touch, else the last print, against then.

    None when either end is unknown. The venue's own points are made the same way (protocol §7.8).
    """
    now = (bid + ask) / 2 if bid is not None and ask is not None else last
    return None if now is None or quote.day_ago is None else now - quote.day_ago


_NOTHING: Final = Quote()


class Quotes:
    """The newest quote of each market, by slug. `version` moves with every change."""

    def __init__(self) -> None:
        self._by_slug: dict[str, Quote] = {}
        self.version = 0

    def of(self, slug: str) -> Quote:
        """What is known; an empty quote when nothing is."""
        return self._by_slug.get(slug, _NOTHING)

    def touch(self, slug: str, bid: Decimal | None, ask: Decimal | None, at_s: float) -> None:
        """Best bid and ask; None where a side is empty."""
        self._put(slug, replace(self.of(slug), bid=bid, ask=ask, touch_s=at_s))

    def last(self, slug: str, price: Decimal | None, at_s: float) -> None:
        """The last print's price; None when nothing was ever printed."""
        self._put(slug, replace(self.of(slug), last=price, last_s=at_s))

    def day(self, slug: str, price: Decimal | None, at_s: float) -> None:
        """The price a day ago; None when the venue has none."""
        self._put(slug, replace(self.of(slug), day_ago=price, day_s=at_s))

    def price(self, slug: str, price: Decimal, at_s: float) -> None:
        """The price that the list of markets names."""
        self._put(slug, replace(self.of(slug), price=price, price_s=at_s))

    def volume(self, slug: str, volume_24h: Decimal, at_s: float) -> None:
        """What the venue says was traded in a day."""
        self._put(slug, replace(self.of(slug), volume_24h=volume_24h, volume_s=at_s))

    def _put(self, slug: str, quote: Quote) -> None:
        self._by_slug[slug] = quote
        self.version += 1


class Round:
    """Which part of which market to read next: what was never read first, row by row, then what is oldest."""

    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes
        self._troubled: dict[tuple[str, Part], float] = {}

    def next(self, slugs: Sequence[str], now_s: float, live: Iterable[str] = ()) -> tuple[str, Part] | None:
        """What is due among `slugs`; None when everything is young enough. Of `live` ones only the day ago is asked:
        their book and tape come over the socket.
        """
        watched = frozenset(live)
        oldest: tuple[float, str, Part] | None = None
        for part in Part:
            for slug in slugs:
                if slug in watched and part is not Part.DAY:
                    continue
                if now_s - self._troubled.get((slug, part), -TROUBLED_S) < TROUBLED_S:
                    continue
                read_s = self._read_s(slug, part)
                if read_s is None:
                    return slug, part
                overdue_s = now_s - read_s - LASTS_S[part]
                if overdue_s >= 0 and (oldest is None or overdue_s > oldest[0]):
                    oldest = overdue_s, slug, part
        return None if oldest is None else oldest[1:]

    def troubled(self, slug: str, part: Part, now_s: float) -> None:
        """It could not be read: leave it for a while."""
        self._troubled[slug, part] = now_s

    def _read_s(self, slug: str, part: Part) -> float | None:
        quote = self._quotes.of(slug)
        return {Part.TOUCH: quote.touch_s, Part.LAST: quote.last_s, Part.DAY: quote.day_s}[part]
