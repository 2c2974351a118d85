"""What a market and the platform allow right now, and what that means for a trader."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MarketStatus(StrEnum):
    """Protocol §7.4, and UNKNOWN for a word this client has not met."""

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
    UNKNOWN = "UNKNOWN"

    @classmethod
    def parse(cls, word: str) -> MarketStatus:
        """The status a word names, in any case; UNKNOWN for a new one."""
        return cls.__members__.get(word.upper(), cls.UNKNOWN)

    @property
    def trades(self) -> bool:
        """Only OPEN trades (protocol §7.4)."""
        return self is MarketStatus.OPEN


#: What each status means for a person with orders and positions (protocol §7.4 and its settlement notes).
MEANING: dict[MarketStatus, str] = {
    MarketStatus.DRAFT: "not listed yet; nothing trades",
    MarketStatus.REJECTED: "rejected before listing; nothing trades",
    MarketStatus.PROPOSED: "proposed; not trading yet",
    MarketStatus.PRE_MARKET: "not open yet; orders are refused until it opens",
    MarketStatus.OPEN: "",
    MarketStatus.PAUSED: "no new orders; resting orders stay on the book and trading resumes where it stopped",
    MarketStatus.SUSPENDED: "suspended by the venue; no new orders until it reopens",
    MarketStatus.CLOSED: "trading has ended; waiting for the result",
    MarketStatus.PENDING_RESOLUTION: "a result is proposed; it can be challenged before payout",
    MarketStatus.DELAYED: "the result is delayed; positions stay locked until it is proposed again",
    MarketStatus.DISPUTED: "the proposed result is disputed; payout waits for the decision",
    MarketStatus.RESOLVED: "settled; winning shares pay 1.00 each",
    MarketStatus.VOIDED: "voided; every outcome pays the same amount per share",
    MarketStatus.CANCELLED: "cancelled before trading",
    MarketStatus.UNKNOWN: "the venue sent a status this version does not know; treat it as not trading",
}


@dataclass(frozen=True, slots=True)
class PlatformStatus:
    """The venue as a whole (protocol §5.9). `since_ms` is the venue's time of the last change, None if untold."""

    frozen: bool = False
    maintenance: bool = False
    message: str | None = None
    since_ms: int | None = None

    @property
    def is_normal(self) -> bool:
        return not (self.frozen or self.maintenance)
