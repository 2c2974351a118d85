"""The embedded exchange as a child process: started early, waited for late, and never left behind.

The child holds our end of its stdin for its life: whatever ends this process closes that pipe, and `psdash sim
--exit-with-parent` ends when it does. Nothing of ours can fill up and stop it: stdout is drained by a thread to the
end, and stderr goes straight to a file.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from pydantic import SecretStr

import psdash
from psdash.credentials import SettingsError
from psdash.logs import MAX_LOG_BYTES, open_private
from psdash.registry.predictstreet import PREDICTSTREET
from psdash.registry.source import Source
from psdash.settings import Endpoint, Settings, VenueUnavailableError, local_base
from psdash.text import safe_bytes

log = logging.getLogger(__name__)

START_DEADLINE_S: Final = 20.0
STOP_DEADLINE_S: Final = 1.0
#: The three lines the exchange prints when it is ready, and nothing before them.
READY_LINES: Final = ("PSDASH_REST_URL", "PSDASH_WS_URL", "PSDASH_API_KEY")
MAX_LINE_BYTES: Final = 4096
_WITH_US: Final = "--exit-with-parent"


class EmbeddedExchange:
    """An EndpointSource that starts a source's simulator (`python -m psdash.simulator`) on a free loopback port.

    `launch` returns as soon as the child exists, so that it starts up while the dashboard is still being imported;
    calling the object waits until it is ready. `stderr_path` is the file its log goes to, None for nowhere.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        stderr_path: Path | None,
        source: Source = PREDICTSTREET,
        *,
        deadline_s: float = START_DEADLINE_S,
    ):
        #: -P keeps a directory named psdash in the working directory from being run in the exchange's place.
        self.command: tuple[str, ...] = (sys.executable, "-P", "-m", source.simulator, "--port", "0", _WITH_US)
        self.source = source
        self._what = "exchange" if source is PREDICTSTREET else source.title
        self._arguments = tuple(arguments)
        self._stderr_path = stderr_path
        self._stderr_begins = 0
        self._deadline_s = deadline_s
        self._child: subprocess.Popen[bytes] | None = None
        self._ready: Future[Endpoint] = Future()

    @property
    def pid(self) -> int | None:
        """The child's process id, None before `launch` and after `close`."""
        return self._child.pid if self._child is not None else None

    def launch(self) -> None:
        """Start the child, unless there is one. Does not wait for it. Raises VenueUnavailableError."""
        if self._child is not None:
            return
        self._ready = Future()
        stderr = self._open_stderr()
        try:
            self._child = subprocess.Popen(  # noqa: S603  # our own interpreter, our own module
                [*self.command, *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=_child_environment(),
                start_new_session=True,  # Ctrl-C and Ctrl-Z in the terminal are for the dashboard
            )
        except OSError as error:
            raise VenueUnavailableError(f"The embedded {self._what} cannot be started: {error.strerror}.") from None
        finally:
            if stderr >= 0:
                os.close(stderr)
        assert self._child.stdout is not None
        threading.Thread(
            target=_read_stdout,
            args=(self._child.stdout, self._ready, self.source),
            name="embedded-exchange",
            daemon=True,
        ).start()

    async def __call__(self) -> Endpoint:
        return await self.start()

    async def start(self) -> Endpoint:
        """The endpoint of the running exchange; launches it first when nobody did.

        Raises VenueUnavailableError, with the child's last words, when it ends or stays silent before it is ready.
        """
        self.launch()
        try:
            async with asyncio.timeout(self._deadline_s):
                waiting = asyncio.wrap_future(self._ready)
                waiting.add_done_callback(_retrieve)
                # shield: a cancelled waiter must not cancel the future that the reading thread completes
                endpoint = await asyncio.shield(waiting)
        except (TimeoutError, _NotReadyError) as error:
            await self.close()
            reason = f"not ready within {self._deadline_s:g} s" if isinstance(error, TimeoutError) else str(error)
            raise VenueUnavailableError(self._explained(reason)) from None
        log.info("embedded %s ready at %s (pid %s)", self._what, endpoint.rest_url, self.pid)
        return endpoint

    async def close(self) -> None:
        """Stop the child and wait until it is gone, off the event loop."""
        await asyncio.to_thread(self.stop)

    def stop(self) -> None:
        """`close` for those without an event loop: ends the child within STOP_DEADLINE_S, by force if need be."""
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        with suppress(OSError):
            child.stdin.close()
        child.terminate()  # it has nothing to save, and a person is waiting for the prompt
        try:
            child.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _open_stderr(self) -> int:
        if self._stderr_path is None:
            return subprocess.DEVNULL
        try:
            if self._stderr_path.exists() and self._stderr_path.stat().st_size > MAX_LOG_BYTES:
                self._stderr_path.replace(self._stderr_path.with_name(self._stderr_path.name + ".1"))
            descriptor = open_private(self._stderr_path)
        except (OSError, SettingsError) as error:
            log.warning("the embedded %s runs without a log: %s", self._what, error)
            return subprocess.DEVNULL
        self._stderr_begins = os.fstat(descriptor).st_size
        return descriptor

    def _explained(self, reason: str) -> str:
        """The failure as a person should read it: what happened, the child's last line, and where the rest is."""
        said = ""
        if self._stderr_path is not None:
            with suppress(OSError), self._stderr_path.open("rb") as file:
                file.seek(self._stderr_begins)
                lines = [line for line in file.read(64 * 1024).splitlines() if line.strip()]
                said = f" It said: {safe_bytes(lines[-1], 300)}" if lines else ""
        where = f" (log: {self._stderr_path})" if self._stderr_path is not None else ""
        return f"The embedded {self._what} did not start: {reason}.{said}{where}"


class EmbeddedExchanges:
    """An EndpointSource of several embedded services: all are started at once, and all have to be ready.

    Those `consulted` are asked only what a market of the others costs there.
    """

    def __init__(self, exchanges: Sequence[EmbeddedExchange], consulted: Sequence[EmbeddedExchange] = ()) -> None:
        self.exchanges = (*exchanges, *consulted)
        self._watched = len(exchanges)

    def launch(self) -> None:
        """Start every child. Raises VenueUnavailableError."""
        for exchange in self.exchanges:
            exchange.launch()

    async def __call__(self) -> Endpoint:
        endpoints = await asyncio.gather(*(exchange.start() for exchange in self.exchanges))
        first, *beside = endpoints[: self._watched]
        return replace(first, beside=tuple(beside), consulted=tuple(endpoints[self._watched :]))

    async def close(self) -> None:
        """Stop every child and wait until they are gone, off the event loop."""
        await asyncio.gather(*(exchange.close() for exchange in self.exchanges))

    def stop(self) -> None:
        """`close` for those without an event loop."""
        for exchange in self.exchanges:
            exchange.stop()


def exchange_arguments(settings: Settings, source: Source = PREDICTSTREET) -> list[str]:
    """What of the settings a service is told, as arguments of `psdash sim`."""
    given: list[tuple[str, object]] = [("--seed", settings.seed)]
    if source is PREDICTSTREET:
        given += [("--replay", settings.replay), ("--speed", settings.speed), ("--protocol", settings.protocol)]
    return [part for flag, value in given if value is not None for part in (flag, _argument(value))]


def _argument(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _child_environment() -> dict[str, str]:
    """Ours, without a single secret or setting of psdash, and with this very copy of psdash on the path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PSDASH_")}
    here = str(Path(psdash.__file__).resolve().parent.parent)
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = here if not before else here + os.pathsep + before
    return environment


class _NotReadyError(Exception):
    """What the child printed, or its end, is not an exchange getting ready."""


def _retrieve(waiting: asyncio.Future[Endpoint]) -> None:
    """Look at the outcome that a cancelled waiter no longer will, or asyncio complains of it in the log."""
    if not waiting.cancelled():
        waiting.exception()


def _read_stdout(stdout: IO[bytes], ready: Future[Endpoint], source: Source) -> None:
    """The reading thread: completes `ready` after three lines, then drains whatever comes until the child ends."""
    with stdout:
        try:
            ready.set_result(_endpoint(_ready_lines(stdout), source))
        except _NotReadyError as error:
            ready.set_exception(error)
        while stdout.read(65536):
            pass


def _ready_lines(stdout: IO[bytes]) -> dict[str, str]:
    said: dict[str, str] = {}
    while len(said) < len(READY_LINES):
        line = stdout.readline(MAX_LINE_BYTES)
        if not line:
            raise _NotReadyError("it ended before it was ready")
        name, equals, value = line.decode("ascii", "replace").strip().partition("=")
        if not equals or name not in READY_LINES or name in said:
            raise _NotReadyError("it printed something else than where it is")
        said[name] = value
    return said


def _endpoint(said: dict[str, str], source: Source) -> Endpoint:
    rest_url, ws_url, key = (said[name] for name in READY_LINES)
    try:
        bases = local_base(rest_url, "http"), local_base(ws_url, "ws")
    except ValueError as error:
        raise _NotReadyError(f"its address is not one of this machine ({error})") from None
    if source.key_form.fullmatch(key) is None:
        raise _NotReadyError("its key has not the form of a key")
    return Endpoint(*bases, api_key=SecretStr(key), jwt=None, user_wallet=None, label="DEMO", source=source.name)
