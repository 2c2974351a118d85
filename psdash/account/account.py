"""The private side of what is on the screen."""

from __future__ import annotations

from enum import StrEnum

from psdash.account.activity import ActivityLog
from psdash.account.fills import FillStore
from psdash.account.orders import OrderStore
from psdash.account.pause import Pause
from psdash.account.positions import PositionStore
from psdash.account.queue import OwnQueues
from psdash.account.wallets import Wallets
from psdash.market.freshness import OFF, Freshness


class AccountPane(StrEnum):
    """What the private gateway feeds, each with a freshness of its own."""

    ORDERS = "orders"
    FILLS = "fills"
    POSITIONS = "positions"


class Account:
    """The trader's own orders, fills and positions, as the venue tells them."""

    def __init__(self) -> None:
        self.orders = OrderStore()
        self.queues = OwnQueues(self.orders)
        self.fills = FillStore()
        self.positions = PositionStore()
        #: Tasks that moved, at a source that tells such things.
        self.activity = ActivityLog()
        #: What the person's wallets hold, at a source that tells it.
        self.wallets = Wallets()
        self.wallet: str = ""
        self.vault: str = ""
        #: The venue's contract keeps the wallet from trading; None while nobody says so.
        self.pause: Pause | None = None
        self.freshness: dict[AccountPane, Freshness] = dict.fromkeys(AccountPane, OFF)
