"""Reading the ladder off the screen, the way a person does: by its columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from psdash.dashboard.painting.numbers import shares

_SIZE = r"[\d,]+(?:\.\d+)?[kMBT]?"
_SIZE_CELLS = 7
_BLOCKS = re.compile("[\u2580-\u259f\u25a0]")  # bars behind the numbers, and the mark of a large one
#: The last print stands where nothing rests, with its word: it is no level.
_PRINT = re.compile(rf"last {_SIZE} [▲▼·]|[▲▼·] last {_SIZE}")
_BID = re.compile(rf"({_SIZE})\s*$")
_ASK = re.compile(rf"^\s*({_SIZE})")


@dataclass(frozen=True, slots=True)
class SeenBook:
    """One frame's ladder. Prices in dollars; sizes as they are written."""

    title: str
    state: str
    seq: int
    bid: Decimal
    ask: Decimal
    bids: dict[Decimal, str]
    asks: dict[Decimal, str]


def read_ladder(lines: list[str]) -> SeenBook | None:
    """The ladder on the screen; None while it shows no book with two sides."""
    top = next((y for y, line in enumerate(lines) if re.search(r"^╭─ (YES|NO) ladder", line)), None)
    if top is None:
        return None
    right = lines[top].index("╮")
    inner: list[str] = []
    for y in range(top + 1, len(lines)):
        if lines[y].startswith("╰"):
            foot = lines[y][: right + 1]
            break
        inner.append(_PRINT.sub(lambda found: " " * len(found[0]), _BLOCKS.sub(" ", lines[y][1:right])))
    else:
        return None
    seq = re.search(r"#(\d+)", foot)
    inner = [row for row in inner if not re.search(r"bids +[\d,.]+", row)]  # the totals are no level
    spread = next((s for row in inner if (s := re.search(r"spread (-?[\d.]+)\s+mid ([\d.]+)", row))), None)
    if seq is None or spread is None or not inner:
        return None
    head = inner[0]
    cents, bid_end, ask_end = head.index("¢"), head.index("BID") + 3, head.index("ASK") + 3
    gap, mid = Decimal(spread[1]) / 100, Decimal(spread[2]) / 100
    bids: dict[Decimal, str] = {}
    asks: dict[Decimal, str] = {}
    for row in inner[1:]:
        price = re.search(r"\d+(\.\d+)?$", row[: cents + 1])
        if price is None or "spread" in row:
            continue
        at = Decimal(price[0]) / 100
        # Only the column of sizes: beside it stand own orders, what is ahead of them, and what was traded.
        if bid := _BID.search(row[bid_end - _SIZE_CELLS : bid_end]):
            bids[at] = bid[1]
        if ask := _ASK.search(row[cents + 1 : ask_end]):
            asks[at] = ask[1]
    head = lines[top][:right]
    return SeenBook(
        head.split()[1], head.split("─")[-2].strip(), int(seq[1]), mid - gap / 2, mid + gap / 2, bids, asks
    )


def is_written(size: Decimal, text: str) -> bool:
    """Whether `text` is how a size of so many shares is written, in a column of any width."""
    return any(text == shares(size, width) for width in range(4, 14))
