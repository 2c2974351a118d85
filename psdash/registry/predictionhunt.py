"""Prediction Hunt: the same events on other venues, and what is worth a look among them."""

from __future__ import annotations

import re
from typing import Final

from psdash.registry.source import Source

PREDICTIONHUNT: Final = Source(
    name="predictionhunt",
    title="Prediction Hunt",
    mark="HUNT",
    noun="market",
    option="--market",
    form=re.compile(r"[a-z][a-z0-9.]{1,31}:[A-Za-z0-9][A-Za-z0-9._-]{0,95}"),
    form_words="venue:market_id",
    example="kalshi:KXFED-26",
    rest_url="https://www.predictionhunt.com",
    ws_url="wss://ws.predictionhunt.com",
    key_form=re.compile(r"pmx_[A-Za-z0-9_-]{8,256}"),
    key_looks="pmx_...",
    simulator="psdash.simulator.predictionhunt",
    gateway="psdash.gateway.predictionhunt.venue:HuntVenue",
    tells_elsewhere=True,
)
