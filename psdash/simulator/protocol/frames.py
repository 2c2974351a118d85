"""Every frame the gateways send, field by field as protocol §2 to §5 names them. Compact JSON, `serverTs` on each.

A frame that answers a command is plain bytes. A frame that several sessions may get is a `Push`: its body is encoded
once, and each session's `sid` is put between `head` and `tail`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from psdash.simulator.exchange.happenings import (
    BookChanged,
    CandleMoved,
    FillMade,
    LevelChange,
    MarketStatusChanged,
    PlatformChanged,
    PositionChanged,
    TradeMatched,
    TradeSettled,
)
from psdash.simulator.protocol import guesses
from psdash.simulator.protocol.auth import Caller

_encoder = json.JSONEncoder(separators=(",", ":"))


def encode(value: object) -> bytes:
    """Compact JSON."""
    return _encoder.encode(value).encode("ascii")


def number(value: Decimal) -> str:
    """A decimal as the venue writes it: plain digits, no exponent, no trailing zeros."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


class PricedLevel(Protocol):
    """One price of a book with everything resting at it."""

    @property
    def price(self) -> Decimal: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Push:
    """One event for every session that subscribed to it; `sid` goes between `head` and `tail`."""

    type: str
    channel: str
    id: str | None
    seq: int | None
    head: bytes
    tail: bytes

    def frame(self, sid: int) -> bytes:
        """The whole text frame of one subscription."""
        return b"%b%d%b" % (self.head, sid, self.tail)


@dataclass(frozen=True, slots=True)
class TokenRef:
    """What every public event says about its token."""

    token_id: str
    condition_id: str
    outcome_index: int


def _push(
    kind: str,
    channel: str,
    entity: str | None,
    at_ms: int,
    data: dict[str, object],
    *,
    seq: int | None = None,
    digest: str | None = None,
) -> Push:
    tail: dict[str, object] = {"channel": channel}
    if entity is not None:
        tail["id"] = entity
    tail["serverTs"] = at_ms
    if seq is not None:
        tail["seq"] = seq
    if digest is not None:
        tail["hash"] = digest
    tail["data"] = data
    return Push(kind, channel, entity, seq, b'{"type":"%b","sid":' % kind.encode(), b"," + encode(tail)[1:])


def _token(ref: TokenRef | BookChanged | TradeMatched | CandleMoved) -> dict[str, object]:
    return {"tokenId": ref.token_id, "conditionId": ref.condition_id, "outcomeIndex": ref.outcome_index}


# --- answers (protocol §2.1, §3) ----------------------------------------------------------------------------


def connected(gateway: str, caller: Caller, at_ms: int, version: int = guesses.PROTOCOL_VERSION) -> bytes:
    """The greeting (protocol §2.1). The older version names neither itself nor the partner."""
    data: dict[str, object] = {"gateway": gateway}
    if gateway == "user":
        data["walletAddress"] = caller.wallet
    data["authMethod"] = caller.auth_method
    if version >= guesses.PROTOCOL_VERSION:
        data["protocolVersion"] = version
        if caller.partner_id is not None:
            data["partnerId"] = caller.partner_id
    return encode({"type": "connected", "data": data, "serverTs": at_ms})


def answer(command_id: object, kind: str, at_ms: int, **fields: object) -> bytes:
    """An acknowledgement: the command's own id (when it had one), the type, its fields, `serverTs` (protocol §3)."""
    head = {} if command_id is None else {"id": command_id}
    return encode({**head, "type": kind, **fields, "serverTs": at_ms})


def pong(command_id: object, at_ms: int) -> bytes:
    """Protocol §3.6."""
    return answer(command_id, "pong", at_ms, ts=at_ms)


def error(command_id: object, code: str, message: str, at_ms: int) -> bytes:
    """Protocol §3.8."""
    return answer(command_id, "error", at_ms, code=code, message=message)


# --- books (protocol §5.3 to §5.6) --------------------------------------------------------------------------


def levels(rows: Sequence[PricedLevel]) -> list[dict[str, object]]:
    """One side of a book."""
    return [{"price": number(v.price), "quantity": number(v.quantity), "count": v.count} for v in rows]


def book_state(
    kind: str,
    ref: TokenRef,
    bids: Sequence[PricedLevel],
    asks: Sequence[PricedLevel],
    seq: int,
    digest: str,
    at_ms: int,
) -> Push:
    """`book_snapshot` or `book_update`: the whole book at `seq`, best first."""
    data = {**_token(ref), "bids": levels(bids), "asks": levels(asks), "tsMs": at_ms}
    return _push(kind, "token_book", ref.token_id, at_ms, data, seq=seq, digest=digest)


_DELTA_HEAD = b'{"type":"book_delta","sid":'


def _changed(changes: tuple[LevelChange, ...], side: str) -> str:
    return ",".join(
        [
            f'{{"price":"{number(change.price)}","quantity":"{number(change.quantity)}"}}'
            for change in changes
            if change.side == side
        ]
    )


