"""`psdash book` against `psdash sim`: the ledger's book at its sequence, and words when there is none to be had."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from psdash.simulator.protocol.auth import FIXED_CREDENTIALS
from tests.support.exchange import Exchange, exchange
from tests.support.headless import environment, finish, popen, run

MAIN = "spain-vs-france-2026-yes"


@pytest.fixture(scope="module")
def still() -> Iterator[Exchange]:
    """Books that do not move, so that the ledger's now is the book's."""
    with exchange("--quiet") as running:
        yield running


def levels(side: list[dict[str, Any]]) -> dict[Decimal, Decimal]:
    return {Decimal(level["price"]): Decimal(level["size"]) for level in side}


@pytest.mark.parametrize("outcome", ["yes", "no"])
def test_it_is_the_ledger_s_book(still: Exchange, tmp_path: Path, outcome: str) -> None:
    token = dict(zip(("yes", "no"), still.tokens(MAIN), strict=True))[outcome]
    done = run(environment(tmp_path, **still.environment), "book", "--slug", MAIN, "--outcome", outcome)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    book = json.loads(done.stdout)
    seq, sides = still.book(token)
    assert book["seq"] == seq
    assert {side: levels(book[side]) for side in ("bids", "asks")} == sides
    assert (book["event"], book["pane"], book["state"]) == ("book", "book", "LIVE")
    assert (book["slug"], book["outcome"], book["venue"]) == (MAIN, outcome, "LOCAL")
    assert abs(book["received_ms"] - time.time() * 1000) < 3_600_000
    assert book["venue_ms"] <= book["received_ms"] + 60_000
    bids, asks = ([Decimal(level["price"]) for level in book[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)


def test_depth_is_the_best_levels_of_each_side(still: Exchange, tmp_path: Path) -> None:
    environ = environment(tmp_path, **still.environment)
    whole = json.loads(run(environ, "book", "--slug", MAIN).stdout)
    cut = json.loads(run(environ, "book", "--slug", MAIN, "--depth", "2").stdout)
    assert cut["bids"] == whole["bids"][:2]
    assert cut["asks"] == whole["asks"][:2]
    assert len(whole["bids"]) > 2


def test_a_reader_that_left_is_no_failure(still: Exchange, tmp_path: Path) -> None:
    asking = popen(environment(tmp_path, **still.environment), "book", "--slug", MAIN)
    assert asking.stdout is not None
    assert asking.stderr is not None
    try:
        asking.stdout.close()
        assert asking.wait(60) == 0
        assert asking.stderr.read() == ""
    finally:
        finish(asking)


@pytest.mark.parametrize(
    ("variables", "slug", "code", "said"),
    [
        ({}, "spain-vs-frnace-2026-yes", 3, "The nearest:\n  spain-vs-france-2026-yes"),
        ({"PSDASH_API_KEY": FIXED_CREDENTIALS["api_key_expired"]}, MAIN, 3, "The key has expired"),
        ({"PSDASH_API_KEY": FIXED_CREDENTIALS["api_key_auth_disabled"]}, MAIN, 4, "was not LIVE within 2 s"),
        ({"PSDASH_REST_URL": "http://127.0.0.1:1", "PSDASH_WS_URL": "ws://127.0.0.1:1"}, MAIN, 4, "within 2 s"),
    ],
)
def test_no_book_has_a_code_and_words(
    still: Exchange, tmp_path: Path, variables: dict[str, str], slug: str, code: int, said: str
) -> None:
    environ = environment(tmp_path, **{**still.environment, **variables})
    done = run(environ, "book", "--slug", slug, "--deadline", "2")
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert environ["PSDASH_API_KEY"] not in done.stderr


def test_without_a_key_it_is_the_demo_s_and_says_so(tmp_path: Path) -> None:
    done = run(environment(tmp_path), "book", "--slug", MAIN)
    assert done.returncode == 0
    assert done.stderr.startswith("psdash: DEMO: no credential is set")
    assert json.loads(done.stdout)["venue"] == "DEMO"


def test_a_slug_may_come_from_the_environment_and_a_flag_comes_before_it(still: Exchange, tmp_path: Path) -> None:
    environ = environment(tmp_path, **still.environment, PSDASH_SLUGS="spain-vs-france-2026-draw")
    assert json.loads(run(environ, "book").stdout)["slug"] == "spain-vs-france-2026-draw"
    assert json.loads(run(environ, "book", "--slug", MAIN).stdout)["slug"] == MAIN
