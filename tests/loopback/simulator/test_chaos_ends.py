"""How connections end and dials fail, seen by a real WebSocket client on real sockets."""

from __future__ import annotations

import asyncio
import errno

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from psdash.simulator.chaos.ends import REASONS, REASONS_4401
from tests.loopback.simulator.chaos_kit import churn, ended, spoilt, subscribed
from tests.loopback.simulator.rig import until


@pytest.mark.parametrize(("code", "reason"), REASONS.items())
async def test_a_close_frame_has_its_code_and_reason(code: int, reason: str) -> None:
    async with spoilt(f"close-{code}") as (rig, menu), rig.client("market") as market, rig.client("user") as user:
        menu.strike(f"close-{code}", "market")
        assert await ended(market.socket) == (code, reason)
        assert (await user.command("ping"))["type"] == "pong"  # the other gateway goes on
        menu.strike(f"close-{code}")
        assert await ended(user.socket) == (code, reason)
        assert menu.struck == {f"close-{code}": 2}


@pytest.mark.parametrize("reason", REASONS_4401)
async def test_a_close_with_4401_gives_its_reason(reason: str) -> None:
    async with spoilt(f"close-4401-{reason}") as (rig, menu), rig.client("market") as market:
        menu.strike(f"close-4401-{reason}")
        assert await ended(market.socket) == (4401, reason)


async def test_1006_is_an_end_without_a_close_frame() -> None:
    async with spoilt("close-1006") as (rig, menu), rig.client("market") as market:
        menu.strike("close-1006")
        assert await ended(market.socket) == (1006, "")
        with pytest.raises(ConnectionClosed) as closed:
            await market.socket.recv()
        assert not isinstance(closed.value.__cause__, ConnectionResetError)


async def test_reset_is_a_reset() -> None:
    async with spoilt("reset") as (rig, menu), rig.client("market") as market:
        menu.strike("reset")
        assert await ended(market.socket) == (1006, "")
        with pytest.raises(ConnectionClosed) as closed:
            await market.socket.recv()
        assert isinstance(closed.value.__cause__, ConnectionResetError)
        assert closed.value.__cause__.errno == errno.ECONNRESET


