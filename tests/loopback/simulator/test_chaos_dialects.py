"""The other spellings of the protocol, and answers of REST that are late or half: what a client gets."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from psdash.simulator.chaos import Menu
from tests.loopback.simulator.chaos_kit import churn, ledger, levels, spoilt, subscribed
from tests.loopback.simulator.rig import MAKER, WALLET, Client, Frame, Rig
from tests.loopback.simulator.test_chaos_wire import play
from tests.loopback.simulator.test_sim_books import Rebuilt
from tests.virtual.gateway.rig import run


async def body(rig: Rig, path: str, **params: str) -> Any:
    """A good answer, to the account's owner."""
    found = await rig.get(path, rig.key, **params)
    assert found.status_code == 200, found.text
    return found.json()


# --- frames ------------------------------------------------------------------------------------------------------


def test_update_as_change_sends_the_changed_levels_with_the_hash_of_the_whole() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        held = levels(await client.push("book_snapshot"), "bids")
        for step in range(300):  # further than from one state frame to the next
            placed = rig.world.place(MAKER, "buy", f"0.{30 + step % 15}", str(1 + step % 7))
            if step % 3:
                rig.world.exchange.cancel(MAKER, placed.order_id)
            for frame in await client.settle():
                assert (frame["type"], "prevSeq" in frame, frame["data"]["asks"]) == ("book_update", False, [])
                (change,) = frame["data"]["bids"]
                held[change["price"]] = change["quantity"]
                if change["quantity"] == "0":
                    del held[change["price"]]
            book = rig.world.exchange.token_book(rig.world.row.yes_token_id)
            if frame["seq"] == book.seq:
                assert frame["hash"] == book.hash()
        assert held == ledger(rig, "bids")
        assert menu.struck["update-as-change"] == 500

    play("update-as-change", scenario)


def test_changes_come_as_one_list_with_sides() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        await client.push("book_snapshot")
        rig.world.place(MAKER, "sell", "0.60", "4")
        rig.world.place(MAKER, "buy", "0.40", "3")
        data = [(await client.push("book_delta"))["data"] for _ in range(2)]
        assert [each["changes"] for each in data] == [
            [{"side": "ask", "price": "0.6", "quantity": "4"}],
            [{"side": "bid", "price": "0.4", "quantity": "3"}],
        ]
        assert all("bids" not in each and "asks" not in each for each in data)

    play("changes-list", scenario)


def test_an_empty_list_is_null_everywhere_and_texts_keep_theirs() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        acknowledged = await subscribed(client, rig, "token_book")
        assert acknowledged["rejected"] is None
        assert len(acknowledged["accepted"]) == 1
        await client.push("book_snapshot")
        churn(rig, 2)
        data = (await client.push("book_delta"))["data"]
        assert (data["bids"], data["asks"]) == ([{"price": "0.3", "quantity": "5"}], None)
        assert (await body(rig, "/api/orders/open"))["orders"] is None
        assert (await body(rig, "/api/me/trades"))["trades"] is None
        assert (await body(rig, f"/api/markets/{rig.world.row.symbol}/trades"))["trades"] is None
        # A command's own words come back in an error: what looks like an empty list there is text.
        refused = await client.command('":[]')
        assert refused["message"] == 'unknown cmd: ":[]'

    play("null-lists", scenario)


def test_prints_and_settlements_without_an_id() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_trade_matches", "token_trade_settlements")
        for _ in range(4):
            rig.world.place(WALLET, "buy", "0.52", "1")
        rig.world.advance(10_000)
        frames = await client.settle()
        assert {frame["type"] for frame in frames} == {"trade_matched", "trade_settled"}
        assert all("tradeId" not in frame["data"] and frame["data"]["price"] == "0.52" for frame in frames)
        assert len((await body(rig, f"/api/markets/{rig.world.row.symbol}/trades"))["trades"][0]["id"]) == 36

    play("trades-without-id", scenario)


def test_a_placement_tells_what_is_filled_and_the_fills_come_all_the_same() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await client.subscribe({"channel": "user_orders"}, {"channel": "user_fills"})
        rig.world.place(WALLET, "buy", "0.52", "500")
        placed, fill = await client.settle()
        told = {name: placed["data"][name] for name in ("filledQty", "remainingQty", "status")}
        assert told == {"filledQty": "200", "remainingQty": "300", "status": "PARTIAL"}
        assert (fill["type"], fill["data"]["quantity"]) == ("user_fill", "200")
        rig.world.place(WALLET, "buy", "0.40", "1")
        (resting,) = await client.settle()
        assert (resting["data"]["filledQty"], resting["data"]["status"]) == ("0", "OPEN")

    play("placed-filled", scenario, gateway="user")


# --- answers -----------------------------------------------------------------------------------------------------


