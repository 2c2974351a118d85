"""PredictStreet: the venue this program is made for."""

from __future__ import annotations

from psdash.account.account import Account
from psdash.credentials import API_KEY_FORM
from psdash.gateway.notices import Emit
from psdash.market.board import Board
from psdash.settings import NETWORKS, SLUG_FORM, Endpoint
from psdash.sources.source import Source, VenueSession


def _open(endpoint: Endpoint, board: Board, account: Account, emit: Emit) -> VenueSession:
    from psdash.gateway.venue import Venue

    return Venue(endpoint, board, account, emit)


PREDICTSTREET = Source(
    name="predictstreet",
    title="PredictStreet",
    option="--slug",
    form=SLUG_FORM,
    example="spain-vs-france-2026-yes",
    rest_url=NETWORKS["mainnet"][0],
    ws_url=NETWORKS["mainnet"][1],
    key_form=API_KEY_FORM,
    key_looks="ps_live_<id>_<secret>",
    simulator="psdash.simulator",
    open=_open,
)
