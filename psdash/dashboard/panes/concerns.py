"""What is not as it should be, in short sentences: what it means for the trader first, then since when and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from psdash.account.pause import Pause
from psdash.dashboard.painting import numbers
from psdash.dashboard.painting.palette import Tone
from psdash.dashboard.panes.links import SeenLink
from psdash.gateway.notices import GatewayName, LinkState
from psdash.gateway.refusals import CREDENTIAL, Reaction
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MEANING, MarketStatus, PlatformStatus
from psdash.text import safe_text


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to know: a few words in capitals, and whole sentences, the most needed first.

    `rows` are the lines it may take on a low terminal.
    """

    head: str
    sentences: tuple[str, ...]
    tone: Tone
    rows: int = 2

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


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


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the screen that can grow old: anything of a market, anything of the trader's own."""

    market: bool = True
    own: bool = True


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """When psdash first saw the present status, in epoch ms, for where the venue does not say when it began."""

    market_ms: int | None = None
    platform_ms: int | None = None


#: What stops when a gateway is gone, and what never comes when it was never there.
_SILENT: Final[Mapping[str, str]] = {
    GatewayName.MARKET: "Book, tape and chart stand still.",
    GatewayName.USER: "Your orders, fills and positions stand still.",
}
_MISSING: Final[Mapping[str, str]] = {
    GatewayName.MARKET: "There is no book, tape or chart without it.",
    GatewayName.USER: "Your orders, fills and positions are unknown without it.",
}

#: Statuses after which nothing rests any more.
OVER: Final = (MarketStatus.RESOLVED, MarketStatus.VOIDED, MarketStatus.CANCELLED, MarketStatus.REJECTED)
_ENDED: Final = (
    *OVER,
    MarketStatus.CLOSED,
    MarketStatus.PENDING_RESOLUTION,
    MarketStatus.DELAYED,
    MarketStatus.DISPUTED,
)
_NOT_BEGUN: Final = (MarketStatus.DRAFT, MarketStatus.PROPOSED, MarketStatus.PRE_MARKET)

#: What the venue says while it answers and lets nobody in.
_SHUT: Final = frozenset(verdict.words for verdict in CREDENTIAL.values() if verdict.reaction is Reaction.SLOW)

#: A message that promises that orders stay, in one clause and without a "not".
_KEPT: Final = re.compile(r"\b(?:resting )?orders?\b[^.;,]*\b(?:kept|keep|stay|remain|preserved|untouched)\b", re.I)
_NOT: Final = re.compile(r"\b(?:not|no|never|cancel\w*|cannot|won't)\b", re.I)
_UNSHOWN: Final = Shown()
_UNSEEN: Final = FirstSeen()
#: Said by the heading of a refusal already.
_STOPPED: Final = "psdash stopped dialling."


def concerns(
    market: Market | None,
    platform: PlatformStatus,
    links: Sequence[SeenLink],
    resting: Resting,
    *,
    now_s: float,
    now_ms: int,
    shown: Shown = _UNSHOWN,
    first: FirstSeen = _UNSEEN,
    private_refusal: str = "",
    pause: Pause | None = None,
) -> Sequence[Concern]:
    """Everything to say right now, the gravest first; nothing when all is well.

    `pause`: the venue's contract keeps the account from trading. `private_refusal` is why the venue refuses every
    private pane over a gateway that is live, empty when it does not.
    """
    said = [*_platform(platform, resting, first.platform_ms, now_ms)]
    if pause is not None:
        said.append(_paused(pause, resting, now_ms))
    if market is not None and not market.status.trades:
        said.append(_market(market, resting, first.market_ms, now_ms))
    said += _links(links, resting, shown, now_s, now_ms)
    if private_refusal:
        said.append(_without_scope(private_refusal))
    return said


def idle_words(status: MarketStatus) -> str:
    """Why a market that does not trade has no resting orders: "trading has ended"; empty for one that trades."""
    if status.trades:
        return ""
    if status in _ENDED:
        return "trading has ended"
    return "trading has not begun" if status in _NOT_BEGUN else "trading is halted"


# the venue and its markets ------------------------------------------------------------------------------------------


def _platform(platform: PlatformStatus, resting: Resting, first_ms: int | None, now_ms: int) -> Sequence[Concern]:
    if platform.is_normal:
        return ()
    since = _since(platform.since_ms, first_ms, now_ms)
    message = safe_text(platform.message or "", 300).strip()
    said = f'The venue says "{message}"' if message else ""
    own = resting.of(resting.everywhere)
    if not platform.frozen:
        means = "Orders may be refused and prices may be old."
        mine = f"You have {own} at the venue." if resting.everywhere else ""
        return (Concern("MAINTENANCE", _sentences(means, mine, since, said), Tone.WARN),)
    means = "No orders are accepted."
    if resting.everywhere:
        stays = "stays" if resting.everywhere == 1 else "stay"
        fate = f"your {own} {stays}." if _keeps_orders(message) else f"your {own}: unknown until it is back."
        means = f"No orders accepted; {fate}"
    head = "PLATFORM FROZEN, MAINTENANCE" if platform.maintenance else "PLATFORM FROZEN"
    return (Concern(head, _sentences(means, since, said), Tone.ERROR),)


