"""What every headless command does around its own work: signals, the venue, and the two gateways."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Generic, TypeVar

from psdash.account.account import Account
from psdash.gateway.lookup import UnknownMarketError, VenueUnreachableError
from psdash.gateway.notices import Emit, LinkChanged, LinkState, Notice
from psdash.market.board import Board
from psdash.settings import Endpoint, EndpointSource, Settings, SettingsError
from psdash.sources.opening import gateways_of, open_session
from psdash.sources.session import VenueSession
from psdash.text import safe_text

_T = TypeVar("_T")

AGAIN_S: Final = 1.5
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_until_signal(work: Coroutine[Any, Any, int]) -> int:
    """Run a command to its exit code. A signal cancels it, its `finally`s run, and the code is 128 + n."""
    before = {signum: signal.getsignal(signum) for signum in _SIGNALS}
    try:
        return asyncio.run(_until_signal(work))
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


async def _until_signal(work: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    got: list[int] = []

    def end(signum: int) -> None:
        got.append(signum)
        task.cancel()

    for signum in _SIGNALS:
        loop.add_signal_handler(signum, end, signum)
    try:
        return await task
    except asyncio.CancelledError:
        if not got:
            raise
        return 128 + got[0]


def tell(text: str) -> None:
    """Say something to the person: on stderr, safe for a terminal."""
    lines = [safe_text(line) for line in text.splitlines()]
    sys.stderr.write("psdash: " + "\n".join(lines) + "\n")
    sys.stderr.flush()


async def open_endpoint(settings: Settings, source: EndpointSource) -> Endpoint:
    """The venue to talk to, after saying so when it is the embedded one. Raises VenueUnavailableError."""
    if settings.is_demo:
        why = "as asked for" if settings.demo else "no credential is set"
        tell(f"DEMO: {why}; this is the embedded exchange, and nothing here is real.")
    return await source()


class Ending(Generic[_T]):
    """How a command ends: by a value, or by an error; the first of them counts."""

    def __init__(self) -> None:
        self._future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._future.add_done_callback(_looked_at)

    def by(self, value: _T) -> None:
        """End well."""
        if not self._future.done():
            self._future.set_result(value)

    def because(self, error: BaseException) -> None:
        """End by an error, which `wait` raises."""
        if not self._future.done():
            self._future.set_exception(error)

    def watch(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something beside; when it fails, that is the end."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._done)
        return task

    async def wait(self) -> _T:
        """The value. Raises what ended it."""
        return await asyncio.shield(self._future)

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.because(error)


async def stop(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait for them. Again and again: a task group that fails in the very moment of its cancellation
    forgets it (Python 3.11), and its task goes on.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)


def _looked_at(future: asyncio.Future[Any]) -> None:
    """An error that nobody waits for any more, because a signal was faster, is no news."""
    if not future.cancelled():
        future.exception()


@asynccontextmanager
async def open_venue(
    endpoint: Endpoint,
    board: Board,
    account: Account,
    emit: Emit,
    slugs: Sequence[str],
    ending: Ending[Any],
    *,
    with_user: bool,
    outlast_refusal: bool = False,
) -> AsyncIterator[VenueSession]:
    """The venue with its gateways running, watching `slugs`, until the block ends.

    It ends the command with SettingsError when no slug is known or the market gateway refuses for good (unless
    `outlast_refusal`: another key may come). A gateway that breaks begins again by itself.
    """

    def heard(notice: Notice) -> None:
        emit(notice)
        if (
            isinstance(notice, LinkChanged)
            and notice.state is LinkState.REFUSED
            and notice.gateway == venue.market.link.gateway
            and len(gateways_of(venue)) <= 2  # one of several sources that refuses is not the end
        ):
            if outlast_refusal:
                tell(notice.reason)
            else:
                ending.because(SettingsError(notice.reason))  # from now on nothing would come any more

    venue = open_session(endpoint, board, account, heard)
    venue.market.watch(slugs, slugs[0])
    tasks = [
        ending.watch(venue.market.run(), "market gateway"),
        ending.watch(_refuse_unknown(venue, slugs), "unknown slugs"),
    ]
    if with_user:
        tasks.append(ending.watch(venue.user.run(), "user gateway"))
    try:
        yield venue
    finally:
        await stop(tasks)
        await venue.close()


async def _refuse_unknown(venue: VenueSession, slugs: Sequence[str]) -> None:
    """Look every slug up. Raises SettingsError when the venue has none of them; a venue that does not answer is no
    reason to refuse.
    """
    said: list[str] = []
    for slug in slugs:
        try:
            await venue.resolve(slug)
        except UnknownMarketError as error:
            nearest = "".join(f"\n  {each}" for each in error.nearest)
            said.append(f"The venue has no market {slug}." + (f" The nearest:{nearest}" if nearest else ""))
        except VenueUnreachableError:
            return
    if said and len(said) == len(slugs):
        raise SettingsError("\n".join(said))
    for text in said:
        tell(text)
