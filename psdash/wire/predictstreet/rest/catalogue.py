"""Markets and events (protocol §7.1-§7.5).

Rows that cannot be read are left out and counted (`listed - len(rows)`): one odd market must not hide the other 499.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, OnErrorOmit, model_validator

from psdash.wire.predictstreet import guesses
from psdash.wire.predictstreet.guesses import path
from psdash.wire.predictstreet.rest.bodies import FewRows, ListBody, count_rows
from psdash.wire.predictstreet.scalars import LowerCondition, Token
from psdash.wire.scalars import (
    AnyAmount,
    AnyPrice,
    AnySize,
    Count,
    Decoration,
    IsoMs,
    Label,
    NullIsEmpty,
    Opaque,
    SafeText,
    UpperWord,
    WireModel,
    Word,
)


class MarketRecord(WireModel):
    """A market, as in lists and as its own page (protocol §7.2). Tokens and condition are None until deployed on
    chain.
    """

    market_id: Annotated[Opaque | None, Decoration] = Field(None, alias="id")
    event_id: Annotated[Opaque | None, Decoration] = Field(None, alias="eventId")
    symbol: Opaque
    slug: Opaque
    title: SafeText
    group_label: Annotated[Label | None, Decoration] = Field(None, alias="groupItemTitle")
    condition: LowerCondition | None = Field(None, alias="conditionId")
    yes_token: Token | None = Field(None, alias="yesTokenId")
    no_token: Token | None = Field(None, alias="noTokenId")
    status: UpperWord
    outcome_count: Annotated[Count | None, Decoration] = Field(None, alias="outcomeCount")
    outcome_labels: Annotated[list[Label], Field(max_length=256), NullIsEmpty] = Field([], alias="outcomeLabels")
    fair_value: Annotated[AnyPrice | None, Decoration] = Field(None, alias="initialFairValue")
    initial_prices: Annotated[list[AnyPrice] | None, Field(max_length=256), Decoration] = Field(
        None, alias="initialOutcomePrices"
    )
    prices: Annotated[list[AnyPrice] | None, Field(max_length=256), Decoration] = Field(None, alias="outcomePrices")
    taker_fee_bps: Annotated[Count | None, Decoration] = Field(None, alias="feeTakerBps")
    opens_ms: Annotated[IsoMs | None, Decoration] = Field(None, alias="opensAt")
    closes_ms: Annotated[IsoMs | None, Decoration] = Field(None, alias="closesAt")
    kickoff_ms: Annotated[IsoMs | None, Decoration] = Field(None, alias="kickoff")
    paused_ms: Annotated[IsoMs | None, Decoration] = Field(None, alias="pausedAt")
    resolved_ms: Annotated[IsoMs | None, Decoration] = Field(None, alias="resolvedAt")
    created_ms: Annotated[IsoMs | None, Decoration] = Field(None, alias="createdAt")
    updated_ms: Annotated[IsoMs | None, Decoration] = Field(None, alias="updatedAt")
    payouts: Annotated[list[AnySize] | None, Field(max_length=256), Decoration] = Field(
        None, alias="payoutNumerators"
    )
    resolution_source: Annotated[SafeText | None, Decoration] = Field(None, alias="officialDataSource")
    resolution_criteria: Annotated[SafeText | None, Decoration] = Field(None, alias="resolutionCriteria")
    neg_risk: Annotated[bool | None, Decoration] = Field(None, alias="negRiskEligible")
    volume: Annotated[AnyAmount | None, Decoration] = Field(None, alias="totalVolume")
    volume_24h: Annotated[AnyAmount | None, Decoration] = Field(None, alias="volume24h")


class MarketBody(MarketRecord):
    """`GET /api/markets/{slug}` (protocol §7.2), also where the venue wraps it as `{"market": ...}`."""

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, value: Any) -> Any:
        inner = value.get("market") if isinstance(value, dict) else None
        return inner if isinstance(inner, dict) else value


MarketRows = Annotated[list[OnErrorOmit[MarketRecord]], FewRows, NullIsEmpty]


class MarketsBody(WireModel):
    """`GET /api/markets` (protocol §7.1). `listed` counts the rows sent, `markets` holds those that could be read."""

    listed: Annotated[int, BeforeValidator(count_rows)] = Field(validation_alias=path("markets"))
    markets: MarketRows


class EventRecord(WireModel):
    """An event with its markets (protocol §7.3)."""

    event_id: Opaque = Field(alias="id")
    slug: Opaque
    title: SafeText
    group: Word | None = None
    stage: Word | None = None
    team_a: Word | None = Field(None, alias="teamA")
    team_b: Word | None = Field(None, alias="teamB")
    starts_ms: Annotated[IsoMs | None, Decoration] = Field(None, alias="eventStartTime")
    listed: Annotated[int, BeforeValidator(count_rows)] = Field(0, validation_alias=path("markets"))
    markets: MarketRows = []


class EventsBody(ListBody):
    """`GET /api/events`; the wrapper's key is GUESS (protocol §7.3)."""

    rows_key = "events"

    listed: Annotated[int, BeforeValidator(count_rows)] = Field(validation_alias=guesses.REST_EVENTS["events"])
    events: Annotated[list[OnErrorOmit[EventRecord]], FewRows, NullIsEmpty] = Field(
        validation_alias=guesses.REST_EVENTS["events"]
    )
