"""The gateway against the service as a process of its own, on real sockets and in real time."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import SecretStr

from psdash.account.account import Account
from psdash.gateway.notices import Notice
from psdash.gateway.shuriken.venue import ShurikenVenue
from psdash.market.board import Board, MarketPane
from psdash.settings import Endpoint
from psdash.simulator.shuriken.tokens import TOKENS

JUP = TOKENS[0].token_id
PATIENCE_S = 30.0


@asynccontextmanager
async def service(*options: str) -> AsyncIterator[Endpoint]:
    """`python -m psdash.simulator.shuriken`, ended with this test."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "psdash.simulator.shuriken", "--exit-with-parent", *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            said = dict([(await process.stdout.readline()).decode().strip().split("=", 1) for _ in range(3)])
        yield Endpoint(
            said["PSDASH_REST_URL"], said["PSDASH_WS_URL"], SecretStr(said["PSDASH_API_KEY"]), None, None, "DEMO"
        )
    finally:
        process.terminate()
        await process.wait()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if holds():
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("chaos", ["objects,wrapped", "duplicate=0.5"])
async def test_live_in_real_time(chaos: str) -> None:
    board, account = Board(), Account()
    notices: list[Notice] = []
    async with service("--rate", "40", "--chaos", chaos) as endpoint:
        venue = ShurikenVenue(endpoint, board, account, notices.append)
        venue.market.watch([JUP], JUP)
        worker = asyncio.create_task(venue.market.run())
        try:
            await until(lambda: (state := board.state(JUP)) is not None and len(state.tape) >= 20)
            state = board.state(JUP)
            assert state is not None
            await until(lambda: all(each.is_live for each in state.freshness.values()))
            await until(lambda: account.activity.freshness.is_live)
            assert state.freshness[MarketPane.TAPE].is_live
            shown = [print_.trade_id.partition(":")[0] for print_ in state.tape.newest(1_000)]
            async with httpx.AsyncClient(base_url=endpoint.rest_url, trust_env=False) as http:
                truth = (await http.get("/sim/truth")).json()
                asked = (await http.get("/sim/asked")).json()["asked"]
            true = {swap["signature"] for swap in truth["swaps"] if swap.get("tokenMint") == TOKENS[0].address}
            await until(lambda: venue.market.counts.is_conserved)
            assert len(set(shown)) == len(shown)
            assert set(shown) <= true
            assert {route.split()[0] for route in asked} == {"GET", "POST"}
            assert "sk_demo" not in json.dumps(asked)
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            await venue.close()
