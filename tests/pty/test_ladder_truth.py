"""Every number that the ladder adds to the venue's own, against the exchange's ledger and history."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from psdash.dashboard.painting.numbers import money, shares, size
from tests.pty.test_truth import the_program
from tests.support.exchange import Exchange, exchange
from tests.support.ladder_reader import is_written
from tests.support.terminal import Terminal

#: A market whose book stands still, so that a whole ledger can be compared.
STILL = "spain-vs-france-2026-red-card"
BUSY = "spain-vs-france-2026-yes"
CUP = "international-cup-2026-winner-spain"
DEADLINE_S = 90.0
#: The last print stands where nothing rests, with its word: it is no level.
_PRINT = re.compile(r"last [\d,.]+[kMB]? [▲▼·]|[▲▼·] last [\d,.]+[kMB]?")
_FIVE = Decimal("0.05")
_NUMBER = r"([\d,.]+[kMB]?)"

Side = dict[Decimal, Decimal]
T = TypeVar("T")


@contextmanager
def showing(home: Path, slug: str, columns: int = 120, rows: int = 40) -> Iterator[tuple[Exchange, Terminal]]:
    """The exchange, and the program live on one of its markets."""
    with exchange("--seed", "7") as venue, the_program(venue, [slug], home, columns=columns, rows=rows) as terminal:
        terminal.wait_for(lambda t: "LIVE" in t.lines[2] and "#" in t.text, f"{slug} live", DEADLINE_S)
        yield venue, terminal


def agreed(venue: Exchange, terminal: Terminal, token: str, judge: Callable[[list[str], Side, Side], T | None]) -> T:
    """Wait until a screen and the ledger are of one sequence and `judge` finds the one to be true to the other."""

    def look(screen: Terminal) -> T | None:
        lines = screen.lines
        shown = re.search(r"#(\d+)", "\n".join(line[:78] for line in lines))
        seq, book = venue.book(token)
        if shown is None or int(shown[1]) != seq:
            return None
        return judge(lines, book["bids"], book["asks"])

    return terminal.wait_for(look, "a screen that the ledger agrees with", DEADLINE_S)


def line_of(lines: list[str], pattern: str) -> re.Match[str] | None:
    return next((found for line in lines if (found := re.search(pattern, line))), None)


def test_totals_lean_cursor_groups_and_parity_are_the_ledgers(tmp_path: Path) -> None:
    with showing(tmp_path, STILL) as (venue, terminal):
        yes, no = venue.tokens(STILL)

        def totals(lines: list[str], bids: Side, asks: Side) -> bool:
            found = line_of(lines, rf"bids +{_NUMBER} +{_NUMBER} (?:asks)? *best5 ([+-]\d+)%")
            assert found is not None
            assert is_written(sum(bids.values(), Decimal(0)), found[1])
            assert is_written(sum(asks.values(), Decimal(0)), found[2])
            near = [
                sum(side[at] for at in best) for side, best in ((bids, sorted(bids)[-5:]), (asks, sorted(asks)[:5]))
            ]
            assert found[3] == f"{(near[0] - near[1]) / (near[0] + near[1]) * 100:+.0f}"
            return True

        assert agreed(venue, terminal, yes, totals)

        terminal.send("c")
        for _ in range(3):
            price = agreed(venue, terminal, yes, reads_out)
            terminal.send("k")
            terminal.wait_for(partial(_lacks, price), "the cursor elsewhere", DEADLINE_S)
        terminal.send("c")
        terminal.wait_for(lambda t: line_of(t.lines, "bids +[0-9]"), "no cursor", DEADLINE_S)

        terminal.send("i")
        terminal.send("i")
        terminal.wait_for(lambda t: "5¢" in t.lines[2], "groups of five", DEADLINE_S)
        assert agreed(venue, terminal, yes, grouped)
        terminal.send("i")
        terminal.send("B")

        def parity(lines: list[str], _bids: Side, asks: Side) -> bool | None:
            found = line_of(lines, r"parity ([+-]?[\d.]+)")
            other = venue.book(no)[1]["asks"]
            return found is not None and Decimal(found[1]) == (min(asks) + min(other) - 1) * 100

        assert agreed(venue, terminal, yes, parity)


def _lacks(words: str, terminal: Terminal) -> bool:
    return words not in terminal.lines[-3]


def reads_out(lines: list[str], _bids: Side, asks: Side) -> str | None:
    """The cursor's line says all up to its price, what it costs, and the average. Returns the price's words."""
    found = line_of(lines, rf"buy {_NUMBER} to ([\d.]+) for (\$[\d,.]+[kMB]?) avg ([\d.]+)")
    if found is None:
        return None
    inside = {at: held for at, held in asks.items() if at * 100 <= Decimal(found[2])}
    held, cost = sum(inside.values(), Decimal(0)), sum((at * each for at, each in inside.items()), Decimal(0))
    assert found[1] in {size(held, cells) for cells in (6, 8, 12)}
    assert found[3] in {money(cost, cells) for cells in (8, 10, 14)}
    assert found[4] == f"{cost / held * 100:.2f}"
    return f" to {found[2]} for "


def grouped(lines: list[str], bids: Side, asks: Side) -> bool | None:
    """Rows of five cents: sums of bids from under, of asks from over, and the exact touch between."""
    if line_of(lines, rf"{max(bids) * 100:.0f} / {min(asks) * 100:.0f}") is None:
        return None
    head = next(line for line in lines if "BID" in line and "¢" in line)
    cents, bid_end, ask_end = head.index("¢"), head.index("BID") + 3, head.index("ASK") + 3
    checked = 0
    for line in lines[4:36]:
        row = _PRINT.sub(lambda found: " " * len(found[0]), re.sub("[▌▐█■]", " ", line))
        if not (price := row[cents - 2 : cents + 1].strip()).isdecimal():
            continue
        at = Decimal(price) / 100
        for text, inside in (
            (row[bid_end - 7 : bid_end].strip(), [held for each, held in bids.items() if at <= each < at + _FIVE]),
            (row[cents + 1 : ask_end].strip(), [held for each, held in asks.items() if at - _FIVE < each <= at]),
        ):
            if text:
                assert is_written(sum(inside, Decimal(0)), text), (row, inside)
                checked += 1
            else:
                assert not inside, row
    return checked >= 4


@pytest.mark.timeout(240)
def test_traded_volume_at_price_is_the_history_of_trades(tmp_path: Path) -> None:
    """The window's buys and sells and unknown together, at every price in view, are what the venue's tape holds."""
    with showing(tmp_path, BUSY, 200, 50) as (venue, terminal):
        market = venue.get(f"/api/markets/{BUSY}")

        def look(screen: Terminal) -> int | None:
            since = datetime.fromtimestamp(venue.get("/sim/clock")["nowMs"] / 1000, UTC) - timedelta(minutes=5)
            rows = venue.get(
                f"/api/markets/{market['symbol']}/trades",
                limit=200,
                after=since.isoformat().replace("+00:00", "Z"),
            )["trades"]
            sums: dict[int, Decimal] = {}
            for row in rows:
                price = Decimal(row["price"])
                cents = round((price if row["outcomeIndex"] == 0 else 1 - price) * 100)
                sums[cents] = sums.get(cents, Decimal(0)) + Decimal(row["quantity"])
            wrong, right = 0, 0
            for cents, total in sums.items():
                shown = traded_at(screen.lines, cents)
                if shown is not None:
                    wrong, right = wrong + (not may_sum_to(shown, total)), right + may_sum_to(shown, total)
            return right if not wrong and right >= 5 else None

        assert terminal.wait_for(look, "traded volume as the venue's tape has it", 150.0)


def traded_at(lines: list[str], cents: int) -> tuple[str, ...] | None:
    """What the traded column of a price's row says: the numbers in it, with the mark of an unknown part."""
    head = next((line for line in lines if "5m B|S" in line), None)
    if head is None:
        return None
    start = head.index("5m B|S") - 1
    price = head.index("¢")
    row = next((line for line in lines if line[price - 3 : price + 1].strip() == str(cents)), None)
    return None if row is None else tuple(re.findall(r"·|[\d,.]+[kMB]?", row[start : start + 11]))


