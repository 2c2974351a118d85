"""`psdash tail`, `book` and `doctor` as processes of their own, the way a person or a script runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60.0
Line = dict[str, Any]


def environment(home: Path, **variables: str) -> dict[str, str]:
    """A machine with nothing configured but these variables."""
    home.mkdir(parents=True, exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **variables}


def run(environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command to its end, with no terminal anywhere."""
    return subprocess.run(
        [sys.executable, "-m", "psdash", *arguments],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


class Tail:
    """A running `psdash tail`, and every line it printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        self._moved = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._moved:
                self._lines.append(line)
                self._moved.notify_all()
        with self._moved:
            self._ended = True
            self._moved.notify_all()

    @property
    def lines(self) -> list[Line]:
        """What it printed, decoded."""
        with self._moved:
            raw = list(self._lines)
        return [json.loads(line) for line in raw]

    def wait_for(self, wanted: Callable[[Line], bool], count: int = 1) -> None:
        """Until `count` lines are as wanted. Raises AssertionError at the deadline, or when it ended before."""
        deadline = time.monotonic() + DEADLINE_S
        found = at = 0
        while True:
            with self._moved:
                while at == len(self._lines) and not self._ended:
                    assert self._moved.wait(max(0.0, deadline - time.monotonic())), (
                        f"{found} of {count} lines in time"
                    )
                assert at < len(self._lines), f"it ended after {found} of {count} lines"
                fresh, at = self._lines[at:], len(self._lines)
            found += sum(wanted(json.loads(line)) for line in fresh)
            if found >= count:
                return
            assert time.monotonic() < deadline, f"{found} of {count} lines in time"

    def stop(self, signum: int = signal.SIGINT) -> tuple[int, str]:
        """Send a signal and wait; the exit code and what stderr said. All lines are there afterwards."""
        self.process.send_signal(signum)
        return self.end()

    def end(self) -> tuple[int, str]:
        """Wait for the end it comes to by itself."""
        code = self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        assert self.process.stderr is not None
        return code, self.process.stderr.read()


@contextmanager
def tail(environ: Mapping[str, str], *arguments: str) -> Iterator[Tail]:
    """Run `psdash tail` until the block ends."""
    process = popen(environ, "tail", *arguments)
    running = Tail(process)
    try:
        yield running
    finally:
        finish(process)


def popen(environ: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    """A command whose pipes the test reads itself."""
    return subprocess.Popen(
        [sys.executable, "-m", "psdash", *arguments],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> None:
    """Nothing of it is left behind, whatever the test came to."""
    if process.poll() is None:
        process.kill()
    process.wait(DEADLINE_S)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
