"""Protocol §5.1, §5.2, §5.7 to §5.12: trades, candles, status, and what only the wallet's owner may see."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from psdash.simulator.protocol.auth import MULTI_WALLET_KEY
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import MAKER, START_MS, VAULT, WALLET, Client, Frame, Rig, running, until

#: By then every trade of this exchange has settled, or never will (protocol §13.5).
SETTLED_BY_MS = 8_000


def of_type(frames: list[Frame], kind: str) -> list[Frame]:
    return [frame for frame in frames if frame["type"] == kind]


async def public(rig: Rig, client: Client) -> None:
    """Subscribe to everything public about the main market except its book."""
    row = rig.world.row
    tokens = [row.yes_token_id, row.no_token_id]
    ack = await client.subscribe(
        *(
            {"channel": name, "ids": tokens}
            for name in ("token_trade_matches", "token_trade_settlements", "token_ohlc")
        ),
        {"channel": "condition_lifecycle", "ids": [row.condition_id]},
        {"channel": "system", "ids": ["platform_status"]},
    )
    assert ack["rejected"] == []


async def private(client: Client) -> None:
    ack = await client.subscribe(
        {"channel": "user_orders"}, {"channel": "user_fills"}, {"channel": "vault_positions", "ids": [VAULT]}
    )
    assert ack["rejected"] == []


async def test_matched_then_settled(rig: Rig, market: Client) -> None:
    row, world = rig.world.row, rig.world
    await public(rig, market)
    world.place(WALLET, "buy", "0.52", "25.5")
    frames = await market.settle()
    (matched,) = of_type(frames, "trade_matched")
    trade = world.exchange.trades(row.symbol)[-1]
    assert matched == {
        "type": "trade_matched",
        "sid": 1,
        "channel": "token_trade_matches",
        "id": row.yes_token_id,
        "serverTs": START_MS,
        "data": {
            "tokenId": row.yes_token_id,
            "conditionId": row.condition_id,
            "outcomeIndex": 0,
            "tradeId": trade.trade_id,
            "price": "0.52",
            "quantity": "25.5",
            "side": "buy",
            "tsMs": START_MS,
        },
    }
    assert of_type(frames, "trade_settled") == []
    world.advance(SETTLED_BY_MS)
    (settled,) = of_type(await market.settle(), "trade_settled")
    assert (settled["sid"], settled["channel"], settled["id"]) == (2, "token_trade_settlements", row.yes_token_id)
    data = settled["data"]
    assert 1_000 <= data["tsMs"] - START_MS <= SETTLED_BY_MS
    assert {
        name: data[name] for name in ("tokenId", "conditionId", "outcomeIndex", "tradeId", "price", "quantity")
    } == {
        "tokenId": row.yes_token_id,
        "conditionId": row.condition_id,
        "outcomeIndex": 0,
        "tradeId": trade.trade_id,
        "price": "0.52",
        "quantity": "25.5",
    }
    assert Decimal(data["fee"]) == trade.taker_fee > 0
    assert len(data["txHash"]) == len(data["orderHash"]) == 66
    assert isinstance(data["blockNumber"], int)


async def test_a_no_trade_is_pushed_under_the_no_token(rig: Rig, market: Client) -> None:
    await public(rig, market)
    rig.world.place(WALLET, "sell", "0.48", "3", outcome=1)  # meets the YES ask at 0.52
    (matched,) = of_type(await market.settle(), "trade_matched")
    assert matched["id"] == rig.world.row.no_token_id
    assert (matched["data"]["price"], matched["data"]["side"], matched["data"]["outcomeIndex"]) == ("0.48", "sell", 1)


async def test_some_trades_never_settle_and_nothing_says_so(rig: Rig, market: Client) -> None:
    await public(rig, market)
    for _ in range(300):
        rig.world.place(MAKER, "sell", "0.50", "1")
        rig.world.place(WALLET, "buy", "0.50", "1")
    rig.world.advance(SETTLED_BY_MS)
    frames = await market.settle()
    matched = {frame["data"]["tradeId"] for frame in of_type(frames, "trade_matched")}
    settled = {frame["data"]["tradeId"] for frame in of_type(frames, "trade_settled")}
    failed = {
        record.trade_id
        for record in rig.world.exchange.trades(rig.world.row.symbol)
        if record.status == "settlement_failed"
    }
    assert len(matched) == 300
    assert matched - settled == failed
    assert failed
    assert {frame["type"] for frame in frames} == {"trade_matched", "trade_settled", "ohlc_update"}


async def test_the_open_candle_is_sent_again_as_it_moves(rig: Rig, market: Client) -> None:
    row, world = rig.world.row, rig.world
    await public(rig, market)
    world.place(WALLET, "buy", "0.52", "10")
    world.place(WALLET, "sell", "0.48", "5")
    frames = [frame for frame in of_type(await market.settle(), "ohlc_update") if frame["id"] == row.yes_token_id]
    assert frames[-1]["data"] == {
        "tokenId": row.yes_token_id,
        "conditionId": row.condition_id,
        "outcomeIndex": 0,
        "interval": "s5",
        "bucketStartMs": START_MS // 5000 * 5000,
        "open": "0.52",
        "high": "0.52",
        "low": "0.48",
        "close": "0.48",
        "volume": "15",
        "tsMs": START_MS,
    }
    assert frames[0]["data"]["close"] == "0.52"
    assert frames[0]["sid"] == 3


async def test_platform_status(rig: Rig, market: Client) -> None:
    await public(rig, market)
    rig.world.exchange.set_platform(frozen=True, maintenance=False, message="Matching is frozen")
    (frame,) = await market.settle()
    assert frame == {
        "type": "platform_status",
        "sid": 5,
        "channel": "system",
        "id": "platform_status",
        "serverTs": START_MS,
        "data": {"frozen": True, "maintenance": False, "message": "Matching is frozen", "tsMs": START_MS},
    }


def walk_through_the_statuses(rig: Rig) -> None:
    for status in ("PAUSED", "OPEN", "CLOSED", "PENDING_RESOLUTION"):
        rig.world.exchange.set_market_status(rig.world.row.symbol, status)
    rig.world.exchange.set_market_status(rig.world.row.symbol, "RESOLVED", ("1", "0"))


async def test_lifecycle_is_mostly_silent_like_the_venue(rig: Rig, market: Client) -> None:
    await public(rig, market)
    walk_through_the_statuses(rig)
    (frame,) = [frame for frame in await market.settle() if frame["channel"] == "condition_lifecycle"]
    assert (frame["type"], frame["id"], frame["sid"]) == ("market_resolved", rig.world.row.condition_id, 4)
    assert frame["data"] == {
        "conditionId": rig.world.row.condition_id,
        "payoutNumerators": ["1", "0"],
        "tsMs": START_MS,
    }


async def test_lifecycle_can_push_all_four_events() -> None:
    async with running(options=ServerOptions(whole_lifecycle=True)) as rig, rig.client("market") as client:
        await public(rig, client)
        walk_through_the_statuses(rig)
        frames = [frame for frame in await client.settle() if frame["channel"] == "condition_lifecycle"]
    assert [frame["type"] for frame in frames] == [
        "market_paused",
        "market_status",
        "market_unpaused",
        "market_status",
        "market_status",
        "market_status",
        "market_resolved",
        "market_status",
    ]
    statuses = [
        (frame["data"]["previousStatus"], frame["data"]["status"])
        for frame in frames
        if frame["type"] == "market_status"
    ]
    assert statuses == [
        ("OPEN", "PAUSED"),
        ("PAUSED", "OPEN"),
        ("OPEN", "CLOSED"),
        ("CLOSED", "PENDING_RESOLUTION"),
        ("PENDING_RESOLUTION", "RESOLVED"),
    ]


async def test_own_orders(rig: Rig, user: Client) -> None:
    world = rig.world
    await private(user)
    placed = world.place(WALLET, "buy", "0.40", "12.5", client_order_id="mm-0001")
    (frame,) = await user.settle()
    order: dict[str, Any] = {"orderId": placed.order_id, "clientOrderId": "mm-0001", "marketId": world.row.symbol}
    assert frame == {
        "type": "order_placed",
        "sid": 1,
        "channel": "user_orders",
        "serverTs": START_MS,
        "data": order
        | {
            "userWallet": WALLET,
            "vault": VAULT,
            "side": "buy",
            "outcome": "0",
            "price": "0.4",
            "quantity": "12.5",
            "filledQty": "0",
            "remainingQty": "12.5",
            "type": "limit",
            "timeInForce": "gtc",
            "status": "OPEN",
            "tsMs": START_MS,
        },
    }
    world.exchange.cancel(WALLET, placed.order_id)
    (frame,) = await user.settle()
    assert (frame["type"], frame["sid"]) == ("order_cancelled", 1)
    assert frame["data"] == order | {"status": "CANCELLED", "remainingQty": "12.5", "tsMs": START_MS}
    assert "id" not in frame


async def test_own_fills_and_positions(rig: Rig, user: Client) -> None:
    world, row = rig.world, rig.world.row
    await private(user)
    placed = world.place(WALLET, "sell", "0.48", "30", outcome=1)
    frames = await user.settle()
    assert [frame["type"] for frame in frames] == ["order_placed", "user_fill"]
    assert frames[0]["data"]["filledQty"] == "0"  # as at acceptance, though it filled at once
    trade = world.exchange.trades(row.symbol)[-1]
    assert frames[1] == {
        "type": "user_fill",
        "sid": 2,
        "channel": "user_fills",
        "serverTs": START_MS,
        "data": {
            "walletAddress": WALLET,
            "side": "sell",
            "tradeId": trade.trade_id,
            "orderId": placed.order_id,
            "tokenId": row.no_token_id,
            "conditionId": row.condition_id,
            "outcomeIndex": 1,
            "price": "0.48",
            "quantity": "30",
            "source": "matcher",
            "tsMs": START_MS,
        },
    }
    world.advance(SETTLED_BY_MS)
    (frame,) = await user.settle()
    assert (frame["type"], frame["sid"], frame["id"]) == ("vault_position_balance_changed", 3, VAULT)
    data = frame["data"]
    assert {name: data[name] for name in ("vaultAddress", "tokenId", "conditionId", "outcomeIndex", "reason")} == {
        "vaultAddress": VAULT,
        "tokenId": row.no_token_id,
        "conditionId": row.condition_id,
        "outcomeIndex": 1,
        "reason": "trade",
    }
    assert data["balanceAfter"] == "49970"
    assert data["txHash"] == world.exchange.trades(row.symbol)[-1].tx_hash
    assert isinstance(data["blockNumber"], int)


async def test_nobody_sees_another_wallets_business(rig: Rig, user: Client) -> None:
    await private(user)
    async with rig.client("user", {"X-Api-Key": MULTI_WALLET_KEY, "X-User-Wallet": MAKER}) as maker:
        ack = await maker.subscribe({"channel": "user_orders"}, {"channel": "user_fills"})
        assert len(ack["accepted"]) == 2
        placed = rig.world.place(MAKER, "buy", "0.41", "1", client_order_id="theirs")
        rig.world.exchange.cancel(MAKER, placed.order_id)
        rig.world.exchange.split(MAKER, rig.world.row.symbol, Decimal(5))
        assert await user.settle() == []
        assert [frame["type"] for frame in await maker.settle()] == ["order_placed", "order_cancelled"]
        rig.world.place(WALLET, "buy", "0.52", "1")
        assert [frame["data"]["walletAddress"] for frame in of_type(await user.settle(), "user_fill")] == [WALLET]
        assert [frame["data"]["walletAddress"] for frame in of_type(await maker.settle(), "user_fill")] == [MAKER]


async def test_a_closed_socket_leaves_nothing_behind(rig: Rig) -> None:
    async with rig.client("user") as one, rig.client("market") as other:
        await private(one)
        await public(rig, other)
        assert rig.server.hub.topics == 11
    await until(lambda: rig.server.lines == [])
    assert rig.server.hub.topics == 0
    rig.world.place(WALLET, "buy", "0.52", "1")
