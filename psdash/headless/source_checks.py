"""What `psdash doctor` tries on a source beside PredictStreet: whether it answers, and takes the key."""

from __future__ import annotations

import asyncio
from typing import Final

from psdash.account.account import Account
from psdash.gateway.lookup import VenueUnreachableError
from psdash.headless.report import Finding, right, wrong
from psdash.market.board import Board
from psdash.registry import SOURCES
from psdash.settings import Endpoint, Exit
from psdash.sources.opening import open_session

_DEADLINE_S: Final = 15.0


async def source(endpoint: Endpoint) -> Finding:
    """One finding: it is reached and lists its markets with this key, or why not."""
    title, board = SOURCES[endpoint.source].title, Board()
    venue = open_session(endpoint, board, Account(), lambda _: None)
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await venue.load_catalogue()
    except VenueUnreachableError as error:
        return wrong(title, str(error), "is the key right, and this machine online?", Exit.NETWORK)
    except TimeoutError:
        return wrong(title, f"no answer within {_DEADLINE_S:g} s", "is this machine online?", Exit.NETWORK)
    finally:
        await venue.close()
    known = f", {len(board.catalogue):,} markets" if len(board.catalogue) else ""
    return right(title, f"{endpoint.label}, {endpoint.host}: it answers{known}")
