"""The exchange in its older protocol, read by somebody who knows nothing of psdash (protocol §11)."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from psdash.simulator.protocol.server import ServerOptions, serve
from tests.loopback.simulator.rig import DEADLINE_S, WALLET, SmallWorld

ENVELOPE = {"type", "sid", "channel", "id", "data"}


async def frame(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_S):
        body: dict[str, Any] = json.loads(await socket.recv())
    return body


async def ask(socket: ClientConnection, cmd: str, **params: Any) -> dict[str, Any]:
    await socket.send(json.dumps({"id": 7, "cmd": cmd, "params": params}))
    return await frame(socket)


async def pushes(socket: ClientConnection) -> list[dict[str, Any]]:
    """Every push that was sent before now."""
    await socket.send('{"id":8,"cmd":"ping"}')
    found = []
    while (each := await frame(socket))["type"] != "pong":
        assert set(each) <= ENVELOPE, each
        found.append(each)
    return found


async def test_it_greets_without_a_version_and_knows_the_older_channels_alone() -> None:
    world = SmallWorld()
    server = await serve(world, options=ServerOptions(protocol=1))
    headers = {"X-Api-Key": server.keyring.fresh.token}
    row, exchange = world.row, world.exchange
    try:
        async with (
            connect(f"{server.ws_url}/ws/market", additional_headers=headers, proxy=None) as market,
            connect(f"{server.ws_url}/ws/user", additional_headers=headers, proxy=None) as user,
        ):
            greeting = await frame(market)
            assert set(greeting["data"]) == {"gateway", "authMethod"}
            assert set((await frame(user))["data"]) == {"gateway", "authMethod", "walletAddress"}
            token, condition = row.yes_token_id, row.condition_id
            entries: list[dict[str, Any]] = [
                {"channel": "token_trades", "ids": [token]},
                {"channel": "token_book", "ids": [token]},
                {"channel": "condition_status", "ids": [condition]},
                {"channel": "system", "ids": ["platform_status"]},
                {"channel": "token_ohlc", "ids": [token]},
                {"channel": "user_activity"},
            ]
            answer = await ask(market, "subscribe", subscriptions=entries)
            assert [each["channel"] for each in answer["accepted"]] == [each["channel"] for each in entries[:4]]
            assert [(each["channel"], each["code"]) for each in answer["rejected"]] == [
                ("token_ohlc", "invalid_params"),
                ("user_activity", "forbidden"),
            ]
            (snapshot,) = await pushes(market)
            assert snapshot["type"] == "book_snapshot"
            assert snapshot["data"]["seq"] == exchange.token_book(token).seq
            vault = exchange.account(WALLET).vault
            mine = [{"channel": "user_activity"}, {"channel": "vault_activity", "ids": [vault]}]
            assert not (await ask(user, "subscribe", subscriptions=mine))["rejected"]
            assert (await ask(market, "get_book_snapshot", sid=2, id=token))["code"] == "unknown_command"

            world.place(WALLET, "buy", "0.52", "10")
            world.advance(10_000)
            exchange.deposit(WALLET, Decimal(500))
            exchange.pause(WALLET, 30)
            exchange.unpause(WALLET)
            exchange.confirm_vault(WALLET)
            exchange.set_market_status(row.symbol, "PAUSED")

            told = await pushes(market)
            assert [each["type"] for each in told] == ["trade", "book_delta"]
            trade, delta = (each["data"] for each in told)
            assert (trade["price"], trade["quantity"], trade["side"]) == ("0.52", "10", "buy")
            assert (delta["prevSeq"], delta["seq"]) == (snapshot["data"]["seq"], snapshot["data"]["seq"] + 1)

            private = await pushes(user)
            assert [(each["channel"], each["type"]) for each in private] == [
                ("user_activity", "order_placed"),
                ("user_activity", "trade_matched"),
                ("user_activity", "trade_fill"),
                ("vault_activity", "trade_fill"),
                ("user_activity", "vault.deposit_confirmed"),
                ("user_activity", "user_paused"),
                ("user_activity", "user_unpaused"),
                ("user_activity", "vault.deploy_confirmed"),
            ]
            fill = private[2]["data"]
            assert set(fill) == {
                "side", "orderHash", "makerVault", "takerVault", "makerAssetId", "takerAssetId", "makerAmount",
                "takerAmount", "fee", "blockNumber", "txHash",
            }  # fmt: skip
            assert (fill["side"], fill["takerVault"], fill["makerAssetId"], fill["takerAssetId"]) == (
                "taker", vault, token, "0",
            )  # fmt: skip
            assert (fill["makerAmount"], fill["takerAmount"]) == ("10000000", "5200000")
            assert private[3]["data"] == fill
            assert set(private[4]["data"]) == {"vaultAddress", "token", "amount", "ledgerAfter", "txHash"}
            assert set(private[5]["data"]) == {"user", "untilBlock", "txHash", "blockNumber"}
            exchange.check()
    finally:
        await server.close()


async def test_a_refused_settlement_names_the_order_and_the_error() -> None:
    world = SmallWorld()
    server = await serve(world, options=ServerOptions(protocol=1))
    headers = {"X-Api-Key": server.keyring.fresh.token}
    try:
        async with connect(f"{server.ws_url}/ws/user", additional_headers=headers, proxy=None) as user:
            await frame(user)
            await ask(user, "subscribe", subscriptions=[{"channel": "user_activity"}])
            for _ in range(150):
                world.place(WALLET, "buy", "0.52", "1")
            world.advance(10_000)
            failed = [each["data"] for each in await pushes(user) if each["type"] == "trade_failed"]
            refused = [each for each in world.exchange.trades_of(WALLET) if each.status == "settlement_failed"]
            assert refused
            assert {each["orderId"] for each in failed} == {each.taker.order_id for each in refused}
            assert {(each["reason"], each["reasonText"]) for each in failed} == {("0xc56873ba", "OrderExpired")}
            assert len({each["txHash"] for each in failed}) == len(refused)
    finally:
        await server.close()
