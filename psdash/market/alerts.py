"""Price alerts: what a person wants to be told of, and when it has come true. Pure: no clock, no I/O.

The rules, in short. A price alert looks at the touch, where a price can be had, never at a mid or a stale book:
ABOVE rings when the best **bid** reaches its level, BELOW when the best **ask** does, WIDER when the spread does.
Each rings once and is then spent until the market has gone back a cent behind the level (hysteresis), and for
`QUIET_MS` at least, so that what trembles on the level rings once and not all day. An alert that is true when it is
first looked at waits for that too. PRINT rings for a print of its size or more, and then not for `PRINT_QUIET_MS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from psdash.market.book import Book
from psdash.market.tape import Print
from psdash.market.ticks import CENT, to_ticks

#: How far a price goes back behind its level before the alert can ring again, in ticks.
BACK: Final = CENT
#: After a price or a spread rang, it is let go by for so long at least, in ms of the venue.
QUIET_MS: Final = 60_000
#: After a large print rang, others are let go by for so long, in ms of the venue.
PRINT_QUIET_MS: Final = 10_000
#: A print older than this when it becomes known (history after an outage) rings no more.
PRINT_FRESH_MS: Final = 15_000
#: More alerts than anybody can answer to. Their markets are watched, so they cost the venue as well.
MOST: Final = 32
MOST_MARKETS: Final = 16


class Kind(StrEnum):
    """What is watched for. The value is the word a person types."""

    ABOVE = "above"
    BELOW = "below"
    WIDER = "spread"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `level` is a price in dollars, or shares for PRINT.

    `is_armed` is None until it was first looked at. `rung_ms` is the venue's time of the last ring, None before.
    """

    slug: str
    outcome: int
    kind: Kind
    level: Decimal
    is_armed: bool | None = None
    rung_ms: int | None = None

    @property
    def key(self) -> tuple[str, int, Kind, Decimal]:
        """What makes it this alert: a second one of the same key would say the same."""
        return self.slug, self.outcome, self.kind, self.level


@dataclass(frozen=True, slots=True)
class Ring:
    """An alert came true: at which price or spread in dollars, or for how many shares."""

    alert: Alert
    at: Decimal


_FORM = re.compile(
    r"(?P<word>above|below|spread|print|a|b|s|p|>=?|<=?)\s*(?P<number>[0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(?:c|¢)?"
)
_WORDS: Final[Mapping[str, Kind]] = {
    "above": Kind.ABOVE,
    "a": Kind.ABOVE,
    ">": Kind.ABOVE,
    ">=": Kind.ABOVE,
    "below": Kind.BELOW,
    "b": Kind.BELOW,
    "<": Kind.BELOW,
    "<=": Kind.BELOW,
    "spread": Kind.WIDER,
    "s": Kind.WIDER,
    "print": Kind.PRINT,
    "p": Kind.PRINT,
}


def parse(typed: str) -> tuple[Kind, Decimal]:
    """What a person typed: "above 55", "below 40.5", "spread 3" in cents, "print 5000" in shares.

    Raises ValueError whose text says what would do.
    """
    found = _FORM.fullmatch(typed.strip().lower().replace(",", "").replace("wider than ", ""))
    if found is None:
        raise ValueError("type above 55, below 40, spread 3 (cents) or print 5000 (shares)")
    kind, number = _WORDS[found["word"]], Decimal(found["number"])
    if kind is Kind.PRINT:
        if not number:
            raise ValueError("a print is of some shares: print 5000")
        return kind, number
    level = number / 100
    if not 0 < level < 1:
        raise ValueError("a price is between 0 and 100 cents")
    try:
        to_ticks(level)
    except ValueError:
        raise ValueError("at most four decimals of a cent") from None
    return kind, level


