"""A worker that a fault of our own breaks is begun again: it costs its panes for a while, never the program."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from psdash.gateway.conservation import FrameCounts
from psdash.gateway.notices import Emit, Severity, Spoken

log = logging.getLogger(__name__)

INTERNAL_ERROR: Final = "internal error, see the log"
#: Waits before a worker that broke begins again, by how often it has, in seconds.
AFTER_FAULT_S: Final = (5.0, 10.0, 30.0, 60.0)


async def begun_again(
    name: str, work: Callable[[], Awaitable[None]], broke: Callable[[float], None], counts: FrameCounts, emit: Emit
) -> None:
    """Run `work` until it returns or is cancelled; each time it breaks, again after a while.

    A fault is kept in the log and told to the person; the frame that it was over counts as rejected. `broke` is
    called with the seconds until the next beginning: what the worker had proved is proved no more.
    """
    faults = 0
    while True:
        try:
            await work()
        except Exception:
            wait_s = AFTER_FAULT_S[min(faults, len(AFTER_FAULT_S) - 1)]
            faults += 1
            counts.rejected += not counts.is_conserved
            counts.happened("internal errors")
            log.exception("the %s gateway broke; it begins again in %g s", name, wait_s)
            broke(wait_s)
            text = f"The {name} gateway met an internal error and begins again in {wait_s:g} s."
            emit(Spoken(Severity.ERROR, text, name))
            await asyncio.sleep(wait_s)
        else:
            return
