"""psdash with a fault put in: `python -m tests.safety.crashing WHERE [arguments of psdash]`.

Each fault has the secrets in its local variables and in its message, which is what a careless library does.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Any, NoReturn

from psdash import cli


def fault(*_: Any, **__: Any) -> NoReturn:
    """Raise with everything secret in reach."""
    key = os.environ.get("PSDASH_API_KEY") or Path(os.environ["PSDASH_API_KEY_FILE"]).read_text().strip()
    headers = {"X-Api-Key": key, "Authorization": f"Bearer {os.environ.get('PSDASH_JWT', '')}"}
    raise RuntimeError(
        f"invalid header {headers!r} at https://venue.example/?key={key}&jwt={headers['Authorization']}"
    )


async def late_fault(*_: Any, **__: Any) -> None:
    fault()


class Dying:
    def __del__(self) -> None:
        fault()


def everywhere_at_once(*_: Any, **__: Any) -> None:
    """A thread, a task, a destructor, a callback and a warning, none of which anybody looks after."""
    thread = threading.Thread(target=fault)
    thread.start()
    thread.join()
    lost = asyncio.ensure_future(late_fault())
    lost.add_done_callback(lambda _: None)
    Dying()
    loop = asyncio.get_running_loop()
    loop.call_soon(fault)
    warnings.warn(f"deprecated: {os.environ['PSDASH_API_KEY']}", UserWarning, stacklevel=1)


def from_now_on(ladder: Any) -> None:
    """Fail at the next paint."""
    ladder.compute_body = fault
    ladder.touch()


def picture(screen: Any) -> None:
    """Export the screen, as Textual can."""
    Path(os.environ["HOME"], "screen.svg").write_text(screen.app.export_screenshot())


def put_in(where: str) -> None:
    """Put the fault in."""
    from psdash.dashboard import launch
    from psdash.dashboard.panes.ladder import Ladder
    from psdash.dashboard.screens.dashboard_screen import DashboardScreen
    from psdash.gateway.lookup import Lookup
    from psdash.gateway.market_gateway import MarketGateway

    places: dict[str, tuple[Any, str, Any]] = {
        "start": (launch, "open_dashboard", fault),
        "key": (DashboardScreen, "action_flip", fault),
        "paint": (Ladder, "recentre", from_now_on),
        "worker": (Lookup, "load", late_fault),
        "gateway": (MarketGateway, "event", fault),
        "unwatched": (DashboardScreen, "action_flip", everywhere_at_once),
        "picture": (DashboardScreen, "action_flip", picture),
    }
    setattr(*places[where])


if __name__ == "__main__":
    put_in(sys.argv[1])
    raise SystemExit(cli.main(sys.argv[2:]))
