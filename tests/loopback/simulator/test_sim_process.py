"""`psdash sim` as a process: what it prints, how it ends, and that it dies with its parent."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from psdash.simulator.exchange.catalogue import MAIN_SLUG
from psdash.simulator.protocol.auth import FIXED_CREDENTIALS
from psdash.simulator.world import build_world
from tests.loopback.simulator.rig import START_MS, Client, serving
from tests.loopback.simulator.test_sim_books import Rebuilt, truth

COMMAND = (sys.executable, "-m", "psdash.simulator")
RECORDING = Path(__file__).resolve().parents[4] / "shared" / "data" / "nhl-final-inplay.jsonl.gz"
#: A whole start or end of the program, on a busy machine.
PATIENCE_S = 60.0


@dataclass
class Running:
    process: asyncio.subprocess.Process
    rest_url: str
    ws_url: str
    key: str

    async def end(self, how: signal.Signals) -> tuple[int, str, str]:
        """Exit code, and what else came on stdout and stderr."""
        self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE_S):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


async def three_lines(stream: asyncio.StreamReader) -> list[str]:
    """The values of the lines that announce a ready exchange, in their order."""
    values = []
    async with asyncio.timeout(PATIENCE_S):
        for name in ("PSDASH_REST_URL", "PSDASH_WS_URL", "PSDASH_API_KEY"):
            line = (await stream.readline()).decode()
            assert line.startswith(f"{name}="), line
            assert line.endswith("\n")
            values.append(line.strip().partition("=")[2])
    return values


@asynccontextmanager
async def sim(*args: str) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *args, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield Running(process, *await three_lines(process.stdout))
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def finished(args: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *args], capture_output=True, text=True, timeout=PATIENCE_S, check=False)


async def test_three_lines_lead_to_a_living_exchange_that_ends_on_sigterm() -> None:
    async with sim("--seed", "11", "--log-level", "debug") as running_sim:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", running_sim.rest_url)
        assert running_sim.ws_url == running_sim.rest_url.replace("http", "ws")
        async with httpx.AsyncClient(base_url=running_sim.rest_url, trust_env=False) as http:
            market = (await http.get(f"/api/markets/{MAIN_SLUG}")).json()
            orders = await http.get("/api/orders/open", headers={"X-Api-Key": running_sim.key})
        assert orders.json()["orders"]  # the demo trader is at work
        url = f"{running_sim.ws_url}/ws/market"
        async with connect(url, additional_headers={"X-Api-Key": running_sim.key}) as socket:
            client = Client(socket)
            assert (await client.frame())["type"] == "connected"
            await client.subscribe({"channel": "token_book", "ids": [market["yesTokenId"]]})
            assert (await client.push())["type"] == "book_snapshot"
            first = await client.push()  # it moves by itself
            assert first["type"] in ("book_delta", "book_update")
        code, out, err = await running_sim.end(signal.SIGTERM)
    assert (code, out) == (143, "")
    assert "ready on port" in err
    assert "Traceback" not in err
    assert running_sim.key not in err


async def test_sigint_is_a_normal_end_and_open_sockets_hear_of_it() -> None:
    async with sim() as running_sim:
        url = f"{running_sim.ws_url}/ws/user"
        async with connect(url, additional_headers={"X-Api-Key": running_sim.key}) as socket:
            assert (await Client(socket).frame())["type"] == "connected"
            code, out, err = await running_sim.end(signal.SIGINT)
            await socket.wait_closed()
            assert socket.close_code == 1012
    assert (code, out) == (0, "")
    assert "Traceback" not in err


async def test_a_taken_port_is_said_in_a_sentence() -> None:
    async with sim() as running_sim:
        port = running_sim.rest_url.rpartition(":")[2]
        second = await asyncio.to_thread(finished, ["--port", port])
    assert (second.returncode, second.stdout) == (4, "")
    assert second.stderr.startswith(f"psdash sim: port {port} on 127.0.0.1 cannot be used: ")
    assert second.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "args",
    [
        ["--rate", "0"],
        ["--rate", "50001"],
        ["--speed", "2"],
        ["--port", "65536"],
        ["--replay", "no-such-file.jsonl"],
        ["--replay", "x", "--speed", "0"],
        ["--replay", "x", "--rate", "1"],
        ["--api-key", "x"],
    ],
)
def test_bad_arguments_are_usage_errors(args: list[str]) -> None:
    done = finished(args)
    assert (done.returncode, done.stdout) == (2, "")
    assert "psdash sim: " in done.stderr
    assert "Traceback" not in done.stderr


def test_help_documents_credentials_and_slugs() -> None:
    done = finished(["--help"])
    assert done.returncode == 0
    for reason, token in FIXED_CREDENTIALS.items():
        assert reason in done.stdout
        assert token in done.stdout
    for text in (MAIN_SLUG, "stanley-cup-final-game-4-m2", "X-User-Wallet", "Bearer", "1008", "/sim/ledger"):
        assert text in done.stdout


async def test_it_dies_with_its_parent_however_that_dies() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import subprocess, sys\n"
        f"child = subprocess.Popen({[*COMMAND, '--exit-with-parent']!r}, stdin=subprocess.PIPE)\n"
        "child.wait()\n",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    rest_url, *_ = await three_lines(parent.stdout)
    parent.kill()
    async with asyncio.timeout(PATIENCE_S):
        await parent.wait()
        # The child has the other end of this pipe: it ends when, and only when, the child is gone.
        assert await parent.stdout.read() == b""
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.get(f"{rest_url}/sim/clock")


async def test_orphaned_it_ends_in_good_order() -> None:
    async with sim("--exit-with-parent") as running_sim:
        url = f"{running_sim.ws_url}/ws/market"
        async with connect(url, additional_headers={"X-Api-Key": running_sim.key}) as socket:
            assert (await Client(socket).frame())["type"] == "connected"
            assert running_sim.process.stdin is not None
            running_sim.process.stdin.close()
            async with asyncio.timeout(PATIENCE_S):
                await socket.wait_closed()
                assert await running_sim.process.wait() == 0
            assert socket.close_code == 1012


async def test_a_stuck_exchange_dies_with_its_parent_too() -> None:
    """With the loop blocked nothing can end in good order; the lifeline's thread ends the process all the same."""
    script = (
        "import asyncio, sys\n"
        "from psdash.simulator import lifeline\n"
        "lifeline.GRACE_S = 0.1\n"
        "line = lifeline.Lifeline()\n"
        "line.attach(lambda: None)\n"
        "sys.stdout.write('ready\\n'); sys.stdout.flush()\n"
        "import threading\n"
        "threading.Event().wait()\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    async with asyncio.timeout(PATIENCE_S):
        assert await process.stdout.readline() == b"ready\n"
        process.stdin.close()
        assert await process.wait() == 0


async def test_without_a_parent_it_never_starts() -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--exit-with-parent", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(PATIENCE_S):
        assert await process.wait() == 0


async def test_same_seed_same_key_and_same_markets() -> None:
    found = []
    for seed in ("3", "3", "4"):
        async with sim("--seed", seed, "--quiet") as running_sim:
            async with httpx.AsyncClient(base_url=running_sim.rest_url, trust_env=False) as http:
                market = (await http.get(f"/api/markets/{MAIN_SLUG}")).json()
                book = (await http.get("/sim/ledger", params={"token": market["yesTokenId"]})).json()
            found.append((running_sim.key, market["yesTokenId"], json.dumps(book)))
    assert found[0] == found[1]
    assert all(one != other for one, other in zip(found[0], found[2], strict=True))


@pytest.mark.skipif(not RECORDING.exists(), reason="the recorded match is not here")
async def test_the_recorded_match_reaches_a_client_without_a_gap() -> None:
    world = build_world(7, START_MS, replay=RECORDING, speed=20)
    assert world.replay is not None
    async with serving(world) as rig, rig.client("market") as client:
        row = world.exchange.catalogue.by_slug("stanley-cup-final-game-4-m2")
        books = {token_id: Rebuilt() for token_id in (row.yes_token_id, row.no_token_id)}
        await client.subscribe({"channel": "token_book", "ids": list(books)})
        trades = 0
        await client.subscribe({"channel": "token_trade_matches", "ids": list(books)})
        while not world.replay.finished:
            world.scheduler.run_until(world.scheduler.now_ms + 500)
            for frame in await client.settle():
                if frame["channel"] == "token_book":
                    books[frame["id"]].apply(frame)
                else:
                    trades += 1
        assert trades == len(world.exchange.trades(row.symbol)) > 100
        for token_id, rebuilt in books.items():
            now = await truth(rig, token_id)
            assert rebuilt.seq == now["seq"]
            assert rebuilt.rows("bids") == [level[:2] for level in now["bids"]]
            assert rebuilt.rows("asks") == [level[:2] for level in now["asks"]]
        progress = (await rig.get("/sim/replay")).json()
        assert (progress["active"], progress["finished"], progress["failure"]) == (True, True, None)
    world.close()
