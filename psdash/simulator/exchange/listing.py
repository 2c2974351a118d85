"""What the exchange lists: events, their markets, and how to find them. Fields follow protocol §7.2 and §7.3."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

TICK = Decimal("0.01")


class MarketStatus(StrEnum):
    """The statuses of protocol §7.4."""

    DRAFT = "DRAFT"
    REJECTED = "REJECTED"
    PROPOSED = "PROPOSED"
    PRE_MARKET = "PRE_MARKET"
    OPEN = "OPEN"
    PAUSED = "PAUSED"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"
    PENDING_RESOLUTION = "PENDING_RESOLUTION"
    DELAYED = "DELAYED"
    DISPUTED = "DISPUTED"
    RESOLVED = "RESOLVED"
    VOIDED = "VOIDED"
    CANCELLED = "CANCELLED"


class Liquidity(StrEnum):
    """How busy a market is meant to be, for whoever makes its flow."""

    MAIN = "main"
    MEDIUM = "medium"
    THIN = "thin"
    STATIC = "static"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MarketRow:
    """One YES/NO market as it is listed. `status` is its status when the exchange starts; later ones live there."""

    symbol: str
    slug: str
    id: str
    event_id: str
    title: str
    group_item_title: str | None
    condition_id: str
    question_id: str
    yes_token_id: str
    no_token_id: str
    status: MarketStatus
    neg_risk: bool
    fee_taker_bps: int
    created_at_ms: int
    opens_at_ms: int
    closes_at_ms: int
    kickoff_ms: int | None
    fair_value: Decimal  # the first fair price of YES
    liquidity: Liquidity
    resolution_criteria: str
    official_data_source: str
    source_match_id: str | None = None
    outcome_labels: tuple[str, str] = ("YES", "NO")
    tick: Decimal = TICK
    resolution_window_hours: int = 24
    review_round: int = 1
    paused_at_ms: int | None = None
    resolved_at_ms: int | None = None
    payout_numerators: tuple[str, ...] | None = None  # for a market that starts RESOLVED or VOIDED
    recorded: bool = False  # its book is played back level by level; there is no matching

    def token_id(self, outcome: int) -> str:
        """The token of outcome 0 (YES) or 1 (NO)."""
        return self.no_token_id if outcome else self.yes_token_id


@dataclass(frozen=True, slots=True)
class EventRow:
    """A real-world event and the markets about it (protocol §7.3)."""

    id: str
    slug: str
    title: str
    markets: tuple[MarketRow, ...]
    start_ms: int
    created_at_ms: int
    group: str | None = None
    stage: str | None = None
    team_a: str | None = None
    team_b: str | None = None
    tags: tuple[tuple[str, str], ...] = ()  # (slug, name)


class Catalogue:
    """Everything listed, findable by each of the names the protocol uses. Raises ValueError on a clash of names."""

    def __init__(self, events: Iterable[EventRow]) -> None:
        self.events: tuple[EventRow, ...] = tuple(events)
        self.markets: tuple[MarketRow, ...] = tuple(row for event in self.events for row in event.markets)
        self._events = {event.id: event for event in self.events}
        self._symbols = {row.symbol: row for row in self.markets}
        self._slugs = {row.slug: row for row in self.markets}
        self._conditions = {row.condition_id: row for row in self.markets}
        self._tokens = {row.token_id(outcome): (row, outcome) for row in self.markets for outcome in (0, 1)}
        lookups = (self._symbols, self._slugs, self._conditions)
        if len(self._tokens) != 2 * len(self.markets) or any(len(each) != len(self.markets) for each in lookups):
            raise ValueError("two markets of the catalogue share a symbol, a slug, a condition or a token")

    def event(self, event_id: str) -> EventRow:
        """The event with this uuid. Raises KeyError."""
        return self._events[event_id]

    def market(self, symbol: str) -> MarketRow:
        """The market with this symbol. Raises KeyError."""
        return self._symbols[symbol]

    def by_slug(self, slug: str) -> MarketRow:
        """The market with this slug. Raises KeyError."""
        return self._slugs[slug]

    def by_condition(self, condition_id: str) -> MarketRow:
        """The market with this condition id. Raises KeyError."""
        return self._conditions[condition_id]

    def by_token(self, token_id: str) -> tuple[MarketRow, int]:
        """The market and outcome index of a token. Raises KeyError."""
        return self._tokens[token_id]
