"""Finished lines: one width, one look for what looks alike, nothing that moves a cursor."""

import gc
from collections.abc import Hashable, Sequence

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome
from textual.strip import Strip

from psdash.dashboard.painting.strips import Strips, fitted

GROUND = Style(bgcolor="#101010")
RED = Style(color="#ff0000")


def strips(width: int = 10) -> Strips:
    return Strips(width, GROUND, (), Color.parse("#101010"))


def drawn(*segments: Segment) -> tuple[str, list[tuple[str, Style | None]]]:
    line = strips().line("row", lambda _row, _width: segments)
    assert line.cell_length == 10
    return line.text, [(segment.text, segment.style) for segment in line]


def test_what_looks_alike_is_one_segment() -> None:
    text, parts = drawn(
        Segment("ab"), Segment(""), Segment("cd", Style()), Segment("e", RED), Segment("f", RED + Style())
    )
    assert text == "abcdef    "
    assert parts == [("abcd", GROUND), ("ef", GROUND + RED), ("    ", GROUND)]


@pytest.mark.parametrize("given", ["", "abc", "abcdefghij", "abcdefghijklm", "日本語日本語", "a日本語日本語日"])
def test_a_line_is_exactly_as_wide_as_the_widget(given: str) -> None:
    assert strips().line(given, lambda row, _width: [Segment(str(row))]).cell_length == 10
    assert sum(segment.cell_length for segment in fitted([Segment(given)], 10)) == 10


def test_nothing_that_moves_a_cursor_passes() -> None:
    text, _ = drawn(Segment("a\x1b[2Jb\r\n"), Segment("c\u202ed"))
    assert text.isprintable()
    assert "\x1b" not in text


def test_textual_s_filters_are_in_the_line() -> None:
    made = Strips(4, GROUND, [Monochrome()], Color.parse("#101010")).line("row", lambda _r, _w: [Segment("ab", RED)])
    color = next(iter(made)).style
    assert color is not None
    assert color.color is not None
    assert color.color.triplet is not None
    red, green, blue = color.color.triplet
    assert red == green == blue


def test_a_known_row_is_not_drawn_again() -> None:
    times: list[Hashable] = []

    def draw(row: Hashable, _width: int) -> Sequence[Segment]:
        times.append(row)
        return [Segment(str(row))]

    made = strips()
    assert made.line(1, draw) is made.line(1, draw)
    for other in range(2, 2_000):
        made.line(other, draw)
    made.line(1, draw)
    assert times.count(1) == 2  # forgotten in between: what is kept is bounded


def test_a_line_does_whatever_a_strip_does() -> None:
    parts = [Segment("abcd", GROUND), Segment("日本  ef", GROUND + RED)]
    console = Console(color_system="truecolor", force_terminal=True, width=20)

    def whole() -> Strip:
        return Strips(12, GROUND, (), Color.parse("#101010")).line("row", lambda _row, _width: parts)

    plain = Strip(parts)
    for does in (
        lambda strip: list(strip),
        lambda strip: strip.cell_length,
        lambda strip: strip.text,
        lambda strip: strip.render(console),
        lambda strip: strip.link_ids,
        lambda strip: strip.cell_count,
        lambda strip: list(strip.crop(2, 7)),
        lambda strip: list(strip.crop_extend(2, 20, RED)),
        lambda strip: list(strip.extend_cell_length(20, RED)),
        lambda strip: [list(part) for part in strip.divide([3, 8, 12])],
        lambda strip: [list(part) for part in strip.divide([12])],
        lambda strip: list(strip.apply_style(RED)),
        lambda strip: list(strip.apply_filter(Monochrome(), Color.parse("#101010"))),
        lambda strip: list(strip.apply_offsets(1, 2)),
        lambda strip: list(Strip.join([strip, strip])),
    ):
        assert does(whole()) == does(plain)
    with pytest.raises(AttributeError):
        _ = whole().nothing  # type: ignore[attr-defined]


def test_a_line_that_was_shown_whole_goes_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        made = strips()
        lines = [made.line(row, lambda row, _width: [Segment(str(row))]) for row in range(20)]
        assert all(line.divide([10])[0] is line for line in lines)
        del lines, made
        assert gc.collect() == 0
    finally:
        gc.enable()
