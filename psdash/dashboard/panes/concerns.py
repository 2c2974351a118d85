"""What is not as it should be, in sentences: what happened, since when, and what it means for the trader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.panes.links import SeenLink
from psdash.gateway.notices import GatewayName, LinkState
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MEANING, MarketStatus, PlatformStatus
from psdash.text import safe_text


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to know: a few words in capitals, and a sentence."""

    head: str
    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Resting:
    """Own resting orders: in the shown market, everywhere, and whether the venue vouches for the figures now."""

    here: int
    everywhere: int
    is_live: bool

    def of(self, count: int) -> str:
        """ "3 resting orders", or what was known last."""
        words = f"{count} resting order{'' if count == 1 else 's'}"
        return words if self.is_live else f"{words} (as last known)"


#: What stops when a gateway is gone.
_SILENT = {
    GatewayName.MARKET: "book, tape and chart stand still",
    GatewayName.USER: "your orders, fills and positions stand still",
}

#: Statuses after which nothing rests any more.
_OVER = (MarketStatus.RESOLVED, MarketStatus.VOIDED, MarketStatus.CANCELLED, MarketStatus.REJECTED)


def concerns(
    market: Market | None,
    platform: PlatformStatus,
    links: Sequence[SeenLink],
    resting: Resting,
    *,
    now_s: float,
    now_ms: int,
) -> Sequence[Concern]:
    """Everything to say right now, the gravest first; nothing when all is well."""
    said = [*_platform(platform, resting, now_ms)]
    if market is not None and not market.status.trades:
        said.append(_market(market, resting, now_ms))
    return [*said, *_links(links, now_s)]


def _platform(platform: PlatformStatus, resting: Resting, now_ms: int) -> Sequence[Concern]:
    if platform.is_normal:
        return ()
    since = _since(platform.since_ms, now_ms)
    own = f"you have {resting.of(resting.everywhere)} at the venue" if resting.everywhere else ""
    said = f'the venue says "{safe_text(platform.message, 160)}"' if platform.message else ""
    if platform.frozen:
        means = "the venue has stopped trading in every market; orders are not accepted until it resumes"
        head = "PLATFORM FROZEN, MAINTENANCE" if platform.maintenance else "PLATFORM FROZEN"
        return (Concern(head, _sentence(since, means, own, said), Tone.ERROR),)
    means = "orders may be refused and connections may drop; prices can be old"
    return (Concern("MAINTENANCE", _sentence(since, means, own, said), Tone.WARN),)


def _market(market: Market, resting: Resting, now_ms: int) -> Concern:
    status = market.status
    since_ms = {
        MarketStatus.PAUSED: market.paused_ms,
        MarketStatus.RESOLVED: market.resolved_ms,
        MarketStatus.VOIDED: market.resolved_ms,
        MarketStatus.CLOSED: market.closes_ms,
    }.get(status)
    if since_ms is not None and since_ms > now_ms:
        since_ms = None  # an announced time that has not come says nothing about when this began
    means, own = MEANING[status], ""
    if resting.here and status is MarketStatus.PAUSED:
        stays = "stays" if resting.here == 1 else "stay"
        means = (
            f"no new orders; your {resting.of(resting.here)} {stays} on the book; trading resumes where it stopped"
        )
    elif resting.here and status not in _OVER:
        own = f"you have {resting.of(resting.here)} here"
    pays = ""
    if status in (MarketStatus.RESOLVED, MarketStatus.VOIDED) and market.payout:
        labels = [safe_text(market.label(at), 40) for at in range(len(market.payout))]
        pays = ", ".join(
            f"{label} pays {safe_text(pay, 16)}" for label, pay in zip(labels, market.payout, strict=True)
        )
    over = status in (*_OVER, MarketStatus.CLOSED, MarketStatus.PENDING_RESOLUTION)
    text = _sentence(_since(since_ms, now_ms), means, pays, own)
    return Concern(f"MARKET {status.value.replace('_', ' ')}", text, Tone.ACCENT if over else Tone.WARN)


def _links(links: Sequence[SeenLink], now_s: float) -> Sequence[Concern]:
    said: list[Concern] = []
    away = [seen for seen in links if seen.is_trying_again]
    if len(away) == 2 and away[0].link.reason == away[1].link.reason:
        soonest = min(away, key=lambda seen: seen.retry_s(now_s) or 0.0)
        said.append(
            Concern("VENUE UNREACHABLE", _sentence(*_trying(soonest, now_s), "what you see is old"), Tone.WARN)
        )
        away = []
    for seen in links:
        name, silent = str(seen.name).upper(), _SILENT[seen.name]
        if seen.link.state is LinkState.REFUSED:
            reason = safe_text(seen.link.reason, 200) or "no reason given"
            todo = "mend it and restart psdash; until then"
            said.append(Concern(f"{name} GATEWAY REFUSED", _sentence(reason, f"{todo} {silent}"), Tone.ERROR))
        elif seen in away:
            said.append(Concern(f"{name} GATEWAY LOST", _sentence(*_trying(seen, now_s), silent), Tone.WARN))
    return said


def _trying(seen: SeenLink, now_s: float) -> tuple[str, str]:
    retry_s = seen.retry_s(now_s)
    after = f" (try {seen.link.attempts + 1})" if seen.link.attempts else ""
    next_try = "trying again now" if retry_s is None else f"next try in {numbers.age(retry_s + 0.999)}"
    return safe_text(seen.link.reason, 160), f"{next_try}{after}"


def _since(since_ms: int | None, now_ms: int) -> str:
    if since_ms is None:
        return ""
    return f"since {numbers.utc_time(since_ms)} UTC ({numbers.age(max(0, now_ms - since_ms) / 1000)})"


def _sentence(*clauses: str) -> str:
    return "; ".join(clause for clause in clauses if clause)
