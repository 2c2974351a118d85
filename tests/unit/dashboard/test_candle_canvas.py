"""Candles as characters."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psdash.dashboard.painting.glyphs import ASCII, UNICODE, Glyphs
from psdash.dashboard.panes.candle_canvas import PITCH, OwnFill, OwnOrder, Scene, candles_that_fit
from psdash.dashboard.panes.candle_canvas import draw as draw_scene
from psdash.dashboard.panes.canvas import Drawing, Ink, Row
from psdash.market.candles import Candle, Origin
from psdash.market.gaps import Gap

STEP_MS = 60_000
START_MS = 1_784_145_600_000


def candle(slot: int, opened: int, high: int, low: int, close: int, volume: int = 100) -> Candle:
    """A candle whose prices are in cents."""
    o, h, lo, c = (Decimal(price) / 100 for price in (opened, high, low, close))
    return Candle(START_MS + slot * STEP_MS, o, h, lo, c, Decimal(volume))


def scene(candles: list[Candle], now_ms: int | None = None, **more: Any) -> Scene:
    newest_ms = candles[-1].start_ms if candles else START_MS
    edge_ms = newest_ms if now_ms is None else max(newest_ms, now_ms - now_ms % STEP_MS)
    return Scene(candles, STEP_MS, edge_ms, candles[-1].close if candles else Decimal(0), **more)


def draw(
    candles: list[Candle], width: int, height: int, volume_rows: int, now_ms: int | None = None, **more: Any
) -> Drawing:
    """Draw into a plot of `width` columns, whatever its axis takes beside it."""
    made = scene(candles, now_ms, **more)
    return next(
        drawing
        for axis in range(3, 30)
        if (drawing := draw_scene(made, width + axis, height, volume_rows)).axis == axis
    )


def text_of(row: Row) -> str:
    return "".join(run.text for run in row)


def column_of(drawing: Drawing, column: int) -> str:
    """What stands over each other in a column, without the line of the last price."""
    return "".join(text_of(row)[column] for row in drawing.plot).replace(UNICODE.horizontal, " ")


def test_a_rise_and_a_fall_stand_where_their_prices_are() -> None:
    drawing = draw([candle(0, 50, 54, 48, 52), candle(1, 52, 52, 40, 42)], 21, 20, 0)
    rise, fall = column_of(drawing, 18), column_of(drawing, 20)
    assert rise.strip() == rise.strip(" ")
    assert rise.index("│") < rise.index("█")  # the wick reaches above the body
    assert fall.rstrip()[-1] in "│╵"  # and the fall's below it
    assert drawing.plot[0][-1].ink in (Ink.NONE, Ink.UP, Ink.DOWN)
    inks = {run.ink for row in drawing.plot for run in row if run.text.strip()}
    assert inks == {Ink.UP, Ink.DOWN, Ink.GRID}


def test_the_newest_candle_is_at_the_right_edge_and_gaps_keep_the_last_price() -> None:
    drawing = draw([candle(0, 50, 50, 50, 50), candle(4, 55, 55, 55, 55)], 20, 10, 0)
    assert column_of(drawing, 19).strip()
    dots = [column for column in range(20) if "·" in column_of(drawing, column)]
    assert dots == [13, 15, 17]
    assert not column_of(drawing, 18).strip()


def test_now_is_at_the_right_edge_and_nothing_is_drawn_where_nobody_traded_since() -> None:
    now_ms = START_MS + 4 * STEP_MS + STEP_MS // 2
    candles = [candle(0, 50, 50, 50, 50), candle(2, 51, 51, 51, 51)]
    drawing = draw(candles, 21, 10, 2, now_ms)
    assert [column for column in range(21) if column_of(drawing, column).strip()] == [12, 14, 16]
    assert text_of(drawing.volume[-1])[17:].strip() == ""
    # A venue whose clock is ahead of ours still shows its newest candle.
    assert column_of(draw(candles, 21, 10, 0, START_MS), 20).strip()


def test_when_the_last_print_is_out_of_view_its_price_is_still_on_the_axis() -> None:
    drawing = draw([candle(0, 50, 50, 50, 50)], 21, 10, 2, START_MS + 100 * STEP_MS)
    assert not any(column_of(drawing, column).strip() for column in range(21))
    assert ("50", Ink.LAST) in drawing.labels.values()


@pytest.mark.parametrize(("high", "decimals"), [("0.44", 0), ("0.443", 1), ("0.45", 0)])
def test_the_labels_of_a_narrow_range_are_whole_or_tenths_and_all_different(high: str, decimals: int) -> None:
    low, top = Decimal("0.44"), Decimal(high)
    candles = [Candle(START_MS + at * STEP_MS, low, top, low, top, Decimal(1)) for at in range(9)]
    for height in range(6, 40):
        drawing = draw(candles, 30, height, 0)
        told = [text for text, _ in drawing.labels.values()]
        assert len(set(told)) == len(told)
        assert all(len(text.partition(".")[2]) <= decimals for text in told), told


def test_the_axis_names_round_prices_and_the_last_one() -> None:
    candles = [candle(slot, 40 + slot, 41 + slot, 40 + slot, 41 + slot) for slot in range(10)]
    drawing = draw(candles, 40, 21, 0)
    assert ("50", Ink.LAST) in drawing.labels.values()
    others = [text for text, ink in drawing.labels.values() if ink is Ink.AXIS]
    assert others
    assert all(int(text) % 2 == 0 for text in others)
    rows = sorted(drawing.labels)
    prices = [Decimal(drawing.labels[row][0]) for row in rows]
    assert prices == sorted(prices, reverse=True)


def test_the_volume_of_the_biggest_candle_fills_its_rows() -> None:
    drawing = draw([candle(0, 50, 50, 50, 50, 10), candle(1, 50, 50, 50, 50, 80)], 11, 12, 3)
    assert [text_of(row)[10] for row in drawing.volume] == ["█", "█", "█"]
    assert [text_of(row)[8] for row in drawing.volume] == [" ", " ", "▃"]


def test_times_are_under_the_candles_they_name() -> None:
    candles = [candle(slot, 50, 51, 50, 51) for slot in range(60)]
    drawing = draw(candles, 121, 12, 0)
    line = text_of(drawing.times)
    assert len(line) == 121
    at = line.index("20:30")
    newest = 59
    assert at + 2 == 120 - PITCH * (newest - 30)


@pytest.mark.parametrize(("width", "height"), [(4, 10), (20, 1)])
def test_no_room_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="room"):
        draw_scene(scene([candle(0, 50, 50, 50, 50)]), width, height, 0)


def test_no_candle_is_refused() -> None:
    with pytest.raises(ValueError, match="candle"):
        draw_scene(scene([]), 20, 10, 0)


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
    drawing = draw_scene(scene(candles), width + 8, height, 2)
    plot = width + 8 - drawing.axis
    assert [len(text_of(row)) for row in (*drawing.plot, *drawing.volume, drawing.times)] == [plot] * (height + 1)
    assert len(drawing.plot) == height - 2
    assert all(0 <= row < height - 2 for row in drawing.labels)
    told = [text for text, _ in drawing.labels.values()]
    assert all(len(text) < drawing.axis for text in told)
    assert len(set(told)) == len(told)
    assert column_of(drawing, plot - 1).strip()
    assert candles_that_fit(plot) == (plot + 1) // 2


# what is drawn in -------------------------------------------------------------------------------------------------


def test_the_last_price_runs_across_and_never_over_a_candle() -> None:
    drawing = draw([candle(0, 50, 54, 48, 52), candle(3, 52, 52, 52, 52)], 21, 12, 0)
    row = next(row for row, (_, ink) in drawing.labels.items() if ink is Ink.LAST)
    assert {run.ink for run in drawing.plot[row]} >= {Ink.GRID, Ink.UP}
    assert " " not in text_of(drawing.plot[row])


def test_own_fills_stand_at_their_price_beside_their_candle() -> None:
    candles = [candle(slot, 50, 54, 46, 50) for slot in range(5)]
    fills = (
        OwnFill(START_MS + STEP_MS + 1_000, Decimal("0.54"), True, Decimal(5)),
        OwnFill(START_MS + 3 * STEP_MS, Decimal("0.46"), False, Decimal(5)),
        OwnFill(START_MS + 2 * STEP_MS, Decimal("0.50"), False, Decimal(5)),
        OwnFill(START_MS + 2 * STEP_MS + 9, Decimal("0.50"), True, Decimal(5)),
        OwnFill(START_MS - 9 * STEP_MS, Decimal("0.50"), True, Decimal(5)),  # before everything
        OwnFill(START_MS, Decimal("0.99"), True, Decimal(5)),  # above everything
    )
    drawing = draw(candles, 11, 9, 0, fills=fills)
    own = [
        (column, row, char)
        for row, runs in enumerate(drawing.plot)
        for column, (char, ink) in enumerate((char, run.ink) for run in runs for char in run.text)
        if ink is Ink.OWN
    ]
    assert own == [(3, 0, "▲"), (5, 4, "◆"), (7, 8, "▼")]


def test_orders_are_dashes_and_a_label_and_those_out_of_view_are_pointed_at() -> None:
    candles = [candle(slot, 50, 54, 46, 47) for slot in range(5)]
    orders = tuple(OwnOrder(Decimal(price) / 100, True) for price in (20, 47, 52, 90))
    drawing = draw(candles, 31, 17, 0, orders=orders)
    labels = [text for _, (text, _) in sorted(drawing.labels.items())]
    assert labels[0] == "◆▲"
    assert "◆52" in labels
    assert ("◆47", Ink.LAST) in drawing.labels.values()
    assert labels[-1] == "◆▼"
    row = next(row for row, (text, _) in drawing.labels.items() if text == "◆52")
    assert {run.ink for run in drawing.plot[row] if "╌" in run.text} == {Ink.OWN}


def test_what_may_be_missing_is_striped_around_the_candle_and_never_dotted() -> None:
    gaps = (Gap(START_MS + STEP_MS + 1, START_MS + 2 * STEP_MS + 1),)
    candles = [candle(0, 50, 50, 50, 50), candle(2, 50, 52, 50, 52), candle(4, 52, 52, 52, 52)]
    drawing = draw(candles, 9, 9, 0, gaps=gaps)
    striped = [column for column in range(9) if UNICODE.stripes in column_of(drawing, column)]
    assert striped == [2, 4]
    assert " " not in column_of(drawing, 2) + column_of(drawing, 4)
    assert "█" in column_of(drawing, 4) or "▀" in column_of(drawing, 4)
    assert column_of(drawing, 6).count("·") == 1  # nobody traded there, and that is known


def test_prints_and_price_points_are_lines_and_not_candles() -> None:
    candles = [
        Candle(START_MS + at * STEP_MS, *(Decimal(price) / 100,) * 4, Decimal(at), origin)
        for at, price, origin in (
            (0, 50, Origin.POINTS),
            (2, 54, Origin.POINTS),
            (4, 51, Origin.PRINTS),
            (5, 53, Origin.PRINTS),
        )
    ]
    drawing = draw(candles, 11, 12, 2)
    inks = {run.ink for row in drawing.plot for run in row if run.text.strip() and run.ink is not Ink.GRID}
    assert inks == {Ink.FLAT, Ink.LINE}
    # From the first to the last there is no column without the line.
    assert all(set(column_of(drawing, column)) & set("▀▄│") for column in range(11))


def test_the_cursor_lights_its_column_and_names_its_time() -> None:
    candles = [candle(slot, 50, 51, 50, 51) for slot in range(20)]
    drawing = draw(candles, 39, 9, 2, cursor_ms=START_MS + 7 * STEP_MS)
    for row in (*drawing.plot, *drawing.volume):
        lit = [at for at, run in enumerate(run for run in row for _ in run.text) if run.lit]
        assert lit == [14]
    named = [run for run in drawing.times if run.ink is Ink.LAST]
    assert [run.text for run in named] == [" 20:07:00 "]


def test_rises_and_falls_differ_without_colour() -> None:
    drawing = draw([candle(0, 50, 52, 50, 52), candle(1, 52, 52, 48, 48)], 3, 9, 0, hatched=True)
    assert "▒" in column_of(drawing, 2)
    assert "▒" not in column_of(drawing, 0)


def test_days_are_named_where_they_begin_and_times_are_of_the_zone() -> None:
    zone = timezone(timedelta(hours=2), "CEST")
    candles = [replace(candle(0, 50, 51, 50, 51), start_ms=START_MS + at * 3_600_000) for at in range(60)]
    made = Scene(candles, 3_600_000, candles[-1].start_ms, Decimal("0.51"), zone=zone)
    drawing = draw_scene(made, 130, 9, 2)
    line = text_of(drawing.times)
    assert "07-16" in line  # 22:00 UTC on the fifteenth is midnight there
    column = 129 - drawing.axis - PITCH * (59 - 2)
    assert line[column - 2 : column + 3] == "07-16"


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_character_is_of_the_table(glyphs: Glyphs) -> None:
    candles = [candle(slot, 40 + slot, 47 + slot, 38 + slot, 45 - slot, slot * 7) for slot in range(9)]
    candles += [replace(candle(slot, 50, 50, 50, 50), origin=Origin.POINTS) for slot in range(-9, -3)]
    candles.sort(key=lambda each: each.start_ms)
    drawing = draw(
        candles,
        60,
        20,
        4,
        glyphs=glyphs,
        fills=(OwnFill(START_MS, Decimal("0.45"), True, Decimal(1)),),
        orders=(OwnOrder(Decimal("0.44"), False), OwnOrder(Decimal("0.9"), False)),
        gaps=(Gap(START_MS - 2 * STEP_MS, START_MS),),
        hatched=True,
    )
    drawn = "".join(text_of(row) for row in (*drawing.plot, *drawing.volume))
    known = set("".join(str(value) for value in asdict(glyphs).values()))
    assert set(drawn) <= known
    if glyphs is ASCII:
        assert drawn.isascii()
        assert all(text.isascii() for text, _ in drawing.labels.values())
