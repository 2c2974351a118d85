"""PredictStreet: the venue this program is made for. Its networks and the forms of its names and keys stand here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from psdash.registry.source import Source

Network = Literal["mainnet", "testnet"]

#: REST base and WebSocket base of each network, protocol §1.
NETWORKS: Final[Mapping[Network, tuple[str, str]]] = {
    "mainnet": ("https://core-api.adipredictstreet.com", "wss://ws-gateway.adipredictstreet.com"),
    "testnet": (
        "https://core.api.dev.predictstreet.sde.adifoundation.ai",
        "wss://ws-gateway.dev.predictstreet.sde.adifoundation.ai",
    ),
}
SLUG_FORM: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
#: `ps_<env>_<16 hex>_<43 base64url>`, protocol §1.
API_KEY_FORM: Final = re.compile(r"ps_[a-z0-9]{1,16}_[0-9a-fA-F]{16}_[A-Za-z0-9_-]{43}")


PREDICTSTREET: Final = Source(
    name="predictstreet",
    title="PredictStreet",
    mark="",
    noun="market slug",
    option="--slug",
    form=SLUG_FORM,
    form_words="lower-case letters, digits and hyphens, 128 at most",
    example="spain-vs-france-2026-yes",
    rest_url=NETWORKS["mainnet"][0],
    ws_url=NETWORKS["mainnet"][1],
    key_form=API_KEY_FORM,
    key_looks="ps_<env>_<16 hex digits>_<43 characters>",
    simulator="psdash.simulator",
    gateway="psdash.gateway.venue:Venue",
)
