"""Text and frames made to break whoever reads them: endless, from a generator, without a socket.

`STRINGS` are texts for every sink of a screen; `messages` are whole WebSocket text messages (valid UTF-8 all); bytes
that break the WebSocket framing itself are in `RAW`. None of them is a believable lie: a client may show the text
made safe, must count what it rejects, and must be as right afterwards as before.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

ESC = "\x1b"

#: Hostile texts: control characters, terminal commands, markup, bidi, width, size.
STRINGS: tuple[str, ...] = (
    "\x00", "\x07bell", "a\rb", "a\nb", "a\tb", "a\x08\x08\x08b", "\x7f", "\x0c", "\x0b", "\x85", "\x9b31mred",
    f"{ESC}[2J{ESC}[H", f"{ESC}[31mred{ESC}[0m", f"{ESC}]0;title\x07", f"{ESC}]52;c;UFdORUQ=\x07",
    f"{ESC}]52;c;UFdORUQ={ESC}\\", f"{ESC}]8;;https://evil.example/{ESC}\\link{ESC}]8;;{ESC}\\",
    f"{ESC}P+q544e{ESC}\\", f"{ESC}c", f"{ESC}[6n", f"{ESC}[?1049l", f"{ESC}[?1000h", f"{ESC}#8", f"{ESC}",
    f"{ESC}[", f"{ESC}_Gf=24;AAAA{ESC}\\", "\x9d52;c;UFdORUQ=\x9c", "\x90+q544e\x9c", "\u009b2J", "[red]", "[/]",
    "[/", "[", "]", "[[", "[b]bold[/b]", "[@click=app.quit]odds[/]", "[@click=app.bell()]x[/]",
    "[link=https://evil.example]x[/link]", "Trump [R] vs [D]", "[on red]", "[[[[[[", r"\[", "[$primary]",
    "[not-a-tag", "\u202egnp.exe", "\u2066left\u2069", "\u200frtl", "\u200b\u200b", "\ufeffbom", "\u2028line",
    "\u2029para", "\u00ad", "\u0301\u0301\u0301", "a"+"\u0300" * 200, "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1e6", "\u1160\u1160", "\uff37\uff29\uff24\uff25", "\u5bbd" * 40, "\ufdfd" * 10, "\ue000", "\ufffe",
    "\U000e0041\U000e007f", "\ud7ff", "\U0010ffff", "", " ", " " * 300, "A" * 5_000, "-", "--", "../../etc/passwd",
    "..%2f..%2f", "%00", "%n%s%x", "{0.__class__}", "${HOME}", "`id`", "$(id)", "; rm -rf /", "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>", "<b>", "&lt;", "'; DROP TABLE t;--", "{{7*7}}", "\\u001b[2J", "\\x1b[2J", "null",
    "NaN", "Infinity", "true", "0", "1e1000000",
)  # fmt: skip

#: What no price and no size is.
NUMBERS: tuple[object, ...] = (
    "1e1000000", "-0.5", "NaN", "sNaN", "Infinity", "-Infinity", "0x1", "1_0", "\u0661\u0662", "", " ", "0.5 ", "+",
    ".", "9" * 400, "0."+"1" * 400, "1e400", None, True, [], {}, [0.5], {"value": "0.5"}, "abc", "\x00", "0.5\n",
)  # fmt: skip

#: Bytes that are no WebSocket frame a server may send (RFC 6455 §5): the client has to close, with what code it says.
RAW: dict[str, bytes] = {
    "invalid UTF-8": b"\x81\x04\xff\xfe\xfd\xfc",
    "reserved opcode": b"\x83\x02hi",
    "reserved bit": b"\xb1\x02hi",
    "masked by the server": b"\x81\x82\x00\x00\x00\x00hi",
    "fragmented ping": b"\x09\x00",
    "long ping": b"\x89\x7e\x00\x80" + b"p" * 128,
    "continuation of nothing": b"\x80\x02hi",
    "a terabyte to come": b"\x81\x7f" + (2**40).to_bytes(8, "big"),
    "negative length": b"\x81\x7f" + (2**63).to_bytes(8, "big"),
    "not WebSocket at all": b"HTTP/1.1 400 Bad Request\r\n" + b"X-Padding: 0\r\n" * 8 + b"\r\n",
}


def messages(rng: random.Random) -> Iterator[bytes]:
    """An endless iterator of malformed and hostile text messages. Same generator, same messages."""
    while True:
        text = rng.choice(_KINDS)(rng)
        yield text.encode()


def mangled(rng: random.Random, body: dict[str, Any]) -> bytes:
    """A copy of a push, as a decoded object, with something in it that nobody can take for true."""
    body = json.loads(json.dumps(body))
    rng.choice(_MANGLERS)(rng, body)
    return _dump(body).encode()


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _text(rng: random.Random) -> str:
    return rng.choice(STRINGS)


# --- whole messages ----------------------------------------------------------------------------------------------


def _not_json(rng: random.Random) -> str:
    return "".join(chr(rng.randrange(32, 127)) for _ in range(rng.randrange(1, 80)))


def _broken(rng: random.Random) -> str:
    whole = _dump({"type": "book_delta", "sid": rng.randrange(9), "channel": "token_book", "data": {"bids": []}})
    return whole[: rng.randrange(1, len(whole) - 1)]


def _raw_control(rng: random.Random) -> str:
    return '{"type":"error","message":"' + rng.choice(("\x00", "\n", "\x1b[2J", "\x07", "\x01\x02")) + '"}'


def _no_object(rng: random.Random) -> str:
    return rng.choice(("[]", "1", '"text"', "null", "true", "[[]]", "{}", "-0", "1e5", "", " ", "NaN", "\ufeff{}"))


def _deep(rng: random.Random) -> str:
    depth = rng.choice((50, 500, 5_000, 60_000))
    opening, closing = rng.choice((("[", "]"), ('{"data":', "}")))
    return opening * depth + ("0" + closing * depth if rng.random() < 0.5 else "")


def _huge_number(rng: random.Random) -> str:
    number = rng.choice(("1e1000000", "9" * 5_000, "-" + "9" * 400, "1" + "0" * 400, "1E400", "0." + "0" * 400 + "1"))
    return '{"type":"pong","id":2147483001,"ts":' + number + ',"serverTs":' + number + "}"


def _unknown_type(rng: random.Random) -> str:
    return _dump({"type": _text(rng) + str(rng.randrange(10**6)), "data": {"text": _text(rng)}, "serverTs": 1})


def _stranger(rng: random.Random) -> str:
    """A push of a subscription that does not exist."""
    sid: object = rng.choice((0, -1, 2**31, 2**70, "1", None, [], 1.5, True))
    kind, channel = rng.choice((("book_delta", "token_book"), ("trade_matched", "token_trade_matches"), ("x", "y")))
    return _dump({"type": kind, "sid": sid, "channel": channel, "id": _text(rng), "serverTs": -1, "data": {}})


def _error(rng: random.Random) -> str:
    return _dump({"type": "error", "id": 2_147_483_000, "code": _text(rng), "message": _text(rng), "serverTs": 1})


def _wrong_types(rng: random.Random) -> str:
    junk: tuple[object, ...] = (None, True, 1.5, "x", [], {}, [1], {"a": 1})
    names = ("id", "type", "sid", "channel", "serverTs", "seq", "data", "accepted", "rejected")
    kinds = ("connected", "subscribed", "book_delta", "book_snapshot", "trade_matched", "error", "pong")
    body = {"type": rng.choice(kinds), "sid": 2**40, "data": rng.choice(junk)}
    body |= {name: rng.choice(junk) for name in rng.sample(names, 3)}
    return _dump(body)


def _twice(rng: random.Random) -> str:
    return '{"type":"pong","type":"error","id":2147483002,"id":"' + str(rng.randrange(99)) + '","message":"twice"}'


def _surrogate(_: random.Random) -> str:
    return '{"type":"error","id":2147483003,"code":"\\ud800","message":"\\udfff\\u0000\\u001b[2J"}'


def _long(rng: random.Random) -> str:
    return _dump({"type": "x" * rng.randrange(1_000, 60_000), "data": {}})


def _many_keys(rng: random.Random) -> str:
    return _dump({f"k{index}": index for index in range(rng.randrange(100, 3_000))})


_KINDS: tuple[Callable[[random.Random], str], ...] = (
    _not_json, _broken, _raw_control, _no_object, _deep, _huge_number, _unknown_type, _stranger, _error, _wrong_types,
    _twice, _surrogate, _long, _many_keys,
)  # fmt: skip


# --- copies of true pushes, spoilt -------------------------------------------------------------------------------


def _spoil_number(rng: random.Random, body: dict[str, Any]) -> None:
    data = body["data"]
    levels = [level for side in ("bids", "asks") for level in data.get(side, ())]
    holder = rng.choice(levels) if levels else data
    holder[rng.choice(("price", "quantity"))] = rng.choice(NUMBERS)


def _spoil_seq(rng: random.Random, body: dict[str, Any]) -> None:
    body["seq"] = rng.choice(("12", None, [], {}, 1.5, True, -1, "NaN"))
    body["data"] = rng.choice((None, [], "x", 0))


def _spoil_data(rng: random.Random, body: dict[str, Any]) -> None:
    body["data"] = rng.choice((None, [], "x", 0, True, {"bids": 1, "asks": None}, {"bids": [[]], "asks": [{}]}))


def _spoil_sides(rng: random.Random, body: dict[str, Any]) -> None:
    data = body["data"]
    for side in ("bids", "asks"):
        data[side] = rng.choice((1, "x", [1], [None], [{"price": "0.5"}], [{"quantity": "1"}], {"0.5": "1"}))
    for name in ("price", "quantity", "tradeId"):
        data[name] = None


def _spoil_names(rng: random.Random, body: dict[str, Any]) -> None:
    body["channel"], body["id"] = _text(rng) + "?", _text(rng)


_MANGLERS: tuple[Callable[[random.Random, dict[str, Any]], None], ...] = (
    _spoil_number, _spoil_seq, _spoil_data, _spoil_sides, _spoil_names,
)  # fmt: skip
