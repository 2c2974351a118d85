"""The command palette: every command by its name or by its short code, and every market by its words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from textual.app import SystemCommand
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from psdash.dashboard.keymap import Key
from psdash.market.catalogue import Market

#: Short codes by the id of the command. What a hand that knows them types: Ctrl+P, OB, Enter.
CODES: Final = {
    "pane.ladder": "OB",
    "pane.tape": "TS",
    "pane.chart": "CH",
    "pane.orders": "ORD",
    "pane.fills": "FIL",
    "pane.vault": "VLT",
    "market.list": "MKT",
    "market.favourite": "FAV",
    "market.grid": "GRD",
    "market.alerts": "ALR",
    "view.signals": "SIG",
    "view.activity": "ACT",
    "view.log": "LOG",
    "view.detail": "DTL",
    "view.help": "HLP",
}
#: Above whatever the fuzzy matcher gives.
_CODE: Final = 10.0
_CODE_BEGUN: Final = 5.0
#: Under the commands: markets are many.
_MARKET: Final = 0.01
_MARKETS: Final = 12


def title_of(key: Key) -> str:
    """How a command stands in the palette: its code, its name, its key."""
    code = CODES.get(key.id, "")
    return f"{code:<4}{key.label}  ({key.shown})"


class CommandProvider(Provider):
    """What the palette finds. The app gives the commands and opens markets."""

    async def discover(self) -> Hits:
        """Every command, before anything is typed."""
        for command in self._commands():
            yield DiscoveryHit(Content(command.title), command.callback, text=command.title, help=command.help)

    async def search(self, query: str) -> Hits:
        """Commands whose code or name matches, then markets whose words do."""
        matcher = self.matcher(query)
        typed = query.strip().lower()
        for command in self._commands():
            code = command.title[:4].strip().lower()
            score = matcher.match(command.title)
            if code and code == typed:
                score = _CODE
            elif code and typed and code.startswith(typed):
                score = _CODE_BEGUN + score
            if score > 0:
                yield Hit(score, Content(command.title), command.callback, text=command.title, help=command.help)
        find: Callable[[str, object], Sequence[Market]] | None = getattr(self.app, "find_markets", None)
        if find is None or len(typed) < 2:
            return
        for rank, market in enumerate(find(typed, self.screen)[:_MARKETS]):
            name = ": ".join(part for part in (market.event, market.group or market.title) if part) or market.slug
            # Foreign text is content, never markup.
            yield Hit(_MARKET / (rank + 1), Content(f"    {name}"), self._opener(market.slug), text=name)

    def _commands(self) -> list[SystemCommand]:
        return sorted(self.app.get_system_commands(self.screen), key=lambda each: each.title[4:])

    def _opener(self, slug: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            open_market: Callable[[str], None] = self.app.open_market  # type: ignore[attr-defined]
            open_market(slug)

        return run
