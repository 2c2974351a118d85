"""Candles as characters."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psdash.dashboard.panes.candle_canvas import PITCH, Drawing, Ink, Row, axis_width, candles_that_fit, draw
from psdash.market.candles import Candle

STEP_MS = 60_000
START_MS = 1_784_145_600_000


def candle(slot: int, opened: int, high: int, low: int, close: int, volume: int = 100) -> Candle:
    """A candle whose prices are in cents."""
    o, h, lo, c = (Decimal(price) / 100 for price in (opened, high, low, close))
    return Candle(START_MS + slot * STEP_MS, o, h, lo, c, Decimal(volume))


def text_of(row: Row) -> str:
    return "".join(run.text for run in row)


def column_of(drawing: Drawing, column: int) -> str:
    return "".join(text_of(row)[column] for row in drawing.plot)


def test_a_rise_and_a_fall_stand_where_their_prices_are() -> None:
    drawing = draw([candle(0, 50, 54, 48, 52), candle(1, 52, 52, 40, 42)], STEP_MS, 21, 20, 0)
    rise, fall = column_of(drawing, 18), column_of(drawing, 20)
    assert rise.strip() == rise.strip(" ")
    assert rise.index("│") < rise.index("█")  # the wick reaches above the body
    assert fall.rstrip()[-1] in "│╵"  # and the fall's below it
    assert drawing.plot[0][-1].ink in (Ink.NONE, Ink.UP, Ink.DOWN)
    inks = {run.ink for row in drawing.plot for run in row if run.text.strip()}
    assert inks == {Ink.UP, Ink.DOWN}


def test_the_newest_candle_is_at_the_right_edge_and_gaps_keep_the_last_price() -> None:
    drawing = draw([candle(0, 50, 50, 50, 50), candle(4, 55, 55, 55, 55)], STEP_MS, 20, 10, 0)
    assert column_of(drawing, 19).strip()
    dots = [column for column in range(20) if "·" in column_of(drawing, column)]
    assert dots == [13, 15, 17]
    assert not column_of(drawing, 18).strip()


def test_now_is_at_the_right_edge_and_nothing_is_drawn_where_nobody_traded_since() -> None:
    now_ms = START_MS + 4 * STEP_MS + STEP_MS // 2
    candles = [candle(0, 50, 50, 50, 50), candle(2, 51, 51, 51, 51)]
    drawing = draw(candles, STEP_MS, 21, 10, 2, now_ms)
    assert [column for column in range(21) if column_of(drawing, column).strip()] == [12, 14, 16]
    assert text_of(drawing.volume[-1])[17:].strip() == ""
    # A venue whose clock is ahead of ours still shows its newest candle.
    assert column_of(draw(candles, STEP_MS, 21, 10, 0, START_MS), 20).strip()


def test_when_the_last_print_is_out_of_view_its_price_is_still_on_the_axis() -> None:
    drawing = draw([candle(0, 50, 50, 50, 50)], STEP_MS, 21, 10, 2, START_MS + 100 * STEP_MS)
    assert not any(text_of(row).strip() for row in (*drawing.plot, *drawing.volume))
    assert ("50", Ink.LAST) in drawing.labels.values()


@pytest.mark.parametrize(("high", "decimals"), [("0.44", 0), ("0.443", 1), ("0.45", 0)])
def test_the_labels_of_a_narrow_range_are_whole_or_tenths_and_all_different(high: str, decimals: int) -> None:
    low, top = Decimal("0.44"), Decimal(high)
    candles = [Candle(START_MS + at * STEP_MS, low, top, low, top, Decimal(1)) for at in range(9)]
    for height in range(6, 40):
        drawing = draw(candles, STEP_MS, 30, height, 0)
        told = [text for text, _ in drawing.labels.values()]
        assert len(set(told)) == len(told)
        assert all(len(text.partition(".")[2]) <= decimals for text in told), told


def test_the_axis_names_round_prices_and_the_last_one() -> None:
    candles = [candle(slot, 40 + slot, 41 + slot, 40 + slot, 41 + slot) for slot in range(10)]
    drawing = draw(candles, STEP_MS, 40, 21, 0)
    assert ("50", Ink.LAST) in drawing.labels.values()
    others = [text for text, ink in drawing.labels.values() if ink is Ink.AXIS]
    assert others
    assert all(int(text) % 2 == 0 for text in others)
    rows = sorted(drawing.labels)
    prices = [Decimal(drawing.labels[row][0]) for row in rows]
    assert prices == sorted(prices, reverse=True)


def test_the_volume_of_the_biggest_candle_fills_its_rows() -> None:
    drawing = draw([candle(0, 50, 50, 50, 50, 10), candle(1, 50, 50, 50, 50, 80)], STEP_MS, 11, 12, 3)
    assert [text_of(row)[10] for row in drawing.volume] == ["█", "█", "█"]
    assert [text_of(row)[8] for row in drawing.volume] == [" ", " ", "▃"]


def test_times_are_under_the_candles_they_name() -> None:
    candles = [candle(slot, 50, 51, 50, 51) for slot in range(60)]
    drawing = draw(candles, STEP_MS, 121, 12, 0)
    line = text_of(drawing.times)
    assert len(line) == 121
    at = line.index("20:30")
    newest = 59
    assert at + 2 == 120 - PITCH * (newest - 30)


@pytest.mark.parametrize(("width", "height"), [(1, 10), (20, 1)])
def test_no_room_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="room"):
        draw([candle(0, 50, 50, 50, 50)], STEP_MS, width, height, 0)


def test_no_candle_is_refused() -> None:
    with pytest.raises(ValueError, match="candle"):
        draw([], STEP_MS, 20, 10, 0)


@settings(max_examples=25, deadline=None)
@given(
    prices=st.lists(st.integers(0, 1000), min_size=1, max_size=40),
    gaps=st.lists(st.integers(1, 5), min_size=40, max_size=40),
    width=st.integers(2, 60),
    height=st.integers(5, 24),
)
def test_whatever_the_prices_the_drawing_fits(prices: list[int], gaps: list[int], width: int, height: int) -> None:
    slot = 0
    candles = []
    for price, gap in zip(prices, gaps, strict=False):
        slot += gap
        at = Decimal(price) / 1000
        candles.append(
            Candle(START_MS + slot * STEP_MS, at, min(Decimal(1), at + Decimal("0.01")), at, at, Decimal(price))
        )
    drawing = draw(candles, STEP_MS, width, height, 2)
    assert [len(text_of(row)) for row in (*drawing.plot, *drawing.volume, drawing.times)] == [width] * (height + 1)
    assert len(drawing.plot) == height - 2
    assert all(0 <= row < height - 2 for row in drawing.labels)
    axis = axis_width(candles, STEP_MS, width + 8, height - 2)
    beside = draw(candles, STEP_MS, width + 8 - axis, height, 2)
    assert all(len(text) < axis for text, _ in beside.labels.values())
    told = [text for text, _ in beside.labels.values()]
    assert len(set(told)) == len(told)
    assert column_of(drawing, width - 1).strip()
    assert candles_that_fit(width) == (width + 1) // 2
