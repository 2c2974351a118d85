"""Copy and export: what the keys do with the pane that has the focus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from textual.app import App
from textual.notifications import SeverityLevel
from textual.worker import WorkType

from psdash.dashboard.sending.clipboard import clip_of, clip_words, hidden_words
from psdash.dashboard.sending.files import write_table
from psdash.dashboard.sending.tables import Table, TableSource
from psdash.text import safe_text

log = logging.getLogger(__name__)

_TOAST_S: Final = 6.0
_NO_TABLE: Final = "This pane has no table to send. The tape, orders, fills and vault have one: Tab goes there."


class Sender:
    """Sends what a pane shows to the clipboard or to a file, and says what was sent."""

    def __init__(self, app: App[Any], folder: Path, wall_ms: Callable[[], int]) -> None:
        """Files go into `folder`; `wall_ms` is for their names."""
        self._app = app
        self._folder = folder
        self._wall_ms = wall_ms

    def copy(self, pane: object, *, is_row: bool) -> None:
        """Send the row under the cursor, or all rows, to the terminal's clipboard."""
        table = self._table(pane, is_row=is_row)
        if table is not None:
            clip = clip_of(table)
            self._app.copy_to_clipboard(clip.text)
            self._say(clip_words(table, clip, is_row=is_row))

    def export(self, pane: object) -> None:
        """Write all rows to a file, however long the disk takes."""
        table = self._table(pane, is_row=False)
        if table is not None:
            # The function, not its coroutine: one that is cancelled before it began would be left unawaited.
            self._app.run_worker(cast("WorkType[None]", partial(self._write, table)), name="export")

    async def _write(self, table: Table) -> None:
        stamp = f"{datetime.fromtimestamp(self._wall_ms() // 1000, UTC):%Y%m%dT%H%M%SZ}"
        try:
            path = await asyncio.to_thread(write_table, table, self._folder, stamp)
        except OSError as error:
            log.warning("export: %s", error)
            reason = safe_text(error.strerror or str(error), 200)
            self._say(f"Nothing was exported: {reason} ({safe_text(str(self._folder))}).", "error")
        else:
            rows = f"{len(table.rows):,} row{'' if len(table.rows) == 1 else 's'}"
            self._say(f"Exported {rows} of {table.title} to {safe_text(str(path))}.{hidden_words(table)}")

    def _table(self, pane: object, *, is_row: bool) -> Table | None:
        if not isinstance(pane, TableSource):
            self._say(_NO_TABLE, "warning")
            return None
        table = pane.row_table() if is_row else pane.table()
        if not table.rows:
            self._say(f"There is no row in {table.title} to send.", "warning")
            return None
        return table

    def _say(self, text: str, severity: SeverityLevel = "information") -> None:
        self._app.notify(text, severity=severity, timeout=_TOAST_S, markup=False)