def test_ohlc_does_not_look_at_the_outcome() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        rig.world.place(WALLET, "buy", "0.52", "7")
        path = f"/api/markets/{rig.world.row.symbol}/ohlc"
        first, second = [await body(rig, path, outcome=outcome, interval="s5") for outcome in ("0", "1")]
        assert first == second
        assert "outcome" not in first
        assert [candle["close"] for candle in first["candles"]] == ["0.52"]
        menu.stop()
        assert [candle["close"] for candle in (await body(rig, path, outcome="1"))["candles"]] == ["0.48"]

    play("ohlc-ignores-outcome", scenario)


def test_open_orders_are_those_of_some_seconds_ago() -> None:
    """Each answer is what the list was at one moment of the last ten seconds."""

    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        world = rig.world
        past: list[dict[str, tuple[str, str]]] = []

        def now() -> dict[str, tuple[str, str]]:
            orders = world.exchange.open_orders(WALLET)
            return {order.order_id: (f"{order.filled:f}", f"{order.remaining:f}") for order in orders}

        for step in range(60):
            if step % 4 == 3:
                world.exchange.cancel(WALLET, world.exchange.open_orders(WALLET)[0].order_id)
            elif step % 4 == 2:
                world.place(MAKER, "sell", "0.49", "3")
            else:
                world.place(WALLET, "buy", "0.49", "10")
            past.append(now())
            world.advance(1_000)
            rows = (await body(rig, "/api/orders/open"))["orders"]
            told = {row["id"]: (row["filledQty"], row["remainingQty"]) for row in rows}
            assert told in [*past[-11:], {}]
            assert all(Decimal(row["filledQty"]) + Decimal(row["remainingQty"]) == 10 for row in rows)
        assert menu.struck["orders-lag"] > 30
        menu.stop()
        assert len((await body(rig, "/api/orders/open"))["orders"]) == len(past[-1])

    play("orders-lag=10", scenario)


def test_markets_are_listed_before_they_are_on_chain() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        path = f"/api/markets/{rig.world.row.slug}"
        early = await body(rig, path)
        assert (early["status"], early["yesTokenId"], early["noTokenId"]) == ("PRE_MARKET", None, None)
        assert (early["conditionId"], early["symbol"]) == (None, rig.world.row.symbol)
        (event,) = [one for one in (await body(rig, "/api/events"))["events"] if one["id"] == early["eventId"]]
        assert {market["yesTokenId"] for market in event["markets"]} == {None}
        await asyncio.sleep(61)
        late = await body(rig, path)
        assert (late["status"], late["yesTokenId"]) == ("OPEN", rig.world.row.yes_token_id)
        assert late["conditionId"] == rig.world.row.condition_id
        assert None not in {market["yesTokenId"] for market in (await body(rig, "/api/markets"))["markets"]}

    play("late-tokens=60", scenario)


def test_markets_go_on_chain_one_after_another_and_alike_for_the_same_seed() -> None:
    async def moments(seed: int) -> dict[str, int]:
        found: dict[str, int] = {}
        async with spoilt("late-tokens=60", seed) as (rig, _):
            for second in range(62):
                for market in (await body(rig, "/api/markets"))["markets"]:
                    if market["yesTokenId"] is not None:
                        found.setdefault(market["slug"], second)
                await asyncio.sleep(1)
        return found

    first, second, other = (run(moments(seed)) for seed in (3, 3, 4))
    assert first == second != other
    assert min(first.values()) >= 30
    assert len(set(first.values())) > 5


def test_positions_without_accounts() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        (row, _) = (await body(rig, "/api/me/positions"))["positions"]
        names = ("avgCost", "realizedPnl", "unrealizedPnl", "accountingStatus")
        assert [row[name] for name in names] == [None, None, None, "unavailable"]
        assert row["quantity"] == "50000"
        menu.stop()
        (row, _) = (await body(rig, "/api/me/positions"))["positions"]
        assert [row[name] for name in names] == ["0.500000", "0.000000", "0.000000", "available"]

    play("no-accounts", scenario)


@pytest.mark.parametrize(("order", "by_ms"), [("host-ahead=600", -600_000), ("host-behind", 90_000)])
def test_to_a_host_whose_clock_is_wrong_the_venue_is_off_the_other_way(order: str, by_ms: int) -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        pong: Frame = await client.command("ping")
        assert pong["ts"] == pong["serverTs"] == rig.world.scheduler.now_ms + by_ms
        header = (await rig.get("/api/platform/status")).headers["X-Server-Time"]
        assert int(header) == rig.world.scheduler.now_ms + by_ms

    play(order, scenario)


def test_every_dialect_at_once_still_tells_the_book() -> None:
    """They are spellings: whoever reads each of them rebuilds the ledger's book."""

    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        book = Rebuilt()
        book.apply(await client.push("book_snapshot"))
        churn(rig, 100)
        for frame in await client.settle():
            if frame["type"] == "book_delta":
                data = frame["data"]
                for side, name in (("bid", "bids"), ("ask", "asks")):
                    data[name] = [change for change in data["changes"] if change["side"] == side]
                frame["prevSeq"] = data["prevSeq"]
            book.apply(frame)
        assert book.sides == {side: ledger(rig, side) for side in ("bids", "asks")}

    play("changes-list,null-lists,prevseq-in-data", scenario)
