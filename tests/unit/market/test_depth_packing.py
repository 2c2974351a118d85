"""Packed columns of a depth history say exactly what was packed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from psdash.market.depth_packing import NO_LEVELS, DepthSide, PackedColumn, packed, start_of, unpacked
from psdash.market.ticks import DOLLAR

START_MS = 1_790_000_000_000

_sizes = st.one_of(
    st.integers(1, 900).map(lambda lots: lots * 1_000_000),
    st.integers(1, 10**6).map(lambda cents: cents * 10_000),
    st.integers(1, 2**62),
)


@st.composite
def sides(draw: st.DrawFn) -> DepthSide:
    """A side with prices on whatever grid."""
    step = draw(st.sampled_from([10_000, 1_000, 1]))
    places = draw(st.lists(st.integers(0, DOLLAR // step), unique=True, max_size=128))
    ticks = sorted(place * step for place in places)
    micro = [draw(_sizes) for _ in ticks]
    return DepthSide(ticks, micro, draw(st.sampled_from([None, *ticks])))


@given(st.integers(0, 2**45), st.integers(0, 65_535), st.integers(0, 65_535), sides(), sides())
def test_what_is_packed_comes_back(start_ms: int, live: int, missed: int, bids: DepthSide, asks: DepthSide) -> None:
    column = packed(start_ms, live, missed, bids, asks)
    assert start_of(column) == start_ms
    assert unpacked(column) == PackedColumn(start_ms, live, missed, bids, asks)


def test_a_side_without_levels_is_one() -> None:
    told = unpacked(packed(START_MS, 0, 5, NO_LEVELS, NO_LEVELS))
    assert (told.live, told.missed) == (0, 5)
    assert (list(told.bids.ticks), list(told.asks.micro), told.bids.bound) == ([], [], None)


def test_more_samples_than_can_be_counted_are_as_many_as_can() -> None:
    assert unpacked(packed(START_MS, 70_000, 0, NO_LEVELS, NO_LEVELS)).live == 65_535
