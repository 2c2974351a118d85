"""`psdash tail` against `psdash sim`, two processes: what it prints is what happened, and every way it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from psdash.simulator.protocol.auth import FIXED_CREDENTIALS
from tests.support.exchange import Exchange, exchange
from tests.support.headless import Line, environment, finish, popen, run, tail
from tests.support.processes import wait_gone

MAIN = "spain-vs-france-2026-yes"
OTHER = "spain-vs-france-2026-draw"
EVERY_LINE = {"event", "pane", "state", "venue_ms", "received_ms"}
Side = dict[Decimal, Decimal]
Wanted = Callable[[Line], bool]


@pytest.fixture(scope="module")
def busy() -> Iterator[Exchange]:
    """Book changes only, and many."""
    with exchange("--rate", "1200") as running:
        yield running


@pytest.fixture(scope="module")
def day() -> Iterator[Exchange]:
    """An ordinary day: prints, settlements, own orders and fills."""
    with exchange() as running:
        yield running


def is_live(outcome: str) -> Wanted:
    return lambda line: (
        line["event"] == "pane"
        and line["pane"] == "book"
        and line["state"] == "LIVE"
        and line.get("outcome") == outcome
    )


def has_reached(outcome: str, seq: int) -> Wanted:
    return lambda line: line.get("outcome") == outcome and (line.get("seq") or 0) >= seq


def is_pane(pane: str) -> Wanted:
    return lambda line: line["event"] == "pane" and line["pane"] == pane


class Rebuilt:
    """A book made of nothing but the lines."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.sides: dict[str, Side] = {"bid": {}, "ask": {}}

    def take(self, line: Line) -> None:
        if line["event"] == "book":
            for side, key in (("bid", "bids"), ("ask", "asks")):
                self.sides[side] = {Decimal(level["price"]): Decimal(level["size"]) for level in line[key]}
        else:
            assert line["prev_seq"] == self.seq
            for change in line["changes"]:
                price, size = Decimal(change["price"]), Decimal(change["size"])
                if size:
                    self.sides[change["side"]][price] = size
                else:
                    self.sides[change["side"]].pop(price, None)
        self.seq = line["seq"]

    @property
    def touch(self) -> tuple[tuple[Decimal, Decimal] | None, tuple[Decimal, Decimal] | None]:
        bids, asks = self.sides["bid"], self.sides["ask"]
        bid, ask = (max(bids) if bids else None), (min(asks) if asks else None)
        return (None if bid is None else (bid, bids[bid])), (None if ask is None else (ask, asks[ask]))


# --- what it prints ----------------------------------------------------------------------------------------------


def test_the_books_rebuilt_from_the_lines_are_the_ledger_at_every_sequence(busy: Exchange, tmp_path: Path) -> None:
    tokens = dict(zip(("yes", "no"), busy.tokens(MAIN), strict=True))
    whole: dict[tuple[str, int], dict[str, Side]] = {}
    with tail(environment(tmp_path, **busy.environment), "--slug", MAIN) as following:
        following.wait_for(is_live("yes"))
        following.wait_for(is_live("no"))
        for count in (50, 150, 300):
            following.wait_for(lambda line: line["event"] == "book_change", count)
            for outcome, token in tokens.items():
                seq, sides = busy.book(token)
                whole[outcome, seq] = {"bid": sides["bids"], "ask": sides["asks"]}
        for outcome, seq in whole:
            following.wait_for(has_reached(outcome, seq))
        code, said = following.stop()
        lines = following.lines
    assert (code, said) == (130, "")
    live = hold_against_the_ledger(busy, lines, tokens, whole)
    assert live >= 300
    assert not whole, "a sequence at which the whole book was asked for was never printed"


def hold_against_the_ledger(
    venue: Exchange, lines: list[Line], tokens: dict[str, str], whole: dict[tuple[str, int], dict[str, Side]]
) -> int:
    """Every LIVE book of the lines is the ledger's at its sequence. How many were; what `whole` knew is taken out."""
    books = {outcome: Rebuilt() for outcome in tokens}
    live = 0
    with httpx.Client(base_url=venue.rest_url, trust_env=False) as client:
        for line in (line for line in lines if line["event"] in {"book", "book_change"}):
            book = books[line["outcome"]]
            book.take(line)
            if line["state"] != "LIVE":
                continue
            live += 1
            row = client.get("/sim/ledger", params={"token": tokens[line["outcome"]], "seq": line["seq"]}).json()
            there = tuple(
                None if side is None else (Decimal(side["price"]), Decimal(side["quantity"]))
                for side in (row["bid"], row["ask"])
            )
            assert book.touch == there, line
            expected = whole.pop((line["outcome"], line["seq"]), None)
            assert expected is None or book.sides == expected, line
    return live


