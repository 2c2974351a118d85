"""The whole program, headless, for a day of virtual time: the Textual app, both gateways, REST, and the exchange.

Rates that fit a day into two minutes of one core: a change of the watched book every `CHANGE_S` on average, one in
eight a trade; every timer of the client (ticks, pings, audits, polls, the screen's own ages) runs at its own rate.
The exchange's clock, which the header shows, moves in steps of 10 s: drawing its every second costs much more.
Every `CUT_S` on average something breaks off. The resident size after the first hour is the one that may not grow.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import time
from decimal import Decimal
from statistics import fmean

import pytest
import textual._time

from psdash.account.account import Account
from psdash.dashboard.app import PsdashApp
from psdash.gateway.clock import LoopClock
from psdash.gateway.notices import Emit, Notice
from psdash.gateway.venue import Venue
from psdash.market.board import Board
from psdash.settings import Endpoint, Settings
from psdash.simulator.protocol.server import ServerOptions
from tests.loopback.simulator.rig import SmallWorld
from tests.proof.arena import Arena, Bustle, in_virtual_time, now_s
from tests.proof.figures import Figures, resident_mb
from tests.proof.truth import LieError

CHANGE_S = 30.0
CUT_S = 1_800.0
HOUR_S = 3_600.0
GROWTH_MB = 10.0
#: The row's own limit for a day: CPU seconds of this process, all of its hours together, each hour in terms of the
#: yardsticks of plain Python taken within it: what else runs on the machine, and a slower machine, make both longer.
#: The CPU and the wall time as the clocks told them are figures beside it.
DAY_S = 120.0
#: CPU seconds of one yardstick within the run, alone on the machine for which the limit was set:
#: there the figure is the CPU itself.
YARDSTICK_S = 0.0298
#: Yardsticks taken within each hour.
YARDSTICKS = 12


class AppArena(Arena):
    """An arena whose client is the app: its venue is the one that the app opens."""

    step_s = 10.0
    look_s = 10.0

    def open_venue(self, endpoint: Endpoint, board: Board, account: Account, emit: Emit) -> Venue:
        """As the app's way to a venue: the witness hears what the screen hears."""

        def both(notice: Notice) -> None:
            self.witness.hear(notice)
            emit(notice)

        self.venue = Venue(
            endpoint,
            board,
            account,
            both,
            clock=LoopClock(lambda: self.exchange.scheduler.now_ms),
            rng=random.Random(self.seed),
        )
        return self.venue


def _app_for(seconds: float, seed: int) -> Figures:
    async def main() -> Figures:
        # Textual's own timers and messages on the loop's clock (reliability §0 fact 13).
        patch.setattr(textual._time, "get_time", asyncio.get_running_loop().time)
        draw = random.Random(seed)
        world = SmallWorld(seed)
        bustle = Bustle(world, draw, markets=1)
        made = AppArena(world, ServerOptions(seed=seed), seed)
        await made.listen()
        app = PsdashApp(
            Settings(demo=True, slugs=tuple(bustle.slugs)),
            _Source(made),
            open_venue=made.open_venue,
            now_s=asyncio.get_running_loop().time,  # asked for with every mark of every widget
            wall_ms=lambda: world.scheduler.now_ms,
            board=made.board,
            account=made.account,
        )
        made.focus = bustle.slugs[0]
        started_cpu_s, started_s = time.process_time(), time.monotonic()
        async with app.run_test(size=(80, 24)):
            made.start_background()
            await made.settled(bustle.slugs)
            first_mb = 0.0
            highest_mb = 0.0
            cuts = steps = 0
            hours_s: list[float] = []  # each as long as it would be on the machine of the limit
            began_cpu_s = time.process_time()
            next_look_s, next_yardstick_s = HOUR_S, 0.0
            yardsticks_s: list[float] = []
            while now_s() < seconds:
                await asyncio.sleep(draw.expovariate(1 / CHANGE_S))
                bustle.step()
                steps += 1
                if draw.random() < CHANGE_S / CUT_S:
                    cuts += made.cut() > 0
                if now_s() >= next_yardstick_s:
                    yardsticks_s.append(_yardstick_s())
                    next_yardstick_s += HOUR_S / YARDSTICKS
                if now_s() >= next_look_s or now_s() >= seconds:
                    hour_cpu_s = time.process_time() - began_cpu_s - sum(yardsticks_s)
                    hours_s.append(hour_cpu_s / fmean(yardsticks_s) * YARDSTICK_S)
                    gc.collect()
                    highest_mb = max(highest_mb, resident_mb())
                    first_mb = first_mb or highest_mb
                    next_look_s += HOUR_S
                    began_cpu_s, yardsticks_s = time.process_time(), [_yardstick_s()]
            await made.at_rest(bustle.slugs)
            if app.failure is not None:
                raise app.failure
            cpu_s, wall_s = time.process_time() - started_cpu_s, time.monotonic() - started_s
            frames = app.paint_clock.frames
            tasks = len(asyncio.all_tasks())
        await made.stop_background()
        growth_mb = highest_mb - first_mb
        if growth_mb > GROWTH_MB:
            raise LieError(f"grew by {growth_mb:.1f} MB after the first hour")
        return {
            "virtual_h": round(seconds / 3_600, 1),
            "cpu_s": round(cpu_s, 1),
            "normal_cpu_s": round(sum(hours_s), 1),
            "wall_s": round(wall_s, 1),
            "first_hour_mb": round(first_mb, 1),
            "growth_mb": round(growth_mb, 1),
            "frames_painted": frames,
            "steps": steps,
            "disconnects": cuts,
            "market_frames": made.venue.market.counts.frames_in,
            "book_checks": made.witness.checked,
            "longest_behind_s": round(made.witness.longest_behind_s, 2),
            "tasks": tasks,
        }

    with pytest.MonkeyPatch.context() as patch:
        for absent in ("sniffio", "trio"):  # looked for on the disk at every request, a sixth of the day's CPU
            patch.setitem(sys.modules, absent, None)
        return in_virtual_time(main())


def _yardstick_s() -> float:
    """CPU seconds that a fixed piece of work of the app's own kind takes now: strings, tuples, dicts, decimals."""
    started_s = time.process_time()
    for at in range(300):
        rows = {f"row {n}": (Decimal(n) / 100, f"{n * at:,}", [n, at]) for n in range(100)}
        for name, (price, words, pair) in rows.items():
            rows[name] = (price + 1, words.rjust(12), sorted(pair))
    return time.process_time() - started_s


class _Source:
    """The app's endpoint source."""

    def __init__(self, made: AppArena) -> None:
        self._made = made

    async def __call__(self) -> Endpoint:
        return self._made.endpoint()

    async def close(self) -> None:
        return


def day(seed: int) -> Figures:
    """24 hours."""
    figures = _app_for(24 * HOUR_S, seed)
    if float(figures["normal_cpu_s"]) > DAY_S:
        raise LieError(f"a day takes {figures['normal_cpu_s']} s of CPU")
    return figures


def week(seed: int) -> Figures:
    """7 days."""
    return _app_for(7 * 24 * HOUR_S, seed)
