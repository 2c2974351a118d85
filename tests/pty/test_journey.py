"""A walk over the whole keyboard: every key of the table pressed in a real terminal of 80x24, without a mouse."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from psdash.dashboard.keymap import TABLE, Key, Place
from tests.support.terminal import Terminal

#: What a terminal sends for a key, where it is not the character itself.
SENT: Final = {
    "slash": "/",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "asterisk": "*",
    "question_mark": "?",
    "space": " ",
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "f1": "\x1bOP",
}

#: Keys of the dashboard that open something, and what stands on it then.
OPENS: Final = {
    "market.list": "Enter opens",
    "market.grid": "Enter open",
    "market.alerts": "Enter adds",
    "market.event": "OUTCOME",
    "view.detail": "─ Detail",
    "view.log": "─ Log",
    "view.help": "─ Help",
    "program.palette": "Search for commands",
    "view.signals": "copies the link",
    "view.activity": "─ Activity",
}
#: Keys of the dashboard that hide the ladder until they are pressed again, and what says so.
TURNS: Final = {"pane.alone": "all panes"}
#: How one gets to a place that is not the dashboard, and what stands there.
WAY: Final = {
    Place.MARKET_LIST: ("/", "Enter opens"),
    Place.GRID: ("g", "Enter open"),
    Place.ALERTS: ("a", "Enter adds"),
    Place.EVENT: ("E", "OUTCOME"),
    Place.SHEET: ("?", "─ Help"),
    Place.SIGNALS: ("o", "copies the link"),
}
#: The pane whose keys these are, by the number that goes to it.
PANE: Final = {
    Place.LADDER: "1",
    Place.TAPE: "2",
    Place.PANE: "2",
    Place.CHART: "3",
    Place.TABLE: "4",
}
#: Actions that leave a place.
LEAVES: Final = ("close", "open", "left")
#: One of these that does not, here: the embedded exchange sends no signals, so there is none to open.
STAYS: Final = ("signals.open",)
ENDS: Final = {"program.quit": 0, "program.interrupt": 130}


def sent(name: str) -> str:
    """The bytes of one key of a `Key.keys`."""
    if name.startswith("ctrl+"):
        return chr(ord(name[-1]) & 31)
    return SENT.get(name, name)


@contextmanager
def at_home(home: Path) -> Iterator[Terminal]:
    """The program on its embedded exchange, live."""
    env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state")}
    argv = [sys.executable, "-m", "psdash", "--demo", "--seed", "7", "--no-mouse"]
    with Terminal(argv, columns=80, rows=24, env={**env, "TERM": "xterm-256color", "COLORTERM": ""}) as terminal:
        terminal.wait_for(is_home, "the dashboard, live", 60)
        yield terminal


def is_home(terminal: Terminal) -> bool:
    """The ladder's frame stands where the dashboard has it, and the market is there."""
    lines = terminal.lines
    return any(re.match(r"╭─ .*ladder", line) for line in lines[1:8]) and "spread" in terminal.text


def go_home(terminal: Terminal) -> None:
    terminal.send("\x1b")
    terminal.wait_for(is_home, "the dashboard again", 30)


def let_escape_stand_alone(terminal: Terminal) -> None:
    """An Esc on which other bytes follow at once is another key: let the clock on the screen tick twice."""
    ticks: list[str] = []

    def ticked(screen: Terminal) -> bool:
        clock = re.search(r"\d\d:\d\d:\d\d", "\n".join(screen.lines[:2]))
        if clock and (not ticks or ticks[-1] != clock[0]):
            ticks.append(clock[0])
        return len(ticks) > 2

    terminal.wait_for(ticked, "the clock to go on", 30)


def press_all(terminal: Terminal, keys: list[Key], pressed: Callable[[str], None]) -> None:
    """Every key of these, Esc last; nothing between them waits, as with somebody who types fast."""
    escapes = False
    for key in keys:
        for name in key.keys.split(","):
            if name == "escape":
                escapes = True
            else:
                terminal.send(sent(name))
        pressed(key.id)
    if escapes:
        terminal.send("\x1b")
        let_escape_stand_alone(terminal)


@pytest.mark.timeout(300)
def test_every_key_of_the_table_is_pressed_and_the_screen_comes_back(tmp_path: Path) -> None:
    done: set[str] = set()
    of: dict[Place, list[Key]] = {place: [key for key in TABLE if key.place is place] for place in Place}
    with at_home(tmp_path) as terminal:
        for place, number in PANE.items():
            terminal.send(number)
            press_all(terminal, of[place], done.add)
            answers(terminal)
        for place, (way, words) in WAY.items():
            for key in of[place]:
                if key.action not in LEAVES or key.id in STAYS:
                    continue
                for name in key.keys.split(","):
                    terminal.send(way)
                    terminal.wait_for_text(words)
                    terminal.send(sent(name))
                    terminal.wait_for(is_home, f"the dashboard after {name} in {place}")
                done.add(key.id)
            terminal.send(way)
            terminal.wait_for_text(words)
            press_all(terminal, [key for key in of[place] if key.id not in done], done.add)
            go_home(terminal)
        for key in (*of[Place.DASHBOARD], *of[Place.APP]):
            if key.id in ENDS:
                continue
            for name in key.keys.split(","):
                terminal.send(sent(name))
                if key.id in OPENS:
                    terminal.wait_for_text(OPENS[key.id])
                    go_home(terminal)
                if key.id in TURNS:
                    terminal.wait_for_text(TURNS[key.id])
                    terminal.send(sent(name))
                    terminal.wait_for(is_home, f"the dashboard after a second {name}")
            done.add(key.id)
        answers(terminal)
        terminal.send("q")
        assert terminal.wait_exit(30) == 0
    assert done | set(ENDS) == {key.id for key in TABLE}
    log = (tmp_path / "state/psdash/psdash.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert " ERROR " not in log


@pytest.mark.parametrize(("name", "code"), [("ctrl+q", 0), ("ctrl+c", 130)])
def test_the_other_ways_out(tmp_path: Path, name: str, code: int) -> None:
    with at_home(tmp_path) as terminal:
        terminal.send(sent(name))
        assert terminal.wait_exit(30) == code


def answers(terminal: Terminal) -> None:
    """Whatever was typed has been worked off, and the program still does what it is told."""
    terminal.send("?")
    terminal.wait_for_text("─ Help")
    go_home(terminal)
