"""How fast frames become typed frames, as a ratio to `json.loads` of the same bytes in the same run.

Run it as `python benchmarks/decode.py`. Absolute times drift with the machine; the ratios are what to compare.
`json.loads` runs at 0.22 of orjson's speed on a delta and 0.49 on a snapshot (performance §1), which is what the
last column multiplies by.
"""

import json
import time
from collections.abc import Callable

from psdash.wire.predictstreet import decode_frame

OUTCOME = "60550363974013526351721227761627460394700175914670861601864197814578471666136"
CONDITION = "0x22a88c544e7ab9000000000000000000000000000000000000000000000000aa"
JSON_OF_ORJSON = {"delta": 0.22, "trade": 0.22, "snapshot": 0.49}
BODY = {"tokenId": OUTCOME, "conditionId": CONDITION, "outcomeIndex": 0}


def frames() -> dict[str, bytes]:
    """One frame of each kind that can come in thousands."""
    delta = {
        "type": "book_delta", "sid": 12, "channel": "token_book", "id": OUTCOME, "serverTs": 1778783113200,
        "seq": 128473, "prevSeq": 128472,
        "data": {**BODY, "bids": [{"price": "0.51", "quantity": "0"}], "asks": [{"price": "0.55", "quantity": "150"}],
                 "tsMs": 1778783113190},
    }  # fmt: skip
    trade = {
        "type": "trade_matched", "sid": 10, "channel": "token_trade_matches", "id": OUTCOME,
        "serverTs": 1778783112456,
        "data": {**BODY, "tradeId": "6f3b0f5e-3a2f-4f0e-9a55-0d6f5f2b7c11", "price": "0.52", "quantity": "100",
                 "side": "buy", "tsMs": 1778783112400},
    }  # fmt: skip
    levels = [{"price": f"{cents / 100:.2f}", "quantity": f"{cents * 137}.5", "count": 3} for cents in range(1, 100)]
    snapshot = {**delta, "type": "book_snapshot", "data": {**BODY, "bids": levels, "asks": levels, "tsMs": 1}}
    pairs = {"delta": delta, "trade": trade, "snapshot": snapshot}
    return {name: json.dumps(frame, separators=(",", ":")).encode() for name, frame in pairs.items()}


def best_us(call: Callable[[bytes], object], data: bytes) -> float:
    """Microseconds a call, the best of seven rounds of about 30 ms."""
    call(data)
    start = time.perf_counter()
    call(data)
    rounds = max(10, int(0.03 / max(time.perf_counter() - start, 1e-7)))
    best = float("inf")
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(rounds):
            call(data)
        best = min(best, (time.perf_counter() - start) / rounds)
    return best * 1e6


def main() -> None:
    print(f"{'frame':10}{'bytes':>8}{'json.loads us':>15}{'decode us':>11}{'x json.loads':>14}{'x orjson':>10}")
    for name, data in frames().items():
        plain, typed = best_us(json.loads, data), best_us(decode_frame, data)
        ratio = plain / typed
        print(f"{name:10}{len(data):8}{plain:15.2f}{typed:11.2f}{ratio:14.2f}{ratio * JSON_OF_ORJSON[name]:10.2f}")


if __name__ == "__main__":
    main()
