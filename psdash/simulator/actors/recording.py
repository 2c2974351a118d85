"""Reading a recorded market from disk: JSON lines, plain or gzip, a book, level change or trade each (realdata §A).

Nothing in the file is trusted: lines have a length cap, numbers a range, and what does not fit is reported with its
line number. Prices and sizes are JSON numbers in the file and become `Decimal` at once, never a float.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

#: A book of 99 levels a side is some 4 kB; nothing honest comes near this.
MAX_LINE_BYTES = 65_536
MAX_LEVELS = 2_000
MAX_SHARES = Decimal(10**12)
MAX_PRICE_DECIMALS = 3
MAX_SIZE_DECIMALS = 6
GZIP_MAGIC = b"\x1f\x8b"

_SIDES = {"B": "bid", "A": "ask"}


class RecordingError(ValueError):
    """The recording cannot be read; `line` is the number of the line that is wrong, from 1 (0: the file itself)."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        place = f"{path.name}, line {line}" if line else str(path)
        super().__init__(f"{place}: {why}")
        self.path, self.line, self.why = path, line, why


@dataclass(frozen=True, slots=True)
class BookLine:
    """A whole book, each side a list of (price, shares)."""

    at_ms: int
    market: int
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """The new total `quantity` at one price, 0 when the level is gone; `side` is "bid" or "ask"."""

    at_ms: int
    market: int
    side: str
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class TradeLine:
    """A print; `taker_side` is "buy" or "sell"."""

    at_ms: int
    market: int
    taker_side: str
    price: Decimal
    quantity: Decimal


Line = BookLine | ChangeLine | TradeLine


class Recording:
    """One pass over a recording, line by line; `markets` is how many there can be."""

    def __init__(self, path: Path, markets: int) -> None:
        """Open `path`. Raises `RecordingError` when it cannot be opened."""
        self._path = path
        self._markets = markets
        self.line_number = 0
        try:
            self._raw = cast("BinaryIO", path.open("rb"))
            self.size_bytes = os.fstat(self._raw.fileno()).st_size
            packed = self._raw.read(2) == GZIP_MAGIC
            self._raw.seek(0)
        except OSError as error:
            raise RecordingError(path, 0, error.strerror or "cannot be read") from error
        self._text: BinaryIO = cast("BinaryIO", gzip.GzipFile(fileobj=self._raw)) if packed else self._raw

    @property
    def position_bytes(self) -> int:
        """How far into the file reading is, of `size_bytes`."""
        return self.size_bytes if self._raw.closed else self._raw.tell()

    def close(self) -> None:
        """Close the file; closing twice is no error."""
        self._text.close()
        self._raw.close()

    def __iter__(self) -> Iterator[Line]:
        """The lines in file order. Raises `RecordingError` at the first that is wrong."""
        while True:
            try:
                raw = self._text.readline(MAX_LINE_BYTES + 1)
            except (OSError, EOFError, zlib.error) as error:
                raise RecordingError(self._path, self.line_number + 1, f"damaged file ({error})") from error
            if not raw:
                return
            self.line_number += 1
            if len(raw) > MAX_LINE_BYTES:
                self._refuse(f"longer than {MAX_LINE_BYTES} bytes")
            if raw.strip():
                yield self._parsed(raw)

    def _parsed(self, raw: bytes) -> Line:
        try:
            record = json.loads(raw, parse_float=Decimal, parse_constant=_no_constants)
        except (ValueError, RecursionError) as error:
            raise RecordingError(self._path, self.line_number, "not JSON") from error
        if not isinstance(record, dict):
            self._refuse("not a JSON object")
        kind, market, at_ms = record.get("k"), record.get("m"), record.get("t")
        if type(at_ms) is not int or not 0 <= at_ms < 10**14:
            self._refuse("'t' is not a time in milliseconds")
        if type(market) is not int or not 0 <= market < self._markets:
            self._refuse(f"'m' is not a market from 0 to {self._markets - 1}")
        if kind == "book":
            return BookLine(at_ms, market, self._levels(record.get("bids")), self._levels(record.get("asks")))
        if not (kind == "chg" or kind == "trade"):
            self._refuse("'k' is none of book, chg, trade")
        side = record.get("s")
        if not isinstance(side, str) or side not in _SIDES:
            self._refuse("'s' is neither B nor A")
        price, quantity = self._price(record.get("p")), self._quantity(record.get("q"))
        if kind == "chg":
            return ChangeLine(at_ms, market, _SIDES[side], price, quantity)
        if not quantity:
            self._refuse("a trade of nothing")
        return TradeLine(at_ms, market, "buy" if side == "B" else "sell", price, quantity)

    def _levels(self, levels: object) -> tuple[tuple[Decimal, Decimal], ...]:
        if not isinstance(levels, list) or len(levels) > MAX_LEVELS:
            self._refuse(f"a side of a book is a list of at most {MAX_LEVELS} levels")
        for level in levels:
            if not isinstance(level, list) or len(level) != 2:
                self._refuse("a level is a pair of price and size")
        return tuple((self._price(price), self._quantity(quantity)) for price, quantity in levels)

    def _price(self, value: object) -> Decimal:
        price = self._number(value, MAX_PRICE_DECIMALS)
        if not 0 < price < 1:
            self._refuse("a price is not between 0 and 1")
        return price

    def _quantity(self, value: object) -> Decimal:
        quantity = self._number(value, MAX_SIZE_DECIMALS)
        if not 0 <= quantity <= MAX_SHARES:
            self._refuse("a size is not between 0 and 10^12")
        return quantity

    def _number(self, value: object, decimals: int) -> Decimal:
        if type(value) is int:
            return Decimal(value)
        if not isinstance(value, Decimal) or not value.is_finite():
            self._refuse("a price or size is not a number")
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or not -decimals <= exponent <= 0:
            self._refuse(f"a price or size has more than {decimals} decimals, or an exponent")
        return value

    def _refuse(self, why: str) -> NoReturn:
        raise RecordingError(self._path, self.line_number, why)


def _no_constants(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
