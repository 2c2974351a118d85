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
    detail = "" if update.breakeven is None else f"breaks even at {update.breakeven * 100:.1f}c"
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
        detail,
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
    detail = f"{update.side} {update.outcome}".strip()
    if update.pnl is not None:
        detail += f", wallet {update.pnl:+,.0f} to date"
    return Signal(
        f"{SOURCE}:smart:{key}",
        SignalKind.SMART,
        SOURCE,
        update.title or update.slug,
        received_ms,
        update.created_ms or update.at_ms,
        (SignalLeg(update.venue, update.outcome, update.price),),
        None,
        update.dollars,
        detail,
        is_replay=bool(update.is_replay),
    )


def fade(update: FadeFinderUpdate, received_ms: int) -> Signal:
    """Two wallets on the two sides."""
    winner, loser = update.winner or Wallet(), update.loser or Wallet()
    key = _digest(update.created_ms, update.event_id, update.group_id, update.slug, winner, loser)
    detail = f"winner {winner.side} {winner.outcome}, loser {loser.side} {loser.outcome}"
    legs = tuple(
        SignalLeg(update.venue, wallet.outcome, wallet.price, wallet.dollars)
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
        detail,
        is_replay=bool(update.is_replay),
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
