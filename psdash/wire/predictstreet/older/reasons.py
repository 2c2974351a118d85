"""Why a settlement failed, in words: the contract's error by its four-byte selector (protocol §11)."""

from typing import Final

MEANINGS: Final = {"0xc56873ba": "the order had expired before the chain took it"}
"""The one selector that a page names (`OrderExpired`); any other is shown with the venue's own text."""


def in_words(selector: str, text: str) -> str:
    """A phrase for a person; both arguments may be empty. `text` is safe already."""
    meaning = MEANINGS.get(selector.lower(), "")
    told = " ".join(filter(None, (text, selector and f"({selector})")))
    if meaning and told:
        return f"{meaning}: {told}"
    return meaning or told or "no reason was given"
