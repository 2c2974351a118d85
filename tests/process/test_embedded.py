"""The embedded exchange as a child: ready, refused, and gone with its parent however the parent goes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import websockets
from pydantic import SecretStr

from psdash.embedded import EmbeddedExchange, exchange_arguments
from psdash.settings import Endpoint, Settings, VenueUnavailableError
from tests.support.processes import heed_signals, is_running, wait_gone

ROOT = Path(__file__).parents[2]
KEY = "ps_live_0123456789abcdef_" + "a" * 43
READY = f"""
print("PSDASH_REST_URL=http://127.0.0.1:1")
print("PSDASH_WS_URL=ws://127.0.0.1:1")
print("PSDASH_API_KEY={KEY}", flush=True)
"""
UNTIL_EOF = "\nsys.stdin.read()\n"


class Stub(EmbeddedExchange):
    """A child that runs `script` in the exchange's place."""

    def __init__(self, script: str, stderr_path: Path | None = None, *, deadline_s: float = 20.0) -> None:
        super().__init__([], stderr_path, deadline_s=deadline_s)
        self.command = (sys.executable, "-c", "import os, signal, sys, time\n" + script)


async def failure(exchange: EmbeddedExchange) -> str:
    with pytest.raises(VenueUnavailableError) as caught:
        await exchange()
    assert exchange.pid is None
    return str(caught.value)


# --- the real one ------------------------------------------------------------------------------------------------


async def test_the_exchange_serves_and_stops(tmp_path: Path) -> None:
    exchange = EmbeddedExchange(["--seed", "3"], tmp_path / "logs" / "exchange.log")
    exchange.launch()
    pid = exchange.pid
    assert pid is not None
    endpoint = await exchange()
    assert await exchange() is endpoint
    assert endpoint.label == "DEMO"
    assert endpoint.api_key is not None
    headers = {"X-Api-Key": endpoint.api_key.get_secret_value()}
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{endpoint.rest_url}/api/markets", headers=headers)).status_code == 200
    for url in (endpoint.market_url, endpoint.user_url):
        async with websockets.connect(url, additional_headers=headers, proxy=None) as connection:
            assert json.loads(await connection.recv())["type"] == "connected"
    await exchange.close()
    await exchange.close()
    assert exchange.pid is None
    assert not is_running(pid)
    log = tmp_path / "logs" / "exchange.log"
    assert "ready" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


PARENT = """
import asyncio, sys
from psdash.embedded import EmbeddedExchange
exchange = EmbeddedExchange([], None)
exchange.launch()
if sys.argv[1] == "ready":
    asyncio.run(exchange.start())
print(exchange.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("when", ["starting", "ready"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_exchange_dies_with_its_parent(when: str, how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, when],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_signals,
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.send_signal(how)
        assert parent.wait(60) == -how
        wait_gone(pid)


async def test_a_hostile_directory_beside_us_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "psdash" / "simulator").mkdir(parents=True)
    for name in ("psdash/__init__.py", "psdash/simulator/__init__.py", "psdash/simulator/__main__.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    exchange = EmbeddedExchange([], None)
    try:
        await exchange()
    finally:
        await exchange.close()
    assert not (tmp_path / "ran").exists()


async def test_a_recording_that_cannot_be_played_is_explained(tmp_path: Path) -> None:
    (tmp_path / "recording.jsonl").write_text("this is no recording\n")
    settings = Settings(demo=True, replay=tmp_path / "recording.jsonl", speed=2.0)
    message = await failure(EmbeddedExchange(exchange_arguments(settings), tmp_path / "exchange.log"))
    assert "The embedded exchange did not start" in message
    assert "cannot be played" in message
    assert str(tmp_path / "exchange.log") in message


# --- a child that misbehaves -------------------------------------------------------------------------------------


async def test_a_crash_is_told_by_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "exchange.log"
    log.write_text("an older run\n")
    message = await failure(Stub("raise RuntimeError('no \\x1b[2Jroom')", log))
    assert "it ended before it was ready" in message
    assert "RuntimeError: no " in message
    assert message.isprintable()
    assert "an older run" not in message
    assert log.read_text().startswith("an older run\n")


async def test_a_silent_crash_is_told_as_well(tmp_path: Path) -> None:
    log = tmp_path / "exchange.log"
    log.write_text("an older run\n")
    assert "It said" not in await failure(Stub("sys.exit(5)", log))
    assert "it ended before it was ready." in await failure(Stub("sys.exit(5)"))


async def test_silence_has_a_deadline(tmp_path: Path) -> None:
    stub = Stub(UNTIL_EOF, deadline_s=0.2)
    stub.launch()
    pid = stub.pid
    assert pid is not None
    assert "not ready within 0.2 s" in await failure(stub)
    assert not is_running(pid)


@pytest.mark.parametrize(
    "lines",
    [
        ["Traceback"],
        ["x" * 100_000],
        ["PSDASH_REST_URL=http://127.0.0.1:1", "PSDASH_REST_URL=http://127.0.0.1:1"],
        ["PSDASH_REST_URL=http://venue.example", "PSDASH_WS_URL=ws://127.0.0.1:1", f"PSDASH_API_KEY={KEY}"],
        ["PSDASH_REST_URL=http://127.0.0.1:1", "PSDASH_WS_URL=wss://venue.example", f"PSDASH_API_KEY={KEY}"],
        ["PSDASH_REST_URL=http://127.0.0.1:1", "PSDASH_WS_URL=ws://127.0.0.1:1", "PSDASH_API_KEY=CANARY"],
    ],
)
async def test_other_words_are_no_exchange(lines: list[str]) -> None:
    message = await failure(Stub(f"print({chr(10).join(lines)!r}, flush=True)" + UNTIL_EOF))
    assert "CANARY" not in message


async def test_a_talkative_child_is_never_stopped_by_a_full_pipe(tmp_path: Path) -> None:
    done = tmp_path / "done"
    stub = Stub(
        READY
        + f"""
