"""Every way out of a program on our driver: the terminal is as it was, the exit code is honest, nothing stays."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.support.far_side import FarSide


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=lambda it: str(it)
)
def test_a_signal(signum: signal.Signals, code: int) -> None:
    with FarSide() as terminal:
        terminal.wait_ready()
        terminal.process.send_signal(signum)
        assert terminal.wait_exit() == code
        terminal.assert_restored()


def test_a_key() -> None:
    with FarSide() as terminal:
        terminal.wait_ready()
        terminal.send("\x1b[21~")  # F10
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def test_a_crash() -> None:
    with FarSide() as terminal:
        terminal.wait_ready()
        terminal.send("\x1bOQ")  # F2
        assert terminal.wait_exit() == 1
        terminal.assert_restored()


def test_a_loop_that_is_stuck() -> None:
    with FarSide() as terminal:
        terminal.wait_ready()
        terminal.send("\x1bOR")  # F3
        terminal.read_until(lambda: terminal.read_once(1.0) == b"", "the program hangs")
        terminal.process.send_signal(signal.SIGTERM)
        terminal.read_until(lambda: b"\x1b[?1049l" in terminal.raw, "the terminal put back")
        assert terminal.wait_exit() == 143
        terminal.assert_restored()


def test_a_second_signal_ends_it_at_once() -> None:
    with FarSide() as terminal:
        terminal.wait_ready()
        terminal.send("\x1bOR")
        terminal.read_until(lambda: terminal.read_once(1.0) == b"", "the program hangs")
        began_s = time.monotonic()
        for _ in range(100):  # Python notices a signal between two instructions: two at once are one
            terminal.process.send_signal(signal.SIGTERM)
            terminal.read_once(0.05)
            if terminal.process.poll() is not None:
                break
        assert terminal.wait_exit() == 143
        assert time.monotonic() - began_s < 60
        terminal.assert_restored()


def test_a_terminal_that_does_not_read() -> None:
    """Without answers only the kernel says that it is full. What it held is thrown away, the restoration is not."""
    with FarSide("--fps", "60", answers={}, size=(200, 60)) as terminal:
        terminal.wait_ready()
        wait_until_full(terminal)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_exit(reads=False) == 143
        terminal.drain()
        terminal.assert_restored()


@pytest.mark.parametrize("nohup", [False, True], ids=["hangup", "hangup ignored"])
def test_a_terminal_that_goes_away(nohup: bool) -> None:
    with FarSide(nohup=nohup) as terminal:
        terminal.wait_ready()
        terminal.hang_up()
        assert terminal.wait_exit(reads=False) == 129


def test_stopped_and_continued() -> None:
    """Ctrl+Z's way: the terminal is the shell's in between, and drawn anew after."""
    with FarSide() as terminal:
        terminal.wait_ready()
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.read_until(lambda: b"\x1b[?1049l" in terminal.raw, "the main screen")
        terminal.read_until(lambda: is_stopped(terminal.process.pid), "the program stopped")
        terminal.drain()
        terminal.assert_restored()
        terminal.raw.clear()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.read_until(lambda: b"\x1b[?1049h" in terminal.raw and b"ready" in terminal.raw, "a fresh screen")
        terminal.send("\x1b[21~")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()


def wait_until_full(terminal: FarSide, timeout_s: float = 60.0) -> None:
    """Until the program has written all that the pty takes, unread."""
    import select

    far_side = os.open(os.ttyname(terminal._slave), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    deadline = time.monotonic() + timeout_s
    try:
        while select.select([], [far_side], [], 0)[1]:
            assert time.monotonic() < deadline, "the terminal was never full"
            time.sleep(0.05)
    finally:
        os.close(far_side)


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped (Linux)."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as status:
        return status.read().rpartition(")")[2].split()[0] == "T"


def test_stopped_by_force_and_continued() -> None:
    """SIGSTOP asks nobody: what another program did to the terminal meanwhile is undone, and forgotten at the end."""
    with FarSide() as terminal:
        terminal.wait_ready()
        terminal.process.send_signal(signal.SIGSTOP)
        terminal.read_until(lambda: is_stopped(terminal.process.pid), "the program stopped")
        terminal.drain()
        terminal.raw.clear()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.read_until(lambda: b"\x1b[?1049h" in terminal.raw and b"ready" in terminal.raw, "a fresh screen")
        terminal.send("\x1b[21~")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()
