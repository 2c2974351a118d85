"""Numbers as a trader reads them: prices in cents, sizes that fit their column, times in UTC.

A number is never clipped. One that does not fit its column is said more coarsely (12.5k, 1.2M), never cut short: half
a number is a wrong number.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from psdash.market.ticks import CENT

_SUFFIXES = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))
_ONE = Decimal(1)
_HUNDRED = Decimal(100)
_DAY_MS = 86_400_000
#: The common context has 28 digits and fails beyond them; a token's balance may have 78.
_WIDE = Context(prec=120)


def cents_decimals(step: int) -> int:
    """Decimals of a cent that a price grid of `step` ticks needs: 0 for whole cents, 1 for 0.1c."""
    decimals = 0
    while step < CENT and decimals < 4:
        step *= 10
        decimals += 1
    return decimals


@lru_cache(maxsize=2048)
def ticks_in_cents(ticks: int, decimals: int = 0) -> str:
    """A price in ticks as cents with so many decimals (more where the price has them): "52", "52.3"."""
    return cents(Decimal(ticks) / 1_000_000, decimals)


def cents(price: Decimal, decimals: int = 0) -> str:
    """A price in dollars as cents: at least `decimals` decimals, and every one the price has ("52", "52.3")."""
    return f"{price * _HUNDRED:.{max(decimals_of(price), decimals)}f}"


def decimals_of(price: Decimal) -> int:
    """Decimals of a cent that a price in dollars has: 0 for 0.52, 1 for 0.523."""
    exponent = (price * _HUNDRED).normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _grouped(value: Decimal, decimals: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN, context=_WIDE)
    return f"{rounded:,f}"


def size(shares: Decimal, width: int = 12) -> str:
    """Shares in at most `width` cells (4 or more): "1,240", "120.5", "12.5k", "1.2M".

    Exact while it fits with up to two decimals, then coarser; a size that is not zero is never shown as zero.
    """
    if shares < 0:
        return f"-{size(-shares, width - 1)}"
    return _positive(shares, width)


def shares(size_: Decimal, width: int) -> str:
    """A resting or traded size where many stand under each other: whole shares from 100 up, else as `size`.

    Whole numbers line up; a fraction of a share changes nothing in what a reader sees there.
    """
    return size(size_.quantize(_ONE, rounding=ROUND_HALF_EVEN, context=_WIDE) if size_ >= 100 else size_, width)


@lru_cache(maxsize=2048)
def _positive(shares: Decimal, width: int) -> str:
    if shares <= Decimal("0.005") and shares:  # half a hundredth rounds to nothing
        exact = f"{shares.normalize():f}"
        return exact if len(exact) <= width else next(m for m in ("<0.01", "<.01", "<1") if len(m) <= max(width, 2))
    whole = shares == shares.to_integral_value()
    for decimals in (0,) if whole else (2, 1, 0):
        text = _trim(_grouped(shares, decimals))
        if len(text) <= width and (text != "0" or not shares):
            return text
    for scale, suffix in reversed(_SUFFIXES):
        scaled = shares / scale
        if scaled < 1 and _grouped(scaled, 0) == "0":
            continue
        for decimals in (2, 1, 0):
            text = _grouped(scaled, decimals)
            if scaled >= 1000 or text.startswith("1,"):
                break  # the next suffix says it shorter
            if len(text) + 1 <= width and (decimals < 2 or len(text) + 1 < width) and not text.startswith("0.0"):
                return text + suffix
    return ">999T"[: max(width, 4)] if width >= 5 else ">1kT"


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(dollars: Decimal, width: int = 14) -> str:
    """Dollars in at most `width` cells (6 or more), to the cent, else whole, else short: "$1,240.50", "-$12.5k"."""
    sign = "-" if dollars < 0 else ""
    amount = abs(dollars)
    for places in (2, 0):
        text = f"{sign}${_grouped(amount, places)}"
        if len(text) <= width:
            return text
    return f"{sign}${size(amount, width - 1 - len(sign))}"


def age(seconds: float) -> str:
    """A span of time in its two largest units at most: "0 s", "12 s", "3 min", "2 h 5 min", "3 d 4 h"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        hours, minutes = whole // 3600, whole % 3600 // 60
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = whole // 86_400, whole % 86_400 // 3600
    return f"{days} d {hours} h" if hours else f"{days} d"


def age_step_s(seconds: float) -> float:
    """Seconds until `age` of a growing span says something else."""
    unit = 1 if seconds < 60 else 60
    return unit - max(0.0, seconds) % unit


def round_trip(milliseconds: float) -> str:
    """A round trip: "<1 ms", "3 ms", "1.2 s"."""
    if milliseconds < 1:
        return "<1 ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"


def utc_time(epoch_ms: int) -> str:
    """Time of day in UTC to the second: "14:03:22"."""
    second = epoch_ms % _DAY_MS // 1000
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def utc_moment(epoch_ms: int, now_ms: int) -> str:
    """Time of day in UTC, with the day before it when that is not `now_ms`'s: "14:03:22", "2026-07-14 20:00:03"."""
    if epoch_ms // _DAY_MS == now_ms // _DAY_MS:
        return utc_time(epoch_ms)
    return f"{datetime.fromtimestamp(epoch_ms // _DAY_MS * 86_400, UTC):%Y-%m-%d} {utc_time(epoch_ms)}"


def utc_time_ms(epoch_ms: int) -> str:
    """Time of day in UTC to the millisecond: "14:03:22.007"."""
    return f"{utc_time(epoch_ms)}.{epoch_ms % 1000:03}"
