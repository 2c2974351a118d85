"""On real sockets, in real seconds: `psdash sim` as a process of its own, and a whole client in this one.

Only what virtual time cannot show is here: a blocked loop with full kernel buffers, a stopped process, half an hour
of wall time. The second that a blocked loop has to catch up in is measured in CPU seconds of this process, since the
suite's other worker and the exchange share the cores with it; the wall time is a figure beside it. The best of up to
three blocks counts there, and all of them for everything else.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

from tests.loopback.gateway.test_exchange import MAIN, Client, check_books, check_tape, check_touches, exchange
from tests.proof.figures import Figures, resident_mb
from tests.proof.truth import LieError

BLOCK_S, RIGHT_S, EXTRA_MB = 5.0, 1.0, 50.0
NOTICED_S = 9.0
REAL_TIME_S = 1_800.0
BLOCKS = 3


def blocked_loop(seed: int) -> Figures:
    """The loop does nothing for 5 s while 5,000 messages a second come."""
    return _in_real_time(lambda: _blocked(seed, 5_000))


def blocked_loop_10k(seed: int) -> Figures:
    """The same at 10,000."""
    return _in_real_time(lambda: _blocked(seed, 10_000))


def _in_real_time(main: Callable[[], Coroutine[Any, Any, Figures]]) -> Figures:
    with asyncio.Runner() as runner:
        return runner.run(main())


async def _blocked(seed: int, rate: int) -> Figures:
    async with exchange("--seed", str(seed), "--rate", str(rate)) as (client, _):
        await client.venue.load_catalogue()
        slugs = [market.slug for market in client.board.catalogue if market.status.trades and market.tokens]
        client.start(MAIN, *slugs)
        await client.until(lambda: all(client.is_live(slug) for slug in slugs))
        await asyncio.sleep(1.0)
        counts = client.venue.market.counts
        before_mb, most_mb = resident_mb(), 0.0
        right_s: list[float] = []
        busy_s: list[float] = []
        behind: list[int] = []
        for _ in range(BLOCKS):
            client.touches.clear()
            before = counts.frames_in
            time.sleep(BLOCK_S)  # noqa: ASYNC251 - the point of it
            began_cpu_s = time.process_time()
            took_s, peak_mb = await _until_right(client)
            right_s.append(took_s)
            busy_s.append(time.process_time() - began_cpu_s)
            behind.append(counts.frames_in - before)
            most_mb = max(most_mb, peak_mb)
            if len(right_s) > 1 and min(busy_s) <= RIGHT_S:
                break
        touches = await check_touches(client, most=80)
        market, user = client.venue.market, client.venue.user
        if market.connection.sessions != 1 or user.connection.sessions != 1:
            raise LieError("disconnected")
        if min(behind) < rate * BLOCK_S * 0.9:
            raise LieError(f"only {min(behind)} messages waited: that is no proof")
        if min(busy_s) > RIGHT_S:
            raise LieError(f"right only after {min(busy_s):.2f} s of work ({min(right_s):.2f} s of wall time)")
        if most_mb - before_mb > EXTRA_MB:
            raise LieError(f"{most_mb - before_mb:.1f} MB extra")
        return {
            "rate": rate,
            "blocks": len(right_s),
            "messages_waiting": sum(behind),
            "right_after_cpu_s": round(min(busy_s), 2),
            "right_after_s": round(min(right_s), 2),
            "worst_right_after_s": round(max(right_s), 2),
            "extra_mb": round(most_mb - before_mb, 1),
            "touches_checked": touches,
        }


async def _until_right(client: Client) -> tuple[float, float]:
    """Seconds until the focused book is LIVE and at what the venue has now, and the largest resident size till then.

    One socket keeps its order, so whatever came before that book's newest change has been taken as well.
    """
    started_s = time.monotonic()
    peak_mb = 0.0
    state = client.board.state(MAIN)
    assert state is not None
    book = state.books[0]
    asked = asyncio.create_task(client.get("/sim/ledger", token=book.token))
    while True:
        await asyncio.sleep(0.005)
        peak_mb = max(peak_mb, resident_mb())
        waited_s = time.monotonic() - started_s
        if asked.done() and book.seq is not None and book.seq >= asked.result()["seq"] and client.is_live(MAIN):
            return waited_s, peak_mb
        if waited_s > 30.0:
            raise LieError(f"not right 30 s after the block: #{book.seq}")


def dead_peer(seed: int) -> Figures:
    """The venue's process is stopped (SIGSTOP): noticed within 9 s; true again after SIGCONT."""

    async def main() -> Figures:
        async with exchange("--seed", str(seed)) as (client, process):
            client.start(MAIN)
            await client.until(lambda: client.is_live(MAIN))
            process.send_signal(signal.SIGSTOP)
            stopped_s = time.monotonic()
            try:
                while client.is_live(MAIN):
                    if time.monotonic() - stopped_s > NOTICED_S:
                        raise LieError(f"still LIVE {NOTICED_S:g} s after the venue's process stopped")
                    await asyncio.sleep(0.02)
                noticed_s = time.monotonic() - stopped_s
            finally:
                process.send_signal(signal.SIGCONT)
            await client.until(lambda: client.is_live(MAIN))
            await check_books(client, MAIN)
            await check_tape(client, MAIN)
            return {"noticed_after_s": round(noticed_s, 2)}

    return _in_real_time(main)


def real_time(seed: int) -> Figures:
    """30 minutes of wall time against the believable day with disconnects and a lossy feed: the soak's only."""

    async def main() -> Figures:
        chaos = ("--chaos", "drop=0.01,duplicate=0.01,close-1012,reset,freeze", "--seed", str(seed))
        async with exchange(*chaos) as (client, _):
            client.start(MAIN)
            await client.until(lambda: client.is_live(MAIN))
            first_mb = 0.0
            checked = 0
            until_s = time.monotonic() + REAL_TIME_S
            while time.monotonic() < until_s:
                await asyncio.sleep(20.0)
                checked += await check_touches(client, most=40)
                client.touches.clear()
                first_mb = first_mb or resident_mb()
            return {
                "wall_s": round(REAL_TIME_S),
                "touches": checked,
                "sessions": client.venue.market.connection.sessions,
                "growth_mb": round(resident_mb() - first_mb, 1),
            }

    return _in_real_time(main)
