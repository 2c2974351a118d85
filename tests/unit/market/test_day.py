"""A day by its candles."""

from __future__ import annotations

from decimal import Decimal

from psdash.market.candles import Candle, CandleSeries, Origin
from psdash.market.day import DAY_MS, WIDTH_MS, day_of

NOW_MS = 1_784_145_600_000 + 123_456
EDGE_MS = NOW_MS // WIDTH_MS * WIDTH_MS


def series(*candles: tuple[int, str], origin: Origin = Origin.VENUE) -> CandleSeries:
    made = CandleSeries()
    for back, close in candles:
        price = Decimal(close)
        made.upsert(Candle(EDGE_MS - back * WIDTH_MS, price, price * 2, price / 2, price, Decimal(10), origin))
    return made


def test_a_whole_day_begins_where_the_one_before_ended() -> None:
    day = day_of(series((200, "9"), (97, "1"), (50, "4"), (0, "3")), NOW_MS)
    assert day is not None
    assert day.is_whole
    assert [day.before, day.last, day.high, day.low] == [Decimal(text) for text in ("1", "3", "8", "1.5")]
    assert day.volume == 20
    assert day.percent == 200


def test_a_younger_market_says_how_far_it_reaches() -> None:
    day = day_of(series((8, "2"), (0, "1")), NOW_MS)
    assert day is not None
    assert not day.is_whole
    assert day.span_ms == NOW_MS - (EDGE_MS - 8 * WIDTH_MS) < DAY_MS
    assert day.percent == -50


def test_without_candles_in_it_there_is_no_day() -> None:
    assert day_of(CandleSeries(), NOW_MS) is None
    assert day_of(series((300, "1")), NOW_MS) is None
    assert day_of(series((3, "1"), origin=Origin.POINTS), NOW_MS) is None


def test_a_price_that_came_from_nothing_has_no_percent() -> None:
    day = day_of(series((97, "0"), (0, "1")), NOW_MS)
    assert day is not None
    assert day.percent is None
