"""Events of version 1 that version 2 does not have, or writes in another way (protocol §11).

The rest (lifecycle, platform, orders placed and cancelled) is read by version 2's models.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from psdash.wire.predictstreet.channels import Feed
from psdash.wire.predictstreet.guesses import path
from psdash.wire.predictstreet.market_events import (
    BookDelta as NewerDelta,
)
from psdash.wire.predictstreet.market_events import (
    BookSnapshot as NewerSnapshot,
)
from psdash.wire.predictstreet.market_events import (
    MarketPaused,
    MarketResolved,
    MarketStatus,
    MarketUnpaused,
    PlatformStatus,
    Push,
    TradeMatched,
)
from psdash.wire.predictstreet.older import guesses
from psdash.wire.predictstreet.older.reasons import in_words
from psdash.wire.predictstreet.scalars import Hex, OutcomeIndex, Seq, Token
from psdash.wire.predictstreet.user_events import OrderCancelled, OrderPlaced, UserFill
from psdash.wire.scalars import (
    AnyAmount,
    AnyCount,
    AnyMs,
    AnyOpaque,
    AnySize,
    AnyWord,
    Decoration,
    LowerAddress,
    LowerWord,
    Price,
    SafeText,
    Size,
    WordsOnly,
)

# --- public ---


class BookSnapshot(NewerSnapshot):
    """Body UNKNOWN: version 2's. One that names no sequence cannot be followed, and is refused as unreadable."""

    seq: Seq = Field(validation_alias=guesses.BOOK["seq"])
    state_hash: Hex | None = Field(None, validation_alias=guesses.BOOK["state_hash"])


class BookDelta(NewerDelta):
    """As `BookSnapshot`. The page says that the channel was accepted and not pushed then."""

    seq: Seq = Field(validation_alias=guesses.BOOK["seq"])
    prev_seq: Seq | None = Field(None, validation_alias=guesses.BOOK["prev_seq"])


class Trade(TradeMatched):
    """A print; body UNKNOWN. How far it is settled is never said."""

    kind: Literal["trade"] = Field(alias="type")  # type: ignore[assignment]  # it stands for version 2's match
    venue_ms: AnyMs = Field(validation_alias=guesses.TRADE["venue_ms"])
    trade_id: AnyOpaque | None = Field(None, validation_alias=guesses.TRADE["trade_id"])


# --- private ---


class OwnMatch(UserFill):
    """A fill of an own order at match time: the exchange's own payload with the own `side`. Names are GUESS."""

    kind: Literal["trade_matched"] = Field(alias="type")  # type: ignore[assignment]  # public in version 2
    trade_id: AnyOpaque = Field(validation_alias=guesses.OWN_MATCH["trade_id"])
    token: Token = Field(validation_alias=guesses.OWN_MATCH["token"])
    outcome_index: OutcomeIndex | None = Field(None, validation_alias=guesses.OWN_MATCH["outcome_index"])
    price: Price = Field(validation_alias=guesses.OWN_MATCH["price"])
    size: Size = Field(validation_alias=guesses.OWN_MATCH["size"])
    venue_ms: AnyMs = Field(validation_alias=guesses.OWN_MATCH["venue_ms"])


class OnChain(Push):
    """What the chain did; `tx_hash` and `block` where it was."""

    feed: ClassVar[Feed] = Feed.FILLS

    tx_hash: Hex | None = Field(None, validation_alias=path("data.txHash"))
    block: AnyCount | None = Field(None, validation_alias=path("data.blockNumber"))


class ChainFill(OnChain):
    """`trade_fill`: one side of a trade reached the chain. It names an order by its hash and no trade, so REST tells
    which fill it was. Amounts are integers in units of 10^-6; asset "0" is money.
    """

    kind: Literal["trade_fill"] = Field(alias="type")
    role: Annotated[LowerWord | None, Decoration] = Field(None, validation_alias=path("data.side"))
    order_hash: Hex = Field(validation_alias=path("data.orderHash"))
    maker_vault: Annotated[LowerAddress | None, Decoration] = Field(None, validation_alias=path("data.makerVault"))
    taker_vault: Annotated[LowerAddress | None, Decoration] = Field(None, validation_alias=path("data.takerVault"))
    maker_asset: Annotated[Token | None, Decoration] = Field(None, validation_alias=path("data.makerAssetId"))
    taker_asset: Annotated[Token | None, Decoration] = Field(None, validation_alias=path("data.takerAssetId"))
    maker_amount: Annotated[AnySize | None, Decoration] = Field(None, validation_alias=path("data.makerAmount"))
    taker_amount: Annotated[AnySize | None, Decoration] = Field(None, validation_alias=path("data.takerAmount"))
    fee: Annotated[AnyAmount | None, Decoration] = Field(None, validation_alias=path("data.fee"))


class TradeFailed(OnChain):
    """A settlement that the chain refused. It names the order and not the trade; `selector` is the contract's
    error.
    """

    kind: Literal["trade_failed"] = Field(alias="type")
    order_id: AnyOpaque = Field(validation_alias=path("data.orderId"))
    selector: Annotated[AnyWord, WordsOnly] = Field("", validation_alias=path("data.reason"))
    text: Annotated[SafeText, WordsOnly] = Field("", validation_alias=path("data.reasonText"))

    @property
    def reason(self) -> str:
        """Why, in words."""
        return in_words(self.selector, self.text)


class VaultDeployed(OnChain):
    """The wallet's vault exists from now on."""

    feed: ClassVar[Feed] = Feed.POSITIONS

    kind: Literal["vault.deploy_confirmed"] = Field(alias="type")
    vault: LowerAddress = Field(validation_alias=path("data.vaultAddress"))


class DepositConfirmed(OnChain):
    """Money came in: `amount` of `currency`, and what the ledger holds after it; as written by the venue."""

    feed: ClassVar[Feed] = Feed.POSITIONS

    kind: Literal["vault.deposit_confirmed"] = Field(alias="type")
    vault: Annotated[LowerAddress | None, Decoration] = Field(None, validation_alias=path("data.vaultAddress"))
    currency: Annotated[SafeText, WordsOnly] = Field("", validation_alias=path("data.token"))
    amount: AnySize = Field(validation_alias=path("data.amount"))
    ledger_after: Annotated[AnySize | None, Decoration] = Field(None, validation_alias=path("data.ledgerAfter"))


class UserPaused(OnChain):
    """The contract pauses a user until a block."""

    feed: ClassVar[Feed] = Feed.ORDERS

    kind: Literal["user_paused"] = Field(alias="type")
    user: LowerAddress = Field(validation_alias=path("data.user"))
    until_block: Annotated[AnyCount | None, Decoration] = Field(None, validation_alias=path("data.untilBlock"))


class UserUnpaused(OnChain):
    feed: ClassVar[Feed] = Feed.ORDERS

    kind: Literal["user_unpaused"] = Field(alias="type")
    user: LowerAddress = Field(validation_alias=path("data.user"))


OlderEvent = (
    BookSnapshot
    | BookDelta
    | Trade
    | MarketPaused
    | MarketUnpaused
    | MarketResolved
    | MarketStatus
    | PlatformStatus
    | OrderPlaced
    | OrderCancelled
    | OwnMatch
    | ChainFill
    | TradeFailed
    | VaultDeployed
    | DepositConfirmed
    | UserPaused
    | UserUnpaused
)
