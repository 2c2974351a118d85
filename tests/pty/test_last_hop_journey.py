"""A whole Textual program on a pty: after every whole frame, the terminal shows what the stock stream paints."""

from __future__ import annotations

import pickle
import random
import re
import signal
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.support.emulated import Emulated, difference
from tests.support.far_side import ANSWERS, FarSide

#: Things that a person does, each with so many bytes of the program's drawing after it, and more after a new size.
TURNS, SOME, MANY = 48, 1_500, 4_000
SIZES = ((80, 24), (60, 16), (100, 30))
_STATUS_ONLY = {question: answer for question, answer in ANSWERS.items() if question == b"\x1b[5n"}
_SYNC_ONLY = {question: answer for question, answer in ANSWERS.items() if question != b"\x1b[5n"}


@pytest.mark.parametrize(
    ("seed", "answers", "arguments"),
    [
        (1, ANSWERS, ()),
        (2, _STATUS_ONLY, ()),
        (3, _SYNC_ONLY, ()),
        (4, {}, ()),
        (5, ANSWERS, ("--max-kbps", "300")),
    ],
    ids=["answers", "as tmux answers", "sync only", "says nothing", "capped"],
)
def test_the_terminal_shows_what_the_stock_stream_paints(
    tmp_path: Path, seed: int, answers: dict[bytes, bytes], arguments: tuple[str, ...]
) -> None:
    log = tmp_path / "journal"
    rng = random.Random(seed)
    steps = ("--seed", str(seed), "--steps", "1000000", "--log", str(log), *arguments)
    with FarSide(*steps, size=SIZES[0], answers=answers) as terminal:
        terminal.wait_ready()
        for turn in range(TURNS):
            wanted = len(terminal.raw) + SOME
            if turn % 8 == 7:
                terminal.resize(*rng.choice(SIZES))
                wanted += MANY
            elif rng.random() < 0.4:
                terminal.send(rng.choice(("x", "東", "\x1b[D", "\x7f")))
            terminal.read_until(lambda: len(terminal.raw) >= wanted, "more of the screen")  # noqa: B023 - used at once
        terminal.process.send_signal(signal.SIGTERM)  # heard whatever screen is on top
        assert terminal.wait_exit() == 143
        terminal.drain()
        terminal.assert_restored()
        compared, sent = compare(pickle.loads(log.read_bytes()))  # noqa: S301 - our own program wrote it
        assert compared >= 20
        assert bytes(terminal.raw).startswith(sent), "what was sent is not what arrived"


def is_whole_screen(data: str, width: int, height: int) -> bool:
    """Whether this draws every cell of a screen of exactly this size."""
    rows = {int(found.group(1)) for found in re.finditer(r"\x1b\[([0-9]+);[0-9]+H", data)}
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]|\x1b\][^\x1b]*\x1b\\\\|\n", "", data)
    return rows == set(range(1, height + 1)) and cell_len(text) == width * height


def compare(journal: list[tuple[str, object]]) -> tuple[int, bytes]:
    """Hold the two streams against each other after every whole frame; how many, and all that was sent."""
    stock, ours = Emulated(80, 25, line_discipline=True), Emulated(80, 25)
    sent = bytearray()
    compared = 0
    is_whole = False
    settled = True
    height = 25
    for what, value in journal:
        if what == "size":
            assert isinstance(value, tuple)
            if value != (stock.screen.columns, stock.screen.lines):
                stock.resize(*value)
                ours.resize(*value)
                height = value[1]
                settled = False
        elif what == "wrote":
            assert isinstance(value, str)
            stock.feed(value)
            # Until the app has drawn in the new size, what stands there is the emulator's idea of a crop.
            settled = settled or is_whole_screen(value, stock.screen.columns, height)
        elif what == "frame":
            is_whole = bool(value)
        else:
            assert isinstance(value, bytes)
            sent += value
            ours.feed(value.decode())
            if is_whole and settled:
                apart = difference(stock, ours)
                assert not apart, f"frame {compared}: {apart[:3]}"
                compared += 1
            is_whole = False
    return compared, bytes(sent)
