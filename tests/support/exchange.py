"""The embedded exchange as a process of its own, and its truth."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

#: The recorded match; the tests that need it skip where it is absent.
RECORDED_MATCH = Path(__file__).resolve().parents[3] / "shared" / "data" / "nhl-final-inplay.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Touch:
    """Best bid and ask with their sizes, as the ledger had them at one sequence."""

    bid: tuple[Decimal, Decimal] | None
    ask: tuple[Decimal, Decimal] | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Where it listens, and what it says of itself under `/sim`."""

    rest_url: str
    ws_url: str
    api_key: str
    process: subprocess.Popen[str]

    @property
    def environment(self) -> Mapping[str, str]:
        """What psdash must be told to trade with it."""
        return {
            "PSDASH_REST_URL": self.rest_url,
            "PSDASH_WS_URL": self.ws_url,
            "PSDASH_API_KEY": self.api_key,
        }

    def get(self, path: str, **params: str | int) -> Any:
        """One public GET, decoded; prices and sizes come as strings."""
        answer = httpx.get(f"{self.rest_url}{path}", params=params, timeout=20, trust_env=False)
        try:
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            error.add_note(answer.text)
            raise
        return answer.json()

    def tokens(self, slug: str) -> tuple[str, str]:
        """The YES and NO token of a market."""
        market = self.get(f"/api/markets/{slug}")
        return market["yesTokenId"], market["noTokenId"]

    def touch(self, token: str, seq: int) -> Touch:
        """What the ledger held at `seq`."""
        row = self.get("/sim/ledger", token=token, seq=seq)
        bid, ask = (
            None if side is None else (Decimal(side["price"]), Decimal(side["quantity"]))
            for side in (row["bid"], row["ask"])
        )
        return Touch(bid, ask)

    def book(self, token: str) -> tuple[int, dict[str, dict[Decimal, Decimal]]]:
        """The whole book now: its sequence, and price to size for "bids" and "asks"."""
        row = self.get("/sim/ledger", token=token)
        sides = {side: {Decimal(price): Decimal(size) for price, size, _ in row[side]} for side in ("bids", "asks")}
        return row["seq"], sides


@contextmanager
def exchange(*arguments: str) -> Iterator[Exchange]:
    """Run `psdash sim` with these arguments on a free port, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "psdash.simulator", "--port", "0", "--exit-with-parent", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        lines = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
        yield Exchange(lines["PSDASH_REST_URL"], lines["PSDASH_WS_URL"], lines["PSDASH_API_KEY"], process)
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