def test_whatever_goes_wrong_a_live_book_is_the_ledger_s(tmp_path: Path) -> None:
    """Deltas lost, doubled and overtaken, and connections that end: the chain goes on with a whole book."""
    chaos = "drop,duplicate,reorder,lose-last,close-1012,reset"
    with exchange("--rate", "800", "--seed", "11", "--chaos", chaos) as venue:
        tokens = dict(zip(("yes", "no"), venue.tokens(MAIN), strict=True))
        with tail(environment(tmp_path, **venue.environment), "--slug", MAIN) as following:
            following.wait_for(lambda line: line["event"] == "link" and line["state"] == "BACKOFF")
            following.wait_for(lambda line: line["event"] == "book" and line["state"] == "LIVE", 8)
            following.wait_for(lambda line: line["event"] == "book_change" and line["state"] == "LIVE", 200)
            assert following.stop()[0] == 130
            lines = following.lines
        assert hold_against_the_ledger(venue, lines, tokens, {}) >= 200
    assert any(line["event"] == "pane" and line["state"] == "RESYNC" for line in lines)


def test_every_line_has_the_four_keys_and_no_number_is_a_float(day: Exchange, tmp_path: Path) -> None:
    with tail(environment(tmp_path, **day.environment), "--slug", MAIN, "--slug", OTHER) as following:
        following.wait_for(lambda line: line["event"] == "book_change", 3)
        following.wait_for(is_pane("positions"), 3)
        following.wait_for(is_pane("platform"))
        assert following.stop()[0] == 130
        lines = following.lines
    assert {line["event"] for line in lines} >= {
        "opened", "link", "pane", "book", "book_change", "print", "order", "fill", "position", "balance",
    }  # fmt: skip
    for line in lines:
        assert line.keys() >= EVERY_LINE, line
        assert line["venue_ms"] is None or isinstance(line["venue_ms"], int), line
        assert isinstance(line["received_ms"], int), line
        for key in {"price", "size", "filled", "fee", "open", "close", "available", "locked"} & line.keys():
            assert line[key] is None or str(Decimal(line[key])), line
            assert line[key] is None or isinstance(line[key], str), line
        for level in [*line.get("bids", []), *line.get("asks", []), *line.get("changes", [])]:
            assert isinstance(level["price"], str), line
            assert isinstance(level["size"], str), line
    first = lines[0]
    assert (first["event"], first["venue"], first["slugs"]) == ("opened", "LOCAL", [MAIN, OTHER])
    assert {(line["gateway"], line["state"]) for line in lines if line["event"] == "link"} >= {
        ("market", "LIVE"), ("user", "LIVE"),
    }  # fmt: skip
    assert {line.get("slug") for line in lines if line["event"] == "book"} == {MAIN, OTHER}


def test_prints_are_those_of_rest_each_once(day: Exchange, tmp_path: Path) -> None:
    symbol = day.get(f"/api/markets/{MAIN}")["symbol"]

    def rest() -> dict[str, Any]:
        return {row["id"]: row for row in day.get(f"/api/markets/{symbol}/trades", limit=200)["trades"]}

    before = rest()
    with tail(environment(tmp_path, **day.environment), "--slug", MAIN) as following:
        following.wait_for(lambda line: line["event"] == "print", 200)
        following.wait_for(lambda line: line["event"] == "print" and line["state"] == "LIVE", 2)
        expected = rest()
        newest = next(iter(expected))
        following.wait_for(lambda line: line["event"] == "print" and line["trade_id"] == newest)
        assert following.stop()[0] == 130
        prints = [line for line in following.lines if line["event"] == "print"]
    by_id = {line["trade_id"]: line for line in prints}
    assert len(by_id) == len(prints)
    for trade_id, row in expected.items():
        line = by_id[trade_id]
        assert (Decimal(line["price"]), Decimal(line["size"])) == (Decimal(row["price"]), Decimal(row["quantity"]))
        assert line["outcome"] == ("yes", "no")[row["outcomeIndex"]]
    assert by_id.keys() <= before.keys() | rest().keys(), "a print that the venue never had"
    assert all(line["settlement"] in {"matched", "settled", "unsettled"} for line in prints)


