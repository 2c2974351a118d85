"""What the faults put on the wire: real WebSocket clients and servers, in virtual time."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, WebSocketException

from psdash.simulator.chaos import Menu
from tests.loopback.simulator.chaos_kit import churn, ledger, levels, raw_frames, spoilt, subscribed
from tests.loopback.simulator.rig import MAKER, WALLET, Client, Frame, Rig
from tests.loopback.simulator.test_sim_books import Rebuilt
from tests.virtual.gateway.rig import run

Scenario = Callable[[Rig, Menu, Client], Awaitable[Any]]


def play(text: str, scenario: Scenario, *, gateway: str = "market", seed: int = 1, clock: bool = False) -> Any:
    """Run a scenario with one client in virtual time."""

    async def main() -> Any:
        async with spoilt(text, seed, clock=clock) as (rig, menu), rig.client(gateway) as client:
            return await scenario(rig, menu, client)

    return run(main())


async def after(client: Client, delay_s: float) -> list[Frame]:
    """Every push until then."""
    await asyncio.sleep(delay_s)
    return await client.settle()


# --- deltas ------------------------------------------------------------------------------------------------------


def test_dropped_deltas_leave_gaps_and_acks_and_snapshots_come() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        assert (await subscribed(client, rig, "token_book"))["accepted"]
        snapshot = await client.push("book_snapshot")
        churn(rig, 200)
        frames = await client.settle()
        seqs = [frame["seq"] for frame in frames if frame["type"] == "book_delta"]
        assert 200 - len(seqs) - sum(frame["type"] == "book_update" for frame in frames) == menu.struck["drop"] > 20
        assert seqs == sorted(set(seqs))
        assert all(frame["prevSeq"] == frame["seq"] - 1 for frame in frames if "prevSeq" in frame)
        assert snapshot["seq"] < seqs[0]

    play("drop=0.2", scenario)


def test_same_seed_same_frames_and_another_seed_others() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> list[Frame]:
        await subscribed(client, rig, "token_book", "token_trade_matches")
        frames: list[Frame] = []
        for _ in range(20):
            churn(rig, 10)
            rig.world.place(WALLET, "buy", "0.52", "1")
            frames += await after(client, 0.1)
        frames += await after(client, 30)
        return frames

    text = "drop,duplicate,reorder,delay,late,lose-last,mangled,garbage=0,trade-duplicate,trade-late"
    first, second, other = (play(text, scenario, seed=seed) for seed in (3, 3, 4))
    assert first == second
    assert first != other


def test_scheduled_strikes_come_at_the_same_moments_for_the_same_seed() -> None:
    async def times(seed: int) -> list[tuple[float, str, str]]:
        text = "silent,clock-step,counters-restart,close-1012"
        async with spoilt(text, seed, every_s=(5, 20)) as (rig, menu):
            for _ in range(3):
                async with rig.client("market") as client, rig.client("user"):
                    await asyncio.sleep(60)
                    del client
            return list(menu.log)

    first, second, other = (run(times(seed)) for seed in (3, 3, 4))
    assert first == second != other
    steps = [at_s for at_s, name, _ in first if name == "clock-step"]
    assert len(steps) > 8
    assert 5 <= steps[0] <= 20
    assert all(5 <= later - earlier <= 20.001 for earlier, later in pairwise(steps))
    assert {name for _, name, _ in first} >= {"clock-step", "close-1012", "counters-restart"}


def test_a_ghost_stands_in_the_feed_and_not_in_the_ledger() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        book = Rebuilt()
        book.apply(await client.push("book_snapshot"))
        placed = rig.world.place(MAKER, "buy", "0.50", "9")
        assert rig.world.exchange.cancel(MAKER, placed.order_id)
        for frame in await client.settle():
            book.apply(frame)  # which checks that every seq follows the one before
        assert book.sides["bids"].pop("0.5") == "9"
        assert book.sides == {side: ledger(rig, side) for side in ("bids", "asks")}
        assert book.seq == rig.world.exchange.token_book(rig.world.row.yes_token_id).seq
        assert menu.struck["ghost"] == 1
        churn(rig, 20)  # removals that are not of the best level are told
        for frame in await client.settle():
            book.apply(frame)
        assert menu.struck["ghost"] == 1
        assert book.sides["bids"] == ledger(rig, "bids")

    play("ghost=1", scenario)


def test_lose_last_leaves_a_client_behind_until_it_asks() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        before = await client.push("book_snapshot")
        churn(rig, 10)
        assert [frame["seq"] - before["seq"] for frame in await after(client, 60)] == list(range(1, 10))
        await client.socket.send(json.dumps({"id": 90, "cmd": "get_book_snapshot", "params": {"sid": 1}}))
        assert (await client.push("book_snapshot"))["seq"] == before["seq"] + 10

    play("lose-last=1", scenario)


# --- snapshots ---------------------------------------------------------------------------------------------------


async def ask(client: Client) -> Frame:
    """`get_book_snapshot` for the first subscription."""
    await client.socket.send(json.dumps({"id": 91, "cmd": "get_book_snapshot", "params": {"sid": 1}}))
    return await client.push()


def test_a_stale_snapshot_is_a_true_book_of_some_seconds_ago() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        first = await client.push("book_snapshot")
        rig.world.place(MAKER, "buy", "0.49", "5")
        await client.push("book_delta")
        await asyncio.sleep(5)
        stale = await ask(client)
        assert (stale["seq"], stale["data"]["bids"], stale["hash"]) == (
            first["seq"],
            first["data"]["bids"],
            first["hash"],
        )
        await asyncio.sleep(60)
        assert (await ask(client))["seq"] == first["seq"] + 1  # what is too old is not served again

    play("snapshot-stale=1", scenario)


def test_snapshots_fail_or_never_come() -> None:
    async def failing(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        failed = await client.push("book_snapshot_failed")
        assert failed["data"]["reason"] == "matcher_unavailable"
        churn(rig, 2)
        assert (await client.push())["type"] == "book_delta"

    async def lost(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        churn(rig, 2)
        assert [frame["type"] for frame in await after(client, 30)] == ["book_delta", "book_delta"]

    play("snapshot-fail=1", failing)
    play("snapshot-lost=1", lost)


# --- silence -----------------------------------------------------------------------------------------------------


def test_a_silent_subscription_has_acks_and_pongs_and_no_data_until_it_is_made_anew() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        await client.settle()
        menu.strike("silent")
        churn(rig, 10)
        assert await after(client, 60) == []  # a ping is answered, and nothing came before it
        listed = await client.command("list_subscriptions")
        assert [entry["sid"] for entry in listed["subscriptions"]] == [1]
        await client.socket.send(json.dumps({"id": 92, "cmd": "get_book_snapshot", "params": {"sid": 1}}))
        assert await after(client, 5) == []
        await subscribed(client, rig, "token_book")
        assert (await client.push("book_snapshot"))["sid"] == 2
        churn(rig, 2)
        assert [frame["sid"] for frame in await client.settle()] == [2, 2]

    play("silent", scenario)


def test_a_silent_line_stays_silent_until_the_next_connection() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        await client.settle()
        menu.strike("silent-line")
        await subscribed(client, rig, "token_book")
        churn(rig, 4)
        assert await after(client, 60) == []
        async with rig.client("market") as again:
            await subscribed(again, rig, "token_book")
            assert (await again.push("book_snapshot"))["sid"] == 1

    play("silent-line", scenario)


def test_no_pong_withholds_pongs_and_nothing_else() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        menu.strike("no-pong")
        with pytest.raises(TimeoutError):
            await client.command("ping")
        churn(rig, 2)
        await client.command("list_subscriptions")
        await asyncio.sleep(40)
        assert (await client.command("ping"))["type"] == "pong"

    play("no-pong=40", scenario)


# --- dialects ----------------------------------------------------------------------------------------------------


def test_prev_seq_stands_in_data_or_nowhere() -> None:
    async def in_data(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        await client.push("book_snapshot")
        churn(rig, 2)
        delta = await client.push("book_delta")
        assert "prevSeq" not in delta
        assert delta["data"]["prevSeq"] == delta["seq"] - 1
        assert levels(delta, "bids") == {"0.3": "5"}

    async def absent(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        await client.push("book_snapshot")
        churn(rig, 2)
        delta = await client.push("book_delta")
        assert "prevSeq" not in delta
        assert "prevSeq" not in delta["data"]

    play("prevseq-in-data", in_data)
    play("prevseq-absent", absent)


def test_update_as_state_sends_the_whole_book_in_place_of_each_delta() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        await client.push("book_snapshot")
        for price in ("0.31", "0.50", "0.49"):
            rig.world.place(MAKER, "buy", price, "7")
            update = await client.push("book_update")
            assert {side: levels(update, side) for side in ("bids", "asks")} == {
                side: ledger(rig, side) for side in ("bids", "asks")
            }
            book = rig.world.exchange.token_book(rig.world.row.yes_token_id)
            assert (update["seq"], update["hash"], "prevSeq" in update) == (book.seq, book.hash(), False)

    play("update-as-state", scenario)


def test_levels_come_worst_first_on_the_wire_and_from_rest() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        data = (await client.push("book_snapshot"))["data"]
        assert [level["price"] for level in data["bids"]] == ["0.44", "0.45", "0.46", "0.47", "0.48"]
        assert [level["price"] for level in data["asks"]] == ["0.56", "0.55", "0.54", "0.53", "0.52"]
        body = (await rig.get(f"/api/markets/{rig.world.row.symbol}/orderbook")).json()
        assert [level["price"] for level in body["bids"]] == ["0.44", "0.45", "0.46", "0.47", "0.48"]

    play("reversed-levels", scenario)


def test_no_server_ts_on_any_frame() -> None:
    async def main() -> None:
        async with (
            spoilt("no-server-ts") as (rig, _),
            rig.socket("market", {"X-Api-Key": rig.key}) as socket,
        ):
            client = Client(socket)
            token = rig.world.row.yes_token_id
            await socket.send(
                json.dumps(
                    {
                        "id": 1,
                        "cmd": "subscribe",
                        "params": {"subscriptions": [{"channel": "token_book", "ids": [token]}]},
                    }
                )
            )
            frames = await raw_frames(client, lambda frame: frame["type"] == "book_snapshot")
            churn(rig, 2)
            frames += await raw_frames(client, lambda frame: frame["type"] == "book_delta")
            await socket.send('{"id":2,"cmd":"ping"}')
            frames += await raw_frames(client, lambda frame: frame["type"] == "pong")
            assert {frame["type"] for frame in frames} > {"connected", "subscribed", "book_snapshot", "book_delta"}
            assert all("serverTs" not in frame for frame in frames)
            assert isinstance(frames[-1]["ts"], int)

    run(main())


def test_counters_restart_everywhere_and_the_ledger_can_be_asked_in_the_wires_numbers() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        token = rig.world.row.yes_token_id
        await subscribed(client, rig, "token_book")
        before = await client.push("book_snapshot")
        churn(rig, 2)
        await client.settle()
        menu.strike("counters-restart")
        churn(rig, 4)
        deltas = await client.settle()
        assert [(frame["prevSeq"], frame["seq"]) for frame in deltas] == [(0, 1), (1, 2), (2, 3), (3, 4)]
        assert menu.ledger_seq(token, 4) == before["seq"] + 6 == rig.world.exchange.token_book(token).seq
        fresh = await ask(client)
        assert (fresh["seq"], levels(fresh, "bids")) == (4, ledger(rig, "bids"))
        orderbook = (await rig.get(f"/api/markets/{rig.world.row.symbol}/orderbook")).json()
        assert orderbook["seq"] == 4
        touch = (await rig.get("/sim/ledger", token=token, seq="4")).json()
        assert touch["bid"] == {"price": "0.48", "quantity": "100"}

    play("counters-restart", scenario)


# --- clocks ------------------------------------------------------------------------------------------------------


def test_clock_skew_moves_every_time_alike() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        now_ms = rig.world.scheduler.now_ms
        await subscribed(client, rig, "token_book", "token_trade_matches")
        await client.push("book_snapshot")
        rig.world.place(WALLET, "buy", "0.52", "1")
        trade = next(frame for frame in await client.settle() if frame["type"] == "trade_matched")
        assert trade["serverTs"] == trade["data"]["tsMs"] == now_ms - 7_200_000
        pong = await client.command("ping")
        assert pong["ts"] == pong["serverTs"] == now_ms - 7_200_000
        answer = await rig.get(f"/api/markets/{rig.world.row.symbol}/trades")
        assert answer.headers["X-Server-Time"] == str(now_ms - 7_200_000)
        (row,) = answer.json()["trades"]
        assert row["createdAt"] == "2026-05-14T16:25:12.000Z"  # two hours before START_MS
        # Cursors are in the venue's own time, too.
        path = f"/api/markets/{rig.world.row.symbol}/trades"
        assert len((await rig.get(path, before="2026-05-14T16:25:12.001Z")).json()["trades"]) == 1
        assert (await rig.get(path, before=str(now_ms - 7_200_000))).json()["trades"] == []

    play("clock-skew=-7200", scenario)


def test_clock_step_moves_the_gateways_stamps_and_not_the_data() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        now_ms = rig.world.scheduler.now_ms
        await subscribed(client, rig, "token_book")
        await client.push("book_snapshot")
        seen = set()
        for _ in range(5):
            menu.strike("clock-step")
            churn(rig, 2)
            for frame in await client.settle():
                assert frame["data"]["tsMs"] == now_ms
                seen.add(frame["serverTs"] - now_ms)
            pong = await client.command("ping")
            header = (await rig.get("/api/platform/status")).headers["X-Server-Time"]
            assert pong["ts"] == pong["serverTs"] == int(header)
        assert len(seen) == 5
        assert all(abs(off_ms) <= 10_000 for off_ms in seen)
        assert max(seen) - min(seen) > 2_000

    play("clock-step", scenario)


# --- trades ------------------------------------------------------------------------------------------------------


def test_trades_and_fills_come_twice() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await client.subscribe({"channel": "user_fills"})
        for _ in range(20):
            rig.world.place(WALLET, "buy", "0.52", "1")
        fills = [frame["data"]["tradeId"] for frame in await after(client, 5)]
        assert len(fills) == 40
        assert len(set(fills)) == 20

    play("trade-duplicate=1", scenario, gateway="user")


def test_late_trades_come_seconds_later_and_keep_their_time() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_trade_matches")
        start_ms = rig.world.scheduler.now_ms
        for _ in range(5):
            rig.world.place(WALLET, "buy", "0.52", "1")
        assert await after(client, 0.9) == []
        trades = await after(client, 20)
        assert len({frame["data"]["tradeId"] for frame in trades}) == len(trades) == 5
        assert all(frame["data"]["tsMs"] == start_ms for frame in trades)

    play("trade-late=1", scenario)


def test_settlements_that_never_come() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_trade_matches", "token_trade_settlements")
        for _ in range(8):
            rig.world.place(WALLET, "buy", "0.52", "1")
        frames = await after(client, 120)
        assert [frame["type"] for frame in frames] == ["trade_matched"] * 8
        assert menu.struck["settlement-never"] == 8
        rows = (await rig.get("/api/me/trades", rig.key)).json()["trades"]
        assert {row["status"] for row in rows} == {"settlement_pending"}
        rig.world.exchange.check()  # no money was made or lost by it

    play("settlement-never=1", scenario, clock=True)


# --- subscribing -------------------------------------------------------------------------------------------------


def test_caps_are_lowered_in_the_middle() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        many = [str(number) for number in range(1, 31)]
        entry = {"channel": "token_ohlc", "ids": many}
        assert (await client.subscribe(entry, entry))["rejected"] == []
        menu.strike("cap-ids")
        (refused,) = (await client.subscribe(entry))["rejected"]
        assert (refused["code"], refused["message"]) == (
            "subscription_too_many_ids",
            "subscription accepts at most 20 ids",
        )
        assert (await client.subscribe({"channel": "token_ohlc", "ids": many[:20]}))["rejected"] == []
        error = await client.command("update_subscription", sid=3, add_ids=["99"])
        assert error["code"] == "subscription_too_many_ids"
        menu.strike("cap-sids")
        (refused,) = (await client.subscribe({"channel": "token_ohlc", "ids": ["1"]}))["rejected"]
        assert refused["code"] == "subscription_cap_exceeded"
        assert len((await client.command("list_subscriptions"))["subscriptions"]) == 3

    play("cap-ids=20,cap-sids=3", scenario)


def test_a_backlog_comes_after_a_reconnect_and_after_its_ack() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book", "token_trade_matches")
        churn(rig, 2)
        await asyncio.sleep(60)
        churn(rig, 6)
        rig.world.place(WALLET, "buy", "0.52", "1")
        sent = [frame for frame in await client.settle() if frame["sid"] == 1][-7:]
        (trade,) = await client_trades(rig)
        await client.socket.close()
        async with rig.client("market") as again:
            await subscribed(again, rig, "token_book", "token_trade_matches")
            snapshot, *backlog = await after(again, 1)
            assert snapshot["type"] == "book_snapshot"
            deltas = [frame for frame in backlog if frame["channel"] == "token_book"]
            assert [frame["seq"] for frame in deltas] == [frame["seq"] for frame in sent]
            assert deltas[-1]["seq"] == snapshot["seq"]
            trades = [frame for frame in backlog if frame["channel"] == "token_trade_matches"]
            assert [(frame["sid"], frame["data"]["tradeId"]) for frame in trades] == [(2, trade)]
            churn(rig, 2)
            assert [frame["seq"] - snapshot["seq"] for frame in await again.settle()] == [1, 2]

    play("backlog=50", scenario)


async def client_trades(rig: Rig) -> list[str]:
    body = (await rig.get(f"/api/markets/{rig.world.row.symbol}/trades")).json()
    return [row["id"] for row in body["trades"]]


# --- hostile frames ----------------------------------------------------------------------------------------------


def test_garbage_and_mangled_copies_come_between_true_frames() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        await subscribed(client, rig, "token_book")
        churn(rig, 200)
        seqs: list[int] = []
        odd = 0
        last = rig.world.exchange.token_book(rig.world.row.yes_token_id).seq
        async with asyncio.timeout(60):
            while last not in seqs:
                text = await client.socket.recv()
                try:
                    frame = json.loads(text)
                    true = frame["channel"] == "token_book" and set(frame["data"]) >= {"bids", "asks", "tsMs"}
                    seq = frame["seq"]
                except (ValueError, TypeError, KeyError, RecursionError):
                    odd += 1
                    continue
                if true and seq not in seqs:
                    seqs.append(seq)
                else:
                    odd += 1
        assert seqs == sorted(seqs)
        assert len(seqs) == 201
        assert odd > 100
        assert menu.struck["garbage"] > 50
        assert menu.struck["mangled"] > 50

    play("garbage=0.5,mangled=0.5", scenario)


def test_a_bad_frame_makes_the_client_close() -> None:
    async def main() -> None:
        codes = []
        async with spoilt("bad-frame", seed=2) as (rig, menu):
            for _ in range(20):
                async with rig.client("market") as client:
                    menu.strike("bad-frame")
                    with pytest.raises(ConnectionClosed) as closed:
                        await client.frame()
                    assert closed.value.sent is not None
                    codes.append(closed.value.sent.code)
        assert set(codes) == {1002, 1007, 1009}

    run(main())


def test_an_oversize_frame_is_one_text_frame_of_its_size() -> None:
    async def scenario(rig: Rig, menu: Menu, client: Client) -> None:
        menu.strike("oversize")
        with pytest.raises(ConnectionClosed) as closed:  # the library's own cap is 1 MiB
            await client.socket.recv()
        assert closed.value.sent is not None
        assert closed.value.sent.code == 1009
        async with rig.client("market", max_size=None) as patient:
            menu.strike("oversize")
            text = await patient.socket.recv()
            assert 2 * 2**20 < len(text) < 2.001 * 2**20
            assert json.loads(text)["type"] == "padding"

    play("oversize=2", scenario)


def test_a_busy_day_under_every_standing_fault_kills_neither_server_nor_ledger() -> None:
    standing = (
        "ghost,drop,duplicate,reorder,late,delay,lose-last,snapshot-stale,snapshot-fail,snapshot-lost,trade-duplicate,"
        "trade-late,backlog,update-as-state=0.1,reversed-levels,prevseq-in-data,clock-skew,hostile-text,mangled,garbage,"
        "settlement-never,tick,one-sided,empty-book,counters-restart,silent,close-1012,reset,cut,cut-ack,freeze=5,"
        "refuse-dial=2,accept-close=2,hang-handshake=2,upgrade-503=2,cap-ids,clock-step,bad-frame,oversize=1"
    )

    async def main() -> None:
        rng = random.Random(5)
        async with spoilt(standing, 9, every_s=(5, 20), clock=True) as (rig, menu):
            loop = asyncio.get_running_loop()
            until_s = loop.time() + 90
            while loop.time() < until_s:
                try:
                    async with rig.socket("market", {"X-Api-Key": rig.key}, open_timeout=1) as socket:
                        body = {
                            "id": 1,
                            "cmd": "subscribe",
                            "params": {
                                "subscriptions": [
                                    {"channel": channel, "ids": [rig.world.row.yes_token_id]}
                                    for channel in ("token_book", "token_trade_matches")
                                ]
                            },
                        }
                        await socket.send(json.dumps(body))
                        async with asyncio.timeout(10):
                            while True:
                                churn(rig, 4)
                                rig.world.place(WALLET, rng.choice(("buy", "sell")), "0.5", "1")
                                await socket.recv()
                                await asyncio.sleep(0.05)
                except (OSError, EOFError, WebSocketException):  # TimeoutError is an OSError
                    await asyncio.sleep(0.1)
            rig.world.exchange.check()
            assert (await rig.get("/sim/clock")).status_code == 200
            assert len(menu.struck) > 20, menu.struck

    run(main())
