"""The tape, the private tables and what they export, in the real program, against the exchange's own history."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from psdash.dashboard.painting.numbers import cents, money, shares, size
from tests.support.exchange import Exchange, exchange
from tests.support.terminal import Terminal

MAIN: Final = "spain-vs-france-2026-yes"
#: Two looks at the exchange's history must agree around the frame they judge; on a loaded machine some pairs do not.
PATIENCE_S: Final = 60.0

_PRINT: Final = re.compile(
    r"│[ ■▸]*(?P<at>\d\d:\d\d:\d\d\.\d{3}) (?P<who>[▲▼·]) +(?P<price>[\d.]+) +(?P<size>[\d,.]+[kM]?)"
    r"(?: +-?\$[\d,.]+[kM]?)? +(?P<own>◆?) *(?P<settled>[○●!]) [│▐█]"
)
_OSC_52: Final = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07")
_BELL: Final = re.compile(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|(\x07)")


@dataclass(frozen=True, slots=True)
class Trade:
    """A row of the public tape, in YES terms. `is_settled` as of the question."""

    trade_id: str
    at: str
    price: Decimal
    size: Decimal
    is_settled: bool


class Truth:
    """What the exchange says when it is asked."""

    def __init__(self, venue: Exchange) -> None:
        self._venue = venue
        self.symbol: str = venue.get(f"/api/markets/{MAIN}")["symbol"]
        self.tokens = venue.tokens(MAIN)

    def mine(self, path: str) -> Any:
        answer = httpx.get(
            f"{self._venue.rest_url}{path}",
            headers={"X-Api-Key": self._venue.api_key},
            timeout=20,
            trust_env=False,
        )
        answer.raise_for_status()
        return answer.json()

    def tape(self) -> dict[str, Trade]:
        """The newest public trades by id."""
        rows = self._venue.get(f"/api/markets/{self.symbol}/trades", limit=100)["trades"]
        return {row["id"]: self._trade(row) for row in rows}

    @staticmethod
    def _trade(row: dict[str, Any]) -> Trade:
        price = Decimal(row["price"])
        at = row["createdAt"][11:23]
        yes = price if row["outcomeIndex"] == 0 else 1 - price
        return Trade(row["id"], at, yes, Decimal(row["quantity"]), row["settledAt"] is not None)

    def touch(self, outcome: int) -> tuple[Decimal, Decimal]:
        _, book = self._venue.book(self.tokens[outcome])
        return max(book["bids"]), min(book["asks"])


@contextmanager
def the_program(venue: Exchange, home: Path, *, columns: int, rows: int, **settings: str) -> Iterator[Terminal]:
    """psdash in a pty with a key, its files under `home`."""
    environment = {
        **venue.environment,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        **settings,
    }
    argv = [sys.executable, "-m", "psdash", "--slug", MAIN]
    with Terminal(argv, columns=columns, rows=rows, env=environment) as terminal:
        yield terminal


def agrees(look: Callable[[], str | None], terminal: Terminal) -> None:
    """Wait until a look at the screen finds nothing to object to. Fails with the last objection and the screen."""
    deadline = time.monotonic() + PATIENCE_S
    objection: str | None = "nobody looked"
    while time.monotonic() < deadline:
        terminal.wait_for(_new_frame(terminal), "another frame", PATIENCE_S)
        objection = look()
        if objection is None:
            return
    raise AssertionError(f"{objection}\n{terminal.text}")


def _new_frame(terminal: Terminal) -> Callable[[Terminal], bool]:
    """Something on the screen has changed: its clock does every second."""
    seen = terminal.text
    return lambda t: t.text != seen


@contextmanager
def listening(venue: Exchange, tokens: tuple[str, str]) -> Iterator[ClientConnection]:
    """Another client of the market gateway, subscribed to the matches of both outcomes."""
    with connect(f"{venue.ws_url}/ws/market", additional_headers={"X-Api-Key": venue.api_key}, proxy=None) as client:
        wanted = [{"channel": "token_trade_matches", "ids": list(tokens)}]
        client.send(json.dumps({"id": 1, "cmd": "subscribe", "params": {"subscriptions": wanted}}))
        while json.loads(client.recv(timeout=20)).get("type") != "subscribed":
            pass
        yield client


def takers(client: ClientConnection) -> dict[str, str]:
    """Who crossed the spread in each match heard so far, in YES terms."""
    heard: dict[str, str] = {}
    while True:
        try:
            frame = json.loads(client.recv(timeout=0))
        except TimeoutError:
            return heard
        if frame.get("type") == "trade_matched":
            data = frame["data"]
            buys = (data["side"] == "buy") == (data["outcomeIndex"] == 0)
            heard[data["tradeId"]] = "▲" if buys else "▼"


def table_of(folder: Path, name: str) -> list[dict[str, str]]:
    """The newest export of a table."""
    newest = max(folder.glob(f"psdash-{name}-*.csv"), key=lambda path: path.stat().st_mtime_ns)
    with newest.open(newline="") as file:
        return list(csv.DictReader(file))


def export(terminal: Terminal, key: str) -> None:
    """Go to a pane and export its table; what is said of it is said when the file is whole."""
    terminal.send(key)
    terminal.send("e")
    terminal.wait_for_text("Exported", timeout_s=60)


@pytest.mark.timeout(240)
def test_every_print_on_the_tape_is_a_trade_of_the_exchange(tmp_path: Path) -> None:
    with exchange("--seed", "7") as venue:
        truth = Truth(venue)
        with (
            listening(venue, truth.tokens) as client,
            the_program(venue, tmp_path, columns=200, rows=50) as terminal,
        ):
            terminal.wait_for(lambda t: bool(re.search(r"YES tape .*● LIVE", t.text)), "a live tape", 60)
            terminal.send("2s")  # every print by itself
            sides: dict[str, str] = {}

            def look() -> str | None:
                shown = [found.groupdict() for line in terminal.lines if (found := _PRINT.search(line))]
                sides.update(takers(client))
                trades = list(truth.tape().values())
                heard = 0
                if len(shown) < 20:
                    return "too few prints"
                for row in shown:
                    same = [
                        trade
                        for trade in trades
                        if (trade.at, cents(trade.price)) == (row["at"], row["price"])
                        and any(row["size"] == shares(trade.size, width) for width in range(5, 10))
                    ]
                    if not same:
                        return f"no trade of the exchange is {row}"
                    if row["settled"] == "●" and not any(trade.is_settled for trade in same):
                        return f"not settled yet: {row}"
                    told = {sides[trade.trade_id] for trade in same if trade.trade_id in sides}
                    heard += bool(told)
                    if told and row["who"] != "·" and row["who"] not in told:
                        return f"the socket told {told} of {row}"
                return None if heard else "no print yet that the socket told"

            agrees(look, terminal)

            def counted() -> str | None:
                before = truth.tape()
                found = re.search(r"○ (\d+) to settle", terminal.text)
                told = 0 if found is None else int(found[1])
                after = truth.tape()
                if before != after:
                    return "the tape moved"
                # One whose settlement failed is never told; after a minute it is called unsettled.
                lost = re.search(r"! (\d+) unsettled", terminal.text)
                waiting = sum(not trade.is_settled for trade in after.values())
                is_right = told + (0 if lost is None else int(lost[1])) == waiting
                return None if is_right else f"{told} to settle, the exchange has {waiting}"

            agrees(counted, terminal)

            folder = tmp_path / "data" / "psdash" / "exports"
            export(terminal, "2")
            rows = {row["trade_id"]: row for row in table_of(folder, "tape")}
            trades = truth.tape()
            assert len(rows.keys() & trades.keys()) >= 90
            for trade_id in rows.keys() & trades.keys():
                row, trade = rows[trade_id], trades[trade_id]
                assert (Decimal(row["price"]), Decimal(row["size"])) == (trade.price, trade.size)
                assert row["time"][11:23] == trade.at
                if trade_id in sides and row["aggressor"] != "unknown":
                    assert row["aggressor"] == {"▲": "buy", "▼": "sell"}[sides[trade_id]]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("columns", "rows", "keys"), [(120, 40, ""), (80, 24, "4\r")], ids=["120x40", "80x24-alone"])
def test_orders_fills_and_vault_are_the_exchanges(tmp_path: Path, columns: int, rows: int, keys: str) -> None:
    """On the small terminal in a pane that has the whole screen."""
    with exchange("--seed", "7") as venue, the_program(venue, tmp_path, columns=columns, rows=rows) as terminal:
        truth = Truth(venue)
        terminal.wait_for_text("OPEN")
        terminal.send(keys)
        terminal.wait_for(lambda t: bool(re.search(r"Orders \d+ .*● LIVE", t.text)), "live orders", 60)

        def orders() -> str | None:
            before = truth.mine("/api/orders/open")["orders"]
            touches = [truth.touch(outcome) for outcome in (0, 1)]
            text = terminal.text
            shown = re.findall(r"│[▸◆ ]+ ?(SELL|BUY) +(YES|NO) +([\d.]+) +([\d,.]+k?) +([\d,.]+k?) +(\S+) ", text)
            terminal.wait_for(_new_frame(terminal), "another frame", PATIENCE_S)
            if before != truth.mine("/api/orders/open")["orders"] or len(shown) < 3:
                return "the orders moved"
            expected = set()
            for row in before:
                bid, ask = touches[int(row["outcome"])]
                price = Decimal(row["price"])
                away = bid - price if row["side"] == "buy" else price - ask
                words = (
                    row["side"].upper(),
                    ("YES", "NO")[int(row["outcome"])],
                    cents(price),
                    size(Decimal(row["remainingQty"]), 7),
                    size(Decimal(row["filledQty"]), 7),
                )
                is_here = row["marketId"] == truth.symbol
                expected.add((*words, (cents(away) if away else "touch") if is_here else "*"))
            others = {words[:5] for words in expected if words[5] == "*"}
            wrong = [row for row in shown if row not in expected and row[:5] not in others]
            return f"not the exchange's: {wrong} of {expected}" if wrong else None

        agrees(orders, terminal)

        terminal.send("6")
        terminal.wait_for(lambda t: "worth" in t.text, "the vault", 60)

        def vault() -> str | None:
            before = truth.mine("/api/me/positions")["positions"], truth.mine("/api/me/balances")["balances"]
            touches = [truth.touch(outcome) for outcome in (0, 1)]
            lines = terminal.lines
            positions, balances = before
            for row in positions:
                if row["marketId"] != truth.symbol or not Decimal(row["quantity"]):
                    continue
                held, cost = Decimal(row["quantity"]), Decimal(row["avgCost"])
                bid, ask = touches[int(row["outcome"])]
                mid = (bid + ask) / 2
                gain = held * (mid - cost)
                words = (
                    size(held, 8),
                    ("YES", "NO")[int(row["outcome"])],
                    cents(mid),
                    money(held * mid, 9),
                    f"+{money(gain, 8)}" if gain > 0 else money(gain, 8),
                )
                if not any(set(words) <= set(line.split()) for line in lines):
                    return f"no line has {words}"
                pays = f"{money(held, 40)} if {words[1]} wins"
                if keys and not any("pays" in line and pays in line for line in lines):
                    return f"nothing says {pays}"
            usdc = next(row for row in balances if row["token"] == "USDC")
            said = f"USDC {money(Decimal(usdc['available']), 40)} available"
            return None if any(said in line for line in lines) else f"no line has {said}"

        agrees(vault, terminal)

        terminal.send("4Y")
        sent = terminal.wait_for(lambda t: _OSC_52.search(bytes(t.raw)), "the clipboard's sequence", 60)
        text = base64.b64decode(sent[1]).decode()
        known = {row["id"]: row for row in truth.mine("/api/orders/history?limit=200")["orders"]}
        copied = list(csv.DictReader(io.StringIO(text)))
        assert len(copied) >= 3
        for row in copied:
            said = known[row["order_id"]]
            assert (row["side"], row["symbol"], Decimal(row["price"])) == (
                said["side"],
                said["marketId"],
                Decimal(said["price"]),
            )
            assert Decimal(row["size"]) == Decimal(said["quantity"])

        folder = tmp_path / "data" / "psdash" / "exports"
        export(terminal, "5")
        fills = {(row["trade_id"], row["order_id"]): row for row in table_of(folder, "fills")}
        mine = {(row["id"], row["orderId"]): row for row in truth.mine("/api/me/trades?limit=100")["trades"]}
        assert len(fills.keys() & mine.keys()) >= 90
        for key in fills.keys() & mine.keys():
            row, said = fills[key], mine[key]
            assert (row["side"], row["symbol"]) == (said["side"], said["marketId"])
            assert (Decimal(row["price"]), Decimal(row["size"])) == (
                Decimal(said["price"]),
                Decimal(said["quantity"]),
            )
            if row["settlement"] == "settled":
                assert said["status"] == "settled"
            if row["fee"]:
                assert Decimal(row["fee"]) == Decimal(said["fee"])


@pytest.mark.timeout(240)
def test_a_bell_rings_for_new_fills_only(tmp_path: Path) -> None:
    """250 fills of history at the start are silent; the next one is not."""

    def bells(terminal: Terminal) -> int:
        return sum(found[1] is not None for found in _BELL.finditer(bytes(terminal.raw)))

    wishes = {"PSDASH_BELL_ON_FILL": "true", "PSDASH_TOAST_ON_FILL": "true"}
    with exchange("--seed", "7") as venue:
        truth = Truth(venue)
        with the_program(venue, tmp_path, columns=120, rows=40, **wishes) as terminal:
            terminal.send("5")
            first = terminal.wait_for(lambda t: re.search(r"Fills (\d+) .*● LIVE", t.text), "live fills", 60)
            known = int(first[1])
            assert known > 100
            assert bells(terminal) == 0
            terminal.wait_for(lambda t: bells(t) > 0, "a bell", 90)
            terminal.wait_for(lambda t: "Filled" in t.text, "the toast", 20)
            now = truth.mine("/api/me/trades?limit=100")["trades"]
            assert bells(terminal) <= len(now)
            shown = re.search(r"Fills (\d+)", terminal.text)
            assert shown is not None
            assert int(shown[1]) > known
            assert bells(terminal) <= int(shown[1]) - known