def test_own_fills_come_once_and_open_orders_are_those_of_rest(day: Exchange, tmp_path: Path) -> None:
    with tail(environment(tmp_path, **day.environment), "--slug", MAIN) as following:
        for pane in ("orders", "fills", "positions"):
            following.wait_for(is_pane(pane), 3)
        assert following.stop()[0] == 130
        lines = following.lines
    fills = [(line["trade_id"], line["order_id"]) for line in lines if line["event"] == "fill"]
    assert fills
    assert len(fills) == len(set(fills))
    orders = {line["order_id"]: line for line in lines if line["event"] == "order"}
    headers = {"X-Api-Key": day.api_key}
    answer = httpx.get(f"{day.rest_url}/api/orders/open", headers=headers, trust_env=False).json()
    listed = {row["id"] for row in answer["orders"]}
    assert listed & orders.keys(), "not one order that is open is known"


# --- how it ends -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_its_code_and_nothing_on_stderr(day: Exchange, tmp_path: Path, signum: int) -> None:
    with tail(environment(tmp_path, **day.environment), "--slug", MAIN) as following:
        following.wait_for(is_live("yes"))
        assert following.stop(signum) == (128 + signum, "")


def test_a_reader_that_leaves_ends_it_quietly(day: Exchange, tmp_path: Path) -> None:
    """`| head -3`. No further line need come for it to notice."""
    following = popen(environment(tmp_path, **day.environment), "tail", "--slug", MAIN)
    assert following.stdout is not None
    assert following.stderr is not None
    try:
        head = [following.stdout.readline() for _ in range(3)]
        following.stdout.close()
        assert following.wait(30) == 0
        assert following.stderr.read() == ""
        assert len(head) == 3
    finally:
        finish(following)


def test_a_reader_that_does_not_read_cannot_keep_it(busy: Exchange, tmp_path: Path) -> None:
    following = popen(environment(tmp_path, **busy.environment), "tail", "--slug", MAIN)
    assert following.stdout is not None
    try:
        while '"book_change"' not in following.stdout.readline():
            pass
        book = run(environment(tmp_path, **busy.environment), "book", "--slug", MAIN)  # time for the pipe to fill
        assert book.returncode == 0
        following.send_signal(signal.SIGINT)
        assert following.wait(30) == 130
    finally:
        finish(following)


def test_a_key_that_is_refused_ends_it_with_words(day: Exchange, tmp_path: Path) -> None:
    environ = environment(tmp_path, **{**day.environment, "PSDASH_API_KEY": FIXED_CREDENTIALS["api_key_revoked"]})
    with tail(environ, "--slug", MAIN) as following:
        code, said = following.end()
        links = [line for line in following.lines if line["event"] == "link" and line["gateway"] == "market"]
    assert code == 3
    assert "The key was revoked" in said
    assert FIXED_CREDENTIALS["api_key_revoked"] not in said
    assert links[-1]["state"] == "REFUSED"