def _paused(pause: Pause, resting: Resting, now_ms: int) -> Concern:
    """What is known is that the contract paused the account; what that stops, the venue's pages do not say."""
    until = "" if pause.until_block is None else f" until block {pause.until_block}"
    stays = f"Watch your {resting.of(resting.everywhere)}." if resting.everywhere else ""
    doubt = "" if pause.is_sure else "Told before the connection was lost: it may be over."
    return Concern(
        "ACCOUNT PAUSED",
        _sentences(
            f"The exchange's contract paused your account{until}: your trades may fail to settle.",
            doubt,
            "Place nothing new; if you did not pause it yourself, ask the venue.",
            stays,
            _since(pause.since_ms, None, now_ms) if pause.is_sure else "",
        ),
        Tone.ERROR if pause.is_sure else Tone.WARN,
        rows=3,
    )


def _keeps_orders(message: str) -> bool:
    """Whether the venue's message itself says that resting orders stay."""
    return any(_NOT.search(clause[0]) is None for clause in _KEPT.finditer(message))


def _market(market: Market, resting: Resting, first_ms: int | None, now_ms: int) -> Concern:
    status = market.status
    since_ms = {
        MarketStatus.PAUSED: market.paused_ms,
        MarketStatus.RESOLVED: market.resolved_ms,
        MarketStatus.VOIDED: market.resolved_ms,
        MarketStatus.CLOSED: market.closes_ms,
    }.get(status)
    if since_ms is not None and since_ms > now_ms:
        since_ms = None  # an announced time that has not come says nothing about when this began
    means = [_capital(MEANING[status])]
    if resting.here and status is MarketStatus.PAUSED:
        stays = "stays" if resting.here == 1 else "stay"
        means = [
            f"No new orders; your {resting.of(resting.here)} {stays} on the book.",
            "Trading resumes where it stopped.",
        ]
    elif resting.here and status not in OVER:
        means.append(f"You have {resting.of(resting.here)} here.")
    pays = payouts(market) if status in (MarketStatus.RESOLVED, MarketStatus.VOIDED) else ""
    if pays:
        means = [f"{pays} a share."]
    over = status in (*OVER, MarketStatus.CLOSED, MarketStatus.PENDING_RESOLUTION)
    text = _sentences(means[0], _since(since_ms, first_ms, now_ms), *means[1:])
    return Concern(f"MARKET {status.value.replace('_', ' ')}", text, Tone.ACCENT if over else Tone.WARN)


def payouts(market: Market) -> str:
    """What a share of each outcome pays: its numerator over the sum of all, in dollars. Empty when it is not told."""
    try:
        numerators = [Decimal(word) for word in market.payout or ()]
    except InvalidOperation:
        return ""
    total = sum(numerators, Decimal(0))
    if not total.is_finite() or total <= 0 or any(numerator < 0 for numerator in numerators):
        return ""
    return ", ".join(
        f"{safe_text(market.label(at), 40)} pays ${_dollars(numerator / total)}"
        for at, numerator in enumerate(numerators)
    )


def _dollars(part: Decimal) -> str:
    """Two decimals where they are exact, four where they are not: "0.50", "0.3333"."""
    exact = part == part.quantize(Decimal("0.01"))
    return f"{part:.2f}" if exact else f"{part:.4f}".rstrip("0")


# the gateways -------------------------------------------------------------------------------------------------------


def _links(links: Sequence[SeenLink], resting: Resting, shown: Shown, now_s: float, now_ms: int) -> Sequence[Concern]:
    refused = [seen for seen in links if seen.link.state is LinkState.REFUSED]
    away = [seen for seen in links if seen.is_trying_again]
    said: list[Concern] = []
    if len(refused) == 2 and refused[0].link.reason == refused[1].link.reason:
        old = "What you see is old." if shown.market or shown.own else "Nothing can be shown."
        said.append(_refused("BOTH GATEWAYS REFUSED", refused[0], old))
    else:
        said += [_refused(f"{_name(seen)} GATEWAY REFUSED", seen, _means(seen, shown)) for seen in refused]
    if len(away) == 2:
        said.append(_both_away(away, resting, shown, now_s, now_ms))
        return said
    for seen in away:
        mine = _still_resting(resting) if seen.name == GatewayName.USER else ""
        text = _sentences(
            _since_s(seen, now_s, now_ms), _means(seen, shown), mine, _next_try(seen, now_s), _whole(seen.reason)
        )
        said.append(Concern(f"{_name(seen)} GATEWAY {_lost(away)}", text, Tone.WARN, rows=3))
    return said


