"""Finding the way, against the exchange's ledger: the list's prices, the neighbours' books, the grid, an alert."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from psdash.dashboard.painting.numbers import shares
from tests.pty.test_truth import MAIN, assert_true, live_book, next_book, the_program
from tests.support.exchange import Exchange, exchange
from tests.support.terminal import Terminal

#: How far back in the ledger a quote on the screen may lie.
_BACK = 400
_PRICE = r"\d+(?:\.\d+)?"
_ROW = re.compile(
    rf"(?P<name>\S.*?)\s+open\s+(?P<bid>{_PRICE})\s+(?P<ask>{_PRICE})\s+(?P<last>{_PRICE})"
    rf"\s+(?P<change>[+-]?{_PRICE})(?:\s+(?P<volume>[\d,.]+[kM]?))?\s+\S+\s+(?P<age>live|\d+[sm])\s+│"
)


def cents(text: str) -> Decimal:
    return Decimal(text) / 100


def markets_of(venue: Exchange, event: str) -> dict[str, dict[str, Any]]:
    """The open markets of an event, by the name that the list gives them."""
    found = next(each for each in venue.get("/api/events")["events"] if event in each["title"])
    return {each["groupItemTitle"]: each for each in found["markets"] if each["status"] == "OPEN"}


def rows_of(terminal: Terminal, names: set[str]) -> dict[str, re.Match[str]] | None:
    """The list's rows of these markets, when every one of them has all its numbers."""
    rows = {
        row["name"]: row for line in terminal.lines if (row := _ROW.search(line.strip("│ ").lstrip("●▸* ") + " │"))
    }
    return rows if names <= rows.keys() else None


def was_the_touch(venue: Exchange, token: str, bid: Decimal, ask: Decimal) -> bool:
    """Whether the ledger had this bid and this ask at one of the last sequences."""
    newest, _ = venue.book(token)
    for seq in range(newest, max(0, newest - _BACK), -1):
        try:
            touch = venue.touch(token, seq)
        except httpx.HTTPStatusError:
            return False  # before the day began
        if touch.bid is not None and touch.ask is not None and (touch.bid[0], touch.ask[0]) == (bid, ask):
            return True
    return False


def day_ago(venue: Exchange, market: dict[str, Any]) -> list[Decimal]:
    """The price a day ago, as far as a venue goes back that is minutes old; more than one, since time goes on."""
    found = []
    for span in ("1d", "1h"):
        points = venue.get(f"/api/markets/{market['symbol']}/price-history", range=span, outcome=0)["points"]
        found += [Decimal(point["price"]) for point in points if point["price"] is not None][:2]
    return found


def test_the_list_shows_the_ledgers_prices_for_markets_that_nobody_watches(tmp_path: Path) -> None:
    with exchange("--seed", "7") as venue, the_program(venue, [MAIN], tmp_path) as terminal:
        markets = markets_of(venue, "International Cup")
        terminal.wait_for(live_book, "the main market")
        terminal.send("/")
        terminal.wait_for_text("type to find")
        terminal.send("international cup*")  # in one burst: the key acts on what was typed before it
        terminal.wait_for_text("Favourites")
        terminal.send("*")
        rows = terminal.wait_for(lambda t: rows_of(t, set(markets)), "every price of the event", 60)
        for name, market in markets.items():
            row = rows[name]
            bid, ask = cents(row["bid"]), cents(row["ask"])
            assert was_the_touch(venue, market["yesTokenId"], bid, ask), row[0]
            assert row["age"] != "live"
            prints = venue.get(f"/api/markets/{market['symbol']}/trades", limit=50)["trades"]
            lasts = {Decimal(p["price"]) if p["outcomeIndex"] == 0 else 1 - Decimal(p["price"]) for p in prints}
            assert cents(row["last"]) in lasts, row[0]
            moves = {(bid + ask) / 2 - then for then in day_ago(venue, market)}
            assert any(abs(cents(row["change"]) - move) <= Decimal("0.0005") for move in moves), row[0]


