"""The one place where foreign text is made safe to show, to log or to write.

A market title is written by a stranger, and Textual and Rich pass terminal escapes on byte for byte (reliability §0
fact 8). So every string of the venue goes through `safe_text` where it enters, and again at each sink that paints
or logs it: the function is idempotent and costs a fraction of a microsecond on plain ASCII. Markup is another
matter: no character escapes it reliably (reliability §0 fact 7), so sinks must also take text as `Content` or
`Text`, never as markup.

Standard library only: `wire` stands on this module.
"""

from unicodedata import category, is_normalized, name, normalize

__all__ = ["ELLIPSIS", "REPLACEMENT", "clip", "is_safe", "mixes_alphabets", "safe_bytes", "safe_text"]

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

_MAX_MARKS = 2  # combining marks a base may carry: Vietnamese and Hebrew need two, a Zalgo text needs forty
_SPACES = frozenset("\t\n\r\x85\u2028\u2029")
# Invisible, but at home in honest text (emoji sequences, Persian, German): dropped without a trace. Variation
# selectors and skin tones go with them, because terminals disagree on the width of what they alter and one wrong
# width shears a whole row.
_SILENT = frozenset(
    [
        *(0x00AD, 0x034F, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF),
        *range(0xFE00, 0xFE10),
        *range(0x1F3FB, 0x1F400),
        *range(0xE0100, 0xE01F0),
    ]
)
# Two of these are a flag, of two cells or of four, as the terminal pleases; the letters they stand for are two.
_FLAG_LETTERS = {0x1F1E6 + at: chr(ord("A") + at) for at in range(26)}
# Letters and symbols by category, blank on every screen: they make two different titles look the same.
_BLANK_LETTERS = frozenset([0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0])
_LOOKALIKES = frozenset(["LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "MATHEMATICAL"])
# Unassigned ones as well: what a newer Unicode makes of them, this interpreter and the terminal need not agree on.
_FORBIDDEN = frozenset(["Cc", "Cf", "Cs", "Co", "Cn"])
_MARKS = frozenset(["Mn", "Mc"])


def safe_text(raw: str, limit: int = 512) -> str:
    """Return `raw` as one line that no terminal, log or table can be harmed by, at most `limit` code points long.

    Controls (C0, DEL, C1), format characters (bidi controls and tags among them), surrogates, private use,
    noncharacters and unassigned code points become U+FFFD, a run of them one; line breaks, tabs and odd spaces become
    a space; a flag becomes its letters; a base keeps two combining marks and a mark without a base is dropped; the
    rest is in NFC. What was cut ends in an ellipsis.
    Never raises, whatever the string; the work is bounded by `limit`, not by the length of `raw` (reliability §3.1,
    "terminal escape").
    """
    if raw.isascii() and raw.isprintable():
        return clip(raw, limit)
    head = raw[: 4 * limit]  # enough for `limit` bases with all their marks; a longer run of marks is an attack
    text = _filtered(head)
    if not is_normalized("NFC", text):
        # Composition exclusions turn one character into several, so that a base can exceed its marks again.
        text = normalize("NFC", _filtered(normalize("NFC", text)))
    return clip(text + ELLIPSIS if len(raw) > len(head) else text, limit)


def safe_bytes(raw: str | bytes, limit: int = 200) -> str:
    """`safe_text` of a frame as it came off the socket, for the log line about a malformed one. Never raises."""
    if isinstance(raw, bytes):
        return safe_text(raw[: 16 * limit].decode("utf-8", "replace"), limit)
    return safe_text(raw, limit)


def is_safe(text: str) -> bool:
    """Whether `safe_text` would leave every character of `text` as it is (its length apart)."""
    return safe_text(text, len(text) + 1) == text


def mixes_alphabets(text: str) -> bool:
    """Whether a word of `text` has letters of two alphabets that look alike, as a forged name has them
    (CVE-2021-42694).
    """
    if text.isascii():
        return False
    return any(len(_alphabets(word)) > 1 for word in text.split() if not word.isascii())


def _alphabets(word: str) -> frozenset[str]:
    found = (name(char, "").partition(" ")[0] for char in word if char.isalpha())
    return _LOOKALIKES.intersection(found)


def clip(text: str, limit: int) -> str:
    """Cut to `limit` code points, the last of them an ellipsis when something was cut. Cells are the sink's
    business.
    """
    if len(text) <= limit:
        return text
    return text[: limit - 1] + ELLIPSIS if limit > 0 else ""


def _filtered(text: str) -> str:
    kept: list[str] = []
    marks = _MAX_MARKS  # a mark at the very start has no base of its own: it would climb onto the sink's last cell
    for char in text:
        if " " <= char <= "~":
            kept.append(char)
            marks = 0
            continue
        code = ord(char)
        if code in _SILENT:
            continue
        kind = category(char)
        if kind == "Me":
            continue  # a ring around a letter has no cell of its own and needs two
        if code in _FLAG_LETTERS:
            kept.append(_FLAG_LETTERS[code])
            marks = 0
            continue
        if kind in _MARKS and code not in _BLANK_LETTERS:
            if marks < _MAX_MARKS:
                kept.append(char)
                marks += 1
            continue
        if char in _SPACES or kind == "Zs":
            kept.append(" ")
            marks = 0
        elif kind in _FORBIDDEN or code in _BLANK_LETTERS:
            if not kept or kept[-1] != REPLACEMENT:
                kept.append(REPLACEMENT)
            marks = _MAX_MARKS  # a mark on the replacement sign would only garble it
        else:
            kept.append(char)
            marks = 0
    return "".join(kept)
