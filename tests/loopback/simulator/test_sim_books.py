"""Protocol §5.3 to §5.6: snapshot and deltas add up to the exchange's own book at every sequence number."""

from __future__ import annotations

import asyncio
import json
import random
from functools import partial
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from psdash.simulator.protocol import guesses, journal
from psdash.simulator.protocol.line import Line
from psdash.simulator.protocol.server import ServerOptions
from psdash.simulator.world import build_world
from tests.loopback.simulator.rig import (
    DEADLINE_S,
    MAKER,
    START_MS,
    WALLET,
    Client,
    Frame,
    Rig,
    SmallWorld,
    Venue,
    running,
    serving,
    until,
)


class Rebuilt:
    """A client's book, from the frames alone, checked for the rules of protocol §5 on the way."""

    def __init__(self) -> None:
        self.seq = -1
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
        self.kinds: list[str] = []

    def apply(self, frame: Frame) -> None:
        self.kinds.append(frame["type"])
        if frame["type"] == "book_delta":
            assert frame["prevSeq"] == self.seq
            assert frame["seq"] == self.seq + 1
            assert "hash" not in frame
        else:
            assert len(frame["hash"]) == 16
            assert "prevSeq" not in frame
            self.sides = {"bids": {}, "asks": {}}
        for side, levels in self.sides.items():
            for level in frame["data"][side]:
                if level["quantity"] == "0":
                    del levels[level["price"]]
                else:
                    levels[level["price"]] = level["quantity"]
        self.seq = frame["seq"]

    def rows(self, side: str) -> list[list[str]]:
        """Best first."""
        ordered = sorted(self.sides[side].items(), key=lambda row: float(row[0]), reverse=side == "bids")
        return [list(row) for row in ordered]


def shake(world: SmallWorld, rng: random.Random, resting: list[tuple[str, str]]) -> None:
    """One random thing done to the main market's book."""
    if resting and rng.random() < 0.4:
        wallet, order_id = resting.pop(rng.randrange(len(resting)))
        world.exchange.cancel(wallet, order_id)
        return
    wallet = rng.choice((WALLET, MAKER))
    side, outcome = rng.choice(("buy", "sell")), rng.choice((0, 1))
    price = f"0.{rng.randint(40, 60)}"
    placement = world.place(wallet, side, price, str(rng.randint(1, 900) / 4), outcome)
    resting.append((wallet, placement.order_id))