class AlertBook:
    """Every alert, in the order of adding. `version` moves with every change, `saved` ones included."""

    def __init__(self) -> None:
        self._alerts: dict[tuple[str, int, Kind, Decimal], Alert] = {}
        self._markets: dict[str, None] = {}
        self.version = 0

    def __len__(self) -> int:
        return len(self._alerts)

    def all(self) -> Sequence[Alert]:
        """The alerts, oldest first."""
        return list(self._alerts.values())

    def markets(self) -> Sequence[str]:
        """The slugs that have alerts, each once."""
        return list(self._markets)

    def concerns(self, slug: str) -> bool:
        """Whether a market has alerts. Asked at every change of every book."""
        return slug in self._markets

    def add(self, alert: Alert) -> None:
        """Keep one more. Raises ValueError, in words, when there are too many, or there is one like it."""
        if alert.key in self._alerts:
            raise ValueError("there is such an alert")
        if len(self._alerts) >= MOST:
            raise ValueError(f"{MOST} alerts at most; remove one first")
        if alert.slug not in self._markets and len(self._markets) >= MOST_MARKETS:
            raise ValueError(f"alerts in {MOST_MARKETS} markets at most; remove those of one first")
        self._alerts[alert.key] = alert
        self._markets[alert.slug] = None
        self.version += 1

    def remove(self, alert: Alert) -> None:
        """Forget one."""
        if self._alerts.pop(alert.key, None) is not None:
            self._markets = dict.fromkeys(each.slug for each in self._alerts.values())
            self.version += 1

    def look(self, slug: str, outcome: int, book: Book, now_ms: int) -> Sequence[Ring]:
        """A LIVE book moved: which alerts ring. The caller vouches for the book; a crossed one says nothing."""
        if book.is_crossed:
            return ()
        rings: list[Ring] = []
        for alert in self._of(slug, outcome):
            if alert.kind is not Kind.PRINT:
                ring = self._price(alert, book, now_ms)
                if ring is not None:
                    rings.append(ring)
        return rings

    def printed(self, slug: str, prints: Iterable[Print], now_ms: int) -> Sequence[Ring]:
        """Prints came while the tape is LIVE: which alerts ring. Old ones, told by history only, do not."""
        rings: list[Ring] = []
        for alert in [each for each in self._alerts.values() if each.slug == slug and each.kind is Kind.PRINT]:
            for print_ in prints:
                if print_.size < alert.level or now_ms - print_.venue_ms > PRINT_FRESH_MS:
                    continue
                known = self._alerts[alert.key]
                if known.rung_ms is not None and print_.venue_ms - known.rung_ms < PRINT_QUIET_MS:
                    continue
                rung = replace(known, rung_ms=print_.venue_ms, is_armed=True)
                self._keep(rung)
                rings.append(Ring(rung, print_.size))
        return rings

    def _of(self, slug: str, outcome: int) -> Sequence[Alert]:
        return [each for each in self._alerts.values() if each.slug == slug and each.outcome == outcome]

    def _price(self, alert: Alert, book: Book, now_ms: int) -> Ring | None:
        level = to_ticks(alert.level)
        if alert.kind is Kind.WIDER:
            bid, ask = book.best_bid, book.best_ask
            if bid is None or ask is None:
                return None  # no spread at all is not a spread that can be measured
            past, at = ask.ticks - bid.ticks - level, ask.price - bid.price
        elif alert.kind is Kind.ABOVE:
            best = book.best_bid
            past, at = (-CENT * 1000, Decimal(0)) if best is None else (best.ticks - level, best.price)
        else:
            best = book.best_ask
            past, at = (-CENT * 1000, Decimal(0)) if best is None else (level - best.ticks, best.price)
        if past >= 0:
            if alert.is_armed:
                rung = replace(alert, is_armed=False, rung_ms=now_ms)
                self._keep(rung)
                return Ring(rung, at)
            if alert.is_armed is None:
                self._keep(replace(alert, is_armed=False))
        elif not alert.is_armed and (alert.is_armed is None or past <= -BACK) and not _is_quiet(alert, now_ms):
            self._keep(replace(alert, is_armed=True))
        return None

    def _keep(self, alert: Alert) -> None:
        self._alerts[alert.key] = alert
        self.version += 1

    # keeping --------------------------------------------------------------------------------------------------------

    def as_rows(self) -> list[dict[str, Any]]:
        """The alerts as plain values for a file."""
        return [
            {
                "slug": alert.slug,
                "outcome": alert.outcome,
                "kind": alert.kind.value,
                "level": str(alert.level),
                "armed": alert.is_armed,
                "rung_ms": alert.rung_ms,
            }
            for alert in self._alerts.values()
        ]

    def take_rows(self, rows: Iterable[object]) -> int:
        """Take alerts from a file, leaving out what is none; how many were left out."""
        left_out = 0
        for row in rows:
            try:
                self.add(from_row(row))
            except (ValueError, TypeError, KeyError, InvalidOperation):
                left_out += 1
        return left_out


def _is_quiet(alert: Alert, now_ms: int) -> bool:
    """Whether it rang a moment ago. A venue's clock that went back silences nothing."""
    return alert.rung_ms is not None and 0 <= now_ms - alert.rung_ms < QUIET_MS


#: A market's name at any source: a slug, venue:market_id, chain:address.
_SLUG = re.compile(r"[a-z0-9][a-z0-9.-]{0,127}(:[A-Za-z0-9._-]{1,127})?")


def from_row(row: object) -> Alert:
    """An alert as `as_rows` wrote it. Raises ValueError, TypeError, KeyError or InvalidOperation for what is none."""
    if not isinstance(row, dict):
        raise TypeError("an alert is a table")
    slug, outcome, armed, rung_ms = row["slug"], row["outcome"], row.get("armed"), row.get("rung_ms")
    if (
        not isinstance(slug, str)
        or _SLUG.fullmatch(slug) is None
        or outcome not in (0, 1)
        or isinstance(outcome, bool)
    ):
        raise ValueError("no market")
    kind, level = Kind(row["kind"]), Decimal(str(row["level"]))
    if not level.is_finite() or level <= 0:
        raise ValueError("no level")
    if kind is not Kind.PRINT and not to_ticks(level):
        raise ValueError("no price")
    if armed not in (None, True, False) or not (rung_ms is None or isinstance(rung_ms, int)):
        raise ValueError("no state")
    return Alert(slug, outcome, kind, level, armed, rung_ms)
