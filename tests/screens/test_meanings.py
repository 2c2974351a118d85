"""No meaning rests on colour alone: each is read off the screen as plain text, in the theme that sends no colour."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from psdash.dashboard.painting.palette import Tone
from psdash.gateway.notices import BookMoved, LinkChanged, LinkState
from psdash.market.freshness import Freshness, PaneState
from psdash.settings import Settings
from tests.support import boards
from tests.support.screens import Stage, lines_of, text_of, until, until_shown

#: Tones that say how loud something is, or lift it off the ground, and nothing else.
QUIET = {Tone.TEXT, Tone.MUTED, Tone.FAINT, Tone.RAISED}


def nothing(_stage: Stage) -> None:
    """As it is."""


def stale(stage: Stage) -> None:
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    state.book_freshness[0] = Freshness(PaneState.STALE, "", boards.NOW_S, boards.NOW_S)
    stage.venue.emit(BookMoved(boards.FINAL.slug, 0, 100))


def _links(stage: Stage, state: LinkState, reason: str) -> None:
    for gateway in (stage.venue.market, stage.venue.user):
        gateway.link = LinkChanged(gateway.link.gateway, state, reason)
        stage.venue.emit(gateway.link)


def lost(stage: Stage) -> None:
    _links(stage, LinkState.BACKOFF, "The connection broke off")


def refused(stage: Stage) -> None:
    _links(stage, LinkState.REFUSED, "The key has expired.")


@dataclass(frozen=True, slots=True)
class Sign:
    """How a meaning reads: `there` on a line of the screen after `change` and `keys`.

    Where something is done, the sign stands nowhere before.
    """

    tones: tuple[Tone, ...]
    there: str
    change: Callable[[Stage], None] = nothing
    keys: Sequence[str] = ()


SIGNS = (
    Sign((Tone.BID,), r"bid 52 "),
    Sign((Tone.BID,), r"OWN.* BID +¢ +ASK.* OWN"),  # by its place: bids left of the price, asks right
    Sign((Tone.ASK,), r"ask 53 "),
    Sign((Tone.OWN,), r"◆1,240 "),
    Sign((Tone.UP,), r"\d ▲ +51 +1,626"),
    Sign((Tone.DOWN,), r"\d ▼ +52 +104"),
    Sign((Tone.STALE, Tone.WARN), r"YES ladder .*○ STALE \d", stale),
    Sign((Tone.WARN,), r"BOTH GATEWAYS (LOST|NOT REACHED)  Since", lost),
    Sign((Tone.ERROR,), r"BOTH GATEWAYS REFUSED", refused),
    Sign((Tone.CURSOR,), r"▸", keys=("slash",)),
    Sign((Tone.ACCENT,), r"─5 fills ", keys=("5",)),  # whose turn it is
    Sign((Tone.BID_BAR, Tone.ASK_BAR, Tone.BID_WALL, Tone.ASK_WALL), r"4,199 +51 "),  # the size, as a number
)


def test_every_tone_that_means_something_is_among_the_signs() -> None:
    assert {tone for sign in SIGNS for tone in sign.tones} | QUIET == set(Tone)


@pytest.mark.parametrize("sign", SIGNS, ids=[f"{sign.tones[0].value}-{at}" for at, sign in enumerate(SIGNS)])
async def test_the_meaning_is_read_without_colour(sign: Sign) -> None:
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug,), theme="monochrome"))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: stage.venue.market.running and stage.venue.user.running, "both gateways run")
        await until_shown(pilot, "YES ladder")
        if sign.change is not nothing or sign.keys:
            assert not re.search(sign.there, text_of(stage.app))
        sign.change(stage)
        await pilot.press(*sign.keys)
        await until(
            pilot, lambda: any(re.search(sign.there, line) for line in lines_of(stage.app)), f"{sign.there} is read"
        )
        colours = {
            colour.name
            for strip in stage.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None
        }
        assert colours <= {"default"}


async def test_a_print_that_was_matched_reads_otherwise_than_a_settled_one() -> None:
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug,), theme="monochrome"))
    async with stage.app.run_test(size=(200, 50)) as pilot:
        await until_shown(pilot, "YES tape")
        await until(pilot, lambda: "○" in text_of(stage.app) and "●" in text_of(stage.app), "both are there")
