"""Looking at processes that are not our children, or no longer are."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path


def heed_signals() -> None:
    """In a child before it runs: what a shell in the foreground gives its programs.

    A suite started with `nohup` or with `&` ignores SIGHUP or SIGINT, and so would every program that a test starts.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def is_running(pid: int) -> bool:
    """Whether the process still runs; one that ended and waits for its parent to notice does not."""
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return stat.rpartition(")")[2].split()[0] not in "ZX"
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait_gone(pid: int, timeout_s: float = 20.0) -> None:
    """Wait until the process has ended. Raises AssertionError at the deadline."""
    deadline = time.monotonic() + timeout_s
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs after {timeout_s:g} s"
        time.sleep(0.02)
