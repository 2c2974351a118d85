"""The embedded exchange as a process of its own, on the core that is not measured; the tap before its gateways."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.bench import SkipRowError
from benchmarks.machine import OTHER, pinning
from benchmarks.tap import Log

#: The markets that `psdash sim --rate` moves, the shown one first.
LOADED: Final = tuple(
    f"spain-vs-france-2026-{line}" for line in ("yes", "draw", "france", "over-2-5", "both-score", "red-card")
)
#: The recorded match; rows that need it are skipped where it is absent.
RECORDING: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "nhl-final-inplay.jsonl.gz"
RECORDED_SLUG: Final = "stanley-cup-final-game-4-m2"


def recording() -> Path:
    """The recorded match. Raises SkipRowError where it is absent."""
    if not RECORDING.is_file():
        raise SkipRowError("the recorded match is not here")
    return RECORDING


@dataclass(frozen=True, slots=True)
class Exchange:
    """Where it listens."""

    rest_url: str
    ws_url: str
    api_key: str
    pid: int

    def token(self, slug: str, outcome: int = 0) -> str:
        """A market's YES or NO token."""
        with urllib.request.urlopen(f"{self.rest_url}/api/markets/{slug}", timeout=20) as answer:  # noqa: S310
            market = json.load(answer)
        return str(market["noTokenId" if outcome else "yesTokenId"])

    def environment(self, *, ws_url: str | None = None) -> Mapping[str, str]:
        """What psdash must be told to look at it."""
        return {
            "PSDASH_REST_URL": self.rest_url,
            "PSDASH_WS_URL": ws_url or self.ws_url,
            "PSDASH_API_KEY": self.api_key,
            "PSDASH_COMMANDS_PER_S": "50",
        }


@contextmanager
def exchange(*arguments: str, module: str = "psdash.simulator") -> Iterator[Exchange]:
    """Run `psdash sim` with these arguments on a free port, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=pinning(OTHER),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
        yield Exchange(said["PSDASH_REST_URL"], said["PSDASH_WS_URL"], said["PSDASH_API_KEY"], process.pid)
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


class Tap:
    """A running tap (tap.py): where psdash is to dial, and the log once it is closed."""

    def __init__(self, ws_url: str, process: subprocess.Popen[str], path: Path) -> None:
        self.ws_url = ws_url
        self._process = process
        self._path = path

    def say(self, order: str) -> None:
        """Tell it to do something: see `tap.py`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def close(self) -> Log:
        """Stop it and read what it wrote down."""
        assert self._process.stdin is not None
        if not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait(timeout=20)
        return Log.read(self._path)


@contextmanager
def tap(venue: Exchange, token: str, *arguments: str) -> Iterator[Tap]:
    """A tap before `venue` that watches the book of `token`."""
    with tempfile.TemporaryDirectory(prefix="psdash-tap-") as directory:
        path = Path(directory) / "log.json"
        command: Sequence[str] = (
            sys.executable, "-m", "benchmarks.tap", "--to", venue.ws_url.rpartition(":")[2], "--token", token,
            "--log", str(path), *arguments,
        )  # fmt: skip
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=pinning(OTHER)
        )
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            yield Tap(f"ws://127.0.0.1:{port}", process, path)
        finally:
            process.terminate()
            process.wait(timeout=20)
            process.stdout.close()
