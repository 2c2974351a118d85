"""Times of day in the zone that a person chose."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from psdash.dashboard.painting.numbers import utc_time, utc_time_ms


def clock(epoch_ms: int, zone: tzinfo) -> str:
    """Time of day to the second: "14:03:22"."""
    return utc_time(epoch_ms) if zone is UTC else f"{_in(zone, epoch_ms):%H:%M:%S}"


def clock_ms(epoch_ms: int, zone: tzinfo) -> str:
    """Time of day to the millisecond: "14:03:22.007"."""
    return utc_time_ms(epoch_ms) if zone is UTC else f"{clock(epoch_ms, zone)}.{epoch_ms % 1000:03}"


def clock_or_day(epoch_ms: int, now_ms: int, zone: tzinfo) -> str:
    """The time of day, or in the same eight cells the day where that is another than now's: "26-07-15"."""
    at, now = _in(zone, epoch_ms), _in(zone, now_ms)
    return clock(epoch_ms, zone) if at.date() == now.date() else f"{at:%y-%m-%d}"


def zone_words(zone: tzinfo, epoch_ms: int) -> str:
    """What the zone is called at that moment: "UTC", "CEST"."""
    return "UTC" if zone is UTC else _in(zone, epoch_ms).tzname() or "local"


def _in(zone: tzinfo, epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, zone)
