"""Protocol §7, §10 over real HTTP: every public body field by field, error shapes, limits."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.loopback.simulator.asking import SETTLED_BY_MS, body, failure, iso
from tests.loopback.simulator.rig import MAKER, START_MS, WALLET, Rig, SmallWorld

MARKET_FIELDS = {
    "id", "eventId", "symbol", "slug", "title", "groupItemTitle", "conditionId", "questionId", "yesTokenId",
    "noTokenId", "status", "currentReviewRound", "outcomeCount", "outcomeLabels", "initialFairValue",
    "initialOutcomePrices", "outcomePrices", "feeTakerBps", "opensAt", "closesAt", "kickoff", "pausedAt",
    "resolvedAt", "resolutionWindowHours", "payoutNumerators", "officialDataSource", "resolutionCriteria",
    "sourceMatchId", "negRiskEligible", "isNewMarketType", "createdAt", "updatedAt",
}  # fmt: skip


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