def test_the_lists_volume_is_the_venues(tmp_path: Path) -> None:
    with exchange("--seed", "7") as venue, the_program(venue, [MAIN], tmp_path) as terminal:
        terminal.wait_for(live_book, "the main market")
        terminal.send("/")
        terminal.wait_for_text("type to find")
        terminal.send("brazil vs")

        def same(screen: Terminal) -> bool:
            rows = rows_of(screen, {"Brazil"})
            if rows is None or rows["Brazil"]["volume"] is None:
                return False
            matches = venue.get("/api/matches")["matches"]
            event = next(e for m in matches for e in m["events"] if "Brazil vs" in e["title"])
            market = next(each for each in event["markets"] if each["groupItemTitle"] == "Brazil")
            return bool(rows["Brazil"]["volume"] == shares(Decimal(market["volume24h"]), 6))

        terminal.wait_for(same, "the venue's own volume", 100)


def test_stepping_shows_the_neighbours_book_and_the_grid_every_touch(tmp_path: Path) -> None:
    with exchange("--seed", "7") as venue, the_program(venue, [MAIN], tmp_path) as terminal:
        listed = venue.get("/api/events")["events"][0]["markets"]
        assert listed[0]["slug"] == MAIN
        terminal.wait_for(live_book, "the main market")
        for market in listed[1:3]:
            terminal.send("]")
            terminal.wait_for_text(market["title"])
            assert_true(venue, market["yesTokenId"], next_book(terminal, None))
        terminal.send("[[g")
        terminal.wait_for_text("page 1 of")
        cells = terminal.wait_for(cells_of, "four live cells")
        titles = {each["groupItemTitle"]: each for each in listed}
        assert len(cells) == 4
        for name, (bid, ask) in cells.items():
            assert was_the_touch(venue, titles[name]["yesTokenId"], bid, ask), (name, bid, ask, terminal.text)


def cells_of(terminal: Terminal) -> dict[str, tuple[Decimal, Decimal]] | None:
    """Best bid and ask of each cell of the grid, when all four are live."""
    lines = terminal.lines
    tops = [y for y, line in enumerate(lines) if line.startswith("╭")]
    if len(tops) != 2 or sum(lines[y].count("● LIVE") for y in tops) != 4:
        return None
    cells = {}
    for y in tops:
        for start in (found.start() for found in re.finditer("╭", lines[y])):
            end = lines[y].index("╮", start)
            name = lines[y][start:end].strip("╭─ ").removeprefix("YES ").split(" ─")[0]
            inside = []
            for line in lines[y + 1 :]:
                if line.startswith("╰"):
                    break
                inside.append(line[start + 1 : end])
            middle = next(at for at, row in enumerate(inside) if "spread" in row)
            ask = re.findall(_PRICE, inside[middle - 1])[0]
            bid = re.findall(_PRICE, inside[middle + 1])[-1]
            cells[name] = (cents(bid), cents(ask))
    return cells


def test_an_alert_rings_the_bell_for_a_print_that_the_venue_has(tmp_path: Path) -> None:
    with exchange("--seed", "7") as venue, the_program(venue, [MAIN], tmp_path) as terminal:
        terminal.wait_for(live_book, "the main market")
        terminal.send("a")
        terminal.wait_for_text("no alert is set")
        terminal.send("print 1\r")
        terminal.wait_for_text("a print of 1 or more")
        found = terminal.wait_for(
            lambda t: re.search(r"a print of ([\d,.]+)\s*▌?\s*shares", " ".join(t.text.split())), "the ring", 60
        )
        assert b"\x07" in terminal.raw
        symbol = venue.get(f"/api/markets/{MAIN}")["symbol"]
        prints = venue.get(f"/api/markets/{symbol}/trades", limit=200)["trades"]
        assert found[1] in {shares(Decimal(each["quantity"]), 12) for each in prints} | {
            f"{Decimal(each['quantity']):,f}" for each in prints
        }
        kept = next((tmp_path / "state" / "psdash").glob("alerts-*.json"))
        assert kept.stat().st_mode & 0o777 == 0o600
