"""docs/keys.md, made from the table that binds the keys: `python -m tools.keys > docs/keys.md`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from psdash.dashboard.commands import CODES
from psdash.dashboard.keymap import TABLE, Group, Key, Place

_HEAD: Final = """# Keys

Made by `python -m tools.keys > docs/keys.md`; the same table makes the help inside the program (`?`).

Every command works without a mouse. A key of a pane works while that pane has the focus (`Tab`, or `1` to `6`).
`Ctrl+P` finds every command by its name or its short code, and every market by its words.
"""
_FOOT: Final = """
## Keys of your own

In the configuration file (docs/settings.md), a table `[keys]` gives a command other keys, by its id:

```toml
[keys]
"market.flip" = "n"
"view.detail" = "f2, ctrl+d"
```

A key is a character (`n`, `N`, `;`), a name (`f2`, `pageup`, `space`, `escape`), or a name with `ctrl+`, `alt+` or
`shift+` before it; several keys have commas between them. The help and the key line show what is in force. psdash
does not start, and says why (exit code 3), when an id does not exist, a key does not, or two commands that can be
given at the same moment would have the same key.
"""
#: Where a key works, in words.
_PLACES: Final = {
    Place.APP: "everywhere",
    Place.DASHBOARD: "dashboard",
    Place.PANE: "panes",
    Place.MARKET_LIST: "market list",
    Place.SHEET: "help, detail, log",
}


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for group in Group:
        keys = [key for key in TABLE if key.group is group]
        if keys:
            parts.append(f"\n## {group.value}\n\n{_table(keys)}")
    return "".join([*parts, _FOOT])


def _table(keys: Sequence[Key]) -> str:
    rows = ["| key | what it does | works in | code | id |", "|---|---|---|---|---|"]
    for key in keys:
        place = _PLACES.get(key.place, key.place.value.replace("-", " "))
        shown = " ".join(f"`{each}`" for each in key.shown.split())
        code = f"`{CODES[key.id]}`" if key.id in CODES else ""
        cells = (shown, key.means, place, code, f"`{key.id}`")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
