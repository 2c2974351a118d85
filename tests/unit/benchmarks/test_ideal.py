"""The greedy diff: whatever it sends turns one screen into the other, and it is short."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ideal import diff, diff_bytes
from benchmarks.screen import Emulator, Rows

COLUMNS, ROWS = 24, 4
_LOOKS = ("0", "1;31", "38;2;1;2;3", "48;2;9;9;9", "4;92", "7")


def screen_of(text: bytes, before: Rows | None = None) -> Rows:
    emulator = Emulator(COLUMNS, ROWS)
    if before is not None:
        emulator.feed(diff(None, before))
        emulator.feed(b"\x1b[0m")
    emulator.feed(text)
    return emulator.cells()


_WRITES = st.lists(
    st.tuples(
        st.integers(1, ROWS),
        st.integers(1, COLUMNS),
        st.sampled_from(_LOOKS),
        st.text(alphabet="abc ▌─9", min_size=1, max_size=5),
    ),
    max_size=12,
)


def _stream(writes: list[tuple[int, int, str, str]]) -> bytes:
    parts = [f"\x1b[{y};{x}H\x1b[0;{look}m{text[: COLUMNS - x + 1]}" for y, x, look, text in writes]
    return "".join(parts).encode()


@given(_WRITES, _WRITES)
def test_it_turns_one_screen_into_the_other(
    first: list[tuple[int, int, str, str]], then: list[tuple[int, int, str, str]]
) -> None:
    before = screen_of(_stream(first))
    after = screen_of(_stream(first) + b"\x1b[0m" + _stream(then))
    assert screen_of(diff(before, after), before) == after


def test_nothing_changed_costs_nothing() -> None:
    screen = screen_of(b"some words")
    assert diff_bytes(screen, screen) == 0


def test_near_changes_are_one_run_and_far_ones_two() -> None:
    blank = screen_of(b"")
    near = diff(blank, screen_of(b"\x1b[2;3Ha\x1b[2;9Hb"))
    far = diff(blank, screen_of(b"\x1b[2;3Ha\x1b[2;12Hb"))
    assert near == b"\x1b[2;3Ha     b"
    assert far == b"\x1b[2;3Ha\x1b[8Cb"


def test_a_look_is_said_once_and_taken_back() -> None:
    after = screen_of(b"\x1b[31mab\x1b[0mc")
    assert diff(screen_of(b""), after) == b"\x1b[1H\x1b[31mab\x1b[39mc"
