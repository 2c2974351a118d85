"""The program's own screen on an exchange of the older dialect, against that exchange's ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pty.test_truth import MAIN, assert_true, next_book, the_program
from tests.support.exchange import exchange
from tests.support.ladder_reader import SeenBook


@pytest.mark.parametrize(("columns", "rows"), [(120, 40)])
def test_the_touch_on_the_screen_is_the_ledgers(tmp_path: Path, columns: int, rows: int) -> None:
    """Four states of the book, YES and then NO; and no print that nobody called settled is shown as matched."""
    with (
        exchange("--seed", "7", "--protocol", "1") as venue,
        the_program(venue, [MAIN], tmp_path, columns=columns, rows=rows) as terminal,
    ):
        for token, title in zip(venue.tokens(MAIN), ("YES", "NO"), strict=True):
            seen: SeenBook | None = None
            for _ in range(4):
                seen = next_book(terminal, seen, title)
                assert_true(venue, token, seen)
            terminal.send("f")
        terminal.wait_for(lambda t: "─ not told ● settled" in t.text, "what the tape's signs mean")
        terminal.wait_for(lambda t: "of prints" in t.text, "candles of the prints")
        assert "○ matched" not in terminal.text