async def truth(rig: Venue, token_id: str, **params: str) -> Any:
    answer = await rig.get("/sim/ledger", token=token_id, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_snapshot_fields(rig: Rig, market: Client) -> None:
    row = rig.world.row
    await market.subscribe({"channel": "token_book", "ids": [row.no_token_id]})
    frame = await market.push("book_snapshot")
    book = rig.world.exchange.token_book(row.no_token_id)
    data = frame.pop("data")
    assert frame == {
        "type": "book_snapshot",
        "sid": 1,
        "channel": "token_book",
        "id": row.no_token_id,
        "serverTs": rig.world.scheduler.now_ms,
        "seq": book.seq,
        "hash": book.hash(),
    }
    # The NO book mirrors the YES book: its best bid is one minus the best YES ask.
    assert data["bids"][0] == {"price": "0.48", "quantity": "200", "count": 1}
    assert data["asks"][0] == {"price": "0.52", "quantity": "100", "count": 1}
    assert (data["tokenId"], data["conditionId"], data["outcomeIndex"]) == (row.no_token_id, row.condition_id, 1)
    assert data["tsMs"] == rig.world.scheduler.now_ms


async def test_delta_fields(rig: Rig, market: Client) -> None:
    row = rig.world.row
    await market.subscribe({"channel": "token_book", "ids": [row.yes_token_id]})
    before = await market.push("book_snapshot")
    rig.world.place(MAKER, "buy", "0.48", "0.5")
    frame = await market.push("book_delta")
    data = frame.pop("data")
    assert frame == {
        "type": "book_delta",
        "sid": 1,
        "channel": "token_book",
        "id": row.yes_token_id,
        "serverTs": rig.world.scheduler.now_ms,
        "seq": before["seq"] + 1,
        "prevSeq": before["seq"],
    }
    assert data == {
        "tokenId": row.yes_token_id,
        "conditionId": row.condition_id,
        "outcomeIndex": 0,
        "bids": [{"price": "0.48", "quantity": "100.5"}],
        "asks": [],
        "tsMs": rig.world.scheduler.now_ms,
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_frames_rebuild_to_the_book_of_the_exchange_at_every_seq(rig: Rig, market: Client, seed: int) -> None:
    row, world, rng = rig.world.row, rig.world, random.Random(seed)
    tokens = [row.yes_token_id, row.no_token_id]
    books = {token_id: Rebuilt() for token_id in tokens}
    await market.subscribe({"channel": "token_book", "ids": tokens})
    resting: list[tuple[str, str]] = []
    expected: dict[tuple[str, int], tuple[list[list[str]], list[list[str]]]] = {}
    for _ in range(600):
        shake(world, rng, resting)
        for token_id in tokens:
            book = world.exchange.token_book(token_id)
            sides = (book.bids(), book.asks())
            expected[token_id, book.seq] = tuple(  # type: ignore[assignment]
                [[f"{level.price.normalize():f}", f"{level.quantity.normalize():f}"] for level in side]
                for side in sides
            )
    for frame in await market.settle():
        book_now = books[frame["id"]]
        book_now.apply(frame)
        if (frame["id"], frame["seq"]) in expected:
            assert (book_now.rows("bids"), book_now.rows("asks")) == expected[frame["id"], frame["seq"]]
    for token_id, rebuilt in books.items():
        now = await truth(rig, token_id)
        assert rebuilt.seq == now["seq"]
        assert rebuilt.rows("bids") == [level[:2] for level in now["bids"]]
        assert rebuilt.rows("asks") == [level[:2] for level in now["asks"]]
        assert rebuilt.kinds[0] == "book_snapshot"
        assert rebuilt.kinds.count("book_update") >= 400 // guesses.BOOK_UPDATE_EVERY
        assert rebuilt.kinds.count("book_delta") > 300


async def test_the_oracle_remembers_the_touch_of_every_seq(rig: Rig, market: Client) -> None:
    row, world, rng = rig.world.row, rig.world, random.Random(5)
    book, resting = Rebuilt(), list[tuple[str, str]]()
    await market.subscribe({"channel": "token_book", "ids": [row.no_token_id]})
    for _ in range(60):
        shake(world, rng, resting)
    for frame in await market.settle():
        book.apply(frame)
        at_seq = await truth(rig, row.no_token_id, seq=str(frame["seq"]))
        for side, name in (("bids", "bid"), ("asks", "ask")):
            best = next(iter(book.rows(side)), None)
            assert at_seq[name] == (None if best is None else {"price": best[0], "quantity": best[1]})


async def test_the_oracle_forgets_what_is_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "HISTORY_SEQS", 50)
    async with running() as rig:
        token_id = rig.world.row.yes_token_id
        for step in range(400):
            rig.world.place(MAKER, "buy", "0.48", str(step + 1))
        seq = rig.world.exchange.token_book(token_id).seq
        for back in range(51):
            at_seq = await truth(rig, token_id, seq=str(seq - back))
            assert at_seq["bid"]["quantity"] == str(100 + sum(range(1, 401 - back)))
        assert (await rig.get("/sim/ledger", token=token_id, seq=str(seq - 399))).status_code == 404


async def test_fifty_thousand_messages_a_second_arrive_without_a_gap() -> None:
    world = build_world(7, START_MS, rate=50_000)
    async with serving(world) as venue, venue.client("market") as client:
        books = {
            token_id: Rebuilt()
            for row in world.exchange.catalogue.markets
            if row.recorded
            for token_id in (row.yes_token_id, row.no_token_id)
        }
        await client.subscribe({"channel": "token_book", "ids": list(books)})
        for _ in range(10):
            world.scheduler.run_until(world.scheduler.now_ms + 25)
            for frame in await client.settle():
                books[frame["id"]].apply(frame)
        kinds = [kind for book in books.values() for kind in book.kinds]
        assert len(kinds) - kinds.count("book_snapshot") == 12_500
        for token_id, book in books.items():
            assert book.rows("bids") == [level[:2] for level in (await truth(venue, token_id))["bids"]]


async def test_the_oracle_says_what_it_does_not_know(rig: Rig) -> None:
    token_id = rig.world.row.yes_token_id
    seq = rig.world.exchange.token_book(token_id).seq
    for params in ({"token": "1"}, {"token": token_id, "seq": str(seq + 1)}, {"token": token_id, "seq": "0"}):
        assert (await rig.get("/sim/ledger", **params)).status_code == 404
    assert (await rig.get("/sim/clock")).json() == {"nowMs": rig.world.scheduler.now_ms}
    assert (await rig.get("/sim/replay")).json() == {"active": False}


async def test_get_book_snapshot_needs_no_new_subscription(rig: Rig, market: Client) -> None:
    row = rig.world.row
    await market.subscribe({"channel": "token_book", "ids": [row.yes_token_id, row.no_token_id]})
    first = [await market.push("book_snapshot") for _ in range(2)]
    token = row.yes_token_id
    namings: tuple[dict[str, object], ...] = ({"id": token}, {"tokenId": token}, {"ids": [token]})
    for naming in namings:
        command = {"id": 50, "cmd": "get_book_snapshot", "params": {"sid": 1, **naming}}
        await market.socket.send(json.dumps(command))
        assert await market.push("book_snapshot") == first[0]
    assert await market.settle() == []


async def test_an_unlisted_token_is_accepted_and_has_no_book(market: Client) -> None:
    ack = await market.subscribe({"channel": "token_book", "ids": ["42"]})
    assert ack["accepted"] == [{"sid": 1, "channel": "token_book", "ids": ["42"]}]
    frame = await market.push("book_snapshot_failed")
    assert (frame["sid"], frame["channel"], frame["id"]) == (1, "token_book", "42")
    assert frame["data"]["tokenId"] == "42"
    assert frame["data"]["reason"]


async def test_two_subscriptions_to_one_book_get_a_copy_each(rig: Rig, market: Client) -> None:
    entry = {"channel": "token_book", "ids": [rig.world.row.yes_token_id]}
    await market.subscribe(entry, entry)
    rig.world.place(MAKER, "buy", "0.30", "1")
    frames = await market.settle()
    assert [(frame["type"], frame.pop("sid")) for frame in frames] == [
        ("book_snapshot", 1),
        ("book_snapshot", 2),
        ("book_delta", 1),
        ("book_delta", 2),
    ]
    assert frames[2] == frames[3]


async def test_a_client_that_asks_for_compression_gets_it(rig: Rig) -> None:
    async with rig.client("market", compression="deflate") as client:
        assert "permessage-deflate" in (client.socket.response or pytest.fail("no response")).headers.get(
            "Sec-WebSocket-Extensions", ""
        )
        await client.subscribe({"channel": "token_book", "ids": [rig.world.row.yes_token_id]})
        book = Rebuilt()
        for step in range(50):
            rig.world.place(MAKER, "buy", "0.30", str(step + 1))
        for frame in await client.settle():
            book.apply(frame)
        assert book.seq == rig.world.exchange.token_book(rig.world.row.yes_token_id).seq
    async with rig.client("market") as client:
        assert "Sec-WebSocket-Extensions" not in (client.socket.response or pytest.fail("no response")).headers


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_frames_of_every_length_cross(rig: Rig, compression: str | None) -> None:
    """Each of the three length forms of RFC 6455 §5.2, and the two places where they meet."""
    async with rig.client("market", compression=compression) as client:
        for size in (100, 124, 125, 126, 127, 1000, 65_534, 65_535, 65_536, 65_537, 300_000):
            bare = len(
                json.dumps({"id": "", "type": "pong", "ts": START_MS, "serverTs": START_MS}, separators=(",", ":"))
            )
            tag = "x" * (size - bare)
            await client.socket.send(json.dumps({"id": tag, "cmd": "ping"}))
            assert await client.frame() == {"id": tag, "type": "pong", "ts": START_MS, "serverTs": START_MS}


async def read_all(client: Client) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            await client.socket.recv()


async def test_a_client_that_does_not_read_is_closed_and_delays_nobody() -> None:
    options = ServerOptions(line_factory=partial(Line, outbox_limit_bytes=200_000))
    async with running(options=options) as rig, rig.client("market") as quick, rig.client("market") as slow:
        token_id = rig.world.row.yes_token_id
        book, step = Rebuilt(), 0
        await quick.subscribe({"channel": "token_book", "ids": [token_id]})
        await slow.subscribe({"channel": "token_book", "ids": [token_id]})
        slow.socket.transport.pause_reading()
        _, slow_line = rig.server.lines
        while not slow_line.closing:
            for _ in range(100):
                step += 1
                rig.world.place(MAKER, "buy", "0.30", str(step % 7 + 1))
            for frame in await quick.settle():
                book.apply(frame)
            assert step < 200_000, "the slow client was never closed"
        slow.socket.transport.resume_reading()
        with pytest.raises(ConnectionClosed):
            await read_all(slow)
        assert (slow.socket.close_code, slow.socket.close_reason) == (1013, "slow consumer")
        await until(lambda: len(rig.server.lines) == 1)
        rig.world.place(MAKER, "buy", "0.30", "1")
        for frame in await quick.settle():
            book.apply(frame)
        assert book.seq == rig.world.exchange.token_book(token_id).seq
