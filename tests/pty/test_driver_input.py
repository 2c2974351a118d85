"""A terminal that talks nonsense to a program on our driver: the program goes on, and hears the next key."""

from __future__ import annotations

import random
import re

from tests.support.far_side import FarSide
from tests.support.garbage import CORPUS, garbage

_KEYS = re.compile(rb"keys (\d+)")


def is_painting(terminal: FarSide) -> bool:
    """Whether frames go on coming."""
    before = len(terminal.raw)
    terminal.read_until(lambda: len(terminal.raw) > before + 400, "more frames")
    return True


def test_the_corpus_kills_nothing() -> None:
    with FarSide() as terminal:
        terminal.wait_ready()
        for each in CORPUS:
            terminal.send(each)
            terminal.read_once(0.02)
            assert terminal.process.poll() is None, each
        assert is_painting(terminal)
        terminal.send("\x1b[201~\x1b\\")
        terminal.read_for(0.6)
        terminal.send("\x1b[21~")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()
        assert b"Traceback" not in terminal.raw


def test_a_flood_of_noise_kills_nothing() -> None:
    rng = random.Random(11)
    with FarSide() as terminal:
        terminal.wait_ready()
        for _ in range(300):
            terminal.send(garbage(rng))
        assert is_painting(terminal)
        terminal.send("\x1b\\\x1b[201~")
        terminal.read_for(1.2)
        terminal.send("\x1b[21~")
        assert terminal.wait_exit() == 0
        terminal.assert_restored()
