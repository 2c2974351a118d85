"""The headless commands in front of a hostile venue that also sends the key back: lines of JSON, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.safety import hostile
from tests.safety.canary import API_KEY, leaked, leaked_into
from tests.safety.evil_venue import EvilVenue, rewriting

SLUG = "spain-vs-france-2026-yes"


@pytest.mark.parametrize("command", [["tail", "--slug", SLUG], ["book", "--slug", SLUG], ["doctor"]])
def test_a_headless_command_prints_no_control_and_no_secret(tmp_path: Path, command: list[str]) -> None:
    tamper, used = rewriting([*hostile.strings(), f"echo {API_KEY}"])
    with EvilVenue(tamper) as venue:
        environment = {
            **venue.environment(PSDASH_API_KEY=API_KEY),
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "PSDASH_LOG_LEVEL": "trace",
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "psdash", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        assert child.stdout is not None
        lines: list[bytes] = []
        if command[0] == "tail":
            for number in range(60):
                venue.say(f"message {number}")  # rewritten on its way
            while len(lines) < 20 and (line := child.stdout.readline()):
                lines.append(line)
            child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    written = b"".join(lines) + out
    assert used
    assert leaked(written + err) == set()
    assert leaked_into(tmp_path) == {}
    for text in (written.decode(), err.decode()):
        assert all(char.isprintable() or char == "\n" for char in text)
    if command[0] != "doctor":
        assert written
        for row in written.decode().splitlines():
            json.loads(row)
