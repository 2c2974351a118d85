"""Private reads of one wallet: orders, fills, trades, balances, positions, vault (protocol §8.2, §8.3)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from psdash.simulator.exchange.accounts import Account
from psdash.simulator.exchange.exchange import Exchange
from psdash.simulator.exchange.orders import Order, OrderStatus
from psdash.simulator.exchange.trades import TradeStatus
from psdash.simulator.protocol import bodies, guesses
from psdash.simulator.protocol.rest import Access, Handler, Query, RestError, Route
from psdash.simulator.protocol.rest_public import instant_ms

OPEN_LIMIT = 500
HISTORY_DEFAULT, HISTORY_MAX = 100, 200
TRADES_DEFAULT, TRADES_MAX = 100, 500


def routes(exchange: Exchange) -> list[Route]:
    """Every private route."""
    reads = PrivateReads(exchange)
    orders: tuple[tuple[str, Handler], ...] = (
        ("/api/orders/open", reads.open_orders),
        ("/api/orders/history", reads.order_history),
        ("/api/orders/{id}", reads.order),
        ("/api/orders/{id}/fills", reads.order_fills),
    )
    others: tuple[tuple[str, Handler], ...] = (
        ("/api/me/balances", reads.balances),
        ("/api/me/positions", reads.positions),
        ("/api/me/trades", reads.trades),
        ("/api/me/vault", reads.vault),
        ("/api/me/portfolio", reads.portfolio),
        ("/api/me/fee-tier", reads.fee_tier),
        ("/api/vaults/{address}/positions", reads.vault_positions),
    )
    return [Route(path, Access.ORDERS, handler) for path, handler in orders] + [
        Route(path, Access.PRIVATE, handler) for path, handler in others
    ]


class PrivateReads:
    """The handlers. A wallet without an account here (a multi-wallet key can name any) has nothing, not an error."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def _account(self, query: Query) -> Account | None:
        try:
            return self._exchange.account(query.wallet)
        except KeyError:
            return None

    # --- orders (§8.2) ---

    def open_orders(self, query: Query) -> object:
        limit = query.integer("limit", OPEN_LIMIT, 1, OPEN_LIMIT, code="invalid_limit")
        account = self._account(query)
        orders = self._exchange.open_orders(query.wallet) if account else []
        # PARTIAL is shown as OPEN here, and only here (§8.1).
        return _page(query, orders, limit, {OrderStatus.PARTIAL: "OPEN"})

    def order_history(self, query: Query) -> object:
        limit = query.integer("limit", HISTORY_DEFAULT, 1, HISTORY_MAX, code="invalid_limit")
        from_ms, to_ms = instant_ms(query, "from"), instant_ms(query, "to")
        account = self._account(query)
        orders = self._exchange.order_history(query.wallet) if account else []
        wanted = query.params.get("status")
        kept = [
            order
            for order in orders
            if (wanted is None or order.status == wanted)
            and (from_ms is None or order.created_at_ms >= from_ms)
            and (to_ms is None or order.created_at_ms <= to_ms)
        ]
        return _page(query, kept, limit, {})

    def _own_order(self, query: Query) -> Order | None:
        try:
            order = self._exchange.order(query.args["id"])
        except KeyError:
            return None
        return order if order.wallet == query.wallet else None

    def order(self, query: Query) -> object:
        order = self._own_order(query)
        if order is None:
            raise RestError(404, guesses.CODE_ORDER_NOT_FOUND, "no such order")
        return bodies.order(order, order.status)

    def order_fills(self, query: Query) -> object:
        order = self._own_order(query)
        trades = [] if order is None else [bodies.order_fill(order, record) for record in reversed(order.trades)]
        return {"orderId": query.args["id"], "trades": trades}

    # --- trades, balances, positions (§8.3) ---

    def trades(self, query: Query) -> object:
        limit = query.integer("limit", TRADES_DEFAULT, 1, TRADES_MAX, code="invalid_limit")
        before_ms = instant_ms(query, "before")
        market = query.params.get("marketId")
        account = self._account(query)
        rows: list[dict[str, object]] = []
        for record in reversed(account.trades if account else ()):
            if record.status is TradeStatus.SETTLEMENT_FAILED:
                continue
            if before_ms is not None and record.at_ms >= before_ms:
                continue
            if market is not None and record.trade.symbol != market:
                continue
            rows.extend(bodies.own_trade(record, leg) for leg in record.legs_of(query.wallet))
            if len(rows) >= limit:
                break
        return {"walletAddress": query.wallet, "trades": rows[:limit]}

    def balances(self, query: Query) -> object:
        return {"walletAddress": query.wallet, "balances": bodies.balances(self._account(query))}

    def positions(self, query: Query) -> object:
        which = query.params.get(guesses.PARAM_POSITIONS, "open")
        if which not in ("open", "all"):
            raise RestError(400, "bad_request", f"{guesses.PARAM_POSITIONS} is open or all")
        account = self._account(query)
        rows = bodies.positions(self._exchange, account, all_of_them=which == "all") if account else []
        return {"walletAddress": query.wallet, "positions": rows}

    def vault(self, query: Query) -> object:
        return bodies.vault(self._exchange, query.wallet, self._account(query))

    def fee_tier(self, _query: Query) -> object:
        return bodies.fee_tier(self._exchange)

    def portfolio(self, query: Query) -> object:
        account = self._account(query)
        return {
            "walletAddress": query.wallet,
            "vault": bodies.vault(self._exchange, query.wallet, account),
            "balances": bodies.balances(account),
            "positions": bodies.positions(self._exchange, account, all_of_them=False) if account else [],
            "feeTier": bodies.fee_tier(self._exchange),
        }

    def vault_positions(self, query: Query) -> object:
        address = query.args["address"].lower()
        account = self._account(query)
        if account is None or account.vault.lower() != address:
            raise RestError(403, "forbidden", "not a vault of this caller")
        return {"vaultAddress": address, "positions": bodies.vault_positions(self._exchange, account)}


def _page(query: Query, orders: Iterable[Order], limit: int, spelling: dict[OrderStatus, str]) -> object:
    """One page of the orders that pass the common filters, newest first."""
    newest_first = sorted(orders, key=lambda order: -order.number)
    wanted = {name: query.params[name] for name in ("marketId", "side", "outcome", "type") if name in query.params}
    rows = [order for order in newest_first if all(bodies.order(order, "")[name] == v for name, v in wanted.items())]
    below = _read_cursor(query)
    if below is not None:
        rows = [order for order in rows if order.number < below]
    page = rows[:limit]
    return {
        "walletAddress": query.wallet,
        "orders": [bodies.order(order, spelling.get(order.status, order.status)) for order in page],
        "nextCursor": _cursor(page[-1]) if len(rows) > limit else None,
    }


def _cursor(order: Order) -> str:
    return base64.urlsafe_b64encode(f"before {order.number}".encode()).decode("ascii")


def _read_cursor(query: Query) -> int | None:
    text = query.params.get("cursor")
    if text is None:
        return None
    try:
        word, _, digits = base64.urlsafe_b64decode(text).decode("ascii").partition(" ")
        if word == "before":
            return int(digits)
    except (ValueError, binascii.Error):
        pass
    raise RestError(400, "bad_request", "cursor is not one of ours")
