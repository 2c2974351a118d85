"""From the wire's words to the state's (prediction hunt §4): books, quotes and signals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from psdash.market.book import Level
from psdash.market.signals import Signal, SignalKind, SignalLeg
from psdash.market.ticks import to_ticks
from psdash.wire.predictionhunt import ArbUpdate, EvUpdate, FadeFinderUpdate, Leg, SmartMoneyUpdate, Wallet
from psdash.wire.predictionhunt.events import Pair

SOURCE: Final = "predictionhunt"


def levels(pairs: Iterable[Pair] | None) -> list[Level]:
    """A side of a book; prices finer than a millionth of a dollar do not exist here."""
    return [Level(to_ticks(round(price, 6)), size) for price, size in pairs or ()]


def mirrored(side: Iterable[Level]) -> list[Level]:
    """The other outcome's side: a bid for YES at p is an offer of NO at 1 - p."""
    return [Level(to_ticks(1 - level.price), level.size) for level in side]


def arb_key(group_id: int) -> str:
    return f"{SOURCE}:arb:{group_id}"


def ev_key(group_id: int) -> str:
    return f"{SOURCE}:ev:{group_id}"


def arb(update: ArbUpdate, received_ms: int) -> Signal:
    """An arbitrage."""
    legs = (
        *_leg(update.yes, "YES", update.yes_depth, update.yes_fee),
        *_leg(update.no, "NO", update.no_depth, update.no_fee),
    )
    return Signal(
        arb_key(update.group_id),
        SignalKind.ARB,
        SOURCE,
        update.title or f"group {update.group_id}",
        received_ms,
        update.at_ms,
        legs,
        update.roi_percent,
        update.most_wager,
        " ".join(part for part in (update.category, update.event_date) if part),
        next((leg.url for leg in legs if leg.url), ""),
    )


def _leg(leg: Leg | None, side: str, depth: Decimal | None, fee: Decimal | None) -> tuple[SignalLeg, ...]:
    if leg is None:
        return ()
    return (SignalLeg(leg.venue, side, leg.price, depth, fee, leg.market_id or leg.ticker, leg.url),)


def ev(update: EvUpdate, received_ms: int) -> Signal:
    """A price apart from the other venues'."""
    told = [] if update.breakeven is None else [f"breaks even at {update.breakeven * 100:.1f}c"]
    if update.average_percent is not None:
        told.append(f"the venues' average is {update.average_percent:.1f}c")
    if update.event and update.title:
        told.insert(0, update.event)
    return Signal(
        ev_key(update.group_id),
        SignalKind.EV,
        SOURCE,
        update.title or update.event,
        received_ms,
        update.at_ms,
        (SignalLeg(update.venue, update.side, update.price, url=update.url),),
        update.roi_percent,
        None,
        ", ".join(told),
        update.url,
    )


def smart_money(update: SmartMoneyUpdate, received_ms: int) -> Signal:
    """A wallet's trade. Nothing numbers them, so what it says is what it is (§6)."""
    key = _digest(
        update.created_ms,
        update.event_id,
        update.group_id,
        update.slug,
        update.wallet,
        update.tx_hash,
        update.outcome,
        update.side,
        update.price,
        update.dollars,
    )
    return Signal(
        f"{SOURCE}:smart:{key}",
        SignalKind.SMART,
        SOURCE,
        update.title or update.slug,
        received_ms,
        update.created_ms or update.at_ms,
        (SignalLeg(update.venue, f"{update.side} {update.outcome}".strip(), update.price),),
        None,
        update.dollars,
        _wallet_words("wallet", update.wallet, update.pnl, update.dollars),
        is_replay=bool(update.is_replay),
    )


def fade(update: FadeFinderUpdate, received_ms: int) -> Signal:
    """Two wallets on the two sides."""
    winner, loser = update.winner or Wallet(), update.loser or Wallet()
    key = _digest(update.created_ms, update.event_id, update.group_id, update.slug, winner, loser)
    told = [
        _wallet_words(name, wallet.address, wallet.pnl, wallet.dollars)
        for name, wallet in (("winner", winner), ("loser", loser))
    ]
    if update.minutes_apart is not None:
        told.append(f"{update.minutes_apart:.1f} minutes apart")
    if update.winners is not None and update.winners > 1:
        told.append(f"{update.winners:,} winning wallets in all")
    legs = tuple(
        SignalLeg(update.venue, f"{wallet.side} {wallet.outcome}".strip(), wallet.price)
        for wallet in (winner, loser)
        if wallet.price is not None
    )
    return Signal(
        f"{SOURCE}:fade:{key}",
        SignalKind.FADE,
        SOURCE,
        update.title or update.slug,
        received_ms,
        update.created_ms or update.at_ms,
        legs,
        None,
        winner.dollars,
        ", ".join(told),
        is_replay=bool(update.is_replay),
    )


def _wallet_words(name: str, address: str, pnl: Decimal | None, dollars: Decimal | None) -> str:
    """Who traded for how much, and how that wallet has done so far; dollars."""
    words = f"{name} {address[:6]}...{address[-4:]}" if len(address) > 12 else f"{name} {address}".strip()
    if pnl is not None:
        words += f" ({'-' if pnl < 0 else '+'}${abs(pnl):,.0f} to date)"
    return words if dollars is None else f"{words} for ${dollars:,.2f}"


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
