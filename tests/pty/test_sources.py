"""Every source in one command, and what stands on the screen against what its service says was true."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from psdash.registry import SOURCES
from tests.support.terminal import Terminal

PSDASH = [sys.executable, "-m", "psdash"]
#: A loaded machine starts three services and a screen.
DEADLINE_S = 60.0
CUP = "international-cup-2026-winner-spain"


def clean(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PSDASH_")}
    return kept | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}


@contextlib.contextmanager
def service(name: str, *arguments: str) -> Iterator[dict[str, str]]:
    """`psdash sim --source NAME`; what it says where it is and what its key is."""
    command = [*PSDASH, "sim", "--source", name, "--exit-with-parent", *arguments]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert child.stdout is not None
        yield dict(child.stdout.readline().decode().strip().split("=", 1) for _ in range(3))
    finally:
        child.terminate()
        child.communicate(timeout=20)


def asked(said: dict[str, str], path: str) -> Any:
    with urllib.request.urlopen(said["PSDASH_REST_URL"] + path, timeout=20) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def variables(name: str, said: dict[str, str]) -> dict[str, str]:
    source = SOURCES[name]
    rest, ws = source.url_envs
    return {
        source.key_env: said["PSDASH_API_KEY"],
        rest: said["PSDASH_REST_URL"],
        ws: said["PSDASH_WS_URL"],
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("predictionhunt", ("DEMO HUNT", "hunt ● LIVE")),
        ("shuriken", ("DEMO SHURIKEN", "shuriken ● LIVE")),
        (
            "all",
            ("DEMO ALL", "user ● LIVE", "hunt ● LIVE", "shuriken ● LIVE", "spain-vs-france-2026-yes", "c after fees"),
        ),
    ],
)
def test_a_newcomer_sees_it_live_in_one_command(tmp_path: Path, name: str, shown: tuple[str, ...]) -> None:
    command = [*PSDASH, "--demo", "--source", name]
    with Terminal(command, columns=160, rows=45, env=clean(tmp_path)) as terminal:
        for words in shown:
            terminal.wait_for_text(words, timeout_s=DEADLINE_S)
        terminal.send("q")


def test_a_tokens_last_trade_is_one_that_the_service_made_and_a_wallet_holds_what_it_says(tmp_path: Path) -> None:
    token = SOURCES["shuriken"].example
    mint = token.partition(":")[2]
    with service("shuriken", "--seed", "7") as said:
        env = clean(tmp_path) | variables("shuriken", said)
        command = [*PSDASH, "--source", "shuriken", "--token", token]
        with Terminal(command, columns=160, rows=45, env=env) as terminal:

            def is_true(terminal: Terminal) -> bool:
                found = re.search(r"last \$(\d+\.\d{5})", terminal.text)
                if found is None:
                    return False
                swaps = [row for row in asked(said, "/sim/truth")["swaps"] if row.get("tokenMint") == mint]
                return any(abs(float(found[1]) - float(row["priceUsd"])) < 6e-6 for row in swaps)

            terminal.wait_for(is_true, "a trade of the service's", DEADLINE_S)
            assert "JUP token" in terminal.text
            assert said["PSDASH_API_KEY"] not in terminal.text
            terminal.send("A")

            def is_held(terminal: Terminal) -> bool:
                """What the wallet has at this moment; it moves, so one look has to agree."""
                found = re.search(r"SOL +(\d+(?:\.\d+)?)", terminal.text)
                held = asked(said, "/sim/truth")["holdings"]
                return found is not None and round(float(found[1]) * 1e9) in held.values()

            terminal.wait_for(is_held, "what the wallet holds", DEADLINE_S)
            terminal.send("q")


def test_what_hunt_shows_is_what_was_true_and_its_signals_are_those_that_stand(tmp_path: Path) -> None:
    with service("predictionhunt", "--seed", "7") as said:
        env = clean(tmp_path) | variables("predictionhunt", said)
        command = [*PSDASH, "--source", "predictionhunt", "--market", "kalshi:KXFED-26"]
        with Terminal(command, columns=160, rows=45, env=env) as terminal:
            touch = re.compile(r"bid (\d+(?:\.\d+)?)  ask (\d+(?:\.\d+)?)")
            terminal.wait_for(lambda t: "LOCAL HUNT" in t.text and "hunt ● LIVE" in t.text, "live", DEADLINE_S)

            def is_true(terminal: Terminal) -> bool:
                """The screen's touch is the service's at this moment; prices move, so one look has to agree."""
                found = touch.search(terminal.text)
                if found is None:
                    return False
                truth = asked(said, "/sim/market?market_id=KXFED-26")
                return [float(each) for each in found.groups()] == touch_of(truth)

            terminal.wait_for(is_true, "the service's own touch", DEADLINE_S)
            terminal.send("o")

            def stands_there(terminal: Terminal) -> bool:
                """An arbitrage that the service has standing, with its return after fees, is a row of the table."""
                wanted = [
                    re.compile(rf"arb +{re.escape(row['group_title'])} .* {row['risk_free_return_after_fees']:.2f}%")
                    for row in asked(said, "/sim/signals")["arb"]
                ]
                return any(each.search(line) for each in wanted for line in terminal.lines)

            terminal.wait_for(stands_there, "an arbitrage that stands", DEADLINE_S)
            terminal.wait_for(lambda t: "Prediction Hunt LIVE, last signal" in t.text, "its freshness", DEADLINE_S)
            assert said["PSDASH_API_KEY"] not in terminal.text
            terminal.send("q")
            terminal.send("q")


def test_a_market_elsewhere_by_a_pinned_group_and_a_key_beside_the_venues_own(tmp_path: Path) -> None:
    """Without --source all: the group's prices stand under the ladder as its service has them."""
    with service("predictstreet", "--seed", "7") as own, service("predictionhunt", "--seed", "7") as said:
        env = clean(tmp_path) | variables("predictionhunt", said) | own
        command = [*PSDASH, "--slug", CUP, "--elsewhere", f"{CUP}=101"]  # no title of it is anything like this one's
        with Terminal(command, columns=160, rows=45, env=env) as terminal:
            line = re.compile(r"kalshi (\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")
            terminal.wait_for(
                lambda t: all(words in t.text for words in ("LOCAL", "user ● LIVE", "hunt ● LIVE")),
                "live",
                DEADLINE_S,
            )

            def is_true(terminal: Terminal) -> bool:
                found = line.search(terminal.text)
                if found is None:
                    return False
                truth = asked(said, "/sim/market?market_id=KXFED-26")
                return [float(each) for each in found.groups()] == touch_of(truth)

            terminal.wait_for(is_true, "the group's touch on kalshi", DEADLINE_S)
            terminal.send("/")  # the markets of the source that is only asked are not listed
            terminal.wait_for_text("Spain vs France", timeout_s=DEADLINE_S)
            assert "Lakers" not in terminal.text
            assert "GET /api/v2/search" not in asked(said, "/sim/asked")["asked"]
            assert said["PSDASH_API_KEY"] not in terminal.text


def touch_of(truth: dict[str, Any]) -> list[float]:
    """Best bid and ask in cents."""
    return [round(truth["price"][name] * 100, 6) for name in ("yes_bid", "yes_ask")]
