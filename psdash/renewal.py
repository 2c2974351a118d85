"""Secrets that change while psdash runs: a command that prints a fresh session token, a key file that was rewritten.

Neither the command's arguments nor its output ever reach a log, an error or the screen: the first may name a secret,
the second is one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from psdash.credentials import API_KEY_ENV, JWT_ENV, SettingsError, checked_key, checked_secret, read_private_file
from psdash.registry.predictstreet import PREDICTSTREET
from psdash.registry.source import Source

log = logging.getLogger(__name__)

COMMAND_S = 20.0
MAX_TOKEN_BYTES = 16 * 1024
#: How long a killed command may take to be gone.
_DRAIN_S = 5.0

#: Told of every new secret before it is used, so that whoever redacts knows it.
Learn = Callable[[SecretStr], None]


class RenewalError(Exception):
    """No fresh secret. The text is one a person can act on, and holds no secret."""


class TokenCommand:
    """`jwt_command`: what it prints on stdout is the token. It is run without a shell, capped and time-limited."""

    def __init__(
        self, arguments: tuple[str, ...], learn: Learn | None = None, *, timeout_s: float = COMMAND_S
    ) -> None:
        self._arguments = arguments
        self._learn = learn
        self._timeout_s = timeout_s

    async def __call__(self) -> SecretStr:
        """Run it and return the token. Raises RenewalError."""
        try:
            child = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # it would write over the screen
                env={name: value for name, value in os.environ.items() if name not in (API_KEY_ENV, JWT_ENV)},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            cause = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            raise RenewalError(f"jwt_command cannot be started: {cause}") from None
        output = b""
        try:
            async with asyncio.timeout(self._timeout_s):
                assert child.stdout is not None
                while len(output) <= MAX_TOKEN_BYTES and (chunk := await child.stdout.read(MAX_TOKEN_BYTES)):
                    output += chunk
                if len(output) <= MAX_TOKEN_BYTES:
                    await child.wait()
        except TimeoutError:
            raise RenewalError(f"jwt_command did not end within {self._timeout_s:g} s") from None
        finally:
            await _ended(child)
        if len(output) > MAX_TOKEN_BYTES:
            raise RenewalError(f"jwt_command printed more than {MAX_TOKEN_BYTES} bytes")
        if child.returncode:
            raise RenewalError(f"jwt_command ended with code {child.returncode}")
        try:
            token = checked_secret(output.decode("latin-1"), "jwt_command")
        except SettingsError as error:
            raise RenewalError(str(error)) from None
        if self._learn is not None:
            self._learn(token)
        return token


async def _ended(child: asyncio.subprocess.Process) -> None:
    """Leave nothing of it running, whatever it started. What it still had to say is read away: asyncio calls a child
    gone only when its pipe is at its end."""
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)  # it has a session of its own
    assert child.stdout is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            while await child.stdout.read(MAX_TOKEN_BYTES):
                pass
            await child.wait()


class KeyFile:
    """The private file that the API key came from. It is read again only when it is another file than before."""

    def __init__(self, path: Path, place: str, learn: Learn | None = None, source: Source = PREDICTSTREET) -> None:
        """`place` names the setting in errors; the key is one of `source`."""
        self._path = path
        self._place = place
        self._learn = learn
        self._source = source
        self._seen = self._mark()

    def __call__(self) -> SecretStr | None:
        """The key, when the file changed since the last look and holds one; else None."""
        mark = self._mark()
        if mark is None or mark == self._seen:
            return None
        self._seen = mark
        try:
            key = checked_key(read_private_file(self._path, self._place), self._place, self._source)
        except SettingsError as error:
            log.warning("the key file changed and cannot be used: %s", error)
            return None
        log.info("the key file changed and was read again")
        if self._learn is not None:
            self._learn(key)
        return key

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat(follow_symlinks=False)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size
