"""`results.json`: what was measured, on what, by which command.

It is written after every row, so that a run cut short keeps what it has.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.bench import Figure, Row
from benchmarks.machine import facts, load

PATH: Final = Path(__file__).resolve().parent / "results.json"


class Results:
    """The file. Rows that are not run again stay as they were."""

    def __init__(self, path: Path = PATH) -> None:
        self.path = path
        self.rows = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        if not self.path.exists():
            return {}
        rows: dict[str, dict[str, Any]] = json.loads(self.path.read_text(encoding="utf-8"))["rows"]
        return rows

    def put(self, name: str, row: Row, figures: Iterable[Figure], took_s: float, command: str) -> None:
        """Keep a row's figures and write the file, with what others wrote into it since."""
        self.rows = self._read()
        self.rows[name] = {
            "goal": row.goal,
            "against": row.against,
            "figures": [figure.as_json() for figure in figures],
            "took_s": round(took_s, 1),
            "taken": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "load": load(),
            "command": command,
        }
        text = json.dumps({"machine": facts(), "rows": self.rows}, indent=1, ensure_ascii=False)
        part = self.path.with_suffix(".part")
        part.write_text(f"{text}\n", encoding="utf-8")
        part.replace(self.path)

    def before(self, name: str) -> Mapping[str, float]:
        """The figures of the last full run of a row, by name."""
        return {each["name"]: each["value"] for each in self.rows.get(name, {}).get("figures", ())}
