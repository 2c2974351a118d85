"""The own account by REST where the venue pages oddly, says less than hoped, or counts in another unit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from psdash.account.account import Account
from psdash.gateway.account_reads import AccountReads
from psdash.gateway.clock import VenueTime
from psdash.gateway.dialling import Credential
from psdash.gateway.notices import Notice
from psdash.gateway.reads import Rest, iso
from psdash.gateway.rest import Answer, NotFoundError, Reader, UnreachableError
from psdash.market.board import Board
from psdash.market.catalogue import Market
from psdash.market.lifecycle import MarketStatus
from psdash.wire import predictstreet as wire
from psdash.wire.scalars import _iso_to_ms

Route = Callable[[Mapping[str, str]], Any]
NOW_MS = 1_778_783_100_000
SYMBOL = "NC26-X"


class Venue(Reader):
    """Answers each path by a function of its parameters; a path it does not know is a 404."""

    def __init__(self, **routes: Route) -> None:
        super().__init__("http://127.0.0.1:9", Credential())
        self.routes: dict[str, Route] = {"balances": lambda _: {"balances": []}, **routes}
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, keyed: bool = True) -> Answer:
        name = path.rsplit("/", 1)[-1]
        self.asked.append((name, dict(params or {})))
        body = self.routes[name](params or {}) if name in self.routes else None
        if body is None:
            raise NotFoundError("no such thing", status=404)
        return Answer(json.dumps(body).encode(), NOW_MS)

    def count(self, name: str) -> int:
        return sum(asked == name for asked, _ in self.asked)


class Desk:
    def __init__(self, venue: Venue) -> None:
        self.notices: list[Notice] = []
        self.account = Account()
        self.board = Board()
        self.board.watch(Market("a-b", SYMBOL, "t", MarketStatus.OPEN, ("11", "22")))
        self.socket_time = VenueTime(lambda: 0.0)
        self.socket_time.saw(NOW_MS)
        self.reads = AccountReads(Rest(venue), self.board, self.account, self.notices.append, self.socket_time)

    def push(self, balance: str, *, outcome: int = 0, server_ms: int = NOW_MS + 9_000, block_ms: int = 0) -> None:
        token = ("11", "22")[outcome]
        frame = {
            "type": "vault_position_balance_changed",
            "sid": 1,
            "channel": "vault_positions",
            "id": "0x" + "2" * 40,
            "serverTs": server_ms,
            "data": {"tokenId": token, "balanceAfter": balance, "tsMs": block_ms or server_ms},
        }
        event = wire.decode_frame(json.dumps(frame))
        assert isinstance(event, wire.PositionChanged)
        self.reads.position_changed(event)

    def sizes(self) -> list[tuple[int, Decimal]]:
        return [(position.outcome_index, position.size) for position in self.account.positions.held]


def order(n: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"o{n}",
        "marketId": SYMBOL,
        "side": "buy",
        "outcome": str(n % 2),
        "price": "0.4",
        "quantity": "10",
        "filledQty": "0",
        "status": "OPEN",
        "createdAt": iso(NOW_MS - 60_000),
        **more,
    }


def trade(n: int, at_ms: int, **more: Any) -> dict[str, Any]:
    row = {"id": f"t{n}", "orderId": f"o{n}", "marketId": SYMBOL, "price": "0.4", "quantity": "1", "side": "buy"}
    return {**row, "createdAt": iso(at_ms), "status": "settled", "settledAt": iso(at_ms + 1), **more}


def trades_of(rows: list[dict[str, Any]], cap: int) -> Route:
    """`GET /api/me/trades`, newest first, with a cap of the venue's own that it does not tell."""

    def route(params: Mapping[str, str]) -> Any:
        before = _iso_to_ms(params["before"]) if "before" in params else 2**60
        found = sorted((r for r in rows if _iso_to_ms(r["createdAt"]) < before), key=lambda r: r["createdAt"])
        return {"trades": found[::-1][: min(cap, int(params["limit"]))]}

    return route


@pytest.mark.parametrize("cursor", ["", None])
async def test_an_empty_cursor_ends_the_list_of_orders(cursor: str | None) -> None:
    venue = Venue(open=lambda _: {"orders": [order(1)], "nextCursor": cursor})
    desk = Desk(venue)
    await desk.reads.read_orders()
    assert venue.count("open") == 1
    assert [o.order_id for o in desk.account.orders.open] == ["o1"]


async def test_a_cursor_that_comes_again_ends_the_list_of_orders() -> None:
    venue = Venue(open=lambda p: {"orders": [order(1)], "nextCursor": "b" if p.get("cursor") == "a" else "a"})
    desk = Desk(venue)
    await desk.reads.read_orders()
    assert venue.count("open") == 3


async def test_an_order_may_be_adorned_with_anything() -> None:
    odd = {
        "expiry": "0",
        "clientOrderId": 7,
        "vault": "",
        "updatedAt": NOW_MS,
        "timeInForce": None,
        "filledQty": None,
    }
    desk = Desk(Venue(open=lambda _: {"walletAddress": "", "orders": [order(1, **odd), order(2, expiry="never")]}))
    await desk.reads.read_orders()
    assert {o.order_id for o in desk.account.orders.open} == {"o1", "o2"}


