"""A table as a file of its own: mode 0600, never over another one."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Final

from psdash.dashboard.sending.tables import Table, csv_text

#: How many tables of one name can be written in one second.
_MOST: Final = 100
_NOT_PLAIN: Final = re.compile(r"[^a-z0-9]+")


def write_table(table: Table, folder: Path, stamp: str) -> Path:
    """Write the table into `folder` (made when it is not there) and say where it is. Blocking: call it from a thread.

    `stamp` is when, for the name: "20260715T200003Z". The name stands for a whole file from its first moment on.
    Raises OSError; then nothing of it is left.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = _NOT_PLAIN.sub("-", table.title.lower()).strip("-") or "table"
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".psdash-") as half:  # mode 0600, gone when it is left
        half.write(csv_text(table).encode())
        half.flush()
        for at in range(_MOST):
            path = folder / f"psdash-{name}-{stamp}{f'-{at + 1}' if at else ''}.csv"
            try:
                os.link(half.name, path)  # unlike a rename it replaces nothing, and follows no link that is there
            except FileExistsError:
                continue
            return path
    raise FileExistsError(f"{folder} is full of files of this second")
