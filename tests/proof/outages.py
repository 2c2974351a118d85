"""Connections that break, gateways that go away, keys that are refused."""

from __future__ import annotations

import asyncio
import random

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from psdash.gateway.notices import LinkState
from psdash.simulator.protocol.faults import Faults
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import SmallWorld
from tests.proof.arena import Arena, Bustle, arena, in_virtual_time, now_s
from tests.proof.faults import Phase, Saboteur, sabotaged
from tests.proof.figures import Figures
from tests.proof.truth import LieError

DISCONNECTS = 50
#: A window of this many seconds may see this many dials of one gateway (reliability §6.2 R8).
WINDOW_S, DIALS = 60.0, 12


def disconnects(seed: int) -> Figures:
    """50 forced disconnects, each in a phase and a manner drawn from the seed, while three markets trade."""

    async def main() -> Figures:
        draw = random.Random(seed)
        saboteur = Saboteur(draw, DISCONNECTS)
        world = SmallWorld(seed)
        bustle = Bustle(world, draw, markets=3)
        async with arena(seed, world=world, watch=bustle.slugs, options=sabotaged(saboteur)) as made:
            while saboteur.left:
                for _ in range(draw.randrange(8)):
                    bustle.step()
                await asyncio.sleep(draw.expovariate(2.0))
                if now_s() > 36_000:
                    raise LieError(f"{saboteur.left} disconnects never came about")
            ended_s = now_s()
            await made.at_rest(bustle.slugs)
            return {
                "disconnects": sum(saboteur.done.values()),
                **{f"in_{phase}": saboteur.done[phase] for phase in Phase},
                "book_checks": made.witness.checked,
                "trades": sum(map(len, made.truth.trades.values())),
                "longest_behind_s": round(made.witness.longest_behind_s, 2),
                "virtual_s": round(ended_s),
                "digest": made.witness.digest,
            }

    return in_virtual_time(main())


# recovery ----------------------------------------------------------------------------------------------------------


class _Back(Faults):
    """Notes when the first dial came that could succeed."""

    def __init__(self) -> None:
        self.dialled_s: float | None = None

    def first_s(self) -> float:
        assert self.dialled_s is not None
        return self.dialled_s

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        if gateway == "market" and self.dialled_s is None:
            self.dialled_s = now_s()
        return None


async def _recovery(seed: int, away_s: float, draw: random.Random) -> tuple[float, float]:
    """Seconds from the venue's return, and from the first dial after it, to a LIVE focused book."""
    back = _Back()
    world = SmallWorld(seed)
    bustle = Bustle(world, draw)
    async with arena(seed, world=world, watch=bustle.slugs, options=ServerOptions(chaos=back)) as made:
        await made.settled(bustle.slugs)
        await asyncio.sleep(10 + 20 * draw.random())
        trading = asyncio.create_task(_trade(bustle, draw))
        await made.restart_server(away_s)
        back.dialled_s = None
        took_s = await made.until(lambda: made.is_book_live(made.focus), "the focused book is live again", 120.0)
        since_dial_s = now_s() - back.first_s()
        trading.cancel()
        await made.at_rest(bustle.slugs, settle_s=40.0)
        return took_s, since_dial_s


async def _trade(bustle: Bustle, draw: random.Random) -> None:
    while True:
        bustle.step()
        await asyncio.sleep(draw.expovariate(10.0))


def restart(seed: int) -> Figures:
    """The venue restarts: close code 1012, refused dials for 0.1 to 1 s, then it is back."""

    async def main() -> Figures:
        draw = random.Random(seed)
        away_s = draw.uniform(0.1, 1.0)
        took_s, since_dial_s = await _recovery(seed, away_s, draw)
        return {
            "away_s": round(away_s, 3),
            "live_after_return_s": round(took_s, 3),
            "live_after_dial_s": round(since_dial_s, 3),
        }

    return in_virtual_time(main())


def outage(seed: int) -> Figures:
    """The venue is away for 5 s to 5 min, so that the client has backed off. Its next dial finds it."""

    async def main() -> Figures:
        draw = random.Random(seed)
        away_s = 5.0 * 60.0 ** draw.random()
        took_s, since_dial_s = await _recovery(seed, away_s, draw)
        return {
            "away_s": round(away_s, 1),
            "live_after_return_s": round(took_s, 3),
            "live_after_dial_s": round(since_dial_s, 3),
        }

    return in_virtual_time(main())


# discipline --------------------------------------------------------------------------------------------------------


class _AcceptThenClose(Faults):
    """Every upgrade succeeds and is closed at once with 1013, or after the greeting. `dials` are times by gateway."""

    def __init__(self) -> None:
        self.dials: dict[str, list[float]] = {"market": [], "user": []}

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        if gateway is not None:
            self.dials[gateway].append(now_s())
            delay_s = 0.001 if len(self.dials[gateway]) % 2 else 0.2
            asyncio.get_running_loop().call_later(delay_s, _close, connection)
        return None


def _close(connection: ServerConnection) -> None:
    closing = asyncio.ensure_future(connection.close(1013, "try later"))
    connection.closing = closing  # type: ignore[attr-defined]  # somebody has to hold the task


def accept_then_close(seed: int) -> Figures:
    """Five minutes of a gateway that lets everybody in and nobody stay: 12 dials in any minute, at most."""

    async def main() -> Figures:
        door = _AcceptThenClose()
        async with arena(seed, options=ServerOptions(chaos=door)):
            await asyncio.sleep(300)
        most = 0
        for gateway, dials in door.dials.items():
            for at_s in dials:
                within = sum(at_s <= other < at_s + WINDOW_S for other in dials)
                most = max(most, within)
            if not dials or most > DIALS:
                raise LieError(f"{most} dials of the {gateway} gateway in a minute")
        first = max(sum(at_s < dials[0] + WINDOW_S for at_s in dials) for dials in door.dials.values())
        return {"dials_first_minute": first, "dials_worst_minute": most}

    return in_virtual_time(main())


class _Count(Faults):
    def __init__(self) -> None:
        self.dials = 0

    async def arrive(self, connection: ServerConnection, request: Request, gateway: str | None) -> Response | None:
        self.dials += gateway is not None
        return None


def refused_key(seed: int) -> Figures:
    """The key is revoked while everything is live: both gateways say so within 1 s and dial no more."""

    async def main() -> Figures:
        count = _Count()
        draw = random.Random(seed)
        async with arena(seed, options=ServerOptions(seed=seed, chaos=count)) as made:
            await made.settled([made.focus])
            await asyncio.sleep(draw.uniform(0, 60))
            before = count.dials
            made.server.revoke(made.server.keyring.fresh.key_id)
            took_s = await made.until(lambda: _both_refused(made), "both gateways are refused", 1.0)
            await asyncio.sleep(3_600)
            if count.dials != before:
                raise LieError(f"{count.dials - before} dials with a key that was refused")
            if made.is_book_live(made.focus) or made.is_account_live():
                raise LieError("a pane claims to be LIVE without a key")
            made.witness.verdict()
            return {"dials_after": count.dials - before, "said_after_s": round(took_s, 3)}

    return in_virtual_time(main())


def _both_refused(made: Arena) -> bool:
    return all(gateway.link.state is LinkState.REFUSED for gateway in (made.venue.market, made.venue.user))
