"""The program's own screen against the exchange's own ledger, at the sequence that the screen names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.exchange import RECORDED_MATCH, Exchange, exchange
from tests.support.ladder_reader import SeenBook, is_written, read_ladder
from tests.support.terminal import Terminal

MAIN = "spain-vs-france-2026-yes"
MATCH = tuple(f"stanley-cup-final-game-4-m{number}" for number in range(6))

needs_recording = pytest.mark.skipif(not RECORDED_MATCH.exists(), reason="the recorded match is not here")


def the_program(venue: Exchange, slugs: Sequence[str], home: Path, *, columns: int = 120, rows: int = 40) -> Terminal:
    """psdash in a pty, as a trader with a key would start it."""
    arguments = [part for slug in slugs for part in ("--slug", slug)]
    environment = {
        **venue.environment,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
    }
    return Terminal([sys.executable, "-m", "psdash", *arguments], columns=columns, rows=rows, env=environment)


def live_book(terminal: Terminal) -> SeenBook | None:
    """The ladder, when it claims to be live."""
    seen = read_ladder(terminal.lines)
    return seen if seen is not None and seen.state.endswith("LIVE") else None


def next_book(terminal: Terminal, after: SeenBook | None, title: str = "YES") -> SeenBook:
    """The next state of an outcome's book that the ladder claims to be true."""

    def look(screen: Terminal) -> SeenBook | None:
        seen = live_book(screen)
        is_new = seen is not None and seen.title == title and (after is None or seen.seq != after.seq)
        return seen if is_new else None

    return terminal.wait_for(look, f"the next live {title} book")


def book_at(terminal: Terminal, seq: int) -> SeenBook:
    """The book when the ladder shows it at `seq`."""

    def look(screen: Terminal) -> SeenBook | None:
        seen = live_book(screen)
        return seen if seen is not None and seen.seq == seq else None

    return terminal.wait_for(look, f"the book at {seq}")


def assert_true(venue: Exchange, token: str, seen: SeenBook) -> None:
    """The touch on the screen is the ledger's touch at the sequence on the screen."""
    truth = venue.touch(token, seen.seq)
    assert truth.bid is not None
    assert truth.ask is not None
    assert (seen.bid, seen.ask) == (truth.bid[0], truth.ask[0]), seen
    assert is_written(truth.bid[1], seen.bids.get(seen.bid, "nothing")), (seen, truth)
    assert is_written(truth.ask[1], seen.asks.get(seen.ask, "nothing")), (seen, truth)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (200, 50)])
def test_the_touch_on_the_screen_is_the_ledgers(tmp_path: Path, columns: int, rows: int) -> None:
    """Simulated flow: twelve states of the book, YES and then NO."""
    with (
        exchange("--seed", "7") as venue,
        the_program(venue, [MAIN], tmp_path, columns=columns, rows=rows) as terminal,
    ):
        for token, title in zip(venue.tokens(MAIN), ("YES", "NO"), strict=True):
            seen: SeenBook | None = None
            for _ in range(6):
                seen = next_book(terminal, seen, title)
                assert_true(venue, token, seen)
            terminal.send("f")


@needs_recording
@pytest.mark.timeout(240)
@pytest.mark.parametrize(("speed", "skip_s"), [(1, 850), (20, 0)])
def test_the_recorded_match_is_right_throughout_and_at_its_end(tmp_path: Path, speed: int, skip_s: int) -> None:
    """Real input: the touch while it plays, and every book at the end. At 1x the last 47 seconds are played."""
    arguments = ("--replay", str(RECORDED_MATCH), "--speed", str(speed), "--skip", str(skip_s))
    with (
        exchange(*arguments) as venue,
        the_program(venue, MATCH, tmp_path, columns=200, rows=50) as terminal,
    ):
        tokens = {slug: venue.tokens(slug)[0] for slug in MATCH}
        seen: SeenBook | None = None
        for _ in range(10):
            seen = next_book(terminal, seen)
            assert_true(venue, tokens[MATCH[0]], seen)
        terminal.wait_for(lambda _: venue.get("/sim/replay")["finished"], "the end of the match", 150)
        for slug in MATCH:
            final_seq, truth = venue.book(tokens[slug])
            assert_visible_levels(book_at(terminal, final_seq), truth)
            terminal.send("]")


def assert_visible_levels(seen: SeenBook, truth: dict[str, dict[Decimal, Decimal]]) -> None:
    """Every level on the screen is the ledger's, and none of the ledger's is missing between the outermost two."""
    for shown, held, best in ((seen.bids, truth["bids"], max), (seen.asks, truth["asks"], min)):
        assert best(shown) == best(held)
        low, high = min(shown), max(shown)
        expected = {price: size for price, size in held.items() if low <= price <= high}
        assert shown.keys() == expected.keys()
        for price, size in expected.items():
            assert is_written(size, shown[price]), (price, size, shown[price])
