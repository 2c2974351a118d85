"""No meaning rests on colour alone: each is read off the screen as plain text, and is not there when it is not meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from psdash.account.account import Account
from psdash.dashboard.painting.palette import Tone
from psdash.gateway.notices import LinkChanged, LinkState, MarketMoved
from psdash.market.board import Board
from psdash.market.freshness import Freshness, PaneState
from psdash.market.lifecycle import MarketStatus
from psdash.settings import Settings
from tests.support import boards
from tests.support.screens import Stage, lines_of, until

#: Tones that say how loud something is, or lift it off the ground, and nothing else.
QUIET = {Tone.TEXT, Tone.MUTED, Tone.FAINT, Tone.RAISED}

Change = Callable[[Stage], None]


def nothing(_stage: Stage) -> None:
    """As it is."""


def no_orders(stage: Stage) -> None:
    stage.account.orders.take_list((), stage.wall_ms) if hasattr(stage.account.orders, "take_list") else None


@dataclass(frozen=True, slots=True)
class Sign:
    """What a tone means, as text: `there` after `keys` and `change`; `absent` finds it nowhere without them."""

    tones: tuple[Tone, ...]
    there: str
    keys: Sequence[str] = ()
    change: Change = nothing
    is_absent_before: bool = False


def _stale(stage: Stage) -> None:
    state = stage.board.state(boards.FINAL.slug)
    assert state is not None
    state.freshness_of_book(0)


def _lost(stage: Stage) -> None:
    for gateway in (stage.venue.market, stage.venue.user):
        gateway.link = LinkChanged(gateway.link.gateway, LinkState.BACKOFF, "It broke", retry_in_s=7.0, attempts=1)
        stage.venue.emit(gateway.link)


def _refused(stage: Stage) -> None:
    for gateway in (stage.venue.market, stage.venue.user):
        gateway.link = LinkChanged(gateway.link.gateway, LinkState.REFUSED, "The key has expired.")
        stage.venue.emit(gateway.link)
