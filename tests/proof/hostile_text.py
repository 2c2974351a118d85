"""Hostile strings in every sink: at ingest, in every widget as if ingest had failed, and from the program in a pty.

`tests/safety` plays the first 500 of them in every run; here each seed has the next 500 of one endless corpus.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

from psdash.settings import Settings
from psdash.text import is_safe
from psdash.wire.predictstreet import rest as bodies
from tests.proof.figures import Figures
from tests.proof.truth import LieError
from tests.safety import hostile
from tests.safety.evil_venue import evil_venue
from tests.safety.strict_tty import moves, shapes, strays
from tests.safety.test_hostile_screen import HONEST, session, tour
from tests.safety.test_hostile_sinks import SIZE, assert_harmless, put_everywhere
from tests.support import boards
from tests.support.screens import Stage, until_shown

#: Strings of one seed, and of the whole soak.
STRINGS, SEEDS = 500, 100
#: Every so many strings the screens over the dashboard are opened, too.
TOUR_EVERY = 50


def hostile_strings(seed: int) -> Figures:
    """500 strings: nothing unsafe comes in, none does anything on a screen, none reaches the terminal but as text."""
    texts = hostile.strings(at_least=(seed + 1) * STRINGS)[seed * STRINGS : (seed + 1) * STRINGS]
    refused = sum(not _comes_in_safe(text) for text in texts)
    frames = asyncio.run(_painted(texts))
    used, written, bells = _in_a_terminal(texts)
    return {
        "strings": len(texts),
        "refused_at_ingest": refused,
        "screens_painted": frames,
        "put_on_the_wire": used,
        "pty_bytes": written,
        "foreign_controls": 0,
        "actions_fired": bells,
    }


def _comes_in_safe(text: str) -> bool:
    """Whether the wire takes a string at all, which a lone surrogate is not. Raises LieError for an unsafe one."""
    written = json.dumps(text)
    try:
        said = bodies.ErrorBody.model_validate_json(f'{{"code":{written},"message":{written},"trace_id":{written}}}')
    except ValueError:
        return False
    for field in (said.code, said.message, said.trace_id):
        if field is not None and not is_safe(field):
            raise LieError(f"came in as it was: {text!a}")
    return True


async def _painted(texts: list[str]) -> int:
    """Every string in every widget, past all controls at ingest; how many screens were looked at."""
    looked = 0
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug,), fps=60))
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "ladder")
        for number, text in enumerate(texts):
            stage.now_s += 20
            stage.app.clear_notifications()
            put_everywhere(stage, text)
            await pilot.pause()
            await pilot.pause(0.02)
            assert_harmless(stage.app, text)
            looked += 1
            for key in ("/", "d", "ctrl+p") if number % TOUR_EVERY == 0 else ():
                await pilot.press(key)
                await pilot.pause()
                assert_harmless(stage.app, text)
                await pilot.press("escape")
                await pilot.pause()
                looked += 1
        if stage.app.failure is not None or stage.app.return_code is not None:
            raise LieError(f"the app ended: {stage.app.failure} {stage.app.return_code}")
    return looked


def _in_a_terminal(texts: list[str]) -> tuple[int, int, int]:
    """The tour of `tests/safety` past a venue of these words alone: strings used, bytes written, bells rung."""
    seen, written, used = _toured(texts)
    foreign = set(seen) - _honest_shapes()
    if foreign or strays(written):
        raise LieError(f"reached the terminal: {sorted(foreign)} {strays(written)}")
    bells = seen[ascii("\x07")]
    if bells:
        raise LieError(f"a click on a stranger's text did something {bells} times")
    return used, len(written), bells


@cache
def _honest_shapes() -> frozenset[str]:
    """Every control sequence of the same tour past an honest venue."""
    return frozenset(_toured(HONEST)[0] + moves())


def _toured(texts: list[str]) -> tuple[Counter[str], bytes, int]:
    with (
        tempfile.TemporaryDirectory() as home,
        evil_venue(texts) as (venue, used),
        session(venue, Path(home), SIZE[0], SIZE[1]) as terminal,
    ):
        tour(terminal, venue, texts)
        written = bytes(terminal.raw)
    return shapes(written), written, len(used)
