"""Terminals that are slow, stop, or stand behind another program: the program never waits for them."""

from __future__ import annotations

import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from psdash.terminal.screen import Screen
from tests.support.far_side import ROOT, FarSide

_TICK = re.compile(r"tick (\d+)")


def seen_tick(screen: Screen) -> int:
    """The number in the clock row of the emulated terminal."""
    found = _TICK.search(screen.grid.text[0])
    return int(found.group(1)) if found else -1


class Onlooker:
    """What a terminal shows that reads when it is told to."""

    def __init__(self, terminal: FarSide) -> None:
        self.terminal = terminal
        self.screen = Screen(80, 24)
        self._fed = 0

    def tick(self) -> int:
        """Look."""
        self.screen.write(bytes(self.terminal.raw[self._fed :]).decode("utf-8", "ignore"))
        self._fed = len(self.terminal.raw)
        return seen_tick(self.screen)


@pytest.mark.parametrize("answers", [None, {}], ids=["answers", "says nothing"])
def test_a_terminal_that_stops_finds_the_newest_screen(answers: dict[bytes, bytes] | None) -> None:
    with FarSide("--fps", "30", answers=answers) as terminal:
        terminal.wait_ready()
        looks = Onlooker(terminal)
        terminal.read_until(lambda: looks.tick() >= 5, "a running clock")
        before = looks.tick()
        held = 0
        deadline = time.monotonic() + 6  # nothing is read meanwhile
        while time.monotonic() < deadline:
            select.select([], [], [], 0.2)
        at = len(terminal.raw)
        while chunk := terminal.read_once(0.0):
            held += len(chunk)
        # Without answers the pty itself fills up, some 20 KB; with them, a few frames were on their way.
        assert held <= (24_000 if answers is None else 80_000)
        assert terminal.process.poll() is None
        terminal.read_until(lambda: looks.tick() > before + 60, "a clock that went on by seconds")
        assert len(terminal.raw) - at < 200_000
        terminal.send("\x1b[21~")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def test_a_slow_reader_sees_the_clock_run() -> None:
    """About 8 KB a second, read in small pieces: the row that comes first keeps up with the program."""
    with FarSide("--fps", "30") as terminal:
        looks = Onlooker(terminal)

        def slowly_until(tick: int) -> None:
            deadline = time.monotonic() + 60
            while looks.tick() < tick:
                assert time.monotonic() < deadline, f"the clock stands still at {looks.tick()}"
                terminal.read_once(0.05, 400)
                select.select([], [], [], 0.05)

        slowly_until(1)
        slowly_until(looks.tick() + 60)
        slowly_until(looks.tick() + 60)
        assert terminal.process.poll() is None
        terminal.send("\x1b[21~")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def test_no_mouse_over_ssh_unless_asked_for(tmp_path: Path) -> None:
    state = {
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22",
    }
    for arguments, mouse in ((("--demo",), False), (("--demo", "--mouse"), True)):
        with FarSide(*arguments, module="psdash", env=state) as terminal:
            terminal.read_until(lambda t=terminal: b"Ladder" in t.raw, "the first frame")  # type: ignore[misc]
            assert (b"\x1b[?1000h" in terminal.raw) == mouse
            terminal.send("q")
            assert terminal.wait_exit() == 0


@pytest.mark.parametrize("term", ["dumb", "screen", "linux", "xterm"])
def test_a_plain_terminal_is_not_told_what_it_does_not_understand(term: str) -> None:
    with FarSide(env={"TERM": term, "COLORTERM": ""}) as terminal:
        terminal.wait_ready()
        terminal.send("q\x1b[21~")
        assert terminal.wait_exit() == 0
        raw = bytes(terminal.raw)
        assert b"\x1b[?2048" not in raw
        assert (b"\x1b]" in raw) == (term not in ("dumb", "linux"))
        assert (b"\x1b[?2026$p" in raw) == (term not in ("dumb", "linux"))
        assert (b"\x1b[?1000h" in raw) == (term != "dumb")
        assert b"38;2;" not in raw
        assert terminal.is_as_before
        assert raw.rindex(b"\x1b[?1049l") > raw.rindex(b"\x1b[?1049h")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not here")
def test_the_real_program_under_tmux(tmp_path: Path) -> None:
    """Drawn, redrawn in another size, and gone without a trace."""
    socket = tmp_path / "tmux"
    tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]

    def run(*words: str) -> str:
        return subprocess.run([*tmux, *words], capture_output=True, text=True, timeout=60, check=True).stdout

    def shown() -> str:
        return run("capture-pane", "-p", "-t", "t")

    def wait(text: str, *, gone: bool = False) -> None:
        deadline = time.monotonic() + 60
        while (text in shown()) == gone:
            assert time.monotonic() < deadline, f"{text!r}, gone {gone}: {shown()}"
            time.sleep(0.1)

    env = f"XDG_STATE_HOME={tmp_path} XDG_CONFIG_HOME={tmp_path} PYTHONPATH={ROOT}"
    run("new-session", "-d", "-s", "t", "-x", "100", "-y", "30", "sh")
    try:
        run("send-keys", "-t", "t", f"cd {ROOT}; {env} {sys.executable} -m psdash --demo; echo left=$?", "Enter")
        wait("LIVE")
        run("resize-window", "-t", "t", "-x", "120", "-y", "40")
        deadline = time.monotonic() + 60
        while not any(line.rstrip().endswith("╮") and len(line) > 110 for line in shown().splitlines()):
            assert time.monotonic() < deadline, shown()
            time.sleep(0.1)
        run("send-keys", "-t", "t", "C-l")
        wait("LIVE")
        run("send-keys", "-t", "t", "q")
        wait("left=0")
        wait("LIVE", gone=True)
        assert run(
            "display-message", "-p", "-t", "t", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"
        ).split() == ["0", "0", "1"]
    finally:
        run("kill-server")
