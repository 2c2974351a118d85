"""`psdash tail`: everything that happens in the watched markets, one JSON object a line, until it is interrupted.

It ends by a signal (130, 143), quietly with 0 when its reader leaves, and with 3 when the venue refuses the
credential for good: from then on no line would come any more. A key file that may be rewritten, or a command
that renews the token, is waited for instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Sequence
from typing import Final

from psdash import __version__
from psdash.account.account import Account
from psdash.gateway.clock import system_wall_ms
from psdash.gateway.lookup import VenueUnreachableError
from psdash.gateway.notices import Notice
from psdash.headless.lines import Lines
from psdash.headless.output import BACKLOG, Output
from psdash.headless.running import Ending, open_endpoint, open_venue, run_until_signal, stop, tell
from psdash.market.board import Board
from psdash.settings import Endpoint, EndpointSource, Exit, Settings
from psdash.sources.session import VenueSession

log = logging.getLogger(__name__)

TICK_S: Final = 0.5
#: How long the last lines may take to be read when the program ends.
FLUSH_S: Final = 2.0
_CATALOGUE_RETRY_S: Final = (1.0, 2.0, 5.0, 15.0)


def tail(settings: Settings, source: EndpointSource) -> int:
    """Run until interrupted; returns the exit code. Raises SettingsError and VenueUnavailableError."""
    return run_until_signal(_run(settings, source))


async def _run(settings: Settings, source: EndpointSource) -> int:
    endpoint = await open_endpoint(settings, source)
    follower = Tail(endpoint, settings.slugs)
    try:
        return await follower.run()
    finally:
        follower.close()


class Tail:
    """The markets being followed, and the stream they go to."""

    def __init__(
        self, endpoint: Endpoint, slugs: Sequence[str], *, descriptor: int | None = None, backlog: int = BACKLOG
    ) -> None:
        """Inside a running loop. `descriptor` is stdout's unless given; `backlog` is in bytes."""
        self._endpoint = endpoint
        self._slugs = tuple(slugs)
        self._board = Board()
        self._account = Account()
        self._lines = Lines(self._board, self._account, system_wall_ms)
        self._ending: Ending[int] = Ending()
        loop = asyncio.get_running_loop()

        def on_end() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: we are leaving already
                loop.call_soon_threadsafe(self._reader_left)

        self._output = Output(sys.stdout.fileno() if descriptor is None else descriptor, on_end, backlog=backlog)
        self._lost = 0
        self._lost_since_ms = 0

    async def run(self) -> int:
        """Follow until the reader leaves; the exit code. Raises SettingsError when nothing can come any more."""
        endpoint, ending = self._endpoint, self._ending
        self._say(
            self._lines.opened(venue=endpoint.label, host=endpoint.host, version=__version__, slugs=list(self._slugs))
        )
        async with open_venue(
            endpoint,
            self._board,
            self._account,
            self.heard,
            self._slugs,
            ending,
            with_user=True,
            outlast_refusal=endpoint.reread_key is not None or endpoint.renew_jwt is not None,
        ) as venue:
            beside = [
                ending.watch(self._load_catalogue(venue), "catalogue"),
                ending.watch(self._tick(), "tick"),
            ]
            try:
                return await ending.wait()
            finally:
                await stop(beside)

    def close(self) -> None:
        """Give the reader what is left, for a moment."""
        self._output.close(FLUSH_S)

    def heard(self, notice: Notice) -> None:
        """Print one notice of the gateways."""
        self._say(self._lines.of(notice))

    def _say(self, lines: list[str]) -> None:
        for line in lines:
            if self._lost or not self._output.put(line):
                if not self._lost:
                    self._lost_since_ms = system_wall_ms()
                    log.warning("stdout is not read fast enough; lines are lost from now on")
                self._lost += 1

    def _reader_left(self) -> None:
        if self._output.problem:
            tell(f"stdout cannot be written: {self._output.problem}")
        self._ending.by(Exit.CRASH if self._output.problem else Exit.OK)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._output.notice_reader()
            self.beat()

    def beat(self) -> None:
        """Say what no notice says, and how many lines a slow reader cost once it has caught up."""
        if self._lost and self._output.has_drained:
            lost, self._lost = self._lost, 0
            self._say(self._lines.lost(lost, self._lost_since_ms))
        self._say(self._lines.tick())

    async def _load_catalogue(self, venue: VenueSession) -> None:
        """Own orders and fills may be in any market: know their slugs."""
        tries = 0
        while True:
            try:
                await venue.load_catalogue()
            except VenueUnreachableError as error:
                log.info("the list of markets is not to be had yet: %s", error)
            else:
                return
            await asyncio.sleep(_CATALOGUE_RETRY_S[min(tries, len(_CATALOGUE_RETRY_S) - 1)])
            tries += 1
