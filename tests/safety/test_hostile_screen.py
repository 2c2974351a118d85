"""The real program in a pty, in front of a venue all of whose words are hostile (reliability §3.1)."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from psdash.text import safe_text
from tests.safety import hostile
from tests.safety.canary import API_KEY
from tests.safety.evil_venue import EvilVenue, evil_venue
from tests.safety.strict_tty import moves, shapes, strays
from tests.support.terminal import Terminal

SLUG = "spain-vs-france-2026-yes"
HONEST = [f"An honest title, number {number}" for number in range(40)]
#: What opens each screen over the dashboard, and words of it that the venue cannot write.
SCREENS = (("/", "Enter opens"), ("d", "Market gateway"), ("?", "─ Help ─"), ("\x10", "Search"))
END = "\x1b[F"
FRAME = frozenset("╭╮╰╯│")


def session(venue: EvilVenue, home: Path, columns: int, rows: int) -> Terminal:
    environment = {
        **venue.environment(PSDASH_API_KEY=API_KEY),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
    }
    argv = [sys.executable, "-m", "psdash", "--slug", SLUG, "--mouse", "--log-level", "debug"]
    return Terminal(argv, columns=columns, rows=rows, env=environment)


def click_everywhere(terminal: Terminal) -> None:
    """Press and let go of each mouse button on every second cell; what is bound to a click happens."""
    for y in range(1, terminal.rows + 1):
        terminal.send("".join(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m" for x in range(1 + y % 2, terminal.columns + 1, 2)))
        frames = terminal.frames
        terminal.send("\x0c")  # drawn again, when everything before it has been dealt with
        terminal.wait_for(lambda t, seen=frames: t.frames > seen, "a frame after the clicks")  # type: ignore[misc]


def tour(terminal: Terminal, venue: EvilVenue, messages: list[str]) -> Counter[str]:
    """Everything a person can look at, with clicks all over it; what the frames' columns looked like on the way."""
    terminal.wait_for(lambda t: t.text.count("LIVE") >= 3, "live panes")
    columns = Counter(frame_columns(terminal))
    for number, message in enumerate(messages):
        venue.say(message)
        if number % 16 == 0:
            frames = terminal.frames
            terminal.send("]")
            terminal.wait_for(lambda t, seen=frames: t.frames > seen, "the next market")  # type: ignore[misc]
            columns.update(frame_columns(terminal))
    terminal.wait_for_text("MAINTENANCE")
    click_everywhere(terminal)
    for key, shown in SCREENS:
        terminal.send(key)
        terminal.wait_for_text(shown)
        if key == "?":
            terminal.send(END)
            terminal.wait_for_text("cannot touch your orders")
        if key == "/":
            for _ in range(6):
                frames = terminal.frames
                terminal.send("\x1b[6~")
                terminal.wait_for(lambda t, seen=frames: t.frames > seen, "the next page")  # type: ignore[misc]
            # A paste is a stranger's text too; a terminal that does not strip it hands over every byte.
            terminal.send("\x1b[200~pasted \x9b2J\x9d0;x\x9c \u202e \x07 words\x1b[201~")
            terminal.wait_for_text("pasted")
        terminal.send("\x1b")
        terminal.wait_for(lambda t, gone=shown: gone not in t.text, f"{shown} closed")  # type: ignore[misc]
    terminal.wait_for(lambda t: "LIVE" in t.text, "the dashboard again")
    columns.update(frame_columns(terminal))
    assert terminal.process.poll() is None
    terminal.send("q")
    assert terminal.wait_exit() == 0, terminal.text
    return columns


def frame_columns(terminal: Terminal) -> list[str]:
    """For each line that begins with a frame, the columns in which its corners and sides stand."""
    cells = terminal.screen.buffer
    lines = [[x for x in range(terminal.columns) if cells[y][x].data in FRAME] for y in range(terminal.rows)]
    return [" ".join(map(str, line)) for line in lines if line[:1] == [0]]


@pytest.fixture(scope="module")
def benign(tmp_path_factory: pytest.TempPathFactory) -> tuple[Counter[str], set[str]]:
    """The same tour of an honest venue: every control sequence our own screen uses, and where its frames stand."""
    with evil_venue(HONEST) as (venue, _), session(venue, tmp_path_factory.mktemp("benign"), 120, 40) as terminal:
        columns = tour(terminal, venue, HONEST)
        return shapes(bytes(terminal.raw)) + moves(), set(columns)


def test_five_hundred_hostile_strings_reach_the_terminal_as_text(
    tmp_path: Path, benign: tuple[Counter[str], set[str]]
) -> None:
    """No control sequence that an honest run does not have, no stray character, no action, no crash."""
    texts = hostile.strings()
    with evil_venue(texts) as (venue, used), session(venue, tmp_path, 120, 40) as terminal:
        tour(terminal, venue, texts)
        written = bytes(terminal.raw)
    assert len(used) >= 500
    assert set(shapes(written)) - set(benign[0]) == set()
    assert strays(written) == Counter()
    assert not shapes(written)[ascii("\x07")], "a click rang the bell"
    log = next((tmp_path / "state").rglob("psdash.log")).read_text()
    assert all(char.isprintable() or char == "\n" for char in log)
    assert "Traceback" not in log


def test_no_string_moves_a_frame(tmp_path: Path, benign: tuple[Counter[str], set[str]]) -> None:
    """Every corner and side stands where it stands in the honest run.

    Left out is what the emulator cannot draw: it drops the rest of a run after a mark of combining class 0.
    """
    texts = [text for text in hostile.strings() if not any(map(_stops_the_emulator, safe_text(text)))]
    assert len(texts) >= 500
    with evil_venue(texts) as (venue, _), session(venue, tmp_path, 120, 40) as terminal:
        columns = tour(terminal, venue, texts)
    assert {line for line in columns if line not in benign[1]} == set()


def _stops_the_emulator(char: str) -> bool:
    return unicodedata.category(char).startswith("M") and not unicodedata.combining(char)
