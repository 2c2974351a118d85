"""From an endpoint to a session with what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psdash.sources.registry import SOURCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psdash.account.account import Account
    from psdash.gateway.notices import Emit
    from psdash.market.board import Board
    from psdash.settings import Endpoint
    from psdash.sources.source import Gateway, VenueSession


def open_session(endpoint: Endpoint, board: Board, account: Account, emit: Emit) -> VenueSession:
    """A session with the endpoint's source, and with those beside it when there are any."""
    if endpoint.beside:
        from psdash.sources.together import Together

        return Together((endpoint, *endpoint.beside), board, account, emit)
    return SOURCES[endpoint.source].open(endpoint, board, account, emit)


def gateways_of(venue: VenueSession) -> Sequence[Gateway]:
    """Every gateway of a session: of several sources each one's, else the market's and the person's own."""
    own: Sequence[Gateway] | None = getattr(venue, "gateways", None)
    return own if own is not None else (venue.market, venue.user)
