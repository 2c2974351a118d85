"""Protocol §8 over real HTTP: one wallet's orders, fills, trades, balances, positions and vault, field by field."""

from __future__ import annotations

from decimal import Decimal

from psdash.simulator.protocol.auth import MULTI_WALLET_KEY
from tests.loopback.simulator.asking import SETTLED_BY_MS, body, failure, iso
from tests.loopback.simulator.rig import MAKER, START_MS, VAULT, WALLET, Rig


async def test_open_orders(rig: Rig) -> None:
    world, row = rig.world, rig.world.row
    first = world.place(WALLET, "buy", "0.30", "10", client_order_id="mm-1")
    world.advance(5)
    second = world.place(WALLET, "sell", "0.70", "20", outcome=1)
    part = world.place(WALLET, "buy", "0.52", "250")  # 200 rest at 0.52
    found = await body(rig, "/api/orders/open", rig.key)
    assert (found["walletAddress"], found["nextCursor"]) == (WALLET, None)
    assert [order["id"] for order in found["orders"]] == [part.order_id, second.order_id, first.order_id]
    assert found["orders"][0]["status"] == "OPEN"  # PARTIAL is reported as OPEN here
    assert (found["orders"][0]["filledQty"], found["orders"][0]["remainingQty"]) == ("200", "50")
    assert found["orders"][2] == {
        "id": first.order_id,
        "userWallet": WALLET,
        "vault": VAULT,
        "marketId": row.symbol,
        "side": "buy",
        "outcome": "0",
        "price": "0.3",
        "quantity": "10",
        "filledQty": "0",
        "remainingQty": "10",
        "expiry": 0,
        "type": "limit",
        "timeInForce": "gtc",
        "status": "OPEN",
        "clientOrderId": "mm-1",
        "createdAt": iso(START_MS),
        "updatedAt": iso(START_MS),
    }
    for name, value, count in (("side", "sell", 1), ("outcome", "0", 2), ("marketId", "X", 0), ("type", "limit", 3)):
        assert len((await body(rig, "/api/orders/open", rig.key, **{name: value}))["orders"]) == count
    assert (await body(rig, f"/api/orders/{part.order_id}", rig.key))["status"] == "PARTIAL"