async def test_a_capped_page_of_trades_is_not_the_last() -> None:
    rows = [trade(n, NOW_MS + n * 1_000) for n in range(90)]
    desk = Desk(Venue(trades=trades_of(rows, cap=50)))
    await desk.reads.read_trades()
    assert len(desk.account.fills) == 90


async def test_reading_goes_back_to_what_is_known_and_no_further() -> None:
    rows = [trade(n, NOW_MS + n * 1_000) for n in range(90)]
    venue = Venue(trades=trades_of(rows, cap=50))
    desk = Desk(venue)
    await desk.reads.read_trades()
    rows += [trade(n, NOW_MS + n * 1_000) for n in range(90, 230)]
    venue.asked.clear()
    await desk.reads.read_trades()
    assert len(desk.account.fills) == 230
    assert venue.count("trades") == 3


async def test_a_trade_may_be_adorned_with_anything() -> None:
    odd = {"txHash": "pending", "fee": "none", "adjustment": 3, "vault": 0, "outcome": "YES"}
    desk = Desk(Venue(trades=trades_of([trade(1, NOW_MS, **odd)], 50)))
    await desk.reads.read_trades()
    (fill,) = desk.account.fills.newest(5)
    assert (fill.size, fill.fee, fill.tx_hash, fill.outcome_index) == (Decimal(1), None, "", None)


async def test_the_outcome_of_a_fill_is_its_orders() -> None:
    venue = Venue(
        open=lambda _: {"orders": [order(1)]},
        trades=trades_of([trade(n, NOW_MS + n) for n in (1, 2, 3)], 50),
        history=lambda p: {
            "orders": [order(3, status="FILLED")] if p.get("cursor") else [order(9), order(2, status="EXPIRED")],
            "nextCursor": None if p.get("cursor") else "next",
        },
    )
    desk = Desk(venue)
    await desk.reads.read_orders()
    for _ in range(3):
        await desk.reads.read_trades()
    assert [(f.order_id, f.outcome_index) for f in desk.account.fills.newest(5)] == [("o3", 1), ("o2", 0), ("o1", 1)]
    assert venue.count("history") == 2


async def test_an_outcome_that_nobody_knows_is_sought_once_and_costs_nothing() -> None:
    rows = [trade(1, NOW_MS)]
    venue = Venue(trades=trades_of(rows, 50))
    desk = Desk(venue)
    for _ in range(3):
        await desk.reads.read_trades()
    assert venue.count("history") == 1
    rows.append(trade(2, NOW_MS + 1))
    venue.routes["history"] = lambda _: {"orders": [order(2, outcome="0"), order(1)]}
    await desk.reads.read_trades()
    assert [(f.order_id, f.outcome_index) for f in desk.account.fills.newest(5)] == [("o2", 0), ("o1", 1)]


async def test_a_venue_in_trouble_is_asked_for_outcomes_again() -> None:
    def trouble(_: Mapping[str, str]) -> Any:
        raise UnreachableError("the venue is in trouble")

    venue = Venue(trades=trades_of([trade(1, NOW_MS)], 50), history=trouble)
    desk = Desk(venue)
    await desk.reads.read_trades()
    venue.routes["history"] = lambda _: {"orders": [order(1)]}
    await desk.reads.read_trades()
    assert [f.outcome_index for f in desk.account.fills.newest(5)] == [1]


def holding(size: str, outcome: int = 0) -> Route:
    return lambda _: {"positions": [{"marketId": SYMBOL, "outcome": str(outcome), "quantity": size}]}


async def test_balances_that_are_not_there_do_not_hide_positions() -> None:
    venue = Venue(positions=holding("250"))
    del venue.routes["balances"]
    desk = Desk(venue)
    await desk.reads.read_positions()
    assert desk.sizes() == [(0, Decimal(250))]
    assert desk.notices


async def test_balances_that_fail_do_not_hide_positions_either() -> None:
    def trouble(_: Mapping[str, str]) -> Any:
        raise UnreachableError("the venue is in trouble")

    desk = Desk(Venue(positions=holding("250"), balances=trouble))
    with pytest.raises(UnreachableError):
        await desk.reads.read_positions()
    assert desk.sizes() == [(0, Decimal(250))]
    assert desk.notices


async def test_a_pushed_balance_is_not_believed_before_rest_confirms_its_unit() -> None:
    venue = Venue(positions=holding("250"))
    desk = Desk(venue)
    await desk.reads.read_positions()
    desk.push("300000000")
    assert desk.sizes() == [(0, Decimal(250))]
    venue.routes["positions"] = holding("300")
    await desk.reads.read_positions()
    desk.push("310000000", server_ms=NOW_MS + 10_000)
    assert desk.sizes() == [(0, Decimal(310))]


async def test_a_balance_in_shares_is_believed_once_rest_says_the_same() -> None:
    venue = Venue(positions=holding("250"))
    desk = Desk(venue)
    desk.push("250")
    assert desk.sizes() == []
    await desk.reads.read_positions()
    desk.push("260", server_ms=NOW_MS + 10_000, block_ms=NOW_MS - 60_000)  # the block is old, the word is not
    assert desk.sizes() == [(0, Decimal(260))]


async def test_nothing_is_nothing_in_every_unit() -> None:
    desk = Desk(Venue(positions=holding("250")))
    await desk.reads.read_positions()
    desk.push("0")
    assert desk.sizes() == []
