"""Long seeded journeys: after every frame the emulated terminal shows what the stock stream paints, 0 cells apart."""

from __future__ import annotations

import random

import pytest

from psdash.terminal.screen import Screen
from tests.support.emulated import Emulated, difference
from tests.support.stock_stream import Flush, Resize, StockStream, Write

SEEDS = 100
FRAMES = 40


@pytest.mark.parametrize("colours", ["rgb", "256", "16"])
@pytest.mark.parametrize("seeds", [range(at, SEEDS, 10) for at in range(10)], ids=lambda seeds: f"from-{seeds[0]}")
def test_zero_cells_apart_from_what_the_stock_stream_paints(seeds: range, colours: str) -> None:
    for seed in seeds:
        if seed % 3 == ("rgb", "256", "16").index(colours):
            walk(seed, colours)


def walk(seed: int, colours: str) -> None:
    journey = StockStream(seed, colours=colours)
    rng = random.Random(-seed - 1)
    size = journey.width, journey.height
    screen = Screen(*size)
    stock, ours = Emulated(*size, line_discipline=True), Emulated(*size)
    compared = 0
    for step in journey.steps(FRAMES):
        if isinstance(step, Write):
            screen.write(step.data)
            stock.feed(step.data)
        elif isinstance(step, Resize):
            screen.resize(step.width, step.height)
            stock.resize(step.width, step.height)
            ours.resize(step.width, step.height)
        elif isinstance(step, Flush) and step.reads:
            compared += show(screen, ours, rng)
            assert not difference(stock, ours), f"seed {seed}, frame {compared}"
            if stock.cursor != (0, 0):
                assert ours.cursor == stock.cursor, f"seed {seed}, frame {compared}"
    assert screen.faults == 0
    assert compared > FRAMES / 3


def show(screen: Screen, ours: Emulated, rng: random.Random) -> int:
    """Send what is wanted, whole or in parts of whole rows."""
    limit = rng.choice((None, None, 200, 900))
    importance = [(0, rng.randrange(screen.grid.height), screen.grid.width, 2)]
    sent = 0
    while True:
        wanted = list(screen.grid.text)
        before = list(screen.painter.sent)
        frame = screen.frame(limit, lambda: importance)
        if frame is None:
            return 1
        sent += 1
        assert sent < 100, "a frame never became whole"
        ours.feed(frame.data)
        for row, now in enumerate(screen.painter.sent):
            assert now == wanted[row] or now == before[row], "a row was sent in part"
        if frame.is_whole:
            assert screen.is_current
            return 1