async def test_order_history_and_cursor(rig: Rig) -> None:
    world = rig.world
    placed = [world.place(WALLET, "buy", "0.30", "10").order_id for _ in range(5)]
    world.exchange.cancel(WALLET, placed[1])
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await body(rig, "/api/orders/history", rig.key, limit="2", **cursor)
        seen += [order["id"] for order in page["orders"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == placed[::-1]
    cancelled = (await body(rig, "/api/orders/history", rig.key, status="CANCELLED"))["orders"]
    assert [order["id"] for order in cancelled] == [placed[1]]
    assert (await body(rig, "/api/orders/history", rig.key, to=iso(START_MS - 1)))["orders"] == []
    for cursor_text in ("!", "YWJj"):
        assert await failure(rig, "/api/orders/history", rig.key, cursor=cursor_text) == (400, "bad_request")
    assert await failure(rig, "/api/orders/open", rig.key, limit="0") == (400, "invalid_limit")


async def test_one_order_and_its_fills(rig: Rig) -> None:
    world = rig.world
    placed = world.place(WALLET, "buy", "0.52", "7")
    world.advance(SETTLED_BY_MS)
    (record,) = world.exchange.trades(world.row.symbol)
    fills = await body(rig, f"/api/orders/{placed.order_id}/fills", rig.key)
    assert fills == {
        "orderId": placed.order_id,
        "trades": [
            {
                "id": record.trade_id,
                "orderId": placed.order_id,
                "userWallet": WALLET,
                "vault": VAULT,
                "marketId": world.row.symbol,
                "price": "0.52",
                "quantity": "7",
                "fee": f"{record.taker_fee.normalize():f}",
                "side": "buy",
                "status": str(record.status),
                "txHash": record.tx_hash,
                "createdAt": iso(START_MS),
            }
        ],
    }
    assert await body(rig, "/api/orders/none/fills", rig.key) == {"orderId": "none", "trades": []}
    assert (await failure(rig, "/api/orders/none", rig.key))[0] == 404
    foreign = world.place(MAKER, "buy", "0.30", "1")
    assert (await failure(rig, f"/api/orders/{foreign.order_id}", rig.key))[0] == 404


async def test_own_trades(rig: Rig) -> None:
    world = rig.world
    placed = world.place(WALLET, "buy", "0.52", "7")
    (trade,) = (await body(rig, "/api/me/trades", rig.key))["trades"]
    (record,) = world.exchange.trades(world.row.symbol)
    assert trade == {
        "id": record.trade_id,
        "orderId": placed.order_id,
        "userWallet": WALLET,
        "marketId": world.row.symbol,
        "price": "0.52",
        "quantity": "7",
        "fee": f"{record.taker_fee.normalize():f}",
        "side": "buy",
        "createdAt": iso(START_MS),
        "status": str(record.status),
        "txHash": None,
        "settledAt": None,
        "adjustment": "NONE",
    }
    world.advance(SETTLED_BY_MS)
    (trade,) = (await body(rig, "/api/me/trades", rig.key))["trades"]
    assert (trade["status"], trade["txHash"]) == ("settled", record.tx_hash)
    assert trade["settledAt"] == iso(record.settled_at_ms or 0)
    assert (await body(rig, "/api/me/trades", rig.key, before=iso(START_MS)))["trades"] == []
    assert (await body(rig, "/api/me/trades", rig.key, marketId="X"))["trades"] == []


async def test_balances_and_positions(rig: Rig) -> None:
    world, row = rig.world, rig.world.row
    world.place(WALLET, "sell", "0.90", "1000")
    world.place(WALLET, "buy", "0.10", "1000")
    world.place(WALLET, "buy", "0.52", "100")
    (usdc,) = (await body(rig, "/api/me/balances", rig.key))["balances"]
    # Until the chain has settled the trade its money is still there, and locked.
    assert Decimal(usdc["available"]) + Decimal(usdc["locked"]) == 1_000_000 - 50_000
    world.advance(SETTLED_BY_MS)
    found = await body(rig, "/api/me/balances", rig.key)
    (usdc,) = found["balances"]
    assert found["walletAddress"] == WALLET
    assert (usdc["token"], usdc["unsettled"], usdc["quarantined"]) == ("USDC", "0", "0")
    fee = world.exchange.trades(row.symbol)[-1].taker_fee
    total = Decimal(usdc["available"]) + Decimal(usdc["locked"])
    assert total == Decimal(1_000_000 - 50_000 - 52) - fee
    assert Decimal(usdc["locked"]) >= 100
    positions = {row["outcome"]: row for row in (await body(rig, "/api/me/positions", rig.key))["positions"]}
    assert set(positions) == {"0", "1"}
    yes = positions["0"]
    assert (yes["marketId"], yes["tokenId"], yes["conditionId"]) == (row.symbol, row.yes_token_id, row.condition_id)
    assert (yes["quantity"], yes["availableQuantity"], yes["encumberedQuantity"]) == ("50100", "49100", "1000")
    (record,) = rig.world.exchange.trades(rig.world.row.symbol)
    bought = Decimal("0.52") * 100 + record.taker_fee
    average = (50_000 * Decimal("0.5") + bought) / 50_100  # a share that came by a split cost half a dollar
    assert yes["accountingStatus"] == "available"
    assert Decimal(yes["avgCost"]) == average.quantize(Decimal("0.000001"))
    vault = await body(rig, f"/api/vaults/{VAULT}/positions", rig.key)
    assert vault["vaultAddress"] == VAULT
    assert {row["tokenId"]: row["balance"] for row in vault["positions"]} == {
        row.yes_token_id: "50100",
        row.no_token_id: "50000",
    }
    assert await failure(rig, f"/api/vaults/{'0x' + '9' * 40}/positions", rig.key) == (403, "forbidden")


async def test_a_resolved_market_pays_and_leaves_no_open_position(rig: Rig) -> None:
    world = rig.world
    world.place(WALLET, "buy", "0.52", "100")  # not settled when the market ends
    for status in ("CLOSED", "PENDING_RESOLUTION"):
        world.exchange.set_market_status(world.row.symbol, status)
    world.exchange.set_market_status(world.row.symbol, "RESOLVED", ("1", "0"))
    assert (await body(rig, "/api/me/positions", rig.key))["positions"] == []
    assert await failure(rig, "/api/me/positions", rig.key, filter="mine") == (400, "bad_request")
    detail = await body(rig, f"/api/markets/{world.row.slug}")
    assert (detail["status"], detail["payoutNumerators"], detail["outcomePrices"]) == (
        "RESOLVED",
        ["1", "0"],
        ["1.000000", "0.000000"],
    )


async def test_bought_shares_have_a_cost(rig: Rig) -> None:
    other = rig.world.exchange.catalogue.by_slug("spain-vs-france-2026-draw")
    for wallet, side in ((MAKER, "buy"), (WALLET, "buy")):
        # Two buyers of opposite outcomes mint a pair: neither needs shares first.
        outcome = 0 if wallet == WALLET else 1
        price = Decimal("0.40") if wallet == WALLET else Decimal("0.60")
        rig.world.exchange.place(wallet, other.symbol, side, outcome, price, Decimal(10))
    rig.world.advance(SETTLED_BY_MS)
    rows = (await body(rig, "/api/me/positions", rig.key))["positions"]
    (row,) = [row for row in rows if row["marketId"] == other.symbol]
    (record,) = rig.world.exchange.trades(other.symbol)
    assert (row["quantity"], row["accountingStatus"]) == ("10", "available")
    assert Decimal(row["avgCost"]) == ((Decimal(4) + record.taker_fee) / 10).quantize(Decimal("0.000001"))
    trades = (await body(rig, "/api/me/trades", rig.key, marketId=other.symbol))["trades"]
    assert trades[0]["adjustment"] == "MINT"


async def test_vault_and_the_one_shot_portfolio(rig: Rig) -> None:
    vault = await body(rig, "/api/me/vault", rig.key)
    assert set(vault) == {
        "walletAddress",
        "vaultAddress",
        "deployed",
        "deployStatus",
        "deployTxHash",
        "deployRequestedAt",
        "deployConfirmedAt",
    }
    assert (vault["walletAddress"], vault["vaultAddress"], vault["deployStatus"]) == (WALLET, VAULT, "confirmed")
    tier = await body(rig, "/api/me/fee-tier", rig.key)
    assert set(tier) == {"makerBps", "takerBps"}
    portfolio = await body(rig, "/api/me/portfolio", rig.key)
    assert (portfolio["vault"], portfolio["feeTier"]) == (vault, tier)


async def test_a_wallet_without_an_account_has_nothing(rig: Rig) -> None:
    stranger = "0x" + "5" * 40
    headers = {"X-Api-Key": MULTI_WALLET_KEY, "X-User-Wallet": stranger}
    for path, name in (
        ("/api/orders/open", "orders"),
        ("/api/orders/history", "orders"),
        ("/api/me/trades", "trades"),
        ("/api/me/balances", "balances"),
        ("/api/me/positions", "positions"),
    ):
        found = (await rig.http.get(path, headers=headers)).json()
        assert (found["walletAddress"], found[name]) == (stranger, [])
    vault = (await rig.http.get("/api/me/vault", headers=headers)).json()
    assert (vault["vaultAddress"], vault["deployed"], vault["deployStatus"]) == (None, False, "not_started")
