"""The zone of this machine, as Python's datetime wants it."""

from __future__ import annotations

import time
from calendar import timegm
from datetime import datetime, timedelta, tzinfo
from typing import Final


class LocalZone(tzinfo):
    """The machine's zone (`TZ`, or the system's), with its summer time at each moment and not only now's."""

    def fromutc(self, dt: datetime) -> datetime:
        """The local time of a moment; a `datetime` of UTC in, with this zone attached."""
        return dt + timedelta(seconds=time.localtime(timegm(_plain(dt).timetuple())).tm_gmtoff)

    def utcoffset(self, dt: datetime | None) -> timedelta:
        return timedelta(seconds=_at(dt).tm_gmtoff)

    def dst(self, dt: datetime | None) -> timedelta:
        """An hour in summer time: what Python asks for; nobody here reads it."""
        return timedelta(hours=max(0, _at(dt).tm_isdst))

    def tzname(self, dt: datetime | None) -> str:
        """As the system calls it: "CEST", "+03"."""
        return _at(dt).tm_zone


def _at(local: datetime | None) -> time.struct_time:
    """The system's view of a local time; of now for None."""
    if local is None:
        return time.localtime()
    # `mktime` takes local time; -1 has it find out about summer time, the first of two equal times in autumn.
    return time.localtime(time.mktime((*_plain(local).timetuple()[:8], -1)))


def _plain(at: datetime) -> datetime:
    """Without its zone, which `timetuple` would ask for summer time, and that is being worked out here."""
    return at.replace(tzinfo=None)


LOCAL: Final = LocalZone()
