"""Protocol §7, §8, §10 over real HTTP: every body field by field, error shapes, limits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest

from psdash.simulator.auth import MULTI_WALLET_KEY
from tests.loopback.simulator.rig import MAKER, START_MS, VAULT, WALLET, Rig, SmallWorld

SETTLED_BY_MS = 8_000

MARKET_FIELDS = {
    "id", "eventId", "symbol", "slug", "title", "groupItemTitle", "conditionId", "questionId", "yesTokenId",
    "noTokenId", "status", "currentReviewRound", "outcomeCount", "outcomeLabels", "initialFairValue",
    "initialOutcomePrices", "outcomePrices", "feeTakerBps", "opensAt", "closesAt", "kickoff", "pausedAt",
    "resolvedAt", "resolutionWindowHours", "payoutNumerators", "officialDataSource", "resolutionCriteria",
    "sourceMatchId", "negRiskEligible", "isNewMarketType", "createdAt", "updatedAt",
}  # fmt: skip


def iso(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def body(rig: Rig, path: str, key: str | None = None, **params: str) -> Any:
    answer = await rig.get(path, key, **params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-server-time"] == str(rig.world.scheduler.now_ms)
    return answer.json()


async def failure(rig: Rig, path: str, key: str | None = None, **params: str) -> tuple[int, str]:
    answer = await rig.get(path, key, **params)
    found = answer.json()
    assert set(found) >= {"code", "message", "details"}
    assert found["message"]
    return answer.status_code, found["code"]


# --- markets and events ---


async def test_market_detail(rig: Rig) -> None:
    row = rig.world.row
    found = await body(rig, f"/api/markets/{row.slug}")
    assert set(found) == MARKET_FIELDS
    expected = {
        "id": row.id,
        "eventId": row.event_id,
        "symbol": row.symbol,
        "slug": row.slug,
        "conditionId": row.condition_id,
        "yesTokenId": row.yes_token_id,
        "noTokenId": row.no_token_id,
        "status": "OPEN",
        "outcomeCount": 2,
        "outcomeLabels": ["YES", "NO"],
        "initialFairValue": "0.520000",
        "initialOutcomePrices": ["0.520000", "0.480000"],
        "outcomePrices": ["0.500000", "0.500000"],
        "feeTakerBps": row.fee_taker_bps,
        "pausedAt": None,
        "payoutNumerators": None,
        "negRiskEligible": False,
        "createdAt": iso(row.created_at_ms),
    }
    assert {name: found[name] for name in expected} == expected


async def test_a_symbol_is_no_slug(rig: Rig) -> None:
    assert await failure(rig, f"/api/markets/{rig.world.row.symbol}") == (404, "market_not_found")
    assert await failure(rig, "/api/markets/no-such-thing") == (404, "market_not_found")
    for leaf in ("orderbook", "trades", "ohlc", "price-history"):
        assert await failure(rig, f"/api/markets/{rig.world.row.slug}/{leaf}") == (404, "market_not_found")


async def test_market_list_and_its_status_filter(rig: Rig) -> None:
    every = (await body(rig, "/api/markets"))["markets"]
    assert {row["slug"] for row in every} == {row.slug for row in rig.world.exchange.catalogue.markets}
    paused = (await body(rig, "/api/markets", status="PAUSED"))["markets"]
    assert paused
    assert {row["status"] for row in paused} == {"PAUSED"}
    rig.world.exchange.set_market_status(rig.world.row.symbol, "PAUSED")
    assert len((await body(rig, "/api/markets", status="PAUSED"))["markets"]) == len(paused) + 1
    detail = await body(rig, f"/api/markets/{rig.world.row.slug}")
    assert (detail["status"], detail["pausedAt"]) == ("PAUSED", iso(START_MS))


async def test_events_tags_and_matches(rig: Rig) -> None:
    events = (await body(rig, "/api/events"))["events"]
    assert len(events) >= 4
    for event in events:
        assert set(event) >= {"id", "slug", "title", "group", "stage", "teamA", "teamB", "tags", "eventStartTime"}
        assert all(set(row) == MARKET_FIELDS and row["eventId"] == event["id"] for row in event["markets"])
    assert await body(rig, f"/api/events/{events[0]['id']}") == events[0]
    assert await failure(rig, "/api/events/none") == (404, "event_not_found")
    tags = (await body(rig, "/api/tags"))["tags"]
    assert {"slug": "football", "name": "Football"} in tags
    for event in (await body(rig, "/api/events", tag="football"))["events"]:
        assert any(tag["slug"] == "football" for tag in event["tags"])
    assert [event["teamA"] for event in (await body(rig, "/api/events", team="BRA"))["events"]] == ["BRA"]
    assert (await body(rig, "/api/events", stage="r16"))["events"] == []
    starts = [event["eventStartTime"] for event in (await body(rig, "/api/events", sort="starting_soon"))["events"]]
    assert starts == sorted(starts)
    assert await failure(rig, "/api/events", sort="loudest") == (400, "bad_request")
    matches = (await body(rig, "/api/matches", tag="football"))["matches"]
    assert matches[0]["events"][0]["markets"][0]["slug"].startswith(matches[0]["slug"])


# --- one market's data ---


async def test_orderbook(rig: Rig) -> None:
    row = rig.world.row
    book = rig.world.exchange.token_book(row.no_token_id)
    found = await body(rig, f"/api/markets/{row.symbol}/orderbook", outcome="1", depth="2")
    assert found == {
        "marketId": row.symbol,
        "outcome": "1",
        "bids": [{"price": "0.48", "quantity": "200"}, {"price": "0.47", "quantity": "201"}],
        "asks": [{"price": "0.52", "quantity": "100"}, {"price": "0.53", "quantity": "101"}],
        "seq": book.seq,
        "hash": book.hash(),
        "ts": iso(START_MS),
    }
    assert (await body(rig, f"/api/markets/{row.symbol}/orderbook"))["outcome"] == "0"
    path = f"/api/markets/{row.symbol}/orderbook"
    assert await failure(rig, path, outcome="2") == (400, "invalid_outcome")
    assert await failure(rig, path, depth="0") == (400, "bad_request")
    assert await failure(rig, path, depth="many") == (400, "bad_request")
    assert (await rig.get(path, depth="100000")).status_code == 200


async def test_the_gateway_and_rest_agree_on_the_hash(rig: Rig) -> None:
    row = rig.world.row
    async with rig.client("market") as client:
        await client.subscribe({"channel": "token_book", "ids": [row.yes_token_id]})
        snapshot = await client.push("book_snapshot")
    found = await body(rig, f"/api/markets/{row.symbol}/orderbook")
    assert (found["hash"], found["seq"]) == (snapshot["hash"], snapshot["seq"])


def trade_a_little(world: SmallWorld) -> None:
    """One trade of one share a second, both outcomes, six times; all settled or failed afterwards."""
    for index in range(6):
        world.place(WALLET, "buy", "0.52", "1", outcome=index % 2)
        world.advance(1000)
    world.advance(SETTLED_BY_MS)


async def test_trade_tape(rig: Rig) -> None:
    world, row = rig.world, rig.world.row
    trade_a_little(world)
    path = f"/api/markets/{row.symbol}/trades"
    found = await body(rig, path)
    assert found["symbol"] == row.symbol
    known = [record for record in world.exchange.trades(row.symbol) if record.status != "settlement_failed"]
    assert [trade["id"] for trade in found["trades"]] == [record.trade_id for record in reversed(known)]
    newest, record = found["trades"][0], known[-1]
    assert newest == {
        "id": record.trade_id,
        "price": "0.52",
        "quantity": "1",
        "createdAt": iso(record.at_ms),
        "settledAt": iso(record.settled_at_ms or 0),
        "maker": MAKER,
        "taker": WALLET,
        "makerFee": "0",
        "takerFee": f"{record.taker_fee.normalize():f}",
        "outcomeIndex": record.trade.outcome_index,
        "outcomeLabel": ("YES", "NO")[record.trade.outcome_index],
    }
    assert {trade["outcomeIndex"] for trade in found["trades"]} == {0, 1}  # both mixed in one list


async def test_the_tape_hides_trades_whose_settlement_failed(rig: Rig) -> None:
    world = rig.world
    for _ in range(200):
        world.place(MAKER, "sell", "0.50", "1")
        world.place(WALLET, "buy", "0.50", "1")
    world.advance(SETTLED_BY_MS)
    failed = {record.trade_id for record in world.exchange.trades(world.row.symbol) if record.settled_at_ms is None}
    assert failed
    for path, key in ((f"/api/markets/{world.row.symbol}/trades", None), ("/api/me/trades", rig.key)):
        shown = {trade["id"] for trade in (await body(rig, path, key, limit="200"))["trades"]}
        assert len(shown) == 200 - len(failed)
        assert not shown & failed


async def test_trade_tape_paging(rig: Rig) -> None:
    trade_a_little(rig.world)
    path = f"/api/markets/{rig.world.row.symbol}/trades"
    every = (await body(rig, path, limit="5000"))["trades"]
    paged: list[Any] = []
    before: dict[str, str] = {}
    while page := (await body(rig, path, limit="2", **before))["trades"]:
        paged += page
        before = {"before": page[-1]["createdAt"]}
    assert paged == every
    middle = every[2]["createdAt"]
    after = (await body(rig, path, after=middle))["trades"]
    assert after == every[:2]
    assert (await body(rig, path, after=middle, sort="size"))["trades"] == every  # `after` is for sort=time only
    assert (await body(rig, path, before=middle, cursor="x"))["trades"] == every[3:]
    for limit in ("0", "-3", "x"):
        assert await failure(rig, path, limit=limit) == (400, "invalid_limit")
    assert await failure(rig, path, before="yesterday") == (400, "bad_request")


async def test_ohlc(rig: Rig) -> None:
    row = rig.world.row
    trade_a_little(rig.world)
    path = f"/api/markets/{row.symbol}/ohlc"
    found = await body(rig, path, interval="s5", before=iso(rig.world.scheduler.now_ms))
    assert (found["symbol"], found["interval"], found["outcome"]) == (row.symbol, "s5", "0")
    expected = rig.world.exchange.candles(row.yes_token_id)
    assert [candle["bucketStartMs"] for candle in found["candles"]] == [candle.bucket_start_ms for candle in expected]
    assert sum(Decimal(candle["volume"]) for candle in found["candles"]) == 6
    first = found["candles"][0]
    assert first == {
        "bucketStartMs": START_MS // 5000 * 5000,
        "open": "0.52",
        "high": "0.52",
        "low": "0.48",
        "close": first["close"],
        "volume": first["volume"],
    }
    mirrored = (await body(rig, path, outcome="1"))["candles"][0]
    assert (mirrored["open"], mirrored["high"], mirrored["low"]) == ("0.48", "0.52", "0.48")
    last = found["candles"][-1]
    assert (await body(rig, path, limit="1"))["candles"] == [last]
    assert (await body(rig, path, **{"from": str(last["bucketStartMs"])}))["candles"] == [last]
    assert last not in (await body(rig, path, to=str(last["bucketStartMs"])))["candles"]
    assert await failure(rig, path, interval="m1") == (400, "bad_request")


async def test_price_history(rig: Rig) -> None:
    row = rig.world.row
    rig.world.advance(10_000)
    found = await body(rig, f"/api/markets/{row.symbol}/price-history", range="live", outcome="0")
    points = found["points"]
    assert points[-1] == {"ts": rig.world.scheduler.now_ms // 1000 * 1000, "price": "0.5"}
    assert {later["ts"] - earlier["ts"] for earlier, later in pairwise(points)} == {1000}
    assert await failure(rig, f"/api/markets/{row.symbol}/price-history", range="2d") == (400, "bad_request")


async def test_platform_status(rig: Rig) -> None:
    assert await body(rig, "/api/platform/status") == {
        "frozen": False,
        "maintenance": False,
        "message": None,
        "ts": iso(START_MS),
    }
    rig.world.exchange.set_platform(frozen=False, maintenance=True, message="Back at noon")
    found = await body(rig, "/api/platform/status")
    assert (found["maintenance"], found["message"]) == (True, "Back at noon")


# --- private reads ---


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
    assert yes["accountingStatus"] == "unavailable"  # most of it came by a split, at no price of its own
    assert yes["avgCost"] is None
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


# --- the frame around it ---


async def test_unknown_paths_and_methods(rig: Rig) -> None:
    for path in ("/", "/api", "/api/nothing", "/api/me/fills", "/ws/else", "/api/markets/a/b/c"):
        assert (await failure(rig, path))[0] == 404
    answer = await rig.http.request("DELETE", "/api/markets")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert (await failure(rig, "/ws/market"))[0] == 404  # no upgrade, no gateway


async def test_above_the_limit_comes_429_with_retry_after(rig: Rig) -> None:
    window_left_s = 60 - (START_MS // 1000) % 60
    remaining = []
    for _ in range(300):
        answer = await rig.get("/api/orders/open", rig.key)
        remaining.append(int(answer.headers["x-ratelimit-remaining"]))
    assert remaining == list(range(299, -1, -1))
    answer = await rig.get("/api/orders/open", rig.key)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.headers["retry-after"] == answer.headers["x-ratelimit-reset"] == str(window_left_s)
    assert answer.headers["x-ratelimit-limit"] == "300"
    assert (await rig.get("/api/me/vault", rig.key)).status_code == 200  # another bucket
    rig.world.advance(window_left_s * 1000)
    assert (await rig.get("/api/orders/open", rig.key)).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "/api/markets/%ff%fe",
        "//[",
        "/api/markets/[x",
        "/?" + "a=b&" * 500,
        "/api/markets/..%2f..",
        "//",
        "/api//",
        "/sim/ledger",
    ],
)
async def test_odd_targets_get_an_answer(rig: Rig, target: str) -> None:
    answer = await rig.http.get(httpx.URL(rig.server.rest_url).copy_with(raw_path=target.encode()))
    assert answer.status_code == 404
