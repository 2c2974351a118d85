"""Reading REST in tests: a good body, or the code of a refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.loopback.simulator.rig import Rig

#: By then every trade of this exchange has settled, or never will (protocol §13.5).
SETTLED_BY_MS = 8_000


def iso(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def body(rig: Rig, path: str, key: str | None = None, **params: str) -> Any:
    answer = await rig.get(path, key, **params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-server-time"] == str(rig.world.scheduler.now_ms)
    return answer.json()


async def failure(rig: Rig, path: str, key: str | None = None, **params: str) -> tuple[int, str]:
    answer = await rig.get(path, key, **params)
    found = answer.json()
    assert set(found) >= {"code", "message", "details"}
    assert found["message"]
    return answer.status_code, found["code"]
