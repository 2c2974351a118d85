"""The chart's figures, read off the program's own screen, against what the exchange itself says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from psdash.dashboard.painting.numbers import cents, money, size
from psdash.dashboard.panes.chart import FRAMES
from tests.pty.test_truth import MAIN, the_program
from tests.support.exchange import Exchange, exchange
from tests.support.terminal import Terminal

LEFT, RIGHT, DOWN = "\x1b[D", "\x1b[C", "\x1b[B"
DAY_MS = 86_400_000
WAIT_S = 60.0


@contextmanager
def a_quiet_day(tmp_path: Path) -> Iterator[tuple[Exchange, Terminal]]:
    """Books, tape and candles of a day on which nothing more happens, and the chart in focus beside them."""
    with (
        exchange("--seed", "7", "--quiet") as venue,
        the_program(venue, [MAIN], tmp_path, columns=200, rows=50) as terminal,
    ):
        shown(terminal, "YES chart 15s", "LIVE")
        terminal.send("3")
        yield venue, terminal


def chart(terminal: Terminal) -> list[str]:
    """The chart's lines, inside its frame; the first and the last are the frame's own."""
    lines = terminal.lines
    found = ((y, re.search(r"╭─ (YES|NO) (chart|depth|heat)", line)) for y, line in enumerate(lines))
    y, top = next(((y, at) for y, at in found if at is not None), (0, None))
    if top is None:
        return []
    left, right = top.start(), lines[y].index("╮", top.start())
    bottom = next((n for n in range(y + 1, len(lines)) if lines[n][left] == "╰"), y)
    return [line[left + 1 : right] for line in lines[y : bottom + 1]]


def shown(terminal: Terminal, *words: str) -> list[str]:
    """The chart's lines once all these words are among them."""

    def look(screen: Terminal) -> list[str] | None:
        lines = chart(screen)
        text = "\n".join(lines)
        return lines if lines and all(word in text for word in words) else None

    return terminal.wait_for(look, f"{words} on the chart", WAIT_S)


def with_key(venue: Exchange, path: str) -> Any:
    """One GET as the trader."""
    answer = httpx.get(f"{venue.rest_url}{path}", headers={"X-Api-Key": venue.api_key}, timeout=20, trust_env=False)
    answer.raise_for_status()
    return answer.json()


def merged(candles: list[Mapping[str, Any]], interval_ms: int) -> dict[int, dict[str, Decimal]]:
    """The exchange's five-second candles in longer buckets: open, high, low, close, volume by start."""
    buckets: dict[int, dict[str, Decimal]] = {}
    for row in sorted(candles, key=lambda each: each["bucketStartMs"]):
        start_ms = row["bucketStartMs"] // interval_ms * interval_ms
        o, h, low, c, v = (Decimal(row[name]) for name in ("open", "high", "low", "close", "volume"))
        known = buckets.setdefault(start_ms, {"O": o, "H": h, "L": low, "C": c, "V": Decimal(0)})
        known |= {"H": max(known["H"], h), "L": min(known["L"], low), "C": c, "V": known["V"] + v}
    return buckets


def clock(epoch_ms: int) -> str:
    return f"{datetime.fromtimestamp(epoch_ms / 1000, UTC):%H:%M:%S} UTC"


def test_every_candle_under_the_cursor_is_the_exchanges_and_so_are_own_trades(tmp_path: Path) -> None:
    with a_quiet_day(tmp_path) as (venue, terminal):
        symbol = venue.get(f"/api/markets/{MAIN}")["symbol"]
        rows = venue.get(f"/api/markets/{symbol}/ohlc", interval="s5", outcome="0", limit=2000)["candles"]
        own = [row for row in with_key(venue, "/api/me/trades?limit=200")["trades"] if row["marketId"] == symbol]
        for key, interval_ms, steps in (("T", 5_000, 5), ("t", 15_000, 12), ("t", 60_000, 8), ("t", 300_000, 2)):
            frame = next(word for word, ms in FRAMES if ms == interval_ms)
            for each in key:
                terminal.send(each)
            shown(terminal, f"chart {frame} ")
            buckets = merged(rows, interval_ms)
            newest = sorted(buckets)[-1]
            at_ms = walk_to(terminal, newest, interval_ms)
            for step in range(steps):
                if step:
                    terminal.send(LEFT)
                    at_ms -= interval_ms
                lines = shown(terminal, clock(at_ms))
                candle = buckets.get(at_ms)
                if candle is None:
                    assert "no prints" in lines[1]
                else:
                    figures = "  ".join(f"{name} {cents(candle[name])}" for name in "OHLC")
                    assert f" {figures}  V {size(candle['V'], 8)} " in lines[1], (lines[1], candle)
                assert_own(lines[2], own, at_ms, interval_ms)


