"""Pings to the peer, and the credential that must not come back: both are done for every tick or every frame."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection

from psdash.gateway.dialling import Credential
from psdash.gateway.liveness import Peer, Timing

KEY = "ps_live_0123456789abcdef_" + "S" * 43


class Socket:
    """Takes pings, and answers them only when told."""

    def __init__(self) -> None:
        self.pings: list[asyncio.Future[float]] = []

    async def ping(self) -> asyncio.Future[float]:
        self.pings.append(asyncio.get_running_loop().create_future())
        return self.pings[-1]


async def test_no_second_ping_goes_out_while_one_waits_however_busy_the_socket_is() -> None:
    peer, socket = Peer(Timing()), Socket()
    for frames in range(100):  # fifty seconds of a busy feed
        assert not peer.ticked(frames)
        if peer.is_due:
            await peer.ping(cast("ClientConnection", socket))
    assert len(socket.pings) == 1
    socket.pings[0].set_result(0.1)
    for frames in range(100, 120):
        assert not peer.ticked(frames)
        if peer.is_due:
            await peer.ping(cast("ClientConnection", socket))
    assert peer.pongs == 1
    assert len(socket.pings) == 2


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (f"bad {KEY}.", "bad [redacted]."),
        ("S" * 43, "[redacted]"),
        (f"cut {KEY[:30]}", "cut [redacted]"),
        ("ps_live_", "ps_live_"),
        ("an honest frame", "an honest frame"),
    ],
)
def test_an_echoed_secret_is_cut_out_whole_or_not(said: str, left: str) -> None:
    assert Credential(api_key=SecretStr(KEY)).hidden_in(said.encode()).decode() == left


def test_a_credential_shows_nothing_however_it_is_looked_at() -> None:
    credential = Credential(api_key=SecretStr(KEY), jwt=SecretStr("eyJ." + "x" * 40 + "." + "y" * 40))
    assert credential == Credential(credential.api_key, credential.jwt)
    shown = f"{credential!r} {credential} {credential._needles!r}"
    assert KEY not in shown
    assert "S" * 16 not in shown
    assert "y" * 16 not in shown
    assert Credential().hidden_in(b"anything") == b"anything"
