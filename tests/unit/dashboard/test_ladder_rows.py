"""How rows of the ladder look: always as wide as they should be, and no number cut."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.color import Color

from psdash.account.queue import Ahead
from psdash.dashboard.painting.glyphs import ASCII, UNICODE, Glyphs
from psdash.dashboard.painting.palette import Palette
from psdash.dashboard.painting.themes import THEMES
from psdash.dashboard.panes.ladder_artist import RowArtist
from psdash.dashboard.panes.ladder_columns import Bars, bar_halves, columns_for
from psdash.dashboard.panes.ladder_layout import Touch, Where
from psdash.dashboard.panes.ladder_levels import Own
from psdash.dashboard.panes.ladder_rows import (
    NOTHING,
    Half,
    HeadRow,
    LastPrint,
    PriceRow,
    SpreadRow,
    TotalsRow,
    price_cells,
)
from psdash.dashboard.panes.ladder_words import reach_words, spread_words
from psdash.dashboard.tiers import Wish
from psdash.market.book import Level, Side
from psdash.market.tape import Aggressor
from psdash.market.ticks import CENT, DOLLAR
from psdash.market.traded import Traded

TINTED = Palette(THEMES[0].as_textual().variables, Color.parse("#101216"))
NAMED = Palette(
    {"foreground": "ansi_default", "success": "ansi_green", "error": "ansi_red"}, Color.parse("ansi_default")
)
SIZE = st.integers(1, 10**15).map(lambda millionths: Decimal(millionths) / 10**6)
SIZES = st.none() | SIZE


AHEAD = st.none() | st.builds(Ahead, SIZE, st.booleans())
OWN = st.none() | st.builds(Own, SIZE, AHEAD)
TRADED = st.none() | st.builds(Traded, SIZE | st.just(Decimal(0)), SIZE | st.just(Decimal(0)), SIZE)


@st.composite
def halves(draw: st.DrawFn, width: int) -> Half:
    size = draw(SIZES)
    bar = bar_halves(size, Decimal(1000), width)
    count = draw(st.none() | st.integers(1, 99_999))
    net = draw(st.none() | SIZE | SIZE.map(lambda size: -size))
    is_large, is_best, is_fresh = (draw(st.booleans()) for _ in range(3))
    return Half(size, count, draw(OWN), bar, is_large, is_best, net, is_fresh)


@pytest.mark.parametrize("palette", [TINTED, NAMED], ids=["tinted", "named"])
@settings(max_examples=80, deadline=None)
@given(
    data=st.data(), width=st.integers(34, 140), decimals=st.integers(0, 2), glyphs=st.sampled_from([UNICODE, ASCII])
)
def test_every_row_is_as_wide_as_the_pane(
    palette: Palette, data: st.DataObject, width: int, decimals: int, glyphs: Glyphs
) -> None:
    step = CENT // 10**decimals
    is_both = data.draw(st.booleans())
    columns = columns_for(width, price_cells(decimals, is_both=is_both), data.draw(st.sampled_from(Wish)))
    bid, ask = data.draw(halves(columns.size)), data.draw(halves(columns.size))
    last = data.draw(st.none() | st.builds(LastPrint, st.sampled_from(Aggressor), SIZE, st.booleans()))
    live = data.draw(st.booleans())
    row = PriceRow(
        data.draw(st.integers(1, DOLLAR // step - 1)) * step,
        decimals,
        columns,
        bid,
        ask,
        last,
        live,
        data.draw(TRADED),
        data.draw(SIZES),
        data.draw(st.booleans()),
        is_both,
    )
    artist = RowArtist(palette, glyphs, width, data.draw(st.booleans()))
    head = HeadRow(columns, Bars.SIZE, ("YES", "NO") if is_both else None, data.draw(st.booleans()))
    for each in (row, head):
        drawn = artist.draw(each)
        assert sum(cell_len(segment.text) for segment in drawn) == width - columns.margin - columns.spare
        assert all(segment.text.isprintable() for segment in drawn)
    total = artist.draw(TotalsRow(columns, data.draw(SIZE), data.draw(SIZE), "+12%", live))
    assert sum(cell_len(segment.text) for segment in total) == width


def drawn_own(own: Own, *, is_private: bool = False) -> str:
    columns = columns_for(60, 2)
    row = PriceRow(50 * CENT, 0, columns, Half(Decimal(2000), own=own), NOTHING, None, True)
    return "".join(segment.text for segment in RowArtist(TINTED, UNICODE, 60, is_private).draw(row))


def test_the_size_ahead_says_what_kind_of_number_it_is() -> None:
    assert "◆830 ~1.2k " in drawn_own(Own(Decimal(830), Ahead(Decimal(1240))))
    assert "◆830 ≤1.2k " in drawn_own(Own(Decimal(830), Ahead(Decimal(1240), is_bound=True)))
    assert "◆830 ~0 " in drawn_own(Own(Decimal(830), Ahead(Decimal(0))))
    assert "◆830 ? " in drawn_own(Own(Decimal(830)))


def test_own_amounts_are_hidden_in_private() -> None:
    hidden = drawn_own(Own(Decimal(830), Ahead(Decimal(1240))), is_private=True)
    assert "830" not in hidden
    assert "◆•••" in hidden
    assert "2,000" in hidden


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("width", [34, 46, 60])
def test_a_large_size_has_a_mark_beside_its_number(side: Side, width: int) -> None:
    columns = columns_for(width, 2)
    large, none = Half(Decimal(123_456), bar=3, is_large=True), NOTHING
    row = PriceRow(50 * CENT, 0, columns, *((large, none) if side is Side.BID else (none, large)), None, True)
    for palette in (TINTED, NAMED):
        text = "".join(segment.text for segment in RowArtist(palette, UNICODE, width).draw(row))
        assert "■" in text
        assert "123,456" in text or "123.5k" in text or "123k" in text


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("width", [28, 34, 46])
def test_a_bar_has_its_length_whether_colours_can_be_mixed_or_not(side: Side, width: int) -> None:
    """Where they cannot, digits stand on it in reverse; even in the narrowest column."""
    columns = columns_for(width, 2)
    bar, none = Half(Decimal(500), bar=2 * columns.size), NOTHING
    row = PriceRow(50 * CENT, 0, columns, *((bar, none) if side is Side.BID else (none, bar)), None, True)

    def covered(palette: Palette) -> int:
        drawn = RowArtist(palette, UNICODE, width).draw(row)
        return sum(len(s.text) for s in drawn if s.style is not None and (s.style.reverse or s.style.bgcolor))

    assert covered(TINTED) == covered(NAMED) == columns.size


@given(
    st.none() | st.integers(1, 99),
    st.none() | st.integers(1, 99),
    st.sampled_from(Where),
    st.integers(20, 80),
    st.integers(0, 4),
    st.booleans(),
)
def test_the_spread_row_is_as_wide_as_the_pane(
    bid: int | None, ask: int | None, where: Where, width: int, decimals: int, is_known: bool
) -> None:
    touch = Touch(None if bid is None else bid * CENT, None if ask is None else ask * CENT)
    row = SpreadRow(touch, decimals, where, True, is_known)
    segments = RowArtist(TINTED, UNICODE, width).draw(row)
    assert sum(cell_len(segment.text) for segment in segments) == width


def words(row: SpreadRow, width: int = 60) -> str:
    outside = row.is_grouped or row.where is not Where.INSIDE
    said = spread_words(row.touch, row.decimals, width, is_known=row.is_known, names_touch=outside, parity=row.parity)
    return " ".join("".join(text for text, _ in said).split())


def test_the_spread_row_speaks_plainly() -> None:
    def row(bid: int | None, ask: int | None, where: Where = Where.INSIDE, decimals: int = 0) -> SpreadRow:
        touch = Touch(None if bid is None else bid * CENT, None if ask is None else ask * CENT)
        return SpreadRow(touch, decimals, where, True, True)

    assert words(replace(row(51, 53), is_grouped=True)) == "51 / 53 spread 2"
    assert words(replace(row(51, 53), parity=2 * CENT)) == "spread 2 mid 52 parity +2"
    assert words(replace(row(51, 53), parity=-CENT), width=20) == "spread 2 parity -1"
    assert words(row(51, 53)) == "spread 2 mid 52"
    assert words(row(51, 52)) == "spread 1 mid 51.5"
    assert words(row(51, 52, decimals=1)) == "spread 1.0 mid 51.5"
    assert words(row(51, 53), width=10) == "spread 2"
    assert words(row(51, 53, Where.ABOVE)) == "51 / 53 spread 2"
    assert words(row(51, 53, Where.BELOW), width=8) == "51 / 53"
    assert words(row(53, 51)) == "crossed by 2 mid 52"
    assert words(row(52, 52)) == "locked mid 52"
    assert words(row(52, None)) == "no asks bid 52"
    assert words(row(None, 52)) == "no bids ask 52"
    assert words(row(None, None)) == "no bids, no asks"


def test_a_print_stands_on_the_side_where_nothing_rests() -> None:
    artist = RowArtist(TINTED, UNICODE, 42)
    columns = columns_for(42, 2)

    def text(bid: int | None, ask: int | None, aggressor: Aggressor) -> str:
        row = PriceRow(
            52 * CENT,
            0,
            columns,
            NOTHING if bid is None else Half(Decimal(bid)),
            NOTHING if ask is None else Half(Decimal(ask)),
            LastPrint(aggressor, Decimal(37)),
            True,
        )
        return " ".join("".join(segment.text for segment in artist.draw(row)).split())

    assert text(500, None, Aggressor.SELL) == "500 52 ▼ last 37"
    assert text(None, 500, Aggressor.BUY) == "last 37 ▲ 52 500"
    assert text(None, None, Aggressor.UNKNOWN) == "52 · last 37"
    assert text(400, 500, Aggressor.BUY) == "400 52▲ 500"


def test_a_print_is_called_so_at_every_width_and_an_old_one_is_quiet() -> None:
    for width in range(20, 121):
        artist = RowArtist(TINTED, UNICODE, width)
        fresh, old = (
            artist.draw(
                PriceRow(
                    52 * CENT,
                    0,
                    columns_for(width, 2),
                    NOTHING,
                    Half(Decimal(500)),
                    LastPrint(Aggressor.BUY, Decimal(1_240), old),
                    True,
                )
            )
            for old in (False, True)
        )
        text = "".join(segment.text for segment in fresh)
        assert "last" in text[: text.index("▲")]
        assert "".join(segment.text for segment in old) == text
        assert [segment.style for segment in fresh] != [segment.style for segment in old]


def test_own_sizes_are_the_exact_ones_of_the_orders_table() -> None:
    for width in (42, 60, 120):
        artist = RowArtist(TINTED, UNICODE, width)
        columns = columns_for(width, 2)
        for size, text in (("1621.11", "◆1,621.1"), ("981.14", "◆981.14")):
            own = Own(Decimal(size), is_queued=False)
            row = PriceRow(52 * CENT, 0, columns, NOTHING, Half(Decimal(5_000), own=own), None, True)
            assert text in "".join(segment.text for segment in artist.draw(row))


def test_the_cursor_reads_out_size_cost_and_average() -> None:
    asks = [Level(53 * CENT, Decimal(100)), Level(55 * CENT, Decimal(300)), Level(56 * CENT, Decimal(5))]

    def read(ticks: int, width: int = 80) -> str:
        return "".join(text for text, _ in reach_words(asks, Side.ASK, ticks, 0, width))

    assert read(55 * CENT) == "buy 400 to 55 for $218.00 avg 54.50 before fees"
    assert read(54 * CENT, 36) == "buy 100 to 54 for $53.00 avg 53.00"
    assert read(52 * CENT) == "52: nothing rests up to here"
    bids = [Level(52 * CENT, Decimal(10)), Level(40 * CENT, Decimal(1))]
    sold = "".join(text for text, _ in reach_words(bids, Side.BID, 40 * CENT, 0, 80))
    assert sold == "sell 11 to 40 for $5.60 avg 50.91 before fees"


@given(st.lists(st.tuples(st.integers(1, 99), SIZE), min_size=1, max_size=20), st.integers(28, 80))
def test_no_number_of_the_read_out_is_cut(rows: list[tuple[int, Decimal]], width: int) -> None:
    levels = sorted(Level(ticks * CENT, size) for ticks, size in dict(rows).items())
    said = reach_words(levels, Side.ASK, 99 * CENT, 0, width)
    assert sum(cell_len(text) for text, _ in said) <= width
    assert re.search(r"avg \d+\.\d\d$| before fees$", "".join(text for text, _ in said))
