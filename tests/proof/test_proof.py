"""Every row of the proof, at the sizes of every run. A failure names its scenario and seed, which play it again."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.figures import p99, summary
from tests.proof.recorded import RECORDED
from tests.proof.scenarios import SCENARIOS, ProofError, play
from tests.proof.soak import main as soak
from tests.proof.weather import menu_names

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of forced faults would each be a line of the log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def blocks(name: str, each: int) -> list[range]:
    """A scenario's seeds in lots, so that the workers share them."""
    seeds = SCENARIOS[name].ci
    return [range(first, min(first + each, seeds)) for first in range(0, seeds, each)]


def lots(name: str, each: int) -> pytest.MarkDecorator:
    """One test a lot."""
    return pytest.mark.parametrize("seeds", blocks(name, each), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")


# The longest first: with two workers the day runs beside everything else.


@pytest.mark.timeout(900)  # in wall time on a machine that does other things too
def test_a_day_of_the_whole_app() -> None:
    """24 h in 120 s or less, growth of 10 MB or less after the first hour: the scenario asserts both."""
    figures = play("day", 0)
    assert figures["virtual_h"] == 24
    assert float(figures["frames_painted"]) > 24 * 3_600
    assert float(figures["disconnects"]) > 20


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded final is not here")
@pytest.mark.timeout(400)
@lots("match", 1)
def test_the_recorded_match(seeds: range) -> None:
    for seed in seeds:
        figures = play("match", seed)
        assert (figures["lines"], figures["trades"], figures["disconnects"]) == (147_562, 739, 20)
        assert float(figures["compared_with_file"]) > 100


@lots("disconnects", 5)
def test_forced_disconnects_in_every_phase(seeds: range) -> None:
    runs = [play("disconnects", seed) for seed in seeds]
    assert [run["disconnects"] for run in runs] == [50] * len(seeds)
    for phase in ("dial", "auth", "subscribe", "snapshot", "live"):
        assert sum(int(run[f"in_{phase}"]) for run in runs) > 10, summary(runs)


@lots("lossy-books", 5)
def test_book_sync_over_a_lossy_feed(seeds: range) -> None:
    runs = [play("lossy-books", seed) for seed in seeds]
    assert sum(int(run["deltas"]) for run in runs) == 25_000 * len(seeds)
    assert sum(int(run["resyncs"]) for run in runs) > 1_000


@lots("lossy-wire", 2)
def test_the_whole_gateway_over_a_lossy_feed(seeds: range) -> None:
    for seed in seeds:
        figures = play("lossy-wire", seed)
        assert min(int(figures[name]) for name in ("dropped", "repeated", "reordered")) > 150


@pytest.mark.parametrize("name", ["lossy-books-20", "lossy-wire-20"])
def test_the_long_runs_weather_once(name: str) -> None:
    play(name, 0)


@lots("hostile-frames", 2)
def test_hostile_frames(seeds: range) -> None:
    for seed in seeds:
        figures = play("hostile-frames", seed)
        assert figures["hostile"] == 10_000
        assert int(figures["rejected"]) > 5_000


@lots("silence", 10)
def test_a_silent_subscription(seeds: range) -> None:
    for seed in seeds:
        figures = play("silence", seed)
        assert float(figures["stale_after_s"]) <= 10.0
        assert float(figures["recovered_after_s"]) <= 15.0


def test_recovery_after_a_restart() -> None:
    """From the moment the venue listens again."""
    runs = [play("restart", seed) for seed in range(SCENARIOS["restart"].ci)]
    assert p99([float(run["live_after_return_s"]) for run in runs]) <= 3.0


def test_recovery_after_an_outage() -> None:
    """From the moment the venue listens again, however far the backoff has gone by then."""
    runs = [play("outage", seed) for seed in range(SCENARIOS["outage"].ci)]
    assert p99([float(run["live_after_dial_s"]) for run in runs]) <= 3.0
    assert p99([float(run["live_after_return_s"]) for run in runs]) <= 3.0


def test_a_thousand_tokens() -> None:
    figures = play("thousand-tokens", 0)
    assert figures["lines"] == 3_000
    assert float(figures["acked_s"]) <= 10.0


@lots("accept-then-close", 10)
def test_accept_then_close(seeds: range) -> None:
    for seed in seeds:
        figures = play("accept-then-close", seed)
        assert 2 <= int(figures["dials_first_minute"]) <= 12
        assert int(figures["dials_worst_minute"]) <= 12


@lots("refused-key", 5)
def test_a_refused_key(seeds: range) -> None:
    for seed in seeds:
        assert play("refused-key", seed)["dials_after"] == 0


def test_a_blocked_loop() -> None:
    play("blocked-loop", 0)


def test_a_dead_peer() -> None:
    assert float(play("dead-peer", 7)["noticed_after_s"]) <= 9.0


@pytest.mark.parametrize("name", menu_names())
def test_every_fault_of_the_menu(name: str) -> None:
    assert play(f"chaos-{name}", 1)["struck"]


@pytest.mark.parametrize("name", ["disconnects", "lossy-wire", "hostile-frames"])
def test_the_same_seed_is_the_same_run(name: str) -> None:
    """In another process too, with another hash seed: what a failure prints is what will be played again."""
    digest = play(name, 3)["digest"]
    again = subprocess.run(
        [sys.executable, "-m", "tests.proof.replay", name, "3", "--quiet"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "77"},
        timeout=120,
        check=True,
    )
    assert f"digest = {digest}\n" in again.stdout


def test_a_failure_names_what_plays_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.proof.truth.fingerprint", lambda levels: 0)
    monkeypatch.setattr("tests.proof.truth.shown", lambda book: 1)
    with pytest.raises(ProofError, match=r"scenario lossy-wire, seed 5: .*\nplay it again: .*replay lossy-wire 5"):
        play("lossy-wire", 5)


def test_a_soak_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "soak.jsonl"
    options = ["--row", "lossy-books-20", "--log", str(log)]
    assert soak([*options, "--seeds", "1"]) == 0
    assert soak([*options, "--seeds", "2"]) == 0
    assert [json.loads(line)["seed"] for line in log.read_text().splitlines()] == [0, 1]
    assert "| `lossy-books-20` | 2 | deltas 50,000, " in capsys.readouterr().out
