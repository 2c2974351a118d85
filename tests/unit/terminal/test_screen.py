"""What the screen does beside the journeys: sequences it does not know, faults, tables that fill, quirks, order."""

from __future__ import annotations

import random

import pytest

from psdash.terminal import cells, sgr
from psdash.terminal.grid import Grid
from psdash.terminal.hop import LastHop
from psdash.terminal.parser import Parser
from psdash.terminal.quirks import quirks_of
from psdash.terminal.screen import Screen
from psdash.terminal.sgr import StyleTable
from tests.support.emulated import Emulated, difference

START = "\x1b[?1049h\x1b[?7l"


def started(width: int = 20, height: int = 4) -> Screen:
    """A screen whose first frame has been sent."""
    screen = Screen(width, height)
    screen.write(START + "\x1b[1;1Habc\x1b[3;1Hxyz\x1b[1;1H")
    screen.frame()
    return screen


def test_nothing_changed_is_nothing_sent() -> None:
    screen = started()
    screen.write("\x1b[1;1Habc\x1b[1;1H")
    assert screen.frame() is None
    assert screen.is_current


def test_only_the_changed_cell_is_sent() -> None:
    screen = started()
    screen.write("\x1b[1;1Habd\x1b[1;1H")
    frame = screen.frame()
    assert frame is not None
    assert frame.data in ("\x1b[1;3Hd", "\x1b[2A\bd", "\x1b[1d\bd")


@pytest.mark.parametrize(
    "unknown", ["\x1b[2S", "\x1b7", "\x1bP1;2q#0\x1b\\", "\x1b[3;5r", "\x1b(0", "\x1b]1337;x\x07"]
)
def test_what_is_not_known_is_handed_on_and_everything_drawn_again(unknown: str) -> None:
    screen = started()
    screen.write(f"\x1b[2;1H{unknown}new\x1b[1;1H")
    frame = screen.frame()
    assert frame is not None
    assert frame.data.startswith(unknown)
    assert frame.is_whole
    assert frame.rows == 4


