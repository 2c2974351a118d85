"""Protocol §2.1, §2.2, §10: the greeting, and every way to be refused."""

from __future__ import annotations

import asyncio
import re

import pytest
from websockets.asyncio.client import connect
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed

from psdash.simulator.protocol.auth import (
    DEMO_JWT,
    EXPIRED_JWT,
    FIXED_CREDENTIALS,
    MULTI_WALLET_KEY,
    NO_SCOPE_KEY,
    make_jwt,
)
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import DEADLINE_S, MAKER, MAKER_VAULT, START_MS, VAULT, WALLET, Client, Rig, running

#: Every 4401 reason of protocol §2.2 that a key alone brings about.
KEY_REASONS = {
    "api_key_bad_format",
    "api_key_unknown_key",
    "api_key_bad_secret",
    "api_key_revoked",
    "api_key_expired",
    "api_key_suspended",
    "api_key_ip_denied",
    "api_key_no_associated_wallet",
    "api_key_auth_disabled",
    "api_key_auth_unconfigured",
}


async def refusal(rig: Rig, gateway: str, headers: dict[str, str], query: str = "") -> tuple[int, str]:
    """Code and reason of a socket that is closed before any frame."""
    async with rig.socket(gateway, headers, query) as socket:
        async with asyncio.timeout(DEADLINE_S):
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        assert socket.close_code is not None
        return socket.close_code, socket.close_reason or ""


async def greeting(rig: Rig, gateway: str, headers: dict[str, str], query: str = "") -> dict[str, object]:
    async with rig.socket(gateway, headers, query) as socket:
        return await Client(socket).frame()


def test_every_reason_has_a_fixed_credential() -> None:
    assert set(FIXED_CREDENTIALS) == KEY_REASONS | {"api_key_scope_missing"}


@pytest.mark.parametrize("gateway", ["market", "user"])
@pytest.mark.parametrize("reason", sorted(KEY_REASONS))
async def test_a_bad_key_gets_its_reason_and_no_greeting(rig: Rig, gateway: str, reason: str) -> None:
    assert await refusal(rig, gateway, {"X-Api-Key": FIXED_CREDENTIALS[reason]}) == (4401, reason)


async def test_the_fresh_key_has_the_documented_form_and_follows_the_seed() -> None:
    keys = []
    for seed in (1, 1, 2):
        async with running(options=ServerOptions(seed=seed)) as rig:
            keys.append(rig.key)
    assert re.fullmatch(r"ps_live_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", keys[0])
    assert keys[0] == keys[1] != keys[2]


async def test_market_greeting(rig: Rig) -> None:
    frame = await greeting(rig, "market", {"X-Api-Key": rig.key})
    data = frame.pop("data")
    assert frame == {"type": "connected", "serverTs": START_MS}
    assert isinstance(data, dict)
    assert isinstance(data.pop("partnerId"), str)
    assert data == {"gateway": "market", "authMethod": "api_key", "protocolVersion": 2}


async def test_user_greeting_names_the_wallet(rig: Rig) -> None:
    data = (await greeting(rig, "user", {"X-Api-Key": rig.key}))["data"]
    assert isinstance(data, dict)
    assert (data["gateway"], data["walletAddress"]) == ("user", WALLET)


async def test_the_key_may_be_in_the_query(rig: Rig) -> None:
    assert (await greeting(rig, "market", {}, f"?key={rig.key}"))["type"] == "connected"


async def test_a_multi_wallet_key_acts_for_the_wallet_it_names(rig: Rig) -> None:
    spelt = "0x" + MAKER[2:].upper()
    for headers, query in (
        ({"X-Api-Key": MULTI_WALLET_KEY, "X-User-Wallet": spelt}, ""),
        ({"X-Api-Key": MULTI_WALLET_KEY}, f"?user_wallet={spelt}"),
    ):
        data = (await greeting(rig, "user", headers, query))["data"]
        assert isinstance(data, dict)
        assert data["walletAddress"] == MAKER
    async with rig.client("user", {"X-Api-Key": MULTI_WALLET_KEY, "X-User-Wallet": MAKER}) as client:
        ack = await client.subscribe({"channel": "vault_positions", "ids": [VAULT]})
        assert ack["rejected"][0]["code"] == "forbidden"
        ack = await client.subscribe({"channel": "vault_positions", "ids": [MAKER_VAULT]})
        assert len(ack["accepted"]) == 1


