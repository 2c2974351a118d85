"""From an endpoint to a session with what is there."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import cast

from psdash.account.account import Account
from psdash.gateway.notices import Emit
from psdash.market.board import Board
from psdash.registry import SOURCES
from psdash.registry.source import Source
from psdash.settings import Endpoint
from psdash.sources.session import Gateway, OpenVenue, VenueSession


def gateway_of(source: Source) -> OpenVenue:
    """What makes a session with a source. Imports its gateway, which may take a moment."""
    module, _, name = source.gateway.partition(":")
    return cast("OpenVenue", getattr(import_module(module), name))


def open_session(endpoint: Endpoint, board: Board, account: Account, emit: Emit) -> VenueSession:
    """A session with the endpoint's source, and with those beside it when there are any."""
    if len(endpoint.every) > 1:
        from psdash.sources.together import Together

        return Together((endpoint, *endpoint.beside), board, account, emit, endpoint.consulted)
    return gateway_of(SOURCES[endpoint.source])(endpoint, board, account, emit)


def gateways_of(venue: VenueSession) -> Sequence[Gateway]:
    """Every gateway of a session: of several sources each one's, else the market's and the person's own."""
    own: Sequence[Gateway] | None = getattr(venue, "gateways", None)
    return own if own is not None else (venue.market, venue.user)
