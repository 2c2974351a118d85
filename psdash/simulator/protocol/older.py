"""The older version of the venue's protocol, as this exchange reads protocol §11: its channels, its events, its hub.

Known there: the channels and who serves them, the names of the events, the bodies of what the chain tells, and the
envelope, which is `type`, `sid`, `channel`, `id` and `data` and nothing else. The bodies of `trade`, `book_*` and
`market_*` are unknown: here they are those of the newer version, and what its envelope carries besides (sequence,
hash) stands in `data`. That a subscription to `token_book` pushes snapshots and deltas is this exchange's reading,
too: the page says that the channel was accepted and did not push then (`ServerOptions.silent_books`). What a paused
user cannot do any more is not said; here nothing changes but that it is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal

from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.happenings import (
    BookChanged,
    CandleMoved,
    ChainNews,
    FillMade,
    Happening,
    LevelChange,
    MarketStatusChanged,
    OrderCancelled,
    OrderPlaced,
    PlatformChanged,
    PositionChanged,
    SettlementFailed,
    TradeMatched,
    TradeSettled,
)
from psdash.simulator.exchange.orders import Order
from psdash.simulator.protocol import frames, guesses
from psdash.simulator.protocol.bodies import order_cancelled_body, order_placed_body
from psdash.simulator.protocol.channels import CHANNELS as NEWER
from psdash.simulator.protocol.channels import Channel
from psdash.simulator.protocol.fanout import Hub, send

VERSION = 1
#: Of the error that this exchange's chain refuses a settlement with: the one selector that §11 names.
REFUSAL = ("0xc56873ba", "OrderExpired")
#: Chain amounts are integers of this unit (§11's samples).
_MICRO = Decimal(10**6)

CHANNELS = {
    channel.name: channel
    for channel in (
        Channel("token_trades", "market", NEWER["token_book"].normalise, "tokenId"),
        Channel("token_book", "market", NEWER["token_book"].normalise, "tokenId"),
        Channel("condition_status", "market", NEWER["condition_lifecycle"].normalise, "conditionId"),
        Channel("system", "market", NEWER["system"].normalise, "system id"),
        Channel("user_activity", "user", None, scope="portfolio:read"),
        Channel("vault_activity", "user", NEWER["vault_positions"].normalise, "vault address", "portfolio:read"),
    )
}


def push(kind: str, channel: str, entity: str | None, data: dict[str, object], seq: int | None = None) -> frames.Push:
    """An event in the older envelope. `seq` is what faults know it by; on the wire it stands in `data`."""
    tail: dict[str, object] = {"channel": channel}
    if entity is not None:
        tail["id"] = entity
    tail["data"] = data
    head = b'{"type":"%b","sid":' % kind.encode()
    return frames.Push(kind, channel, entity, seq, head, b"," + frames.encode(tail)[1:])


class OlderHub(Hub):
    """What happens, told the older way. It has no candles, no settlements of others and no balances."""

    def __init__(self, exchange: Exchange, *, whole_lifecycle: bool = False, silent_books: bool = False) -> None:
        super().__init__(exchange, whole_lifecycle=whole_lifecycle)
        self.state_every = None
        self.silent_books = silent_books

    def tellers(self) -> dict[type[Happening], Callable[..., None]]:
        return {
            BookChanged: self._book_delta,
            TradeMatched: self._trade,
            TradeSettled: self._filled,
            CandleMoved: _nothing,
            MarketStatusChanged: self._status,
            PlatformChanged: self._platform,
            OrderPlaced: self._placed,
            OrderCancelled: self._cancelled,
            FillMade: self._matched,
            PositionChanged: _nothing,
            SettlementFailed: self._failed,
            ChainNews: self._news,
        }

    # --- public ---

    def snapshot(self, token_id: str, depth: int | None) -> frames.Push | None:
        """`book_snapshot`; None where books are not pushed, or nobody knows the token (no event says so)."""
        try:
            row, outcome = self._exchange.catalogue.by_token(token_id)
        except KeyError:
            return None
        if self.silent_books:
            return None
        book = self._exchange.token_book(token_id)
        data: dict[str, object] = {
            "tokenId": token_id,
            "conditionId": row.condition_id,
            "outcomeIndex": outcome,
            "bids": frames.levels(book.bids()[:depth]),
            "asks": frames.levels(book.asks()[:depth]),
            "seq": book.seq,
            "hash": book.hash(),
            "tsMs": self._now_ms,
        }
        return push("book_snapshot", "token_book", token_id, data, book.seq)

    def _book_delta(self, change: BookChanged) -> None:
        wanted = None if self.silent_books else self._wanted("token_book", change.token_id)
        if wanted:
            data: dict[str, object] = {
                "tokenId": change.token_id,
                "conditionId": change.condition_id,
                "outcomeIndex": change.outcome_index,
                "bids": _changed(change.changes, "bid"),
                "asks": _changed(change.changes, "ask"),
                "seq": change.seq,
                "prevSeq": change.seq - 1,
                "tsMs": change.at_ms,
            }
            send(push("book_delta", "token_book", change.token_id, data, change.seq), wanted)

    def _trade(self, trade: TradeMatched) -> None:
        if wanted := self._wanted("token_trades", trade.token_id):
            data: dict[str, object] = {
                "tokenId": trade.token_id,
                "conditionId": trade.condition_id,
                "outcomeIndex": trade.outcome_index,
                "tradeId": trade.trade_id,
                "price": frames.number(trade.price),
                "quantity": frames.number(trade.quantity),
                "side": trade.taker_side,
                "tsMs": trade.at_ms,
            }
            send(push("trade", "token_trades", trade.token_id, data), wanted)

    def _status(self, change: MarketStatusChanged) -> None:
        if wanted := self._wanted("condition_status", change.condition_id):
            for kind, body in frames.lifecycle_bodies(change):
                if self._whole_lifecycle or kind in guesses.LIFECYCLE_LITTLE:
                    send(push(kind, "condition_status", change.condition_id, body), wanted)

    def _platform(self, change: PlatformChanged) -> None:
        if wanted := self._wanted("system", "platform_status"):
            data: dict[str, object] = {
                "frozen": change.frozen,
                "maintenance": change.maintenance,
                "message": change.message,
                "tsMs": change.at_ms,
            }
            send(push("platform_status", "system", "platform_status", data), wanted)

    # --- private ---

    def _own(self, wallet: str, kind: str, data: dict[str, object]) -> None:
        if wanted := self._wanted("user_activity", wallet):
            send(push(kind, "user_activity", None, data), wanted)

    def _placed(self, placed: OrderPlaced) -> None:
        self._own(
            placed.account,
            "order_placed",
            order_placed_body(self._exchange.order(placed.order_id), placed.at_ms),
        )

    def _cancelled(self, cancelled: OrderCancelled) -> None:
        order = self._exchange.order(cancelled.order_id)
        self._own(cancelled.account, "order_cancelled", order_cancelled_body(order, cancelled.at_ms))

    def _matched(self, fill: FillMade) -> None:
        data: dict[str, object] = {
            "tradeId": fill.trade_id,
            "orderId": fill.order_id,
            "marketId": fill.symbol,
            "tokenId": fill.token_id,
            "conditionId": fill.condition_id,
            "outcomeIndex": fill.outcome_index,
            "side": fill.side,
            "price": frames.number(fill.price),
            "quantity": frames.number(fill.quantity),
            "tsMs": fill.at_ms,
        }
        tag = self._exchange.order(fill.order_id).client_order_id
        self._own(fill.account, "trade_matched", data if tag is None else data | {"clientOrderId": tag})

    def _filled(self, settled: TradeSettled) -> None:
        sides = self._sides(settled.trade)
        if sides is None:
            return
        maker, taker = sides
        vaults = [self._exchange.account(order.wallet).vault for order in sides]
        shares = _micro(settled.trade.quantity)
        gives = [_gives(order, settled.trade, shares) for order in sides]
        for role, order, vault in (("maker", maker, vaults[0]), ("taker", taker, vaults[1])):
            data: dict[str, object] = {
                "side": role,
                "orderHash": "0x" + hashlib.sha256(order.order_id.encode()).hexdigest(),
                "makerVault": vaults[0],
                "takerVault": vaults[1],
                "makerAssetId": gives[0][0],
                "takerAssetId": gives[1][0],
                "makerAmount": gives[0][1],
                "takerAmount": gives[1][1],
                "fee": _micro(settled.fee) if role == "taker" else "0",
                "blockNumber": settled.block_number,
                "txHash": settled.tx_hash,
            }
            self._own(order.wallet, "trade_fill", data)
            if wanted := self._wanted("vault_activity", vault.lower()):
                send(push("trade_fill", "vault_activity", vault, data), wanted)

    def _failed(self, failed: SettlementFailed) -> None:
        sides = self._sides(failed.trade)
        for order in sides or ():
            selector, text = REFUSAL
            tx_hash = "0x" + hashlib.sha256(f"refused {failed.trade.trade_id}".encode()).hexdigest()
            data: dict[str, object] = {
                "orderId": order.order_id,
                "reason": selector,
                "reasonText": text,
                "txHash": tx_hash,
            }
            self._own(order.wallet, "trade_failed", data)

    def _news(self, news: ChainNews) -> None:
        self._own(news.account, news.kind, dict(news.body))

    def _sides(self, trade: TradeMatched) -> tuple[Order, Order] | None:
        """Maker's and taker's order; None for a recorded print, which has none."""
        try:
            return self._exchange.order(trade.maker_order_id), self._exchange.order(trade.taker_order_id)
        except KeyError:
            return None


def _changed(changes: tuple[LevelChange, ...], side: str) -> list[dict[str, str]]:
    return [
        {"price": frames.number(each.price), "quantity": frames.number(each.quantity)}
        for each in changes
        if each.side == side
    ]


def _gives(order: Order, trade: TradeMatched, shares: str) -> tuple[str, str]:
    """Which asset a side gives ("0" is money) and how much, in millionths."""
    price = trade.price if order.outcome == trade.outcome_index else 1 - trade.price
    return ("0", _micro(price * trade.quantity)) if order.side == "buy" else (order.token_id, shares)


def _micro(amount: Decimal) -> str:
    return str(int(amount * _MICRO))


def _nothing(_: Happening) -> None:
    pass
