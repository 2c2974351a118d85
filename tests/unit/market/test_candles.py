"""Candles: a bucket that comes again replaces, and coarser frames are made of whole buckets."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psdash.market.candles import BASE_MS, Candle, CandleSeries, Origin, candles_of_prints
from psdash.market.tape import Aggressor, Print, Tape

cents = st.integers(1, 99).map(lambda c: Decimal(c) / 100)


@st.composite
def candles(draw: st.DrawFn) -> Candle:
    four = sorted(draw(st.lists(cents, min_size=4, max_size=4)))
    first, last = draw(st.permutations(four[1:3]))
    return Candle(
        draw(st.integers(0, 200)) * BASE_MS, first, four[3], four[0], last, Decimal(draw(st.integers(0, 99)))
    )


@given(st.lists(candles(), max_size=80), st.sampled_from([5_000, 15_000, 60_000]))
def test_a_frame_equals_the_merge_of_its_buckets(arrivals: list[Candle], interval_ms: int) -> None:
    series = CandleSeries()
    series.extend(arrivals)
    latest = {candle.start_ms: candle for candle in arrivals}
    buckets: dict[int, list[Candle]] = {}
    for start_ms in sorted(latest):
        buckets.setdefault(start_ms // interval_ms * interval_ms, []).append(latest[start_ms])
    expected = [
        Candle(
            start_ms,
            rows[0].open,
            max(row.high for row in rows),
            min(row.low for row in rows),
            rows[-1].close,
            sum((row.volume for row in rows), Decimal(0)),
        )
        for start_ms, rows in buckets.items()
    ]
    assert list(series.frame(interval_ms, 1_000)) == expected
    assert list(series.frame(interval_ms, 3)) == expected[-3:]


def test_capacity_keeps_the_newest_and_refuses_older_ones() -> None:
    series = CandleSeries(capacity=3)
    for number in (1, 2, 3, 4):
        assert series.upsert(_flat(number))
    assert [c.start_ms for c in series.frame(BASE_MS, 9)] == [2 * BASE_MS, 3 * BASE_MS, 4 * BASE_MS]
    assert not series.upsert(_flat(1))
    assert not series.upsert(_flat(4))
    assert series.last == _flat(4)


def test_a_frame_is_a_multiple_of_the_base() -> None:
    with pytest.raises(ValueError, match="multiple"):
        CandleSeries().frame(7_000, 10)


def _flat(number: int) -> Candle:
    half = Decimal("0.5")
    return Candle(number * BASE_MS, half, half, half, half, Decimal(1))


def test_a_frame_until_a_time_is_of_whole_buckets() -> None:
    series = CandleSeries()
    series.extend(_flat(number) for number in range(12))
    frame = series.frame(4 * BASE_MS, 9, until_ms=4 * BASE_MS + 1)
    assert [(c.start_ms, c.volume) for c in frame] == [(0, Decimal(4)), (4 * BASE_MS, Decimal(4))]


def test_price_points_never_replace_trades_and_give_way_to_them_in_a_bucket() -> None:
    series = CandleSeries()
    point = replace(_flat(0), open=Decimal("0.9"), high=Decimal("0.9"), volume=Decimal(0), origin=Origin.POINTS)
    assert series.upsert(_flat(0))
    assert not series.upsert(point)
    assert series.upsert(replace(point, start_ms=BASE_MS))
    (joined,) = series.frame(3 * BASE_MS, 9)
    assert joined == _flat(0)
    assert series.upsert(_flat(1))  # a trade does replace a point


@given(st.lists(st.tuples(st.integers(0, 300_000), st.integers(1, 99), st.integers(0, 1)), max_size=60))
def test_candles_of_prints_hold_every_print_once(trades: list[tuple[int, int, int]]) -> None:
    tape = Tape()
    for at, (ms, price, outcome) in enumerate(trades):
        tape.add(Print(str(at), "t", outcome, Decimal(price) / 100, Decimal(1), Aggressor.UNKNOWN, ms))
    candles = candles_of_prints(tape.newest(99), 0, 15_000, 99)
    assert all(candle.origin is Origin.PRINTS for candle in candles)
    assert sum(candle.volume for candle in candles) == len(trades)
    for candle in candles:
        prices = [
            each.seen_from(0).price
            for each in reversed(tape.newest(99))
            if each.venue_ms // 15_000 * 15_000 == candle.start_ms
        ]
        assert (candle.open, candle.close) == (prices[0], prices[-1])
        assert (candle.low, candle.high) == (min(prices), max(prices))
    assert list(candles_of_prints(tape.newest(99), 0, 15_000, 2)) == list(candles)[-2:]
