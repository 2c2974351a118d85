"""What outlives a run: favourites and alerts, one small private file a venue and kind.

A file is written beside itself and moved into place, so that a crash leaves the old one or the new one, never half of
one. One that cannot be read is moved aside and said, never fatal. Nothing here runs on the loop: a home on a slow
network costs a moment's delay in keeping, not the screen.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import stat
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from psdash.market.alerts import AlertBook
from psdash.registry import DEFAULT, source_of
from psdash.settings import Settings

log = logging.getLogger(__name__)

#: More than a person has, far less than would take time to read.
MAX_BYTES: Final = 256 * 1024
MOST_FAVOURITES: Final = 500
FAVOURITES: Final = "favourites"
ALERTS: Final = "alerts"
#: How long leaving the program may wait for the files.
CLOSE_S: Final = 2.0


class UnreadableError(Exception):
    """A kept file holds something else than was kept. The text says which, and where it is now."""


class KeptFile:
    """A list of JSON values, under its name, in a file of mode 0600. Blocking: call it from a thread."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self._name = name

    def read(self) -> list[Any]:
        """The rows; none when there is no file. Raises OSError; UnreadableError when it holds something else, and
        then it was moved aside.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return []
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableError(f"{self.path} is not a regular file")
            content = file.read(MAX_BYTES + 1)
        try:
            value = json.loads(content if len(content) <= MAX_BYTES else b"")
        except (ValueError, RecursionError):
            value = None
        rows = value.get(self._name) if isinstance(value, dict) else None
        if not isinstance(rows, list):
            raise UnreadableError(self.put_aside())
        return rows

    def put_aside(self) -> str:
        """Move the file out of the way, so that what is kept next does not overwrite it; where it is, in words."""
        aside = self.path.with_name(f"{self.path.name}.unreadable")
        self.path.replace(aside)
        return f"{self.path.name} could not be read; it is now {aside}"

    def write(self, rows: list[Any]) -> None:
        """Keep these rows in place of those before. Raises OSError."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.urandom(6).hex()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"version": 1, self._name: rows}, file, indent=1)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise


class Shelf:
    """The person's favourites and alerts of one venue. Without a directory they last as long as the run.

    Several dashboards of one person share the files: what another one added or removed since is taken over whenever
    this one writes.
    """

    def __init__(self, directory: Path | None = None, venue: str = "demo", *, speak: Callable[[str], None]) -> None:
        """`venue` names the files: a slug of one venue means nothing at another. `speak` tells of trouble."""
        self.alerts = AlertBook()
        self._favourites: dict[str, None] = {}
        self._speak = speak
        self._files = (
            {}
            if directory is None
            else {name: KeptFile(directory / f"{name}-{venue}.json", name) for name in (FAVOURITES, ALERTS)}
        )
        self._in_file: dict[str, set[Hashable]] = {name: set() for name in (FAVOURITES, ALERTS)}
        self._is_loaded = False
        self._changed: set[str] = set()
        self._stirred = asyncio.Event()
        self._kept_alerts = 0
        self._has_failed = False

    @property
    def favourites(self) -> tuple[str, ...]:
        """Slugs, in the order of marking."""
        return tuple(self._favourites)

    def is_favourite(self, slug: str) -> bool:
        return slug in self._favourites

    def toggle_favourite(self, slug: str) -> bool:
        """Mark a market, or unmark it; whether it is marked now."""
        is_marked = slug not in self._favourites
        if is_marked:
            self._favourites[slug] = None
        else:
            del self._favourites[slug]
        self._stir(FAVOURITES)
        return is_marked

    def alerts_changed(self) -> None:
        """An alert was added, removed, rang or was armed: keep that."""
        if self.alerts.version != self._kept_alerts:
            self._kept_alerts = self.alerts.version
            self._stir(ALERTS)

    # files ----------------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Take what an earlier run kept. What cannot be read is said and left behind."""
        for name in self._files:
            await self._take(name)
        self._is_loaded = True

    async def run(self) -> None:
        """Keep what changes, until cancelled. What was loaded comes first."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            await self._keep()

    async def close(self) -> None:
        """Keep what is not kept yet, if the disk is quick enough. What was never read is not overwritten."""
        if self._changed and self._is_loaded:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._keep(), CLOSE_S)

    def _stir(self, name: str) -> None:
        self._changed.add(name)
        self._stirred.set()

    async def _take(self, name: str) -> None:
        """Read a file and take over what others did to it since."""
        file = self._files[name]
        try:
            rows = await asyncio.to_thread(file.read)
        except (OSError, UnreadableError) as error:
            self._speak(f"Your {name} of before are not to be had: {_words(error)}.")
            return
        merge = self._merge_favourites if name == FAVOURITES else self._merge_alerts
        left_out = merge(rows)
        if left_out:
            log.warning("%s: %d entries were left out", file.path, left_out)

    def _merge_favourites(self, rows: list[Any]) -> int:
        good = [row for row in rows if isinstance(row, str) and source_of(row) is not None][:MOST_FAVOURITES]
        known = self._in_file[FAVOURITES]
        for slug in known - set(good):
            self._favourites.pop(str(slug), None)
        added = [slug for slug in good if slug not in known]
        self._favourites = dict.fromkeys(
            [*(self._favourites if self._is_loaded else added), *self._favourites, *added]
        )
        self._in_file[FAVOURITES] = set(good)
        return len(rows) - len(good)

    def _merge_alerts(self, rows: list[Any]) -> int:
        theirs = AlertBook()
        left_out = theirs.take_rows(rows)
        known = self._in_file[ALERTS]
        keys = {alert.key for alert in theirs.all()}
        for alert in self.alerts.all():
            if alert.key in known - keys:
                self.alerts.remove(alert)
        ours = {alert.key for alert in self.alerts.all()}
        for alert in theirs.all():
            if alert.key not in known | ours:
                with suppress(ValueError):  # more than there may be: the rest stays another dashboard's
                    self.alerts.add(alert)
        self._in_file[ALERTS] = set(keys)
        self._kept_alerts = self.alerts.version
        return left_out

    async def _keep(self) -> None:
        for name in sorted(self._changed):
            self._changed.discard(name)
            file = self._files.get(name)
            if file is None:
                continue
            await self._take(name)
            rows: list[Any] = list(self._favourites) if name == FAVOURITES else self.alerts.as_rows()
            keys = set(self._favourites) if name == FAVOURITES else {alert.key for alert in self.alerts.all()}
            try:
                await asyncio.to_thread(file.write, rows)
            except OSError as error:
                log.warning("%s: %s", file.path, error.strerror)
                if not self._has_failed:
                    self._has_failed = True
                    self._speak(f"Your {name} cannot be kept: {_words(error)}. They last until you leave.")
            else:
                self._has_failed = False
                self._in_file[name] = set(keys)


def venue_name(settings: Settings) -> str:
    """The part of a file's name that says whose slugs it holds."""
    of = "" if settings.source == DEFAULT else f"-{settings.source}"
    if settings.label not in ("LOCAL", "CUSTOM"):
        return settings.label.lower() + of
    return of.lstrip("-") + re.sub(r"[^a-z0-9.-]+", "_", urlsplit(settings.bases[0]).netloc.lower())[:80]


def _words(error: OSError | UnreadableError) -> str:
    return error.strerror or "no reason given" if isinstance(error, OSError) else str(error)