async def test_cut_ends_in_the_middle_of_a_frame() -> None:
    async with spoilt("cut") as (rig, menu):
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.server.port)
        writer.write(
            (
                f"GET /ws/market?key={rig.key} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        await until(lambda: bool(rig.server.lines) and rig.server.lines[0].sent == 1)
        menu.strike("cut")
        sent = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    assert sent[0] == 0x81  # the greeting, whole
    size = int.from_bytes(sent[2:4], "big")
    rest = sent[4 + size :]
    assert rest[0] == 0x81  # and a text frame that promises more than came
    assert 4 < len(rest) < 4 + int.from_bytes(rest[2:4], "big")


@pytest.mark.parametrize(("where", "seen"), [("greeting", 0), ("ack", 1), ("snapshot", 2)])
async def test_cut_at_a_phase_of_the_connection(where: str, seen: int) -> None:
    async with spoilt(f"cut-{where}=1") as (rig, menu), rig.socket("market", {"X-Api-Key": rig.key}) as socket:
        ids = [rig.world.row.yes_token_id]
        frames = 0
        with pytest.raises(ConnectionClosed):  # noqa: PT012  every frame until the end
            while True:
                await asyncio.wait_for(socket.recv(), 10)
                frames += 1
                if frames == 1:
                    await socket.send(
                        f'{{"id":1,"cmd":"subscribe","params":{{"subscriptions":[{{"channel":"token_book","ids":["{ids[0]}"]}}]}}}}'
                    )
        assert frames == seen
        assert menu.struck[f"cut-{where}"] == 1


async def test_freeze_neither_reads_nor_writes_and_keeps_the_socket_open() -> None:
    async with spoilt("freeze=0.5") as (rig, menu), rig.client("market") as market:
        await subscribed(market, rig, "token_book")
        await market.settle()
        menu.strike("freeze")
        churn(rig, 10)
        pong = asyncio.ensure_future(await market.socket.ping())
        await market.socket.send('{"id":9,"cmd":"ping"}')
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(market.socket.recv(), 0.3)
        assert not pong.done()
        assert market.socket.state.name == "OPEN"
        assert await ended(market.socket) == (1006, "")  # reaped after the level


async def test_revoke_closes_and_refuses_from_then_on() -> None:
    async with spoilt("revoke") as (rig, menu), rig.client("market") as market:
        menu.strike("revoke")
        assert await ended(market.socket) == (4401, "api_key_revoked")
        async with rig.socket("user", {"X-Api-Key": rig.key}) as again:
            assert await ended(again) == (4401, "api_key_revoked")
        assert (await rig.get("/api/me/balances", rig.key)).status_code == 401
        assert (await rig.get("/api/markets")).status_code == 200


async def test_refuse_dial_resets_every_dial_and_leaves_rest_alone() -> None:
    async with spoilt("refuse-dial=30") as (rig, menu), rig.client("market") as market:
        menu.strike("refuse-dial", "market")
        assert await ended(market.socket) == (1006, "")
        for _ in range(3):
            with pytest.raises((OSError, InvalidHandshake, EOFError)):
                async with rig.socket("market", {"X-Api-Key": rig.key}):
                    pass
        assert (await rig.get("/api/markets")).status_code == 200
        async with rig.client("user"):
            pass  # the other gateway is open
        menu.stop()
        async with rig.client("market"):
            pass  # and so is this one again
        assert menu.struck["refuse-dial"] == 4


async def test_hang_handshake_answers_nothing() -> None:
    async with spoilt("hang-handshake=30") as (rig, menu):
        menu.strike("hang-handshake")
        with pytest.raises(TimeoutError):
            async with rig.socket("market", {"X-Api-Key": rig.key}, open_timeout=0.3):
                pass


async def test_hang_handshake_ends_with_its_strike() -> None:
    async with spoilt("hang-handshake=0.2") as (rig, menu):
        menu.strike("hang-handshake")
        with pytest.raises((OSError, InvalidHandshake, EOFError)):
            async with rig.socket("market", {"X-Api-Key": rig.key}, open_timeout=10):
                pass
        async with rig.client("market"):
            pass


async def test_accept_close_succeeds_and_closes_without_a_greeting() -> None:
    async with spoilt("accept-close=30") as (rig, menu), rig.client("market") as market:
        menu.strike("accept-close")
        await ended(market.socket)
        for _ in range(3):
            async with rig.socket("market", {"X-Api-Key": rig.key}) as again:
                with pytest.raises(ConnectionClosed) as closed:
                    await again.recv()
                assert closed.value.rcvd is not None
                assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1013, "try again later")


@pytest.mark.parametrize("status", [302, 401, 403, 404, 429, 500, 502, 503])
async def test_upgrades_are_answered_with_a_status(status: int) -> None:
    async with spoilt(f"upgrade-{status}=30") as (rig, menu):
        menu.strike(f"upgrade-{status}")
        with pytest.raises(InvalidStatus) as refused:
            async with rig.socket("market", {"X-Api-Key": rig.key}):
                pass
        if status == 302:  # the library follows where psdash must not, and takes the key along
            assert [entry[1:] for entry in menu.log][-1] == ("followed", "with the key")
            return
        response = refused.value.response
        assert response.status_code == status
        if status in (429, 503):
            assert 1 <= int(response.headers["Retry-After"]) <= 30
        else:
            assert "Retry-After" not in response.headers


async def test_the_oracle_is_beyond_every_fault() -> None:
    text = "refuse-dial=30,rest-429=1,rest-hang=1,clock-skew,reversed-levels,rest-nonsense=1,hostile-text"
    async with spoilt(text) as (rig, menu):
        menu.strike("refuse-dial")
        answer = await rig.get("/sim/ledger", token=rig.world.row.yes_token_id)
        assert answer.status_code == 200
        assert answer.json()["bids"][0][:2] == ["0.48", "100"]
        assert (await rig.get("/sim/clock")).json() == {"nowMs": rig.world.scheduler.now_ms}


async def test_a_server_closes_at_once_in_spite_of_what_hangs() -> None:
    async with spoilt("freeze,hang-handshake=600,rest-hang=1") as (rig, menu), rig.client("market") as market:
        menu.strike("freeze")
        menu.strike("hang-handshake")
        read = asyncio.create_task(rig.get("/api/markets"))
        dial = asyncio.create_task(rig.http.get("/ws/market", headers={"Upgrade": "websocket"}))
        await until(lambda: menu.struck["rest-hang"] == 1 and menu.struck["hang-handshake"] == 3)
        async with asyncio.timeout(10):
            await rig.server.close()
        assert await ended(market.socket) == (1006, "")
        for cut_off in (read, dial):
            with pytest.raises(httpx.RemoteProtocolError):
                await cut_off
