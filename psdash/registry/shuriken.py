"""Shuriken: token trades, calls and automation notices."""

from __future__ import annotations

import re
from typing import Final

from psdash.registry.source import Source

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
    gateway="psdash.gateway.shuriken.venue:ShurikenVenue",
)
