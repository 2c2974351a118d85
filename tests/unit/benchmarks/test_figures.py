"""What counts as met, and what as a regression."""

import pytest

from benchmarks.ages import _since
from benchmarks.bench import Figure, interleaved, quantile
from benchmarks.latency import latency
from benchmarks.rows import NAMES, row_named
from benchmarks.screen import frames
from benchmarks.tap import Cutter


def test_a_ratio_is_a_regression_only_beyond_target_and_slack() -> None:
    figure = Figure("f", 1.3, "x", 1.0, slack=0.25)
    assert not figure.is_met
    assert figure.is_regression(before=1.0)
    assert not figure.is_regression(before=1.1)  # it was missed before, and by hardly less
    assert not Figure("f", 0.9, "x", 1.0).is_regression(before=0.5)  # worse than it was, and still met


def test_what_should_be_high_is_a_regression_when_low() -> None:
    assert Figure("f", 0.2, "x", 0.4, at_least=True, slack=0.25).is_regression(before=0.4)
    assert not Figure("f", 0.2, "x", 0.4, at_least=True, slack=0.25).is_regression(before=0.22)


def test_a_time_is_never_a_regression() -> None:
    assert not Figure("f", 900.0, "ms", 3.0).is_regression(before=1.0)


def test_subjects_take_turns() -> None:
    order: list[str] = []
    first, second = interleaved(2, lambda: order.append("a"), lambda: order.append("b"))
    assert order == ["a", "b", "a", "b"]
    assert len(first) == len(second) == 2


def test_a_quantile_is_a_value_that_was_there() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([3.0, 1.0, 2.0], 0.99) == 3.0
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_a_change_is_painted_when_a_later_one_is() -> None:
    passed = [(0.0, 10), (1.0, 12), (2.0, 13)]
    painted = [(1.5, 12), (2.25, 13)]
    taken = latency(passed, painted, 0.0, 3.0)
    assert taken.changes == 3
    assert taken.p50_ms == 500
    assert taken.p99_ms == 500
    assert taken.paints == 2


def test_a_row_is_as_old_as_the_first_change_it_does_not_show() -> None:
    told_s = [1.0, 2.0, 3.0, 4.0]  # of steps 1 to 4
    assert _since(10.0, told_s, [1, 3, 4], shown=1) == 7.0
    assert _since(10.0, told_s, [1, 3, 4], shown=4) == 0.0
    assert _since(10.0, told_s, [2, 3], shown=-5) == 8.0  # it shows what stood there before
    assert _since(10.0, told_s, [1, 3], shown=2) == 0.0  # half written


def test_frames_are_cut_at_their_marks() -> None:
    begin, end = b"\x1b[?2026h", b"\x1b[?2026l"
    chunks = [(1.0, begin + b"a" + end[:4]), (2.0, end[4:] + begin[:3]), (3.0, begin[3:] + b"b"), (4.0, end)]
    assert list(frames(chunks)) == [(2.0, begin + b"a" + end), (4.0, begin + b"b" + end)]


def test_a_frame_without_marks_is_what_one_read_brought() -> None:
    assert list(frames([(1.0, b"a"), (2.0, b"\x1b[2;3Hb")])) == [(1.0, b"a"), (2.0, b"\x1b[2;3Hb")]


def test_websocket_frames_are_cut_whole() -> None:
    short, long = b"\x81\x03abc", b"\x81\x7e\x01\x00" + b"x" * 256
    masked = b"\x8a\x82\x01\x02\x03\x04zz"
    stream = short + long + masked
    cutter = Cutter()
    cut = [frame for at in range(0, len(stream), 7) for frame in cutter.frames(stream[at : at + 7])]
    assert cut == [short, long, masked]


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_what_it_is_held_against(name: str) -> None:
    row = row_named(name)
    assert row.name == name
    assert row.goal
    assert row.against
