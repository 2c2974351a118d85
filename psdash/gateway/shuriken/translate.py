"""From the wire's words to the state's (shuriken §B5): markets, prints, candles, calls and facts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from decimal import Context, Decimal
from typing import Final

from psdash.gateway.shuriken.lines import slug_of
from psdash.market.candles import Candle, Origin
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus
from psdash.market.quoting import Quoting, Unit
from psdash.market.signals import Signal, SignalKind, SignalLeg
from psdash.market.tape import Aggressor, Print, Settlement
from psdash.market.token_facts import Balance, Curve, HolderGroup, TokenFacts, amount
from psdash.text import safe_text
from psdash.wire.shuriken import payloads
from psdash.wire.shuriken.rest import CandleRow, PoolRow, TokenRow

SOURCE: Final = "shuriken"
MINUTE_MS: Final = 60_000
#: A token costs what it costs, nobody quotes it here, and no candle is told that is finer than a minute.
TOKEN: Final = Quoting(Unit.DOLLARS, has_book=False, chart_ms=MINUTE_MS)
#: Digits of a size that is dollars over a price.
_SIZE: Final = Context(prec=12)
#: How far exact base units may be from dollars over price, fees and slippage included, and still mean the same.
_NEAR: Final = Decimal("0.05")


def market(row: TokenRow) -> Market:
    """A token as a market with one outcome: itself."""
    return token_market(row.token_id, row.address, row.symbol, row.name)


def token_market(token_id: str, address: str, symbol: str, name: str) -> Market:
    """As `market`, from what a call says of a token."""
    title = f"{name} ({symbol})" if name and symbol and name != symbol else name or symbol or address
    return Market(
        token_id,
        token_id,
        safe_text(title, 128),
        MarketStatus.OPEN,
        (address,),
        (symbol or "token",),
        event=token_id.partition(":")[0],
        group=symbol,
        quoting=TOKEN,
    )


# trades -------------------------------------------------------------------------------------------------------------


def swap(told: payloads.SvmSwap | payloads.EvmSwap, state_token: str, decimals: int | None) -> Print | None:
    """A trade as a print: price in dollars, size in tokens. None when it has no price or no size.

    One transaction may trade a token several times, so what it says is part of its id; told twice, it says the same.
    """
    price = told.price_usd
    size = None if price is None else _tokens(told, price, decimals)
    if price is None or size is None or not price:
        return None
    said = repr((told.is_buy, told.size_usd, told.size_native, price, told.amount_in, told.amount_out))
    leg = hashlib.sha256(said.encode()).hexdigest()[:8]
    index = "" if told.index is None else told.index
    return Print(
        f"{told.trade_id}:{index}:{leg}",
        state_token,
        0,
        price,
        size,
        Aggressor.BUY if told.is_buy else Aggressor.SELL,
        told.at_ms,
        Settlement.SETTLED,  # it is a transaction of the chain already
        told.at_ms,
    )


def _tokens(told: payloads.SvmSwap | payloads.EvmSwap, price: Decimal, decimals: int | None) -> Decimal | None:
    """How many tokens changed hands: by the exact base units where they are told and mean what they should."""
    rough = None
    if told.size_usd is not None and price:
        rough = _SIZE.divide(told.size_usd, price)
    units = told.amount_out if told.is_buy else told.amount_in
    if units is None or decimals is None or not 0 <= decimals <= 80:
        return rough
    exact = amount(units, decimals)
    if rough is not None and abs(exact - rough) > rough * _NEAR:
        return rough  # base units of the other side of the trade
    return exact


def candle(row: CandleRow) -> Candle:
    """A candle; its volume in dollars, as far as the service says what it counts."""
    return Candle(row.start_ms, row.open, row.high, row.low, row.close, row.volume or Decimal(0), Origin.VENUE)


def dollars_of(print_: Print) -> Decimal:
    """What was paid, as a candle's volume counts it."""
    return _SIZE.multiply(print_.price, print_.size)


# calls --------------------------------------------------------------------------------------------------------------


def call(told: payloads.Signal, received_ms: int) -> Signal | None:
    """Somebody called a token; None where only the token's own line moved."""
    if told.signal_id is None:
        return None
    slug = slug_of(told.network, told.token)
    side = "" if told.is_buy is None else "BUY" if told.is_buy else "SELL"
    parts = [
        f"{told.platform} {told.author}".strip() + (f" in {told.place}" if told.place else ""),
        "a bot" if told.is_bot else "",
        "" if told.market_cap_usd is None else f"cap ${told.market_cap_usd:,.0f}",
        "" if told.liquidity_usd is None else f"liquidity ${told.liquidity_usd:,.0f}",
    ]
    return Signal(
        f"{SOURCE}:call:{told.signal_id}",
        SignalKind.ALPHA,
        SOURCE,
        told.symbol or told.name or told.token,
        received_ms,
        told.at_ms,
        (SignalLeg(told.network, side, told.price_usd, market=slug, unit=TOKEN.unit),),
        None,
        told.size_usd,
        safe_text(", ".join(part for part in parts if part), 256),
    )


