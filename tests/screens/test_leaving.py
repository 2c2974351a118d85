"""The real program in a real terminal, told to leave: the terminal is as it was, and the exit code says how."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from psdash.settings import Exit
from tests.support.terminal import Terminal

#: What a terminal needs to be itself again: the main screen, the cursor, no mouse reports.
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")


def psdash(tmp_path: Path, *arguments: str, columns: int = 80, rows: int = 24, driver: str = "auto") -> Terminal:
    state = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PSDASH_DRIVER": driver}
    return Terminal([sys.executable, "-m", "psdash", *arguments], env=state, columns=columns, rows=rows)


def assert_restored(terminal: Terminal) -> None:
    raw = bytes(terminal.raw)
    assert b"\x1b[?1049h" in raw
    after = raw[raw.rindex(b"\x1b[?1049h") :]
    assert all(sequence in after for sequence in RESTORED)
    assert b"Traceback" not in raw


@pytest.mark.parametrize(
    ("signum", "code"),
    [(signal.SIGTERM, Exit.TERMINATED), (signal.SIGHUP, 129), (signal.SIGINT, Exit.INTERRUPTED)],
)
def test_a_signal_restores_the_terminal(tmp_path: Path, signum: signal.Signals, code: int) -> None:
    with psdash(tmp_path, "--demo") as terminal:
        terminal.wait_for_text("ladder", "DEMO")
        terminal.process.send_signal(signum)
        assert terminal.wait_exit() == code
        assert_restored(terminal)


def test_a_terminal_that_goes_away_takes_the_program_with_it(tmp_path: Path) -> None:
    with psdash(tmp_path, "--demo", columns=200, rows=50) as terminal:
        terminal.wait_for_text("ladder", "LIVE")
        terminal.hang_up()
        assert terminal.process.wait(timeout=30) == 129


def test_a_terminal_that_stops_reading_gets_its_own_screen_back(tmp_path: Path) -> None:
    """What it has not read is thrown away; the rest is put in order, and nobody waits for it."""
    with psdash(tmp_path, "--demo", "--fps", "60", columns=200, rows=50) as terminal:
        terminal.wait_for_text("ladder", "LIVE")
        terminal.stop_reading()
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(timeout=30) == Exit.TERMINATED
        terminal.wait_exit()
        assert_restored(terminal)


def test_a_terminal_that_stops_reading_cannot_keep_the_program(tmp_path: Path) -> None:
    """Textual's own driver: its loop is stuck behind a full pty, and nothing is left running all the same."""
    with psdash(tmp_path, "--demo", "--fps", "60", columns=200, rows=50, driver="stock") as terminal:
        terminal.wait_for_text("ladder", "LIVE")
        terminal.wait_until_full()
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(timeout=30) == Exit.TERMINATED


def test_q_leaves_with_nothing_to_say(tmp_path: Path) -> None:
    with psdash(tmp_path, "--demo") as terminal:
        terminal.wait_for_text("ladder", "LIVE")
        terminal.send("q")
        assert terminal.wait_exit() == Exit.OK
        assert_restored(terminal)


def test_a_theme_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with psdash(tmp_path, "--demo", "--theme", "no-such-theme") as terminal:
        assert terminal.wait_exit() == Exit.CONFIGURATION
        assert b"graphite" in terminal.raw


def test_the_first_paint_needs_no_socket_and_no_chart() -> None:
    script = (
        "import sys, psdash.dashboard.launch\n"
        "late = ('websockets', 'httpx', 'plotext', 'psdash.gateway.venue', 'psdash.wire.predictstreet')\n"
        "sys.stdout.write(' '.join(name for name in late if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