def may_sum_to(shown: tuple[str, ...], total: Decimal) -> bool:
    """Whether numbers written in four cells can add up to a total, an unknown part besides where it is marked."""
    values = [unwritten(text) for text in shown if text != "·"]
    if "·" in shown and len(values) == 1:  # nobody said who crossed the spread, of all of it
        return shown[-1] == shares(total, 4)
    least = sum(low for low, _ in values)
    most = sum(high for _, high in values)
    return least <= total <= most if "·" not in shown else least <= total


def unwritten(text: str) -> tuple[Decimal, Decimal]:
    """The least and the most that a number so written can be."""
    scale = {"k": 1_000, "M": 1_000_000, "B": 1_000_000_000}.get(text[-1], 1)
    digits = text.rstrip("kMB").replace(",", "")
    step = Decimal(1).scaleb(-len(digits.partition(".")[2])) * scale
    value = Decimal(digits) * scale
    return value - step / 2, value + step / 2


def test_the_event_has_the_touch_of_every_outcome_and_their_sums(tmp_path: Path) -> None:
    with showing(tmp_path, CUP, 80, 24) as (venue, terminal):
        event = venue.get(f"/api/markets/{CUP}")["eventId"]
        markets = [each for each in venue.get("/api/markets")["markets"] if each["eventId"] == event]
        tokens = {each["slug"]: each["yesTokenId"] for each in markets}
        assert len(tokens) >= 3
        terminal.send("E")

        def look(screen: Terminal) -> bool | None:
            found = line_of(screen.lines, r"sum of all +(\S+) +(\S+)")
            if found is None:
                return None
            books = [venue.book(token)[1] for token in tokens.values()]
            bids, asks = ([side for book in books if (side := book[name])] for name in ("bids", "asks"))
            sums = sum(max(side) for side in bids) * 100, sum(min(side) for side in asks) * 100
            if (Decimal(found[1]), Decimal(found[2])) != sums:
                return None  # a book moved between the screen and the ledger, or is not here yet
            touches = {
                (f"{max(book['bids']) * 100:.0f}", f"{min(book['asks']) * 100:.0f}")
                for book in books
                if book["bids"] and book["asks"]
            }
            shown = {tuple(line.split()[-6:-4]) for line in screen.lines}
            return all(any(touch == pair for pair in shown) for touch in touches) or None

        assert terminal.wait_for(look, "the sums of the ledgers", DEADLINE_S)
