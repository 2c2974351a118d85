"""Shuriken: token trades, calls and automation notices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from psdash.sources.source import Source, VenueSession

if TYPE_CHECKING:
    from psdash.account.account import Account
    from psdash.gateway.notices import Emit
    from psdash.market.board import Board
    from psdash.settings import Endpoint


def _open(endpoint: Endpoint, board: Board, account: Account, emit: Emit) -> VenueSession:
    from psdash.gateway.shuriken.venue import ShurikenVenue

    return ShurikenVenue(endpoint, board, account, emit)


SHURIKEN: Final = Source(
    name="shuriken",
    title="Shuriken",
    mark="SHURIKEN",
    noun="token",
    option="--token",
    form=re.compile(r"(solana|sol|ethereum|eth|base|blast|avax|bsc|trx|monad|hype):[A-Za-z0-9]{20,64}"),
    form_words="chain:address",
    example="solana:JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN",
    rest_url="https://api.shuriken.trade",
    ws_url="wss://api.shuriken.trade",  # unused: a session says where its socket is
    key_form=re.compile(r"sk_[A-Za-z0-9_-]{8,256}"),
    key_looks="sk_<id>_<secret>",
    simulator="psdash.simulator.shuriken",
    gateway="psdash.gateway.shuriken.venue",
    open=_open,
)