def _refused(head: str, seen: SeenLink, means: str) -> Concern:
    reason = safe_text(seen.link.reason, 400) or "No reason was given."
    why = [_whole(part) for part in _split(reason) if part != _STOPPED]
    todo = () if len(why) > 1 else ("Mend it and restart psdash.",)  # the venue's verdicts name their remedy
    return Concern(head, _sentences(*why, *todo, means), Tone.ERROR, rows=3)


def _both_away(away: Sequence[SeenLink], resting: Resting, shown: Shown, now_s: float, now_ms: int) -> Concern:
    """One sentence for both, whichever of them waits and whichever dials just now."""
    first = min(away, key=lambda seen: seen.lost_s if seen.lost_s is not None else now_s)
    waiting = [seen for seen in away if seen.retry_s(now_s) is not None]
    soonest = min(waiting, key=lambda seen: seen.retry_s(now_s) or 0.0, default=away[0])
    reasons = list(dict.fromkeys(seen.reason for seen in away if seen.reason))
    text = _sentences(
        _since_s(first, now_s, now_ms),
        "What you see is old." if shown.market or shown.own else "",
        _still_resting(resting),
        _next_try(soonest, now_s),
        *(_whole(reason) for reason in reasons),
    )
    return Concern(f"BOTH GATEWAYS {_lost(away)}", text, Tone.WARN, rows=3)


def _lost(away: Sequence[SeenLink]) -> str:
    """LOST, or why there was nothing to lose."""
    if any(seen.reason in _SHUT for seen in away):
        return "SHUT"
    return "LOST" if any(seen.was_live for seen in away) else "NOT REACHED"


def _means(seen: SeenLink, shown: Shown) -> str:
    there = shown.own if seen.name == GatewayName.USER else shown.market
    if seen.name in _SILENT:
        return (_SILENT if there else _MISSING)[seen.name]
    return "What it feeds stands still." if there else "There is nothing without it."


def _still_resting(resting: Resting) -> str:
    count = resting.everywhere
    if not count:
        return ""
    return f"Your {count} resting order{' is' if count == 1 else 's are'} still at the venue and may trade."


def _next_try(seen: SeenLink, now_s: float) -> str:
    retry_s = seen.retry_s(now_s)
    count = f" (try {seen.next_dial})" if seen.next_dial > 1 else ""
    return (
        f"Next try within {numbers.age(retry_s + 0.999)}{count}." if retry_s is not None else f"Trying again{count}."
    )


def _without_scope(reason: str) -> Concern:
    if "portfolio:read" in reason:
        return Concern("KEY WITHOUT SCOPE", ("Orders, fills and vault need portfolio:read.",), Tone.WARN, rows=1)
    return Concern("PRIVATE PANES REFUSED", _sentences(_whole(reason)), Tone.WARN)


# words --------------------------------------------------------------------------------------------------------------


def _name(seen: SeenLink) -> str:
    return str(seen.name).upper()


def _since_s(seen: SeenLink, now_s: float, now_ms: int) -> str:
    if seen.lost_s is None:
        return ""
    return _since(now_ms - int((now_s - seen.lost_s) * 1000), None, now_ms)


def _since(since_ms: int | None, first_ms: int | None, now_ms: int) -> str:
    """Since when, with the day when it is not today; "at least" when psdash only knows when it first saw it."""
    at_ms = first_ms if since_ms is None else since_ms
    if at_ms is None:
        return ""
    at_least = "at least " if since_ms is None else ""
    return f"Since {at_least}{numbers.utc_moment(at_ms, now_ms)} UTC ({numbers.age(max(0, now_ms - at_ms) / 1000)})."


def _split(text: str) -> list[str]:
    """Whole sentences: each ends with its own mark."""
    return [part for part in re.split(r"(?<=[.?!])\s+(?=[A-Za-z])", text.strip()) if part]


def _whole(text: str) -> str:
    """Words of the venue's or of the system's as a sentence."""
    return _capital(safe_text(text, 300).strip().removesuffix(" ."))


def _capital(text: str) -> str:
    ended = text if not text or text[-1] in '.?!"' else f"{text}."
    return ended[:1].upper() + ended[1:]


def _sentences(*said: str) -> tuple[str, ...]:
    return tuple(sentence for sentence in said if sentence)