def test_a_fault_of_the_model_costs_a_repaint_and_no_output(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = started()

    def broken(self: Parser, data: str) -> None:
        raise IndexError

    with monkeypatch.context() as patch:
        patch.setattr(Parser, "feed", broken)
        screen.write("\x1b[2;1Hlost?")
    assert screen.faults == 1
    screen.write("\x1b[4;1Hafter\x1b[1;1H")
    frame = screen.frame()
    assert frame is not None
    assert frame.data.startswith("\x1b[2;1Hlost?")
    assert frame.rows == 4


def test_bells_ring_once_and_a_silent_terminal_keeps_no_heap_of_sequences() -> None:
    screen = started()
    for _ in range(1000):
        screen.write("\a\x1b]22;pointer\x1b\\")
    frame = screen.frame()
    assert frame is not None
    assert frame.data.count("\a") <= 2
    assert len(frame.data) < 256 * 16


def test_a_sequence_in_two_writes_is_one() -> None:
    screen = started()
    for part in ("\x1b", "[2;", "1H\x1b[3", "1mred\x1b]8;;http", "://x\x1b\\y\x1b]8;;\x1b", "\\"):
        screen.write(part)
    assert screen.grid.text[1].startswith("redy")
    assert screen.grid.styles.style(screen.grid.style[1][3]).link == ";http://x"
    assert screen.faults == 0


def test_full_tables_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """More styles and clusters than there are names: the screen stays right, and everything is drawn again."""
    monkeypatch.setattr(sgr, "MAX_STYLES", 120)
    monkeypatch.setattr(cells, "MAX_CLUSTERS", 120)
    rng = random.Random(1)
    screen, stock, ours = Screen(30, 5), Emulated(30, 5), Emulated(30, 5)
    for turn in range(120):
        styled = "".join(
            f"\x1b[38;5;{rng.randrange(256)}m{chr(rng.randrange(0x4E00, 0x9000))}\x1b[0m" for _ in range(6)
        )
        data = f"\x1b[{rng.randrange(5) + 1};{rng.randrange(8) * 2 + 1}H{styled}\x1b[1;1H"
        screen.write(START + data if turn == 0 else data)
        stock.feed(data)
        while (frame := screen.frame()) is not None:
            ours.feed(frame.data)
        assert difference(stock, ours) == []
    assert len(screen.grid.styles) <= 120
    assert len(screen.grid.clusters) <= 120
    assert screen.faults == 0


def test_the_rows_named_come_first_and_the_others_are_not_starved() -> None:
    screen = Screen(60, 20)
    screen.write(START)
    screen.frame()
    rng = random.Random(2)
    age = dict.fromkeys(range(20), 0)
    for _ in range(60):
        screen.write("".join(f"\x1b[{y + 1};1H{rng.randrange(10**9):<60}" for y in range(20)) + "\x1b[1;1H")
        frame = screen.frame(300, lambda: [(0, 7, 60, 2)])
        assert frame is not None
        assert not frame.is_whole
        for y in age:
            age[y] = age[y] + 1 if screen.painter.is_row_changed(y) else 0
        assert age[7] == age[8] == 0
        assert max(age.values()) <= 15


def test_what_a_plain_terminal_gets() -> None:
    screen = Screen(20, 3, quirks=quirks_of({"TERM": "dumb"}))
    screen.write(
        START + "\x1b[>25u\x1b[?2026$p\x1b[?1000h\x1b]52;c;eA==\x07\x1b[1;1H\x1b[1;38;2;1;2;3mhi\x1b[0m\x1b[1;1H"
    )
    frame = screen.frame()
    assert frame is not None
    assert frame.data == "\x1b[?1049h\x1b[m\x1b[2J\x1b[?7l\x1b[m\x1b[Hhi"


def test_after_a_character_that_terminals_disagree_on_the_next_cell_is_addressed() -> None:
    screen = started()
    screen.write("\x1b[2;1H\U0001f468\u200d\U0001f469ab\x1b[1;1H")
    frame = screen.frame()
    assert frame is not None
    assert "\U0001f468\u200d\U0001f469\x1b[3Gab" in frame.data


@pytest.mark.parametrize("over", ["x", "界", "\x1b[2C"])
def test_writing_over_half_of_a_wide_character_blanks_the_other_half(over: str) -> None:
    grid = Grid(10, 1)
    parser = Parser(grid, Screen(10, 1))
    parser.feed("\x1b[1;1H界界\x1b[1;2H" + over)
    row = grid.text[0]
    for at, cell in enumerate(row):
        assert (cell == cells.RIGHT) == (at > 0 and grid.clusters.is_wide(row[at - 1]))


def test_every_way_between_two_styles_leads_there() -> None:
    rng = random.Random(3)
    words = [*map(str, (0, 1, 2, 3, 4, 5, 7, 9, 21, 22, 24, 27, 31, 39, 44, 49, 53, 55, 90, 103))]
    words += ["38;5;9", "48;2;1;2;3", "58;5;1", "4:3"]
    for _ in range(2000):
        table = StyleTable()
        names = ["\0"]
        for _ in range(2):
            names.append(table.after(names[-1], ";".join(rng.choices(words, k=rng.randrange(1, 5)))))
        old, new = names[1], names[2]
        way = table.way(old, new)
        if way:
            assert table.style(table.after(old, way[2:-1])) == table.style(new)


def test_why_the_stock_driver_serves() -> None:
    assert LastHop(stock=True).why_stock == "asked for"
    assert LastHop(stock=True).driver_class is None
    assert LastHop(environ={"TEXTUAL_DRIVER": "x:Y"}).why_stock == "TEXTUAL_DRIVER names another"


LINES = [
    (0, 0, "\x1b[38;2;1;2;3mplain\x1b[0m text"),
    (1, 3, "東京 \x1b[1;31mé́\x1b[0m"),
    (2, 18, "over the edge"),
    (3, 2, "\x1b[48;5;9munfinished colours"),
    (1, 0, "after\x1b[0m"),
    (9, 0, "below the last row"),
]


def test_a_placed_line_does_what_the_stream_would_do_and_the_cursor_stays() -> None:
    placed, written = started(), started()
    for screen in (placed, written):
        screen.write("\x1b[4;7H")
    placed.place(LINES)
    written.write("".join(f"\x1b[{y + 1};{x + 1}H{text}" for y, x, text in LINES) + "\x1b[4;7H")
    assert placed.grid.text == written.grid.text
    assert placed.grid.style == written.grid.style
    assert (placed.grid.y, placed.grid.x) == (3, 6) == (written.grid.y, written.grid.x)


def test_a_fault_while_lines_are_placed_costs_no_output(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = started()

    def broken(self: Parser, y: int, x: int, piece: str) -> None:
        raise RuntimeError("a fault of the model")

    with monkeypatch.context() as patch:
        patch.setattr(Parser, "place", broken)
        screen.place([(1, 0, "new"), (2, 4, "\x1b[1mbold\x1b[0m")])
    assert screen.grid.text[1].startswith("new")
    assert screen.grid.text[2].startswith("xyz bold")


def test_styles_that_fill_their_table_while_lines_are_placed_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sgr, "MAX_STYLES", 40)
    screen = started()
    for at in range(200):
        screen.place(
            [(at % 4, 0, f"\x1b[38;2;{at};7;9m{at:03d}\x1b[0m"), ((at + 1) % 4, 5, f"\x1b[48;5;{at}mx\x1b[0m")]
        )
        assert screen.grid.text[at % 4].startswith(f"{at:03d}")
    assert screen.faults == 0
