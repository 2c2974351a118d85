"""Tokens that end, keys that are refused: renewed once, then never dialled with again until they are others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from pydantic import SecretStr

from psdash.account.account import AccountPane
from psdash.gateway.notices import GatewayName, LinkState
from psdash.market.board import MarketPane
from psdash.market.freshness import PaneState
from psdash.renewal import RenewalError
from psdash.simulator.exchange.catalogue import MAIN_SLUG as MAIN
from psdash.simulator.protocol.auth import DEMO_JWT, EXPIRED_JWT, FIXED_CREDENTIALS, make_jwt
from tests.loopback.simulator.rig import WALLET, SmallWorld
from tests.virtual.gateway.rig import run
from tests.virtual.gateway.trading_room import Room, room


class Issuer:
    """A `jwt_command`: hands out tokens one after another, the last one for ever; None is a failure."""

    def __init__(self, *tokens: str | None) -> None:
        self.tokens = list(tokens)
        self.asked = 0

    async def __call__(self) -> SecretStr:
        self.asked += 1
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        await asyncio.sleep(0.3)
        if token is None:
            raise RenewalError("jwt_command ended with code 1")
        return SecretStr(token)


def play(act: Callable[[Room, SmallWorld], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def main() -> None:
        world = SmallWorld()
        async with room(world, watch=[MAIN], **options) as made:
            await act(made, world)

    run(main(), limit_s=20_000)


async def settled(made: Room, limit_s: float = 60.0) -> None:
    await made.until(lambda: made.is_live(MAIN) and made.is_account_live(), limit_s)


def dials(made: Room) -> list[int]:
    return [sum(link.state is LinkState.DIALLING for link in made.links(gateway)) for gateway in GatewayName]


def refused(made: Room) -> bool:
    return all(worker.link.state is LinkState.REFUSED for worker in (made.venue.market, made.venue.user))


def lasting(world: SmallWorld, seconds: int) -> str:
    return make_jwt(WALLET, expires_s=world.exchange.scheduler.now_ms // 1000 + seconds)


def test_a_token_is_renewed_before_it_ends_and_no_pane_goes_stale_for_it() -> None:
    issuer = Issuer(*(lasting(SmallWorld(), seconds) for seconds in (600, 1_100, 9_000)))

    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        assert issuer.asked == 1  # there was none at first
        await made.passes(470)
        assert issuer.asked == 1
        await made.passes(30)
        assert issuer.asked == 2  # at four fifths of 600 s
        await made.passes(500)
        assert issuer.asked == 3
        assert dials(made) == [1, 1]
        assert PaneState.STALE not in made.pane_states(MAIN, MarketPane.BOOK, 0)
        assert PaneState.STALE not in made.account_states(AccountPane.ORDERS)

    play(act, key=None, renew_jwt=issuer)


@pytest.mark.parametrize("reason", ["jwt_expired", "something_new"])
def test_a_refused_token_is_renewed_once_and_the_sockets_are_dialled_at_once(reason: str) -> None:
    issuer = Issuer(DEMO_JWT)

    async def act(made: Room, world: SmallWorld) -> None:
        await settled(made)
        assert issuer.asked == 0
        for line in list(made.server.lines):
            await line.connection.close(4401, reason)
        await made.until(lambda: not made.is_live(MAIN), limit_s=2.0)
        await settled(made, limit_s=3.0)
        assert issuer.asked == 1
        assert dials(made) == [2, 2]

    play(act, key=None, jwt=SecretStr(lasting(SmallWorld(), 86_400)), renew_jwt=issuer)


@pytest.mark.parametrize("fresh", [EXPIRED_JWT, make_jwt(WALLET, expires_s=1_000_000_001)])
def test_when_the_fresh_token_is_refused_too_dialling_ends(fresh: str) -> None:
    issuer = Issuer(fresh)

    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: refused(made), limit_s=5.0)
        before = dials(made)
        await asyncio.sleep(1_800)
        assert dials(made) == before
        assert issuer.asked == 1
        assert max(before) <= 2
        assert "stopped dialling" in made.venue.user.link.reason or "session token" in made.venue.user.link.reason
        assert made.account.freshness[AccountPane.ORDERS].state is PaneState.REFUSED

    play(act, key=None, jwt=SecretStr(EXPIRED_JWT), renew_jwt=issuer)


def test_a_command_that_fails_is_run_again_once_a_minute_without_a_dial() -> None:
    issuer = Issuer(None, None, DEMO_JWT)

    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: refused(made), limit_s=5.0)
        before = dials(made)
        await asyncio.sleep(50)
        assert dials(made) == before
        assert refused(made)
        await settled(made, limit_s=150.0)

    play(act, key=None, jwt=SecretStr(make_jwt("0x" + "2" * 40) + "x"), renew_jwt=issuer)


def test_without_any_token_the_gateways_wait_for_the_command() -> None:
    issuer = Issuer(None, DEMO_JWT)

    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: made.venue.market.link.state is LinkState.BACKOFF, limit_s=5.0)
        assert "jwt_command" in made.venue.market.link.reason
        assert len(made.server.lines) == 0
        await settled(made, limit_s=150.0)

    play(act, key=None, renew_jwt=issuer)


def test_a_refused_key_is_dialled_with_again_only_when_its_file_changes() -> None:
    found: list[SecretStr] = []

    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: refused(made), limit_s=5.0)
        assert "read again when it changes" in made.venue.market.link.reason
        await asyncio.sleep(600)
        assert dials(made) == [1, 1]
        found.append(SecretStr(FIXED_CREDENTIALS["api_key_expired"]))
        await asyncio.sleep(30)
        assert refused(made)
        assert dials(made) == [2, 2]
        assert "expired" in made.venue.user.link.reason
        found.append(SecretStr(made.key))
        await settled(made, limit_s=15.0)
        assert not made.venue.market.refusal

    play(act, key=FIXED_CREDENTIALS["api_key_revoked"], reread_key=lambda: found.pop() if found else None)


def test_a_key_that_comes_from_no_file_is_never_dialled_with_again() -> None:
    async def act(made: Room, world: SmallWorld) -> None:
        await made.until(lambda: refused(made), limit_s=5.0)
        await asyncio.sleep(3_600)
        assert dials(made) == [1, 1]

    play(act, key=FIXED_CREDENTIALS["api_key_revoked"])