def called_token(told: payloads.Signal) -> Market | None:
    """The token that was called, when the call names it."""
    if not told.symbol and not told.name:
        return None
    return token_market(slug_of(told.network, told.token), told.token, told.symbol, told.name)


def message_key(told: payloads.Message) -> str:
    """What a message is told again by, e.g. when it is taken back."""
    if told.message_id is not None:
        return f"{SOURCE}:message:{told.platform}:{told.message_id}"
    return f"{SOURCE}:message:{told.platform}:{_digest(told.at_ms, told.author, told.text)}"


def message(told: payloads.Message, received_ms: int) -> Signal:
    """What somebody wrote in a room that the person follows."""
    who = f"{told.platform} {told.author}".strip()
    return Signal(
        message_key(told), SignalKind.ALPHA, SOURCE, told.text or "(no text)", received_ms, told.at_ms, detail=who
    )


def mention(told: payloads.CallReference, received_ms: int) -> Signal:
    """The deprecated shape: a token was spoken of, so many times by now."""
    detail = "" if told.mentions is None else f"{told.mentions} mentions"
    return Signal(
        f"{SOURCE}:mention:{told.token}", SignalKind.ALPHA, SOURCE, told.token, received_ms, told.at_ms, detail=detail
    )


# facts --------------------------------------------------------------------------------------------------------------


def with_pool(known: TokenFacts, told: payloads.Pool) -> TokenFacts:
    """What a pool says of its token, its price aside."""
    return replace(
        known,
        name=told.name or known.name,
        symbol=told.symbol or known.symbol,
        decimals=told.decimals if told.decimals is not None else known.decimals,
        liquidity_usd=told.liquidity_usd if told.liquidity_usd is not None else known.liquidity_usd,
        market_cap_usd=told.market_cap_usd if told.market_cap_usd is not None else known.market_cap_usd,
    )


def with_pools(known: TokenFacts, rows: Iterable[PoolRow]) -> TokenFacts:
    """What the lookup of the pools says: the liquidity of all, the largest market cap."""
    rows = list(rows)
    liquid = [row.liquidity_usd for row in rows if row.liquidity_usd is not None]
    caps = [row.market_cap_usd for row in rows if row.market_cap_usd is not None]
    return replace(
        known,
        liquidity_usd=sum(liquid, Decimal(0)) if liquid else known.liquidity_usd,
        market_cap_usd=max(caps, default=known.market_cap_usd),
    )


def with_distribution(known: TokenFacts, told: payloads.Distribution) -> TokenFacts:
    """Who holds it."""
    return replace(
        known,
        holders=told.holders,
        developer=told.developer,
        developer_balance=told.developer_balance,
        top10_balances=told.top10_balances,
        groups=tuple(
            HolderGroup(name, group.units, group.count)
            for name, group in (
                ("snipers", told.snipers),
                ("pro traders", told.pro_traders),
                ("fresh", told.freshies),
                ("insiders", told.insiders),
                ("bundlers", told.bundlers),
            )
            if group is not None and (group.units is not None or group.count is not None)
        ),
    )


def with_holders(known: TokenFacts, told: payloads.Holders) -> TokenFacts:
    """What its holders bought and sold."""
    return replace(known, bought_usd=told.bought_usd, sold_usd=told.sold_usd, buys=told.buys, sells=told.sells)


def balance(told: payloads.SvmBalance | payloads.EvmBalance) -> Balance:
    """A holder's balance, in exact base units."""
    return Balance(told.owner, payloads.after_of(told), payloads.before_of(told), told.decimals, told.at_ms)


def curve(told: payloads.Curve) -> Curve:
    """A bonding curve's beginning or end."""
    return Curve(told.token, told.curve, told.dex, told.signature, told.at_ms, told.creator, told.pool, told.pool_dex)


def activity_detail(told: payloads.Activity) -> str:
    """What a notice says beside its kind and its task."""
    parts = (
        "" if told.chain_id is None else f"chain {told.chain_id}",
        "" if told.region is None else f"region {told.region}",
    )
    return " ".join(part for part in parts if part)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
