from __future__ import annotations

from decimal import Decimal

from psdash.simulator.exchange.candles import BUCKET_MS, CandleRecord, Candles, MidSeries

D = Decimal
T = 1_780_000_000_000


def test_a_bucket_of_prints_in_both_views() -> None:
    candles = Candles()
    for at_ms, price_m in ((T, 520), (T + 1, 550), (T + 2, 500), (T + BUCKET_MS - 1, 530)):
        candles.add(at_ms, price_m, 2_500_000)
    assert candles.read(0) == [CandleRecord(T, D("0.52"), D("0.55"), D("0.50"), D("0.53"), D(10))]
    assert candles.read(1) == [CandleRecord(T, D("0.48"), D("0.50"), D("0.45"), D("0.47"), D(10))]
    assert candles.last(1) == candles.read(1)[0]


def test_buckets_without_a_print_do_not_exist() -> None:
    candles = Candles()
    for at_ms in (T, T + 3 * BUCKET_MS, T + 9 * BUCKET_MS):
        candles.add(at_ms, 400, 1_000_000)
    starts = [T, T + 3 * BUCKET_MS, T + 9 * BUCKET_MS]
    assert [candle.bucket_start_ms for candle in candles.read(0)] == starts
    assert [candle.bucket_start_ms for candle in candles.read(0, limit=2)] == starts[1:]
    assert [candle.bucket_start_ms for candle in candles.read(0, before_ms=starts[2], limit=1)] == [starts[1]]
    assert candles.volume_since(T + 1) == 2


def test_old_candles_are_forgotten() -> None:
    candles = Candles(keep=3)
    for number in range(5):
        candles.add(T + number * BUCKET_MS, 400, 1)
    assert [candle.bucket_start_ms for candle in candles.read(0)] == [T + n * BUCKET_MS for n in (2, 3, 4)]


def test_the_mid_is_carried_forward() -> None:
    mids = MidSeries()
    mids.note(T + 1_000, 1_030)
    mids.note(T + 1_900, 1_050)  # the last word of its second
    mids.note(T + 3_000, 1_050)  # no news
    mids.note(T + 5_000, 1_110)
    points = mids.sample(0, T, 1_000, 7)
    assert points == [
        (T + 1_000, D("0.525")),
        (T + 2_000, D("0.525")),
        (T + 3_000, D("0.525")),
        (T + 4_000, D("0.525")),
        (T + 5_000, D("0.555")),
        (T + 6_000, D("0.555")),
    ]
    assert [1 - price for _, price in mids.sample(1, T, 1_000, 7)] == [price for _, price in points]


def test_the_oldest_half_of_the_mids_goes_first() -> None:
    mids = MidSeries(keep=4)
    for second in range(5):
        mids.note(T + second * 1_000, 1_000 + second)
    assert [at_ms for at_ms, _ in mids.sample(0, T, 1_000, 5)] == [T + 2_000, T + 3_000, T + 4_000]
