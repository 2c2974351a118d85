"""REST bodies and the private order events, field by field (protocol §5.10, §7, §8)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from psdash.simulator.exchange.accounts import Account
from psdash.simulator.exchange.books import Level
from psdash.simulator.exchange.candles import CandleRecord
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.listing import EventRow, MarketRow
from psdash.simulator.exchange.orders import Order
from psdash.simulator.exchange.trades import TradeLeg, TradeRecord
from psdash.simulator.protocol import guesses
from psdash.simulator.protocol.frames import number

Body = dict[str, object]

_DAY_MS = 86_400_000


def iso(at_ms: int) -> str:
    """Epoch milliseconds as REST writes times: ISO-8601, milliseconds, Z (protocol §1.2)."""
    moment = datetime.fromtimestamp(at_ms // 1000, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _iso_or_none(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)


def _six(value: Decimal) -> str:
    return f"{value:.6f}"


# --- markets and events (§7.2, §7.3) ------------------------------------------------------------------------


def market(exchange: Exchange, row: MarketRow) -> Body:
    """MarketSummary and detail are one body here."""
    state = exchange.market_state(row.symbol)
    current = exchange.price(row.symbol)
    return {
        "id": row.id,
        "eventId": row.event_id,
        "symbol": row.symbol,
        "slug": row.slug,
        "title": row.title,
        "groupItemTitle": row.group_item_title,
        "conditionId": row.condition_id,
        "questionId": row.question_id,
        "yesTokenId": row.yes_token_id,
        "noTokenId": row.no_token_id,
        "status": str(state.status),
        "currentReviewRound": row.review_round,
        "outcomeCount": len(row.outcome_labels),
        "outcomeLabels": list(row.outcome_labels),
        "initialFairValue": _six(row.fair_value),
        "initialOutcomePrices": [_six(row.fair_value), _six(1 - row.fair_value)],
        "outcomePrices": [_six(current), _six(1 - current)],
        "feeTakerBps": row.fee_taker_bps,
        "opensAt": iso(row.opens_at_ms),
        "closesAt": iso(row.closes_at_ms),
        "kickoff": _iso_or_none(row.kickoff_ms),
        "pausedAt": _iso_or_none(state.paused_at_ms),
        "resolvedAt": _iso_or_none(state.resolved_at_ms),
        "resolutionWindowHours": row.resolution_window_hours,
        "payoutNumerators": None if state.payout_numerators is None else list(state.payout_numerators),
        "officialDataSource": row.official_data_source,
        "resolutionCriteria": row.resolution_criteria,
        "sourceMatchId": row.source_match_id,
        "negRiskEligible": row.neg_risk,
        "isNewMarketType": False,
        "createdAt": iso(row.created_at_ms),
        "updatedAt": iso(state.updated_at_ms),
    }


def volume_24h(exchange: Exchange, rows: Iterable[MarketRow]) -> Decimal:
    """Shares traded in these markets in the last day."""
    since_ms = exchange.scheduler.now_ms - _DAY_MS
    return sum((exchange.volume(row.symbol, since_ms=since_ms) for row in rows), Decimal(0))


def event(exchange: Exchange, row: EventRow) -> Body:
    return {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "group": row.group,
        "stage": row.stage,
        "teamA": row.team_a,
        "teamB": row.team_b,
        "tags": [{"slug": slug, "name": name} for slug, name in row.tags],
        "eventStartTime": iso(row.start_ms),
        "createdAt": iso(row.created_at_ms),
        "updatedAt": iso(row.created_at_ms),
        "markets": [market(exchange, one) for one in row.markets],
    }


def match(exchange: Exchange, row: EventRow) -> Body:
    """A row of `/api/matches`: the fixture, with the event about it."""
    tags = [{"slug": slug, "name": name} for slug, name in row.tags]
    inner = {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "eventStartTime": iso(row.start_ms),
        "teamA": row.team_a,
        "teamB": row.team_b,
        "totalVolume": number(sum((exchange.volume(one.symbol) for one in row.markets), Decimal(0))),
        "volume24h": number(volume_24h(exchange, row.markets)),
        "markets": [
            {
                **market(exchange, one),
                "totalVolume": number(exchange.volume(one.symbol)),
                "volume24h": number(volume_24h(exchange, [one])),
            }
            for one in row.markets
        ],
    }
    return {
        "title": row.title,
        "slug": row.slug,
        "startTime": iso(row.start_ms),
        "participantA": row.team_a,
        "participantB": row.team_b,
        "tags": tags,
        "events": [inner],
    }


# --- one market's data (§7.6 to §7.8) -----------------------------------------------------------------------


def levels(rows: Sequence[Level]) -> list[Body]:
    """REST levels have no `count` (§7.6)."""
    return [{"price": number(level.price), "quantity": number(level.quantity)} for level in rows]


def tape_row(record: TradeRecord, row: MarketRow) -> Body:
    """No side: the public tape does not say who was the aggressor (§7.7)."""
    trade = record.trade
    return {
        "id": trade.trade_id,
        "price": number(trade.price),
        "quantity": number(trade.quantity),
        "createdAt": iso(trade.at_ms),
        "settledAt": _iso_or_none(record.settled_at_ms),
        "maker": record.maker_wallet,
        "taker": record.taker_wallet,
        "makerFee": number(record.maker_fee),
        "takerFee": number(record.taker_fee),
        "outcomeIndex": trade.outcome_index,
        "outcomeLabel": row.outcome_labels[trade.outcome_index],
    }


def candle(record: CandleRecord) -> Body:
    return {
        guesses.CANDLE_START_FIELD: record.bucket_start_ms,
        "open": number(record.open),
        "high": number(record.high),
        "low": number(record.low),
        "close": number(record.close),
        "volume": number(record.volume),
    }


# --- orders (§5.10, §8.2) -----------------------------------------------------------------------------------


def order(row: Order, status: str) -> Body:
    """The order object of REST, with its status spelt as the route wants it."""
    return {
        "id": row.order_id,
        "userWallet": row.wallet,
        "vault": row.vault,
        "marketId": row.symbol,
        "side": row.side,
        "outcome": str(row.outcome),
        "price": number(row.price),
        "quantity": number(row.quantity),
        "filledQty": number(row.filled),
        "remainingQty": number(row.remaining),
        "expiry": 0,
        "type": row.order_type,
        "timeInForce": row.time_in_force,
        "status": str(status),
        "clientOrderId": row.client_order_id,
        "createdAt": iso(row.created_at_ms),
        "updatedAt": iso(row.updated_at_ms),
    }


def _tagged(row: Order) -> Body:
    body: Body = {"orderId": row.order_id}
    if row.client_order_id is not None:
        body["clientOrderId"] = row.client_order_id
    return body


def order_placed_body(row: Order, at_ms: int) -> Body:
    """As at acceptance: nothing is filled yet, whatever happened since (§5.10)."""
    return _tagged(row) | {
        "userWallet": row.wallet,
        "vault": row.vault,
        "marketId": row.symbol,
        "side": row.side,
        "outcome": str(row.outcome),
        "price": number(row.price),
        "quantity": number(row.quantity),
        "filledQty": "0",
        "remainingQty": number(row.quantity),
        "type": row.order_type,
        "timeInForce": row.time_in_force,
        "status": "OPEN",
        "tsMs": at_ms,
    }


def order_cancelled_body(row: Order, at_ms: int) -> Body:
    return _tagged(row) | {
        "marketId": row.symbol,
        "status": str(row.status),
        "remainingQty": number(row.remaining),
        "tsMs": at_ms,
    }


def order_fill(row: Order, record: TradeRecord) -> Body:
    """One fill of one order (§8.2)."""
    leg = next(leg for leg in (record.maker, record.taker) if leg.order_id == row.order_id)
    return {
        "id": record.trade_id,
        "orderId": row.order_id,
        "userWallet": row.wallet,
        "vault": row.vault,
        "marketId": row.symbol,
        "price": number(leg.price),
        "quantity": number(record.trade.quantity),
        "fee": number(leg.fee),
        "side": leg.side,
        "status": str(record.status),
        "txHash": record.tx_hash,
        "createdAt": iso(record.at_ms),
    }


# --- account (§8.3) -----------------------------------------------------------------------------------------


def own_trade(record: TradeRecord, leg: TradeLeg) -> Body:
    """A row of `/api/me/trades`. It does not name the outcome; the order does."""
    return {
        "id": record.trade_id,
        "orderId": leg.order_id,
        "userWallet": leg.wallet,
        "marketId": record.trade.symbol,
        "price": number(leg.price),
        "quantity": number(record.trade.quantity),
        "fee": number(leg.fee),
        "side": leg.side,
        "createdAt": iso(record.at_ms),
        "status": str(record.status),
        "txHash": record.tx_hash,
        "settledAt": _iso_or_none(record.settled_at_ms),
        "adjustment": str(record.adjustment),
    }


def balances(account: Account | None) -> list[Body]:
    """Total = available + locked; what is matched and not settled is still locked. The other two are always 0."""
    if account is None:
        return []
    usdc = account.balance()
    return [
        {
            "token": "USDC",
            "available": number(usdc.available),
            "unsettled": "0",
            "locked": number(usdc.locked + usdc.outgoing),
            "quarantined": "0",
        }
    ]


def positions(exchange: Exchange, account: Account, *, all_of_them: bool) -> list[Body]:
    """Rows per (market, outcome); `all_of_them` adds those of markets that are over."""
    rows: list[Body] = []
    for token_id, held in account.positions().items():
        row, outcome = exchange.catalogue.by_token(token_id)
        over = exchange.market_state(row.symbol).payout_numerators is not None
        if not held.total or (over and not all_of_them):
            continue
        yes_price = exchange.price(row.symbol)
        price = 1 - yes_price if outcome else yes_price
        cost = account.cost(token_id)
        average = cost.average or Decimal(0)
        rows.append(
            {
                "marketId": row.symbol,
                "outcome": str(outcome),
                "tokenId": token_id,
                "conditionId": row.condition_id,
                "quantity": number(held.total),
                "availableQuantity": number(held.available),
                "encumberedQuantity": number(held.total - held.available),
                "avgCost": _six(average),
                "currentPrice": number(price),
                "realizedPnl": _six(cost.realised),
                "unrealizedPnl": _six((price - average) * held.total),
                "accountingStatus": "available",
            }
        )
    return rows


def vault_positions(exchange: Exchange, account: Account) -> list[Body]:
    """What the chain says that the vault holds, by token."""
    rows: list[Body] = []
    for token_id, held in account.positions().items():
        row, outcome = exchange.catalogue.by_token(token_id)
        rows.append(
            {
                "tokenId": token_id,
                "conditionId": row.condition_id,
                "outcomeIndex": outcome,
                "marketId": row.symbol,
                "balance": number(held.total),
            }
        )
    return rows


def vault(exchange: Exchange, wallet: str, account: Account | None) -> Body:
    """A wallet with an account has a vault since long ago; another has none yet."""
    if account is None:
        return {
            "walletAddress": wallet,
            "vaultAddress": None,
            "deployed": False,
            "deployStatus": "not_started",
            "deployTxHash": None,
            "deployRequestedAt": None,
            "deployConfirmedAt": None,
        }
    asked_ms = min(row.created_at_ms for row in exchange.catalogue.markets)
    return {
        "walletAddress": wallet,
        "vaultAddress": account.vault,
        "deployed": True,
        "deployStatus": "confirmed",
        "deployTxHash": "0x" + hashlib.sha256(account.vault.encode()).hexdigest(),
        "deployRequestedAt": iso(asked_ms),
        "deployConfirmedAt": iso(asked_ms + 9_000),
    }


def fee_tier(exchange: Exchange) -> Body:
    """Makers pay nothing here; takers the lowest rate of any market listed (each market has its own)."""
    return {"makerBps": 0, "takerBps": min(row.fee_taker_bps for row in exchange.catalogue.markets)}
