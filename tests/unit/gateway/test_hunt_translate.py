"""Prediction Hunt's signals as rows: who did what for how much, and nothing called executable that is not."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from psdash.gateway.predictionhunt import translate
from psdash.wire.predictionhunt import FadeFinderUpdate, SmartMoneyUpdate, decode_frame

WALLET = "0x" + "ab" * 20


def frame(channel: str, body: dict[str, Any]) -> Any:
    kind = f"{channel}_update"
    return decode_frame(json.dumps({"channel": channel, "type": kind, "ts": 1.5, "data": body}).encode())


def test_a_fade_names_both_wallets_and_what_they_did() -> None:
    update = frame(
        "fade_finder",
        {
            "title": "Lakers?",
            "platform_buy": "polymarket",
            "data": {
                "profitable_wallet": {
                    "userAddr": WALLET, "pnl_to_date": 1234.5, "outcome": "Lakers", "side": "BUY", "price": 0.4,
                    "amount": 50,
                },
                "losing_wallet": {"pnl_to_date": -99.6, "outcome": "Celtics", "side": "SELL", "price": 0.6},
                "profitable_wallet_count": 3,
                "time_delta_min": 6.25,
            },
        },
    )  # fmt: skip
    assert isinstance(update, FadeFinderUpdate)
    signal = translate.fade(update, 0)
    assert [(leg.side, leg.price) for leg in signal.legs] == [
        ("BUY Lakers", Decimal("0.4")),
        ("SELL Celtics", Decimal("0.6")),
    ]
    assert signal.executable is None  # what a wallet traded is nothing that is still on offer
    assert signal.detail == (
        "winner 0xabab...abab (+$1,234 to date) for $50.00, loser (-$100 to date), 6.2 minutes apart, "
        "3 winning wallets in all"
    )


def test_a_wallets_sale_is_no_purchase() -> None:
    body = {"data": {"outcome": "No", "side": "SELL", "price": 0.71, "amount": 122.41, "pnl_to_date": 607898.3}}
    update = frame("smart_money", body)
    assert isinstance(update, SmartMoneyUpdate)
    signal = translate.smart_money(update, 0)
    assert signal.legs[0].side == "SELL No"
    assert signal.detail == "wallet (+$607,898 to date) for $122.41"