def test_a_refused_key_file_is_waited_for_and_followed_once_it_is_mended(day: Exchange, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(FIXED_CREDENTIALS["api_key_revoked"])
    key.chmod(0o600)
    variables = {name: value for name, value in day.environment.items() if name != "PSDASH_API_KEY"}
    with tail(environment(tmp_path, **variables, PSDASH_API_KEY_FILE=str(key)), "--slug", MAIN) as following:
        following.wait_for(lambda line: line["event"] == "link" and line["state"] == "REFUSED")
        key.write_text(day.api_key)
        following.wait_for(is_live("yes"))
        code, said = following.stop()
    assert code == 130
    assert "The key was revoked" in said


def test_a_key_without_the_scope_still_brings_the_market(day: Exchange, tmp_path: Path) -> None:
    environ = environment(
        tmp_path, **{**day.environment, "PSDASH_API_KEY": FIXED_CREDENTIALS["api_key_scope_missing"]}
    )
    with tail(environ, "--slug", MAIN) as following:
        following.wait_for(is_live("yes"))
        following.wait_for(lambda line: line["pane"] == "orders" and line["state"] == "REFUSED")
        assert following.stop()[0] == 130


def test_an_unknown_market_names_the_nearest(day: Exchange, tmp_path: Path) -> None:
    done = run(environment(tmp_path, **day.environment), "tail", "--slug", "spain-vs-frnace-2026-yes")
    assert done.returncode == 3
    assert "no market spain-vs-frnace-2026-yes" in done.stderr
    assert MAIN in done.stderr


def test_a_known_market_beside_an_unknown_one_is_followed(day: Exchange, tmp_path: Path) -> None:
    with tail(environment(tmp_path, **day.environment), "--slug", MAIN, "--slug", "no-such-market") as following:
        following.wait_for(is_live("yes"))
        following.wait_for(lambda line: line["event"] == "pane" and line.get("slug") == "no-such-market"
                           and line["state"] == "REFUSED")  # fmt: skip
        code, said = following.stop()
    assert code == 130
    assert said == "" or "no market no-such-market" in said


def test_a_venue_that_comes_back_is_followed_again(tmp_path: Path) -> None:
    """Gone and back on the same port: the states say so, and the books are whole again."""
    with exchange() as first:
        port = first.rest_url.rpartition(":")[2]
        with tail(environment(tmp_path, **first.environment), "--slug", MAIN) as following:
            following.wait_for(is_live("yes"))
            first.process.terminate()
            first.process.wait(20)
            following.wait_for(lambda line: line["event"] == "link" and line["state"] == "BACKOFF")
            following.wait_for(lambda line: line["pane"] == "book" and line["state"] == "STALE")
            with exchange("--port", port):
                following.wait_for(is_live("yes"), 2)
                code, _ = following.stop()
            lines = following.lines
    assert code == 130
    books = [at for at, line in enumerate(lines) if line["event"] == "book" and line["outcome"] == "yes"]
    stale = next(at for at, line in enumerate(lines) if line["event"] == "pane" and line["state"] == "STALE")
    assert books[0] < stale < books[-1]


# --- demo, and what it imports -----------------------------------------------------------------------------------


def test_without_a_key_it_says_demo_and_leaves_no_exchange_behind(tmp_path: Path) -> None:
    with tail(environment(tmp_path), "--slug", MAIN, "--seed", "3") as following:
        following.wait_for(is_live("yes"))
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(following.process.pid)], capture_output=True, text=True
        ).stdout.split()
        code, said = following.stop()
        lines = following.lines
    assert code == 130
    assert said.startswith("psdash: DEMO")
    assert lines[0]["venue"] == "DEMO"
    assert children
    for pid in children:
        wait_gone(int(pid))


@pytest.mark.parametrize("command", ["tail", "book", "doctor"])
def test_help_imports_nothing_heavy(tmp_path: Path, command: str) -> None:
    code = (
        "import sys; from psdash.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'textual', 'rich', 'pydantic', 'websockets', 'httpx', 'asyncio', 'plotext'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, command, "--help"], env=environment(tmp_path), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    for word in (f"usage: psdash {command}", "--slug", "--network", "--config", "exit codes:", "130"):
        assert word in done.stdout


@pytest.mark.parametrize("module", ["tail", "book", "doctor"])
def test_no_headless_module_pulls_in_a_screen(tmp_path: Path, module: str) -> None:
    code = (
        f"import sys, psdash.headless.{module};"
        "screen = {'textual', 'plotext', 'psdash.dashboard'} & set(sys.modules);"
        "sys.exit(f'imported {screen}' if screen else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tail"], "Which market?"),
        (["book"], "Which market?"),
        (["tail", "x"], "a market goes after --slug"),
        (["tail", "--fps", "3"], "unknown option"),
        (["book", "--outcome", "maybe"], "--outcome"),
        (["book", "--depth", "0"], "--depth"),
        (["book", "--deadline", "-1"], "--deadline"),
        (["tial"], "did you mean psdash tail?"),
        (["tail", "--api-key", "CANARY"], "No flag takes a secret"),
    ],
)
def test_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run(environment(tmp_path), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "CANARY" not in done.stderr
