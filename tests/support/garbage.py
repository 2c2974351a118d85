"""What a terminal may say that nobody asked for: cut, forged, from another century, or no text at all."""

from __future__ import annotations

import random
from typing import Final

#: Each of these ended a program of Textual's stock driver, or is next of kin to one that did.
CORPUS: Final = (
    b"\x1b[M \xff\xfe",  # an X10 mouse report past column 95
    b"\x1b[M\x20\x21\x22\x1b[M\xff\xff\xff",
    b"\xff\xfe\x80\x81",
    b"\xc3",  # a character cut short
    b"\xed\xa0\x80",  # a surrogate
    b"\x1b[99999999u",
    b"\x1b[1;2;1114112u",
    b"\x1b[97:65;5u",  # legal: the shifted key too
    b"\x1b[97;5:1u",  # legal: pressed
    b"\x1b[97;5:3u",  # legal: let go of
    b"\x1b[55296u",
    b"\x1b[:::;;;u",
    b"\x1b[1;5:2A",
    b"\x1b[48;24;80;0;0t",  # a size of no pixels; a mouse report after it divided by zero
    b"\x1b[<0;5;5M",
    b"\x1b[48;99999;99999;1;1t",
    b"\x1b[<99999999999;1;1M",
    b"\x1b[<0;-5;-5M",
    b"\x1b[<35;4294967296;1M",
    b"\x1b[?2048;2$y",
    b"\x1b[?1;2c\x1b[>41;354;0c\x1b[?62;22c",
    b"\x1b]11;rgb:0000/0000/0000\x1b\\\x1b]4;1;rgb:ff/ff/ff\x07",
    b"\x1bP>|terminal(1.0)\x1b\\",
    b"\x1b[12;40R\x1b[1;1R",
    b"\x1b[I\x1b[O\x1b[I",
    b"\x1b[" + b"1;" * 3000 + b"u",
    b"\x1b[" + b"9" * 5000 + b"~",
    b"\x00\x01\x02\x1c\x1d\x7f",
    b"\x1b\x1b\x1b\x1b[",
    b"\x1b[?2026;9$y\x1b[?2026;\x1b[?2026$y",
    b"\x1b[0n\x1b[3n\x1b[0n",
    b"\x1b]52;c;" + b"A" * 4000 + b"\x07",
    b"\x1b_Gi=1;OK\x1b\\",
    b"\x1b[?u\x1b[?0u\x1b[200~abc\x1b[0n\x1b[201~",
    b"\x9b0n\x9d0;x\x9c",
)

_FINALS: Final = b"uMmtRyncABCDEFHPQRSZ~$hl[]O"
_PARTS: Final = (b"\x1b[", b"\x1b", b"\x1b]", b"\x1bP", b"\x1bO", b"\x1b[<", b"\x1b[?", b"\x1b[M", b"\x9b")


def garbage(rng: random.Random) -> bytes:
    """One piece of it."""
    kind = rng.random()
    if kind < 0.15:
        return rng.choice(CORPUS[:25])
    if kind < 0.3:
        return rng.randbytes(rng.randrange(1, 12))
    if kind < 0.4:
        whole = rng.choice(CORPUS)[:60]
        return whole[: rng.randrange(1, len(whole) + 1)]
    numbers = (rng.choice((0, 1, 5, 65, 97, 1114111, 1114112, 10**9, 57358, 55296)) for _ in range(rng.randrange(5)))
    body = rng.choice((b";", b":", b";;")).join(str(number).encode() for number in numbers)
    return rng.choice(_PARTS) + body + bytes([rng.choice(_FINALS)])
