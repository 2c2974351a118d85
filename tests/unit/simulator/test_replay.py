"""A recording played through the exchange, and recordings that cannot be."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest

from psdash.simulator.actors.recording import MAX_LINE_BYTES, RecordingError
from psdash.simulator.exchange.happenings import BookChanged, CandleMoved, Happening, TradeMatched
from psdash.simulator.exchange.listing import MarketStatus
from psdash.simulator.world import World, build_world

START_MS = 1_780_000_000_000
T0 = 1_700_000_000_250
RECORDED = Path(__file__).parents[3].parent / "shared" / "data" / "nhl-final-inplay.jsonl.gz"

BOOK = {"k": "book", "t": T0, "m": 0, "bids": [[0.14, 8.0], [0.13, 239.34]], "asks": [[0.22, 5.0]]}
CHANGE = {"k": "chg", "t": T0 + 1_000, "m": 0, "s": "B", "p": 0.15, "q": 12.5, "bb": 0.15, "ba": 0.22}
TRADE = {"k": "trade", "t": T0 + 2_000, "m": 0, "s": "A", "p": 0.15, "q": 3.773582}
GONE = {"k": "chg", "t": T0 + 10_000, "m": 0, "s": "A", "p": 0.22, "q": 0, "bb": 0.15, "ba": 0.24, "fix": 1}


def written(folder: Path, *records: object, name: str = "one.jsonl") -> Path:
    path = folder / name
    text = "".join(f"{record if isinstance(record, str) else json.dumps(record)}\n" for record in records)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def shown(world: World, market: int) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
    row = world.exchange.catalogue.markets[market]
    book = world.exchange.token_book(row.yes_token_id)
    return (
        {level.price: level.quantity for level in book.bids()},
        {level.price: level.quantity for level in book.asks()},
    )


@pytest.mark.parametrize("name", ["plain.jsonl", "packed.jsonl.gz"])
def test_books_stand_at_once_and_the_rest_comes_in_its_time(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, BOOK, CHANGE, TRADE, GONE, name=name)
    world = build_world(1, START_MS, replay=path)
    replay = world.replay
    assert replay is not None
    assert shown(world, 0) == (
        {Decimal("0.14"): Decimal(8), Decimal("0.13"): Decimal("239.34")},
        {Decimal("0.22"): Decimal(5)},
    )
    heard: list[Happening] = []
    world.exchange.listen(heard.append)
    world.scheduler.run_until(START_MS + 9_000)
    assert (replay.played, replay.finished, replay.recording_ms) == (3, False, T0 + 2_000)
    assert 0 <= replay.fraction <= 1
    changes = [each for each in heard if isinstance(each, BookChanged)]
    assert [each.outcome_index for each in changes] == [0, 1]
    assert changes[0].at_ms % 1000 == T0 % 1000  # the beat of the second is kept
    assert 1_000 <= changes[0].at_ms - START_MS < 2_000
    assert changes[0].changes[0].quantity == Decimal("12.5")
    trade = next(each for each in heard if isinstance(each, TradeMatched))
    assert (trade.price, trade.quantity, trade.taker_side, trade.outcome_index) == (
        Decimal("0.15"),
        Decimal("3.773582"),
        "sell",
        0,
    )
    assert trade.at_ms - changes[0].at_ms == 1_000
    assert any(isinstance(each, CandleMoved) for each in heard)
    world.scheduler.run_until(START_MS + 20_000)
    assert (replay.played, replay.finished, replay.failure, replay.fraction) == (4, True, None, 1.0)
    assert shown(world, 0)[1] == {}
    statuses = {world.exchange.market_status(row.symbol) for row in world.exchange.catalogue.markets}
    assert statuses == {MarketStatus.CLOSED}
    world.scheduler.run_until(START_MS + 60_000)  # and the exchange stays up
    assert shown(world, 0)[0][Decimal("0.15")] == Decimal("12.5")


def test_speed(tmp_path: Path) -> None:
    world = build_world(1, START_MS, replay=written(tmp_path, BOOK, CHANGE, TRADE, GONE), speed=20)
    world.scheduler.run_until(START_MS + 1_499)
    assert world.replay is not None
    assert world.replay.finished


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_an_impossible_speed_is_refused(tmp_path: Path, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        build_world(1, START_MS, replay=written(tmp_path, BOOK), speed=speed)


def test_a_tenth_of_a_cent_is_kept(tmp_path: Path) -> None:
    fine = {"k": "chg", "t": T0 + 1, "m": 4, "s": "B", "p": 0.041, "q": 7}
    world = build_world(1, START_MS, replay=written(tmp_path, BOOK, fine))
    world.scheduler.run_until(START_MS + 2_000)
    assert shown(world, 4)[0] == {Decimal("0.041"): Decimal(7)}


BAD = [
    "{",
    "[1, 2]",
    '"text"',
    "[" * 20_000,
    json.dumps(CHANGE | {"k": "other"}),
    json.dumps(CHANGE | {"m": 6}),
    json.dumps(CHANGE | {"m": True}),
    json.dumps(CHANGE | {"t": "now"}),
    json.dumps(CHANGE | {"t": 1.5}),
    json.dumps(CHANGE | {"s": "X"}),
    json.dumps(CHANGE | {"s": ["B"]}),
    json.dumps(CHANGE | {"p": 0}),
    json.dumps(CHANGE | {"p": 1.0}),
    json.dumps(CHANGE | {"p": 0.0001}),
    json.dumps(CHANGE | {"p": "0.15"}),
    json.dumps(CHANGE | {"p": True}),
    json.dumps(CHANGE | {"q": -1}),
    json.dumps(CHANGE | {"q": 0.0000001}),
    json.dumps(CHANGE).replace("12.5", "NaN"),
    json.dumps(CHANGE).replace("12.5", "1e400"),
    json.dumps(CHANGE).replace("12.5", "1e999999999"),
    json.dumps(CHANGE).replace("12.5", "9" * 5_000),
    json.dumps(TRADE | {"q": 0}),
    json.dumps(BOOK | {"bids": None}),
    json.dumps(BOOK | {"bids": [[0.1]]}),
    json.dumps(BOOK | {"bids": [[0.1, 1]] * 2_001}),
    "\N{REPLACEMENT CHARACTER}",
    " " * (MAX_LINE_BYTES + 1) + "{}",
]


@pytest.mark.parametrize("line", BAD, ids=range(len(BAD)))
def test_a_bad_line_ends_the_replay_and_is_named(tmp_path: Path, line: str) -> None:
    world = build_world(1, START_MS, replay=written(tmp_path, BOOK, CHANGE, line, GONE))
    world.scheduler.run_until(START_MS + 30_000)
    replay = world.replay
    assert replay is not None
    assert replay.finished
    assert replay.failure is not None
    assert replay.failure.line == 3
    assert "one.jsonl, line 3: " in str(replay.failure)
    # The books keep the last state that the recording vouches for.
    assert shown(world, 0)[0][Decimal("0.15")] == Decimal("12.5")
    assert shown(world, 0)[1] == {Decimal("0.22"): Decimal(5)}
    statuses = {world.exchange.market_status(row.symbol) for row in world.exchange.catalogue.markets}
    assert statuses == {MarketStatus.SUSPENDED}


def test_a_bad_first_line_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"one\.jsonl, line 1: not JSON"):
        build_world(1, START_MS, replay=written(tmp_path, "nonsense"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        build_world(1, START_MS, replay=tmp_path / "none.jsonl")


def test_a_packed_file_cut_short(tmp_path: Path) -> None:
    whole = written(tmp_path, BOOK, CHANGE, TRADE, GONE, name="whole.jsonl.gz").read_bytes()
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match="damaged"):
        build_world(1, START_MS, replay=path)


def test_an_empty_file_plays_nothing(tmp_path: Path) -> None:
    world = build_world(1, START_MS, replay=written(tmp_path))
    assert world.replay is not None
    assert world.replay.finished
    assert world.replay.played == 0


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded final is not here")
def test_the_recorded_final_ends_with_the_books_of_an_independent_rebuild() -> None:
    books: dict[int, dict[str, dict[str, str]]] = {}
    lines = trades = 0
    with gzip.open(RECORDED, "rt") as recording:
        for text in recording:
            record = json.loads(text, parse_float=str, parse_int=str)
            lines += 1
            if record["k"] == "book":
                books[int(record["m"])] = {"B": dict(record["bids"]), "A": dict(record["asks"])}
            elif record["k"] == "chg":
                side = books[int(record["m"])][record["s"]]
                if float(record["q"]):
                    side[record["p"]] = record["q"]
                else:
                    side.pop(record["p"], None)
            else:
                trades += 1
    world = build_world(1, START_MS, replay=RECORDED, speed=20)
    heard = 0

    def hear(happening: Happening) -> None:
        nonlocal heard
        heard += isinstance(happening, TradeMatched)

    world.exchange.listen(hear)
    world.scheduler.run_until(START_MS + 60_000)
    replay = world.replay
    assert replay is not None
    assert (replay.failure, replay.finished, replay.played) == (None, True, lines)
    assert heard == trades
    assert len(books) == 6
    for market, sides in books.items():
        bids, asks = shown(world, market)
        assert bids == {Decimal(price): Decimal(size) for price, size in sides["B"].items()}
        assert asks == {Decimal(price): Decimal(size) for price, size in sides["A"].items()}
    world.exchange.check()
