"""The scenarios by name. A name and a seed are one run, always the same; `python -m tests.proof.replay NAME SEED`.

A scenario that needs other sizes for the long run has another name there, so that the pair stays enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.proof import blocked, crowds, hostile, outages, recorded, silence, weather
from tests.proof.books_only import lossy_books
from tests.proof.figures import Figures


class ProofError(AssertionError):
    """A scenario whose invariants did not hold, with what plays it again."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the proof, or a part of one. `ci` and `soak` say how many seeds each of the two runs plays."""

    name: str
    row: str
    run: Callable[[int], Figures]
    ci: int
    soak: int
    #: Takes so long by itself that a shortened soak leaves it out.
    is_long: bool = False


def _day(seed: int) -> Figures:
    from tests.proof.app_day import day  # Textual, where it is wanted

    return day(seed)


def _week(seed: int) -> Figures:
    from tests.proof.app_day import week

    return week(seed)


def _hostile_strings(seed: int) -> Figures:
    from tests.proof.hostile_text import hostile_strings

    return hostile_strings(seed)


_ALL = (
    Scenario("disconnects", "1,000 forced disconnects in every phase", outages.disconnects, 20, 2_000),
    Scenario(
        "lossy-books", "5 % drop, duplicate, reorder: book sync", lambda s: lossy_books(s, 25_000, 25, 0.05), 40, 40
    ),
    Scenario("lossy-books-20", "20 % each: book sync", lambda s: lossy_books(s, 25_000, 25, 0.20), 1, 2_000),
    Scenario("lossy-wire", "5 % drop, duplicate, reorder: whole gateway", weather.lossy_wire, 8, 400),
    Scenario("lossy-wire-20", "20 % each: whole gateway", weather.lossy_wire_20, 1, 400),
    Scenario("hostile-frames", "malformed and hostile frames", hostile.hostile_frames, 10, 1_000),
    # Its first seed is what tests/safety plays in every run; test_proof does not play it once more.
    Scenario("hostile-strings", "hostile strings in every sink", _hostile_strings, 1, 100),
    Scenario("day", "whole app, 24 h", _day, 1, 1),
    Scenario("week", "whole app, 7 days", _week, 0, 1, is_long=True),
    Scenario("silence", "silent subscription, pongs go on", silence.silence, 40, 1_000),
    Scenario("restart", "recovery after the gateway returns: a restart", outages.restart, 100, 2_000),
    Scenario("outage", "recovery after the gateway returns: an outage", outages.outage, 50, 1_000),
    Scenario("thousand-tokens", "1,000 tokens on 3 channels within the caps", crowds.thousand_tokens, 1, 5),
    Scenario("full-house", "256 subscriptions of 100 ids", crowds.full_house, 0, 1),
    Scenario("accept-then-close", "at most 12 dials in any minute", outages.accept_then_close, 40, 1_000),
    Scenario("refused-key", "0 dials after a refused key", outages.refused_key, 10, 200),
    Scenario("blocked-loop", "loop blocked 5 s at 5,000 messages a second", blocked.blocked_loop, 1, 3),
    Scenario("blocked-loop-10k", "loop blocked 5 s at 10,000", blocked.blocked_loop_10k, 0, 3),
    Scenario("dead-peer", "a stopped process is noticed", blocked.dead_peer, 1, 5),
    Scenario("match", "the recorded match at 20x", recorded.match, 1, 50),
    Scenario("real-time", "whole client on real sockets", blocked.real_time, 0, 1, is_long=True),
)

#: Every fault of the menu, each alone: `chaos-drop`, `chaos-freeze`, ...
_MENU = tuple(
    Scenario(f"chaos-{name}", "the fault menu", partial(weather.chaos, name), 1, 20) for name in weather.menu_names()
)
MENU = tuple(scenario.name for scenario in _MENU)
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in (*_ALL, *_MENU)}


def play(name: str, seed: int) -> Figures:
    """Run one scenario once. Raises ProofError with the way to play it again."""
    try:
        return SCENARIOS[name].run(seed)
    except AssertionError as error:
        again = f"python -m tests.proof.replay {name} {seed}"
        raise ProofError(f"scenario {name}, seed {seed}: {error}\nplay it again: {again}") from error