def walk_to(terminal: Terminal, wanted_ms: int, interval_ms: int) -> int:
    """Step to this bucket, one key after what the one before did."""
    if cursor_ms(terminal) is None:
        terminal.send(LEFT)
    at_ms = terminal.wait_for(cursor_ms, "a cursor", WAIT_S)
    while later := apart(at_ms, wanted_ms):
        terminal.send(LEFT if later > 0 else RIGHT)
        before_ms = at_ms

        def elsewhere(screen: Terminal, before_ms: int = before_ms) -> int | None:
            now_ms = cursor_ms(screen)
            return None if now_ms == before_ms else now_ms

        at_ms = terminal.wait_for(elsewhere, "the cursor elsewhere", WAIT_S)
        assert abs(apart(at_ms, before_ms)) == interval_ms
    return wanted_ms


def apart(one_ms: int, other_ms: int) -> int:
    """How much later a time of day is than another, the shorter way round."""
    return (one_ms - other_ms + DAY_MS // 2) % DAY_MS - DAY_MS // 2


def cursor_ms(screen: Terminal) -> int | None:
    """The time under the cursor, as a time of day and never zero."""
    found = next((re.match(r" (\d\d):(\d\d):(\d\d) UTC ", line) for line in chart(screen)[2:3]), None)
    if found is None:
        return None
    hours, minutes, seconds = (int(part) for part in found.groups())
    return DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1_000


def assert_own(line: str, own: list[Mapping[str, Any]], at_ms: int, interval_ms: int) -> None:
    """What the trader bought and sold in the bucket, in YES terms, as the exchange's own list has it."""
    for word, buys in (("bought", True), ("sold", False)):
        trades = [
            (Decimal(row["quantity"]), Decimal(row["price"]))
            for row in own
            if at_ms <= datetime.fromisoformat(row["createdAt"]).timestamp() * 1000 < at_ms + interval_ms
            and (row["side"] == "buy") is buys
        ]
        shares = sum((quantity for quantity, _ in trades), Decimal(0))
        seen = re.search(rf"you {word} ([\d.,]+) at ([\d.]+)", line)
        assert (seen is not None) == bool(shares), (line, trades)
        if seen is not None:
            average = sum((quantity * price for quantity, price in trades), Decimal(0)) / shares
            assert seen[1] == size(shares, 8)
            assert abs(Decimal(seen[2]) / 100 - average) < Decimal("0.0001")


def test_depth_and_heat_map_are_the_ledgers_book(tmp_path: Path) -> None:
    with a_quiet_day(tmp_path) as (venue, terminal):
        token = venue.tokens(MAIN)[0]
        seq, book = venue.book(token)
        best = sorted(book["bids"], reverse=True)
        terminal.send("h")
        totals = [size(sum(book[side].values(), Decimal(0)), 7) for side in ("bids", "asks")]
        shown(terminal, f"#{seq}", f" bids {totals[0]} ", f" asks {totals[1]} ", f" bid {cents(best[0])} ")
        price = best[0]
        for _ in range(6):
            terminal.send(LEFT)
            better = {at: shares for at, shares in book["bids"].items() if at >= price}
            shares = sum(better.values(), Decimal(0))
            dollars = sum((at * held for at, held in better.items()), Decimal(0))
            shown(
                terminal,
                f" sell down to {cents(price)}  {size(shares, 8)}  for {money(dollars, 10)} ",
                f" average {dollars / shares * 100:.2f} ",
            )
            price -= Decimal("0.01")
        terminal.send("h")
        price += Decimal("0.01")  # the price one looked at stays
        for _ in range(6):
            held = book["bids"].get(price)
            said = "nothing" if held is None else size(held, 8)
            shown(terminal, f" {cents(price)}  {said} " if held is None else f" bid at {cents(price)} {said} ")
            terminal.send(DOWN)
            price -= Decimal("0.01")


def test_the_touch_of_the_depth_view_is_the_ledgers_at_the_sequence_it_names(tmp_path: Path) -> None:
    with (
        exchange("--seed", "7") as venue,
        the_program(venue, [MAIN], tmp_path, columns=200, rows=50) as terminal,
    ):
        token = venue.tokens(MAIN)[0]
        shown(terminal, "YES chart 15s", "LIVE")
        terminal.send("3")
        terminal.send("h")
        seen: set[int] = set()
        for _ in range(6):
            seq, bid, ask = terminal.wait_for(another_touch(seen), "another state of the book", WAIT_S)
            seen.add(seq)
            truth = venue.touch(token, seq)
            assert truth.bid is not None
            assert truth.ask is not None
            assert (bid, ask) == (cents(truth.bid[0]), cents(truth.ask[0]))


def another_touch(seen: set[int]) -> Callable[[Terminal], tuple[int, str, str] | None]:
    """What the depth view says, when it is live and names a sequence that was not seen yet."""

    def look(screen: Terminal) -> tuple[int, str, str] | None:
        lines = chart(screen)
        if not lines or " LIVE " not in lines[0]:
            return None
        touch, seq = re.search(r" bid ([\d.]+)  ask ([\d.]+) ", lines[1]), re.search(r"#(\d+)", lines[-1])
        if touch is None or seq is None or int(seq[1]) in seen:
            return None
        return int(seq[1]), touch[1], touch[2]

    return look