for _ in range(64):
    sys.stdout.write("o" * 65536); sys.stdout.flush()
    sys.stderr.write("e" * 65536); sys.stderr.flush()
open({str(done)!r}, "w").close()
"""
        + UNTIL_EOF,
        tmp_path / "exchange.log",
    )
    await stub()
    try:
        async with asyncio.timeout(20):
            while not done.exists():  # noqa: ASYNC110  # another process makes it
                await asyncio.sleep(0.02)
    finally:
        await stub.close()


async def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "exchange.log"
    log.write_bytes(b"x" * (5 * 1024 * 1024))
    stub = Stub(READY + UNTIL_EOF, log)
    await stub()
    await stub.close()
    assert log.stat().st_size == 0
    assert (tmp_path / "exchange.log.1").stat().st_size == 5 * 1024 * 1024


async def test_no_setting_and_no_secret_goes_to_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSDASH_API_KEY", "CANARY")
    monkeypatch.setenv("PSDASH_SOMETHING", "CANARY")
    seen = tmp_path / "seen"
    stub = Stub(f"open({str(seen)!r}, 'w').write(repr(dict(os.environ)) + repr(sys.argv))" + READY + UNTIL_EOF)
    await stub()
    await stub.close()
    assert "PATH" in seen.read_text()
    assert "PSDASH_" not in seen.read_text()
    assert "CANARY" not in seen.read_text()


async def test_a_child_that_will_not_go_is_killed() -> None:
    stub = Stub("signal.signal(signal.SIGTERM, signal.SIG_IGN)" + READY + "\nwhile True: time.sleep(60)\n")
    await stub()
    pid = stub.pid
    assert pid is not None
    await stub.close()
    assert not is_running(pid)


async def test_leaving_while_it_starts_leaves_nothing_behind() -> None:
    stub = Stub(UNTIL_EOF)
    stub.launch()
    pid = stub.pid
    assert pid is not None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):  # a person quits; the child never gets ready
            await stub()
    await stub.close()
    assert not is_running(pid)


async def test_a_missing_interpreter_is_unavailable() -> None:
    stub = Stub("")
    stub.command = ("/nowhere/python",)
    assert "cannot be started: No such file" in await failure(stub)


def test_close_without_launch_is_nothing() -> None:
    EmbeddedExchange([], None).stop()


def test_the_settings_become_arguments(tmp_path: Path) -> None:
    assert exchange_arguments(Settings()) == []
    settings = Settings(seed=0, replay=tmp_path / "r", speed=20.0)
    assert exchange_arguments(settings) == ["--seed", "0", "--replay", str(tmp_path / "r"), "--speed", "20"]


def test_the_exchange_has_its_own_session() -> None:
    stub = Stub(UNTIL_EOF)
    stub.launch()
    try:
        assert stub.pid is not None
        assert os.getsid(stub.pid) != os.getsid(0)
    finally:
        stub.stop()


def test_an_endpoint_shows_no_key() -> None:
    assert KEY not in repr(Endpoint("http://h", "ws://h", SecretStr(KEY), None, None, "DEMO"))