async def test_a_malformed_wallet_is_refused(rig: Rig) -> None:
    headers = {"X-Api-Key": MULTI_WALLET_KEY, "X-User-Wallet": "0x12"}
    assert await refusal(rig, "user", headers) == (4401, "api_key_user_wallet_invalid")


async def test_a_jwt_opens_the_gateways_without_a_partner(rig: Rig) -> None:
    data = (await greeting(rig, "user", {"Authorization": f"Bearer {DEMO_JWT}"}))["data"]
    assert data == {"gateway": "user", "walletAddress": WALLET, "authMethod": "jwt", "protocolVersion": 2}


async def test_a_jwt_ends_when_the_exchange_clock_says_so(rig: Rig) -> None:
    token = make_jwt(WALLET, expires_s=START_MS // 1000 + 60)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await greeting(rig, "market", headers))["type"] == "connected"
    rig.world.advance(60_000)
    assert await refusal(rig, "market", headers) == (4401, "jwt_expired")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "auth_required"),
        ({"Authorization": "Basic abc"}, "auth_required"),
        ({"Authorization": f"Bearer {EXPIRED_JWT}"}, "jwt_expired"),
        ({"Authorization": f"Bearer {DEMO_JWT[:-2]}xx"}, "jwt_invalid"),
        ({"Authorization": "Bearer x"}, "jwt_invalid"),
        ({"Authorization": "Bearer \xe9.\xff.\xe9"}, "jwt_invalid"),
    ],
)
async def test_other_credentials_are_refused(rig: Rig, headers: dict[str, str], reason: str) -> None:
    assert await refusal(rig, "market", headers) == (4401, reason)


async def test_a_header_sent_twice_breaks_nothing(rig: Rig) -> None:
    both = Headers([("X-Api-Key", "x"), ("X-Api-Key", rig.key)])
    async with connect(f"{rig.server.ws_url}/ws/market", additional_headers=both) as socket:
        assert (await Client(socket).frame())["type"] == "connected"
    answer = await rig.http.get("/api/me/vault", headers=[("X-Api-Key", "x"), ("X-Api-Key", rig.key)])
    assert answer.status_code == 200


async def test_a_stranger_origin_is_closed_with_1008(rig: Rig) -> None:
    headers = {"X-Api-Key": rig.key, "Origin": "https://example.com"}
    assert await refusal(rig, "market", headers) == (1008, "forbidden origin")


async def test_revoking_a_key_closes_its_sockets_and_no_other(rig: Rig) -> None:
    async with rig.client("market") as mine, rig.client("market", {"X-Api-Key": NO_SCOPE_KEY}) as other:
        rig.server.revoke(rig.server.keyring.fresh.key_id)
        async with asyncio.timeout(DEADLINE_S):
            await mine.socket.wait_closed()
        assert (mine.socket.close_code, mine.socket.close_reason) == (4401, "api_key_revoked")
        assert (await other.command("ping"))["type"] == "pong"
    assert await refusal(rig, "market", {"X-Api-Key": rig.key}) == (4401, "api_key_revoked")


@pytest.mark.parametrize("reason", sorted(KEY_REASONS - {"api_key_no_associated_wallet"}))
async def test_rest_answers_401_with_the_same_reason(rig: Rig, reason: str) -> None:
    answer = await rig.get("/api/me/balances", FIXED_CREDENTIALS[reason])
    assert answer.status_code == 401
    assert answer.json()["code"] == reason


async def test_rest_has_its_own_codes_for_wallets_and_scopes(rig: Rig) -> None:
    answer = await rig.get("/api/me/balances")
    assert (answer.status_code, answer.json()["code"]) == (401, "auth_required")
    answer = await rig.get("/api/me/balances", MULTI_WALLET_KEY)
    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_user_wallet_required")
    answer = await rig.get("/api/me/balances", NO_SCOPE_KEY)
    body = answer.json()
    assert (answer.status_code, body["code"], body["requiredScope"]) == (
        403,
        "api_key_scope_missing",
        "portfolio:read",
    )
    assert body["have"] == ["events:read", "markets:read"]
    answer = await rig.http.get("/api/me/vault", headers={"Authorization": f"Bearer {DEMO_JWT}"})
    assert answer.json()["walletAddress"] == WALLET


async def test_only_loopback_is_served() -> None:
    with pytest.raises(ValueError, match="loopback"):
        async with running(options=ServerOptions(host="0.0.0.0")):  # noqa: S104  refused, that is the point
            pass
