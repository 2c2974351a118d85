"""What stands on the axes of the chart: whole names or none."""

from __future__ import annotations

import re
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from psdash.dashboard.panes.canvas import Edge, Ink, times, write_over

NOW_MS = 1_784_145_600_000


@given(st.integers(20, 120), st.integers(0, 120), st.sampled_from([1, 2]), st.sampled_from([15_000, 300_000]))
def test_the_time_under_the_cursor_leaves_no_half_of_another(
    width: int, back: int, pitch: int, interval_ms: int
) -> None:
    cursor_ms = NOW_MS - back * interval_ms
    line = "".join(run.text for run in times(Edge(NOW_MS, interval_ms, pitch), width, UTC, cursor_ms))
    assert len(line) == width
    for name in line.split():
        assert re.fullmatch(r"\d\d:\d\d(:\d\d)?|\d\d-\d\d", name), line


@given(st.text("ab ", min_size=8, max_size=30), st.integers(0, 30), st.integers(1, 8))
def test_a_name_written_over_others_takes_them_away_whole(before: str, left: int, length: int) -> None:
    left = min(left, len(before) - length)
    line, inks = list(before), [Ink.AXIS] * len(before)
    write_over(line, inks, left, "X" * length, Ink.LAST)
    after = "".join(line)
    assert len(after) == len(before)
    assert after[left : left + length] == "X" * length
    kept = re.sub("X+", " ", after).split()
    assert set(kept) <= set(re.findall(r"[ab]+", before))
    assert inks.count(Ink.LAST) == length
