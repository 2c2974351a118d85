"""Spans in which something may be missing."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from psdash.market.gaps import MOST_GAPS, Gap, Gaps, overlaps

moves = st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.integers(0, 60)), max_size=30)


@given(moves)
def test_the_spans_are_the_set_of_what_is_missing(steps: list[tuple[bool, int, int]]) -> None:
    gaps, missing = Gaps(), set[int]()
    for loses, one, other in steps:
        before = set(missing)
        missing = missing | set(range(one, other)) if loses else missing - set(range(one, other))
        moved = gaps.lost(one, other) if loses else gaps.covered(one, other)
        assert moved == (missing != before)
    assert {ms for gap in gaps for ms in range(gap.from_ms, gap.to_ms)} == missing
    ordered = list(gaps)
    assert ordered == sorted(ordered, key=lambda gap: gap.from_ms)
    assert all(first.to_ms < second.from_ms for first, second in itertools.pairwise(ordered))
    for at in range(60):
        assert overlaps(gaps, at, at + 1) == (at in missing)


def test_beyond_the_most_the_two_oldest_become_one() -> None:
    gaps = Gaps()
    for at in range(MOST_GAPS + 1):
        gaps.lost(at * 10, at * 10 + 5)
    assert len(gaps) == MOST_GAPS
    assert next(iter(gaps)) == Gap(0, 15)
