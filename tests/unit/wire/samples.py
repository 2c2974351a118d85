"""The recorded shapes under tests/fixtures, found and read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from psdash.wire.predictstreet import rest

ROOT = Path(__file__).parents[2] / "fixtures" / "predictstreet"

YES = "60550363974013526351721227761627460394700175914670861601864197814578471666136"
CONDITION = "0x22a88c544e7ab9000000000000000000000000000000000000000000000000aa"
WALLET = "0x1111111111111111111111111111111111111111"
VAULT = "0x2222222222222222222222222222222222222222"
TX = "0x39007378b1a4c6de5f0213243546576879808a9babbccddeef00112233445566"
TRADE = "6f3b0f5e-3a2f-4f0e-9a55-0d6f5f2b7c11"
ORDER = "b2f6c1de-7a41-4d5c-8a0b-93c2f1e6a704"

REST_MODELS: dict[str, type[BaseModel]] = {
    "markets": rest.MarketsBody,
    "market": rest.MarketRecord,
    "events": rest.EventsBody,
    "event": rest.EventRecord,
    "orderbook": rest.BookBody,
    "trades": rest.TapeBody,
    "ohlc": rest.CandlesBody,
    "price_history": rest.PriceHistoryBody,
    "platform_status": rest.PlatformBody,
    "orders_open": rest.OrdersBody,
    "orders_history": rest.OrdersBody,
    "order": rest.OrderRecord,
    "me_trades": rest.MyTradesBody,
    "me_balances": rest.BalancesBody,
    "me_positions": rest.PositionsBody,
    "me_vault": rest.VaultBody,
    "vault_positions": rest.VaultPositionsBody,
    "error_flat": rest.ErrorBody,
    "error_nested": rest.ErrorBody,
    "error_scope": rest.ErrorBody,
}


def names(folder: str) -> list[str]:
    """Fixture names of a folder, without the ending."""
    found = sorted(path.name.removesuffix(".json") for path in (ROOT / folder).glob("*.json"))
    assert found, f"no fixtures in {folder}"
    return found


def raw(name: str) -> bytes:
    """A fixture as it would arrive."""
    return (ROOT / f"{name}.json").read_bytes()


def load(name: str) -> Any:
    return json.loads(raw(name))


def edited(name: str, **changes: Any) -> bytes:
    """A frame with top-level keys replaced; a value of `...` removes the key."""
    return _with(load(name), changes)


def edited_data(name: str, **changes: Any) -> bytes:
    """A push with keys of its `data` replaced; a value of `...` removes the key."""
    frame = load(name)
    frame["data"] = json.loads(_with(frame["data"], changes))
    return json.dumps(frame).encode()


def _with(body: dict[str, Any], changes: dict[str, Any]) -> bytes:
    return json.dumps({key: value for key, value in {**body, **changes}.items() if value is not ...}).encode()
