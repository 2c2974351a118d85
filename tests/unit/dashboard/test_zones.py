"""Local time, on a machine whose zone has summer time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from psdash.dashboard.painting.moments import clock, zone_words
from psdash.dashboard.painting.zones import LOCAL


@pytest.fixture
def madrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Central European time by its rule, so that no zone database is needed."""
    with monkeypatch.context() as set_zone:
        set_zone.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.usefixtures("madrid")
@pytest.mark.parametrize(
    ("utc", "local", "name"),
    [
        ("2026-01-15T12:00:00", "13:00:00", "CET"),
        ("2026-07-15T12:00:00", "14:00:00", "CEST"),
        ("2026-03-29T00:59:59", "01:59:59", "CET"),
        ("2026-03-29T01:00:00", "03:00:00", "CEST"),
        ("2026-10-25T00:59:59", "02:59:59", "CEST"),
        ("2026-10-25T02:00:00", "03:00:00", "CET"),
    ],
)
def test_each_moment_has_the_offset_of_its_own_season(utc: str, local: str, name: str) -> None:
    at = ms(utc)
    assert clock(at, LOCAL) == local
    assert zone_words(LOCAL, at) == name


@pytest.mark.usefixtures("madrid")
def test_a_local_time_knows_its_offset() -> None:
    summer = datetime(2026, 7, 15, 14, 0, tzinfo=LOCAL)
    assert summer.utcoffset() == timedelta(hours=2)
    assert summer.dst() == timedelta(hours=1)
    assert summer.astimezone(UTC).hour == 12
    assert datetime(2026, 1, 15, 13, 0, tzinfo=LOCAL).utcoffset() == timedelta(hours=1)
    assert LOCAL.tzname(None) in ("CET", "CEST")


def test_utc_is_called_so() -> None:
    assert zone_words(UTC, 0) == "UTC"
    assert clock(ms("2026-07-15T12:00:00"), UTC) == "12:00:00"
