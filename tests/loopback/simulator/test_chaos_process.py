"""`psdash sim --chaos` as a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from psdash.simulator.exchange.catalogue import MAIN_SLUG
from tests.loopback.simulator.test_sim_process import finished, sim


async def test_chaos_from_the_command_line_strikes_by_itself_and_leaves_the_ledger_alone() -> None:
    async with sim("--chaos", "close-1012,drop=1,rest-503=0", "--seed", "3") as exchange:
        async with httpx.AsyncClient(base_url=exchange.rest_url, trust_env=False) as http:
            token = (await http.get(f"/api/markets/{MAIN_SLUG}")).json()["yesTokenId"]
            url = f"{exchange.ws_url}/ws/market?key={exchange.key}"
            kinds: list[str] = []
            closed: ConnectionClosedError | None = None
            async with asyncio.timeout(90), connect(url, compression=None) as socket:
                entry = {"channel": "token_book", "ids": [token]}
                await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": {"subscriptions": [entry]}}))
                try:
                    while True:
                        kinds.append(json.loads(await socket.recv())["type"])
                except ConnectionClosedError as error:
                    closed = error
            assert closed is not None
            assert closed.rcvd is not None
            assert closed.rcvd.code == 1012
            assert kinds[:3] == ["connected", "subscribed", "book_snapshot"]
            assert "book_delta" not in kinds
            assert (await http.get("/sim/ledger", params={"token": token})).json()["token"] == token
        code, _, err = await exchange.end(signal.SIGINT)
        assert code == 0
        assert "chaos: close-1012 at " in err
        assert "Traceback" not in err


def test_an_unknown_fault_is_a_usage_error() -> None:
    run = finished(["--chaos", "close-1012,nonsense"])
    assert run.returncode == 2
    assert "no fault called 'nonsense'" in run.stderr
    assert run.stdout == ""
