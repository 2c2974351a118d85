"""What is meant to fill memory, or to keep the loop busy, costs neither (reliability §3.1, "huge frame")."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.safety.bombed import BODIES, MESSAGES, MIB, RESTS, SOCKETS

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured by /proc")
ROOT = Path(__file__).parents[2]
MOST_GROWTH = 150 * MIB
#: These cost a message each and no connection: they are within every cap.
COUNTED = {"1000 messages of 1 MiB": 1000, "greetings without end": 100_000, "broken text": 100}


def bombed(kind: str, name: str) -> dict[str, Any]:
    """The client's own account, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.safety.bombed", kind, name],
        capture_output=True, cwd=ROOT, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    account: dict[str, Any] = json.loads(done.stdout)
    assert account["grown"] <= MOST_GROWTH, account
    return account


@pytest.mark.parametrize("name", SOCKETS)
def test_a_bomb_on_a_socket(name: str) -> None:
    account = bombed("ws", name)
    assert account["conserved"]
    if name in COUNTED:
        assert account["frames"] == 1 + COUNTED[name]
    else:
        assert account["frames"] == 1, "nothing of it was taken for a message"
        assert account["reasons"], "and the connection ended"


def test_messages_of_hostile_json() -> None:
    """Depth, numbers, digits, keys: each is counted as rejected or ignored, and the connection goes on."""
    account = bombed("ws", "messages")
    assert account["frames"] == 1 + len(MESSAGES)
    assert account["rejected"] + account["ignored"] >= len(MESSAGES) - 2, account  # repeated keys make a good pong
    assert account["conserved"]
    assert account["reasons"] == []


@pytest.mark.parametrize("name", RESTS)
def test_a_bomb_on_rest(name: str) -> None:
    (outcome,) = bombed("rest", name)["outcomes"]
    assert outcome.startswith(("BadAnswerError", "UnreachableError")), outcome


def test_bodies_of_hostile_json() -> None:
    """Each within the byte cap, and none of them a list of markets."""
    outcomes = bombed("rest", "bodies")["outcomes"]
    assert len(outcomes) == len(BODIES)
    read = [name for name, said in zip(BODIES, outcomes, strict=True) if not said.startswith("BadAnswerError")]
    assert set(read) <= {"long title"}, outcomes  # an odd row is left out, and the others would be read
