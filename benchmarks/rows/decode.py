"""Decode and apply of book deltas, against `orjson.loads` and a dict of strings.

orjson is not among psdash's pins. Where it cannot be imported, the baseline is `json.loads` and the same dict, with
the decoding taken at the speed that orjson has relative to it (measured once); the row then says so.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchmarks.bench import Context, Figure, Row, interleaved, median
from psdash.gateway import translate
from psdash.gateway.conservation import FrameCounts
from psdash.gateway.sync import BookSync
from psdash.market.book import Book
from psdash.wire.predictstreet import BookDelta, BookSnapshot, decode_frame

TARGET: Final = 0.4
TOKEN: Final = "60550363974013526351721227761627460394700175914670861601864197814578471666136"  # noqa: S105
CONDITION: Final = "0x22a88c544e7ab9000000000000000000000000000000000000000000000000aa"
#: json.loads at so much of orjson's speed, on a delta.
JSON_OF_ORJSON: Final = 0.22
DELTAS: Final = 4_000

Loads = Callable[[bytes], Any]


def _frame(kind: str, seq: int, bids: list[dict[str, Any]], asks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": kind, "sid": 12, "channel": "token_book", "id": TOKEN, "serverTs": 1778783113200, "seq": seq,
        "prevSeq": seq - 1,
        "data": {"tokenId": TOKEN, "conditionId": CONDITION, "outcomeIndex": 0, "bids": bids, "asks": asks,
                 "tsMs": 1778783113190},
    }  # fmt: skip


def _dumped(frame: dict[str, Any]) -> bytes:
    return json.dumps(frame, separators=(",", ":")).encode()


def snapshot() -> bytes:
    """A hundred levels in all."""
    bids = [{"price": f"0.{cents:02d}", "quantity": f"{cents * 137}.5", "count": 3} for cents in range(1, 51)]
    asks = [{"price": f"0.{cents:02d}", "quantity": f"{cents * 137}.5", "count": 3} for cents in range(51, 100)]
    frame = _frame("book_snapshot", 1, bids, asks)
    del frame["prevSeq"]
    return _dumped(frame)


def deltas() -> list[bytes]:
    """One changed level each, on either side by turns, as the exchange sends them."""
    frames = []
    for seq in range(2, DELTAS + 2):
        bid = [{"price": f"0.{1 + seq % 50:02d}", "quantity": str(seq % 900)}]
        ask = [{"price": f"0.{51 + seq % 49:02d}", "quantity": f"{1 + seq % 7}50.5"}]
        frames.append(_dumped(_frame("book_delta", seq, *((bid, []) if seq % 2 else ([], ask)))))
    return frames


def ours_s(frames: list[bytes], first: bytes) -> float:
    """Seconds for all of them through the wire models, the sequence check and into the book."""
    book = Book(TOKEN)
    sync = BookSync(book, FrameCounts())
    sync.subscribed(0.0)
    start = decode_frame(first)
    assert isinstance(start, BookSnapshot)
    sync.snapshot(translate.snapshot(start), 0.0)
    began_s = time.perf_counter()
    for data in frames:
        frame = decode_frame(data)
        assert isinstance(frame, BookDelta)
        sync.delta(translate.delta(frame), 0.0)
    took_s = time.perf_counter() - began_s
    assert book.seq == DELTAS + 1, "a delta was not applied"
    return took_s


def bare_s(frames: list[bytes], loads: Loads) -> float:
    """Seconds for all of them into a dict of strings, with nothing checked."""
    book: dict[tuple[str, str], str] = {}
    began_s = time.perf_counter()
    for data in frames:
        body = loads(data)["data"]
        for side in ("bids", "asks"):
            for level in body[side]:
                if level["quantity"] == "0":
                    book.pop((side, level["price"]), None)
                else:
                    book[side, level["price"]] = level["quantity"]
    return time.perf_counter() - began_s


def decode_s(frames: list[bytes], loads: Loads) -> float:
    """Seconds of decoding alone."""
    began_s = time.perf_counter()
    for data in frames:
        loads(data)
    return time.perf_counter() - began_s


def run(context: Context) -> Iterator[Figure]:
    frames, first = deltas(), snapshot()
    rounds = context.pick(15, 5)
    try:
        loads: Loads = importlib.import_module("orjson").loads
    except ModuleNotFoundError:
        ours, plain, decoding = interleaved(
            rounds,
            lambda: ours_s(frames, first),
            lambda: bare_s(frames, json.loads),
            lambda: decode_s(frames, json.loads),
        )
        bare = median(plain) - median(decoding) * (1 - JSON_OF_ORJSON)
        how = "bare loop, estimated from json.loads: orjson is not installed"
    else:
        ours, plain = interleaved(rounds, lambda: ours_s(frames, first), lambda: bare_s(frames, loads))
        bare = median(plain)
        how = "orjson and a dict of str"
    mine = median(ours)
    detail = f"{mine / DELTAS * 1e6:.1f} µs a delta; {how} {bare / DELTAS * 1e6:.1f} µs"
    yield Figure("one-level deltas", bare / mine, "x", TARGET, detail, at_least=True)


ROW = Row("decode", "decode + apply of deltas", "orjson.loads + dict of str", run)
