"""Cumulative depth as characters."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psdash.dashboard.painting.glyphs import ASCII, UNICODE, Glyphs
from psdash.dashboard.panes.canvas import Drawing, Ink, Row
from psdash.dashboard.panes.depth_canvas import SCALES, DepthScene, cumulative, draw, span_of
from psdash.market.book import Level, Side
from psdash.market.ticks import CENT, DOLLAR


def side(levels: dict[int, int]) -> list[Level]:
    """Levels in cents, in the order given."""
    return [Level(price * CENT, Decimal(size)) for price, size in levels.items()]


def scene(bids: dict[int, int], asks: dict[int, int], **more: Any) -> DepthScene:
    return DepthScene(side(bids), side(asks), CENT, **more)


def text_of(row: Row) -> str:
    return "".join(run.text for run in row)


def heights(drawing: Drawing) -> list[int]:
    """Filled cells of each column."""
    return [sum(text_of(row)[x] != " " for row in drawing.plot) for x in range(len(text_of(drawing.plot[0])))]


def test_what_rests_at_a_price_or_better_is_added_up() -> None:
    bids, asks = side({50: 10, 49: 20, 47: 5}), side({52: 1, 55: 2})
    assert cumulative(bids, 49 * CENT, Side.BID) == (Decimal(30), Decimal("14.80"))
    assert cumulative(bids, 48 * CENT, Side.BID) == (Decimal(30), Decimal("14.80"))
    assert cumulative(asks, 55 * CENT, Side.ASK) == (Decimal(3), Decimal("1.62"))
    assert cumulative(asks, 51 * CENT, Side.ASK) == (Decimal(0), Decimal(0))


def test_bids_rise_to_the_left_and_asks_to_the_right_of_an_empty_spread() -> None:
    drawing, span = draw(scene({50: 10, 49: 10, 48: 20}, {53: 10, 54: 30}), 46, 8)
    filled = heights(drawing)
    left, right = filled[: span.half], filled[span.half :]
    assert left == sorted(left, reverse=True)
    assert right == sorted(right)
    for ticks, expected in ((50, 2), (49, 4), (48, 8), (51, 0), (52, 0), (53, 2), (54, 8), (47, 8)):
        at = span.column(ticks * CENT)
        assert at is not None
        assert filled[at] == expected, ticks
    assert drawing.labels[0] == ("40", Ink.AXIS)
    inks = [run.ink for run in drawing.plot[-1] if run.text.strip()]
    assert inks == [Ink.BID, Ink.ASK]


def test_the_columns_name_their_prices() -> None:
    drawing, span = draw(scene({50: 10}, {52: 10}, cursor=48 * CENT), 60, 8)
    line = text_of(drawing.times)
    at = span.column(48 * CENT)
    assert at is not None
    assert line[at - 1 : at + 2].strip() == "48"
    assert [run.text.strip() for run in drawing.times if run.ink is Ink.LAST] == ["48"]
    assert [x for x, run in enumerate(r for r in drawing.plot[0] for _ in r.text) if run.lit] == [at]


def test_zoom_shows_more_or_less_and_ends_somewhere() -> None:
    def reach(zoom: int) -> int:
        span = span_of(scene({50: 10, 40: 5}, {52: 10}, zoom=zoom), 40)
        return span.half // span.columns * span.step

    reaches = [reach(zoom) for zoom in range(-12, 13)]
    assert reaches == sorted(reaches)
    assert len(set(reaches)) == len(SCALES)


def test_orders_stand_at_the_foot_of_their_price() -> None:
    drawing, span = draw(scene({50: 10}, {52: 10}, own=frozenset({50 * CENT, 99 * CENT})), 40, 6)
    marks = [x for x, char in enumerate(text_of(drawing.plot[-1])) if char == UNICODE.own]
    assert marks == [span.column(50 * CENT)]


def test_an_empty_book_and_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        span_of(scene({}, {}), 40)
    with pytest.raises(ValueError, match="room"):
        draw(scene({50: 1}, {}), 9, 8)


def test_a_price_that_does_not_fit_is_left_out_whole() -> None:
    drawing, _ = draw(DepthScene([], [Level(991_000, Decimal(1))], 1_000), 10, 2)
    assert len(text_of(drawing.times)) == 4
    assert text_of(drawing.times).strip() in ("", "99.0", "99.1", "99.2")


levels = st.dictionaries(st.integers(0, 1000), st.integers(1, 10**9), max_size=40)


@settings(max_examples=60, deadline=None)
@given(levels, levels, st.integers(10, 90), st.integers(2, 30), st.integers(-9, 9), st.sampled_from([UNICODE, ASCII]))
def test_whatever_rests_every_column_tells_the_truth(
    bids: dict[int, int], asks: dict[int, int], width: int, height: int, zoom: int, glyphs: Glyphs
) -> None:
    if not bids and not asks:
        bids = {500: 1}
    below = [Level(t * 1_000, Decimal(s)) for t, s in sorted(bids.items(), reverse=True)]
    above = [Level(t * 1_000, Decimal(s)) for t, s in sorted(asks.items())]
    drawing, span = draw(DepthScene(below, above, 1_000, zoom, glyphs=glyphs), width, height)
    plot = width - 6 - width % 2
    assert [len(text_of(row)) for row in (*drawing.plot, drawing.times)] == [plot] * (height + 1)
    assert all(len(text) < 6 for text, _ in drawing.labels.values())
    assert set("".join(text_of(row) for row in drawing.plot)) <= set("".join(map(str, asdict(glyphs).values())))
    filled = heights(drawing)
    for x, cells in enumerate(filled):
        is_bid = x < span.half
        outer = span.price(x) + (1_000 if is_bid else -1_000)
        total = cumulative(below if is_bid else above, outer, Side.BID if is_bid else Side.ASK)[0]
        assert (cells > 0) == (total > 0 and 0 <= outer <= DOLLAR)