def book_delta(change: BookChanged, at_ms: int) -> Push:
    """`book_delta` (protocol §5.5). Written by hand: thousands a second pass here."""
    token_id = change.token_id
    bids, asks = _changed(change.changes, "bid"), _changed(change.changes, "ask")
    tail = (
        f',"channel":"token_book","id":"{token_id}","serverTs":{at_ms},"seq":{change.seq},"prevSeq":{change.seq - 1},'
        f'"data":{{"tokenId":"{token_id}","conditionId":"{change.condition_id}","outcomeIndex":{change.outcome_index},'
        f'"bids":[{bids}],"asks":[{asks}],"tsMs":{change.at_ms}}}}}'
    )
    return Push("book_delta", "token_book", token_id, change.seq, _DELTA_HEAD, tail.encode("ascii"))


def book_snapshot_failed(token_id: str, reason: str, at_ms: int) -> Push:
    """Protocol §5.6."""
    data: dict[str, object] = {"tokenId": token_id, "reason": reason, "tsMs": at_ms}
    return _push("book_snapshot_failed", "token_book", token_id, at_ms, data)


# --- trades and candles (protocol §5.1, §5.2, §5.7) ---------------------------------------------------------


def trade_matched(trade: TradeMatched, at_ms: int) -> Push:
    data = {
        **_token(trade),
        "tradeId": trade.trade_id,
        "price": number(trade.price),
        "quantity": number(trade.quantity),
        "side": trade.taker_side,
        "tsMs": trade.at_ms,
    }
    return _push("trade_matched", "token_trade_matches", trade.token_id, at_ms, data)


def trade_settled(settled: TradeSettled, order_hash: str, at_ms: int) -> Push:
    trade = settled.trade
    data = {
        **_token(trade),
        "tradeId": trade.trade_id,
        "price": number(trade.price),
        "quantity": number(trade.quantity),
        "fee": number(settled.fee),
        "orderHash": order_hash,
        "txHash": settled.tx_hash,
        "blockNumber": settled.block_number,
        "tsMs": settled.at_ms,
    }
    return _push("trade_settled", "token_trade_settlements", trade.token_id, at_ms, data)


def ohlc_update(candle: CandleMoved, at_ms: int) -> Push:
    data = {
        **_token(candle),
        "interval": guesses.CANDLE_INTERVAL,
        guesses.CANDLE_START_FIELD: candle.bucket_start_ms,
        "open": number(candle.open),
        "high": number(candle.high),
        "low": number(candle.low),
        "close": number(candle.close),
        "volume": number(candle.volume),
        "tsMs": candle.at_ms,
    }
    return _push("ohlc_update", "token_ohlc", candle.token_id, at_ms, data)


# --- markets and platform (protocol §5.8, §5.9) -------------------------------------------------------------


def lifecycle_bodies(change: MarketStatusChanged) -> list[tuple[str, dict[str, object]]]:
    """The events one change of status makes: what it is on chain, if anything, then `market_status`."""
    kinds: list[tuple[str, dict[str, object]]] = []
    if change.status == "PAUSED":
        kinds.append(("market_paused", {}))
    elif change.previous == "PAUSED" and change.status == "OPEN":
        kinds.append(("market_unpaused", {}))
    elif change.payout_numerators is not None:
        kinds.append(("market_resolved", {"payoutNumerators": list(change.payout_numerators)}))
    kinds.append(("market_status", {"status": change.status, "previousStatus": change.previous}))
    return [(kind, {"conditionId": change.condition_id, **body, "tsMs": change.at_ms}) for kind, body in kinds]


def lifecycle(change: MarketStatusChanged, at_ms: int) -> list[Push]:
    """They as pushes."""
    bodies = lifecycle_bodies(change)
    return [_push(kind, "condition_lifecycle", change.condition_id, at_ms, body) for kind, body in bodies]


def platform_status(change: PlatformChanged, at_ms: int) -> Push:
    data: dict[str, object] = {
        "frozen": change.frozen,
        "maintenance": change.maintenance,
        "message": change.message,
        "tsMs": change.at_ms,
    }
    return _push("platform_status", "system", "platform_status", at_ms, data)


# --- private (protocol §5.10 to §5.12) ----------------------------------------------------------------------


def order_event(kind: str, body: dict[str, object], at_ms: int) -> Push:
    """`order_placed` or `order_cancelled`; `body` is the exchange's own order payload, passed through."""
    return _push(kind, "user_orders", None, at_ms, body)


def user_fill(fill: FillMade, client_order_id: str | None, at_ms: int) -> Push:
    data: dict[str, object] = {
        "walletAddress": fill.account,
        "side": fill.side,
        "tradeId": fill.trade_id,
        "orderId": fill.order_id,
    }
    if client_order_id is not None:
        data["clientOrderId"] = client_order_id
    data |= {
        "tokenId": fill.token_id,
        "conditionId": fill.condition_id,
        "outcomeIndex": fill.outcome_index,
        "price": number(fill.price),
        "quantity": number(fill.quantity),
        "source": "matcher",
        "tsMs": fill.at_ms,
    }
    return _push("user_fill", "user_fills", None, at_ms, data)


def vault_position_balance_changed(change: PositionChanged, at_ms: int) -> Push:
    data: dict[str, object] = {
        "vaultAddress": change.vault,
        "tokenId": change.token_id,
        "conditionId": change.condition_id,
        "outcomeIndex": change.outcome_index,
        "balanceAfter": number(change.balance_after),
        "reason": change.reason,
        "txHash": change.tx_hash,
        "blockNumber": change.block_number,
        "tsMs": change.at_ms,
    }
    return _push("vault_position_balance_changed", "vault_positions", change.vault, at_ms, data)
