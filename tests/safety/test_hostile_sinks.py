"""Every hostile string in every place that can hold one: at ingest, and again at the sink as if ingest had failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.segment import Segment

from psdash.account.account import AccountPane
from psdash.account.positions import Balance
from psdash.dashboard.app import PsdashApp
from psdash.gateway.notices import AccountMoved, GatewayName, LinkState, Severity, Spoken
from psdash.gateway.refusals import on_close, request_words, subscription_words
from psdash.market.board import MarketPane
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import PlatformStatus
from psdash.settings import Settings
from psdash.text import is_safe
from psdash.wire.predictstreet import rest as bodies
from tests.safety import hostile
from tests.support import boards
from tests.support.screens import Stage, until_shown

STRINGS = hostile.strings()
#: A frame for each of these; the mixtures at the end of the corpus are of the same parts.
PAINTED = STRINGS[:500]
SIZE = (120, 40)
#: What the scrollbar of the palette is bound to; nothing else on the screen has an action in its style.
SCROLLBAR = {"grab", "release", "scroll_up", "scroll_down"}


def test_the_corpus_is_large_and_stays_the_same() -> None:
    assert len(STRINGS) == len(set(STRINGS)) >= 500
    assert hostile.strings() == STRINGS
    assert sum(not text.isascii() or not text.isprintable() for text in STRINGS) >= 400


@pytest.mark.parametrize("start", range(0, len(STRINGS), 100))
def test_nothing_unsafe_comes_in(start: int) -> None:
    """By the models of the wire, as JSON escapes, which carry even what UTF-8 cannot."""
    for text in STRINGS[start : start + 100]:
        written = json.dumps(text)
        try:
            said = bodies.ErrorBody.model_validate_json(
                f'{{"code":{written},"message":{written},"trace_id":{written}}}'
            )
        except ValueError:
            continue  # a lone surrogate is no text: refused whole
        for field in (said.code, said.message, said.trace_id):
            assert field is None or is_safe(field), ascii(text)
        for words in (
            on_close(4000, text).words,
            on_close(4401, text).words,
            subscription_words(text, text),
            request_words(400, text, text),
        ):
            assert is_safe(words), ascii(text)


def segments_of(app: PsdashApp) -> Iterator[Segment]:
    for strip in app.screen._compositor.render_strips():
        yield from strip


def assert_harmless(app: PsdashApp, text: str) -> None:
    """What would go to the terminal now: text that moves nothing, no link, no action, lines as wide as the screen."""
    lines = app.screen._compositor.render_strips()
    assert len(lines) == SIZE[1]
    for strip in lines:
        assert sum(cell_len(segment.text) for segment in strip) == SIZE[0], ascii(text)
    for segment in segments_of(app):
        assert not segment.control
        assert segment.text.isprintable(), (ascii(text), ascii(segment.text))
        style = segment.style
        if style is not None:
            assert style.link is None
            actions = {value for name, value in style.meta.items() if name.startswith("@")}
            assert actions <= SCROLLBAR, (ascii(text), style.meta)


def put_everywhere(stage: Stage, text: str) -> None:
    """Past every control at ingest, straight into the state that the widgets read."""
    app, board, account = stage.app, stage.board, stage.account
    state = board.state(boards.FINAL.slug)
    assert state is not None
    market = replace(
        state.market, title=text, event=text, group=text, outcome_labels=(text, text), payout=(text, text)
    )
    state.market = market
    board.catalogue.put([market, *(replace(each, title=text, event=text, group="") for each in boards.MARKETS[1:])])
    board.platform = PlatformStatus(False, True, text, boards.NOW_MS)
    stale = Freshness(PaneState.STALE, text, since_s=boards.NOW_S)
    state.book_freshness[0] = state.book_freshness[1] = stale
    for pane in MarketPane:
        state.freshness[pane] = stale
    account.orders.reconcile([replace(o, client_order_id=text) for o in account.orders.open], boards.NOW_MS + 1)
    account.positions.set_balances([Balance(text, *_MONEY)])
    for each in (stage.venue.market, stage.venue.user):
        each.link = replace(each.link, state=LinkState.REFUSED, reason=text)
    app.dashboard._point_all()
    stage.venue.emit(AccountMoved(AccountPane.ORDERS))
    stage.venue.emit(Spoken(Severity.WARNING, text, GatewayName.MARKET))
    app.bridge.tell_all()


_MONEY: Any = (boards.cents(5), boards.cents(5))


@pytest.mark.parametrize("part", range(4))
async def test_every_string_in_every_sink_is_painted_as_text(part: int) -> None:
    """Header, banner, panes, tables, toasts; then the market list, the detail and the palette over them."""
    stage = Stage(settings=Settings(demo=True, slugs=(boards.FINAL.slug,), fps=60))
    async with stage.app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "ladder")
        for number, text in enumerate(PAINTED[part::4]):
            stage.now_s += 20
            stage.app.clear_notifications()
            put_everywhere(stage, text)
            await pilot.pause()
            await pilot.pause(0.02)
            assert_harmless(stage.app, text)
            if number % 25 == 0:
                for key in ("/", "d", "ctrl+p"):
                    await pilot.press(key)
                    await pilot.pause()
                    assert_harmless(stage.app, text)
                    await pilot.press("escape")
                    await pilot.pause()
        assert stage.app.failure is None
        assert stage.app.return_code is None
