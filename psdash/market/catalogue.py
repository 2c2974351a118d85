"""The markets of a venue: what they are called, and how to find one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from psdash.market.lifecycle import MarketStatus
from psdash.market.quotes import Quotes
from psdash.market.quoting import OUTCOME, Quoting


@dataclass(frozen=True, slots=True)
class Market:
    """One tradable question (protocol §7.2). Texts are already made safe. Times are epoch ms, None when untold.

    `tokens` are the outcome tokens by outcome index (0 YES, 1 NO), empty until the market is on chain.
    `event` and `group` place it: the event's title, and the label of this market inside it.
    """

    slug: str
    symbol: str
    title: str
    status: MarketStatus
    tokens: tuple[str, ...] = ()
    outcome_labels: tuple[str, ...] = ("YES", "NO")
    condition: str | None = None
    event_id: str | None = None
    event: str = ""
    group: str = ""
    is_neg_risk: bool = False
    opens_ms: int | None = None
    closes_ms: int | None = None
    kickoff_ms: int | None = None
    paused_ms: int | None = None
    resolved_ms: int | None = None
    payout: tuple[str, ...] | None = None
    fee_taker_bps: int | None = None
    #: What its prices count, and whether anybody quotes.
    quoting: Quoting = OUTCOME

    def outcome_of(self, token: str) -> int | None:
        """Which outcome a token stands for, None when it is not of this market."""
        return self.tokens.index(token) if token in self.tokens else None

    def label(self, outcome_index: int) -> str:
        """The outcome's name, e.g. YES."""
        if 0 <= outcome_index < len(self.outcome_labels):
            return self.outcome_labels[outcome_index]
        return f"#{outcome_index}"


class Catalogue:
    """Every market known so far, in the venue's order."""

    def __init__(self) -> None:
        self._by_slug: dict[str, Market] = {}
        self._slug_by_symbol: dict[str, str] = {}
        self._slug_by_token: dict[str, str] = {}
        self.version = 0
        #: What REST said of their prices; `version` does not move with them.
        self.quotes = Quotes()

    def put(self, markets: Iterable[Market]) -> None:
        """Add markets, or renew what is known of them (by slug)."""
        for market in markets:
            if self._by_slug.get(market.slug) == market:
                continue
            self._by_slug[market.slug] = market
            self._slug_by_symbol[market.symbol] = market.slug
            for token in market.tokens:
                self._slug_by_token[token] = market.slug
            self.version += 1

    def __len__(self) -> int:
        return len(self._by_slug)

    def __iter__(self) -> Iterator[Market]:
        return iter(list(self._by_slug.values()))

    def by_slug(self, slug: str) -> Market | None:
        return self._by_slug.get(slug)

    def by_symbol(self, symbol: str) -> Market | None:
        slug = self._slug_by_symbol.get(symbol)
        return None if slug is None else self._by_slug[slug]

    def by_token(self, token: str) -> Market | None:
        slug = self._slug_by_token.get(token)
        return None if slug is None else self._by_slug[slug]

    def by_condition(self, condition: str) -> Sequence[Market]:
        """Every market with this condition id: neg-risk markets may share one (protocol §7.5)."""
        return [market for market in self._by_slug.values() if market.condition == condition]

    def nearest(self, slug: str, limit: int = 4) -> Sequence[str]:
        """Known slugs that look most like a mistyped one, best first."""
        return nearest_slugs(slug, self._by_slug, limit)

    def find(self, typed: str) -> Sequence[Market]:
        """Markets whose words contain every typed word, best matches first; all of them when nothing is typed."""
        words = typed.lower().split()
        ranked: list[tuple[int, int, Market]] = []
        for at, market in enumerate(self._by_slug.values()):
            status = market.status.value.replace("_", " ")
            text = f"{market.event} {market.group} {market.title} {market.slug} {market.symbol} {status}".lower()
            if all(word in text for word in words):
                starts = sum(1 for word in words if f" {word}" in f" {text}" or f"-{word}" in text)
                ranked.append((-starts, at, market))
        ranked.sort(key=lambda row: row[:2])
        return [market for _, _, market in ranked]


def nearest_slugs(slug: str, known: Iterable[str], limit: int = 4) -> Sequence[str]:
    """The `limit` known slugs most like `slug`, best first, equally like ones by name."""
    likeness = difflib.SequenceMatcher(None, b=slug)

    def unlikeness(other: str) -> tuple[float, str]:
        likeness.set_seq1(other)
        return -likeness.ratio(), other

    return sorted(known, key=unlikeness)[:limit]
