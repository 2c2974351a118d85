"""A link to the clipboard: what a stranger wrote, so only what is an address of the web, and safe for a terminal."""

from __future__ import annotations

import re
from typing import Any, Final

from textual.app import App

_LINK: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[\x21-\x7e]{0,1000})?")
_TOAST_S: Final = 6.0


def copy_link(app: App[Any], url: str) -> None:
    """Send a link to the terminal's clipboard, and say so; or say why not."""
    if not url:
        app.notify("This one has no link.", severity="warning", timeout=_TOAST_S, markup=False)
    elif _LINK.fullmatch(url) is None:
        app.notify(
            "Its link is no plain web address: not copied.", severity="warning", timeout=_TOAST_S, markup=False
        )
    else:
        app.copy_to_clipboard(url)
        said = f"Sent to the clipboard: {url[:120]} Your terminal must allow it (OSC 52; in tmux: set-clipboard on)."
        app.notify(said, timeout=_TOAST_S, markup=False)
