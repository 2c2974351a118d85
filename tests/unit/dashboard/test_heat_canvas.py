"""The heat map as characters: density says how much, stripes say that nobody knows."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psdash.dashboard.painting.glyphs import ASCII, UNICODE, Glyphs
from psdash.dashboard.panes.canvas import Drawing, Ink, Row
from psdash.dashboard.panes.heat_canvas import HeatScene, draw
from psdash.market.depth_history import FINE_MS, DepthColumn
from psdash.market.depth_packing import MICRO
from psdash.market.ticks import CENT

START_MS = 1_784_145_600_000


def column(slot: int, bids: dict[int, int], asks: dict[int, int], *, live: int = 5, missed: int = 0) -> DepthColumn:
    """A column of whole shares at prices in cents."""
    bids, asks = ({price * CENT: size * MICRO for price, size in side.items()} for side in (bids, asks))
    return DepthColumn(START_MS + slot * FINE_MS, live, missed, bids, asks)


def scene(columns: list[DepthColumn], **more: Any) -> HeatScene:
    last_ms = columns[-1].start_ms if columns else START_MS
    plain: dict[str, Any] = {"edge_ms": last_ms, "since_ms": START_MS, "until_ms": last_ms + FINE_MS, "tick": CENT}
    return HeatScene(columns, FINE_MS, **(plain | {"bid": 50 * CENT, "ask": 51 * CENT, "prints": {}} | more))


def text_of(row: Row) -> str:
    return "".join(run.text for run in row)


def cell(drawing: Drawing, x: int, y: int) -> tuple[str, Ink]:
    inked = [(char, run.ink) for run in drawing.plot[y] for char in run.text]
    return inked[x]


def rows_of(drawing: Drawing) -> dict[str, int]:
    return {text.strip(" ab▸"): row for row, (text, _) in drawing.labels.items()}


def test_size_is_density_and_side_is_colour_and_place() -> None:
    bids, asks = {50: 100, 49: 65, 48: 35, 47: 12, 46: 1}, {51: 100, 52: 50}
    drawing, grid = draw(scene([column(0, bids, asks)] * 1), 12, 21)
    x = 12 - drawing.axis - 1
    at = rows_of(drawing)["50"]
    assert [cell(drawing, x, at + n) for n in range(5)] == [(char, Ink.BID) for char in "█▓▒░·"]
    assert cell(drawing, x, at - 1) == ("█", Ink.ASK)
    assert cell(drawing, x, at - 2) == ("▒", Ink.ASK)
    assert cell(drawing, x, at - 3) == (" ", Ink.NONE)
    assert grid.full == 100 * MICRO
    assert ("50b", Ink.BID) in drawing.labels.values()
    assert ("51a", Ink.ASK) in drawing.labels.values()


def test_one_whale_does_not_flatten_the_rest() -> None:
    levels = dict.fromkeys(range(30, 50), 100)
    columns = [column(slot, levels | ({40: 1_000_000} if slot == 3 else {}), {51: 100}) for slot in range(6)]
    drawing, grid = draw(scene(columns), 12, 30)
    assert grid.full == 100 * MICRO
    assert cell(drawing, 12 - drawing.axis - 1, rows_of(drawing)["50"] + 1) == ("█", Ink.BID)


def test_what_was_not_recorded_is_striped_and_before_the_recording_is_nothing() -> None:
    columns = [column(0, {50: 10}, {51: 10}), column(4, {50: 10}, {51: 10})]
    drawing, _ = draw(scene(columns), 16, 11)
    width = 16 - drawing.axis
    stripes = UNICODE.stripes
    for slot in range(width):
        chars = {cell(drawing, width - 1 - slot, row)[0] for row in range(11)}
        if slot in (1, 2, 3):
            assert chars == {stripes}
        else:
            assert stripes not in chars
            assert (chars != {" "}) == (slot in (0, 4))


def test_a_column_missed_in_part_keeps_what_is_known_among_stripes() -> None:
    drawing, _ = draw(scene([column(0, {50: 10}, {51: 10}, live=3, missed=2)]), 12, 9)
    x = 12 - drawing.axis - 1
    chars = [cell(drawing, x, row)[0] for row in range(9)]
    assert chars.count("█") == 2
    assert set(chars) == {"█", UNICODE.stripes}


def test_no_state_is_carried_into_a_column_that_was_never_true() -> None:
    columns = [column(0, {50: 10}, {51: 10}), column(1, {}, {}, live=0, missed=5)]
    drawing, _ = draw(scene(columns), 12, 9)
    x = 12 - drawing.axis - 1
    assert {cell(drawing, x, row) for row in range(9)} == {(UNICODE.stripes, Ink.GAP)}


def test_prints_stand_where_they_traded() -> None:
    drawing, _ = draw(scene([column(0, {50: 10}, {51: 10})], prints={START_MS: 51 * CENT}), 12, 9)
    x = 12 - drawing.axis - 1
    assert [cell(drawing, x, row)[0] for row in range(9)].count(UNICODE.full) == 1
    assert cell(drawing, x, rows_of(drawing)["51"]) == (UNICODE.full, Ink.TRADE)


def test_the_cursor_is_a_column_and_a_price_that_stays_in_view() -> None:
    columns = [column(slot, {50: 10}, {51: 10}) for slot in range(20)]
    drawing, grid = draw(scene(columns, cursor_ms=START_MS + 18 * FINE_MS, cursor_ticks=90 * CENT), 30, 9)
    width = 30 - drawing.axis
    assert [at for at, run in enumerate(r for r in drawing.plot[0] for _ in r.text) if run.lit] == [width - 2]
    assert grid.row(90 * CENT, up=False) == 0
    assert drawing.labels[0] == (f"{UNICODE.cursor}90 ", Ink.LAST)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.integers(0, 500), st.integers(1, 10**9), max_size=5),
            st.dictionaries(st.integers(500, 1000), st.integers(1, 10**9), max_size=5),
            st.integers(0, 5),
        ),
        max_size=30,
    ),
    st.integers(12, 80),
    st.integers(2, 30),
    st.sampled_from([UNICODE, ASCII]),
    st.sampled_from([1_000, CENT]),
)
def test_whatever_rested_the_drawing_fits(
    told: list[tuple[dict[int, int], dict[int, int], int]], width: int, height: int, glyphs: Glyphs, tick: int
) -> None:
    columns = [
        DepthColumn(
            START_MS + slot * FINE_MS,
            5 - missed,
            missed,
            {price * 1_000: size for price, size in bids.items()},
            {price * 1_000: size for price, size in asks.items()},
        )
        for slot, (bids, asks, missed) in enumerate(told)
    ]
    drawing, _ = draw(scene(columns, glyphs=glyphs, tick=tick), width, height)
    plot = width - drawing.axis
    assert [len(text_of(row)) for row in (*drawing.plot, drawing.times)] == [plot] * (height + 1)
    assert all(0 <= row < height and len(text) <= drawing.axis for row, (text, _) in drawing.labels.items())
    known = set("".join(str(value) for value in asdict(glyphs).values()))
    assert set("".join(text_of(row) for row in drawing.plot)) <= known


@pytest.mark.parametrize(("width", "height"), [(6, 9), (40, 1)])
def test_no_room_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="room"):
        draw(scene([column(0, {50: 1}, {})]), width, height)


def test_shares_below_one_are_seen() -> None:
    tiny = DepthColumn(START_MS, 5, 0, {50 * CENT: int(Decimal("0.000001") * MICRO)}, {})
    drawing, _ = draw(scene([tiny]), 12, 9)
    assert "█" in "".join(text_of(row) for row in drawing.plot)
