"""Styles: what `CSI ... m` and a hyperlink make of the cells after them, and the shortest way from one to another.

A style is interned and named by one character, so that a row of styles is a `str` and is compared, cut and searched
in C. Style 0 is the terminal's default.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

#: Names stay below the surrogates, so that a row of them is two bytes a cell in UTF-16.
MAX_STYLES: Final = 0xD000
_MAX_REMEMBERED: Final = 20_000

#: Attribute that is set, and what takes it (and its companions) away again; ECMA-48 §8.3.117.
_OFF: Final = {
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "21": "24",
    "5": "25",
    "6": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "51": "54",
    "52": "54",
    "53": "55",
}
_TAKEN_BY: Final = {off: frozenset(on for on, its in _OFF.items() if its == off) for off in _OFF.values()}
#: Numbers that follow `38` or `48`, by the number after it: an index of a palette, or red, green and blue.
_COLOUR_LENGTH: Final = {"5": 1, "2": 3}


class StylesFullError(Exception):
    """More styles than there are names: the owner of the table sweeps out those that no cell uses."""


@dataclass(frozen=True, slots=True)
class Style:
    """`fg` and `bg` are parameters (`"31"`, `"38;2;1;2;3"`; empty: the default), `on` the attributes that are set.

    `extra` holds parameters that mean nothing to psdash, in their order; `link` is the body of an OSC 8, or empty.
    """

    fg: str = ""
    bg: str = ""
    on: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()
    link: str = ""

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Neighbours in this order have most in common, so that the way from one to the next is short."""
        return self.link, self.bg, self.fg, "".join(sorted(self.on))

    def parameters(self) -> list[str]:
        """What leads to this style from the default one."""
        return [*sorted(self.on, key=int), *self.extra, *filter(None, (self.fg, self.bg))]

    def after(self, parameters: str) -> Style:
        """This style after `CSI parameters m`. What is not known is kept as it stands, until the next reset."""
        fg, bg, on, extra = self.fg, self.bg, set(self.on), list(self.extra)
        words = parameters.split(";")
        at = 0
        while at < len(words):
            word = words[at].lstrip("0")
            at += 1
            if not word:
                fg, bg, on, extra = "", "", set(), []
            elif word in _OFF:
                on.add(word)
            elif word in _TAKEN_BY:
                on -= _TAKEN_BY[word]
            elif word in ("38", "48"):
                length = _COLOUR_LENGTH.get(words[at], 0) if at < len(words) else 0
                colour = words[at : at + 1 + length]
                at += len(colour)
                if not length or len(colour) != 1 + length:
                    extra.append(";".join((word, *colour)))
                elif word == "38":
                    fg = ";".join((word, *colour))
                else:
                    bg = ";".join((word, *colour))
            elif word == "39":
                fg = ""
            elif word == "49":
                bg = ""
            elif word.isdecimal() and (30 <= int(word) <= 37 or 90 <= int(word) <= 97):
                fg = word
            elif word.isdecimal() and (40 <= int(word) <= 47 or 100 <= int(word) <= 107):
                bg = word
            else:
                extra.append(word)
        return Style(fg, bg, frozenset(on), tuple(extra), self.link)


DEFAULT: Final = Style()


class StyleTable:
    """The styles in use, by name, and the memory of the ways between them."""

    def __init__(self, *, colours: bool = True, links: bool = True) -> None:
        """Without `colours` every style is the default one; without `links` hyperlinks are none."""
        self._has = {"colours": colours, "links": links}
        self._styles: list[Style] = [DEFAULT]
        self._ids: dict[Style, int] = {DEFAULT: 0}
        self._after: dict[tuple[str, str], str] = {}
        self._ways: dict[str, str] = {}
        #: Whether a change of colour is longer than a cursor move.
        self.has_long_colours = False

    def __len__(self) -> int:
        return len(self._styles)

    def style(self, name: str) -> Style:
        """The style of a name."""
        return self._styles[ord(name)]

    def name(self, style: Style) -> str:
        """The name of a style. Raises StylesFullError."""
        found = self._ids.get(style)
        if found is None:
            found = len(self._styles)
            if found >= MAX_STYLES:
                raise StylesFullError
            self._styles.append(style)
            self._ids[style] = found
            if ";" in style.fg or ";" in style.bg:
                self.has_long_colours = True
        return chr(found)

    def after(self, name: str, parameters: str) -> str:
        """The name of a style after `CSI parameters m`. Raises StylesFullError."""
        key = (name, parameters)
        found = self._after.get(key)
        if found is None:
            if len(self._after) >= _MAX_REMEMBERED:
                self._after.clear()
            style = self.style(name).after(parameters) if self._has["colours"] else DEFAULT
            found = self._after[key] = self.name(style)
        return found

    def linked(self, name: str, link: str) -> str:
        """The name of a style with another hyperlink. Raises StylesFullError."""
        style = self.style(name)
        if not (self._has["links"] and self._has["colours"]):
            return name
        return self.name(Style(style.fg, style.bg, style.on, style.extra, link))

    def way(self, old: str, new: str) -> str:
        """The shortest sequence that turns style `old` into style `new`."""
        if old == new:
            return ""
        key = old + new
        found = self._ways.get(key)
        if found is None:
            if len(self._ways) >= _MAX_REMEMBERED:
                self._ways.clear()
            found = self._ways[key] = _way(self.style(old), self.style(new))
        return found

    def order(self, names: Iterable[str]) -> list[str]:
        """Names so that neighbours have much in common."""
        styles = self._styles
        return sorted(names, key=lambda name: styles[ord(name)].order)

    def kept(self, names: Iterable[str]) -> tuple[StyleTable, dict[int, str]]:
        """A table of these styles only, and how to translate rows of the old names into rows of the new ones."""
        table = StyleTable(**self._has)
        return table, {ord(name): table.name(self.style(name)) for name in names}


def _way(old: Style, new: Style) -> str:
    link = "" if old.link == new.link else f"\x1b]8;{new.link or ';'}\x1b\\"
    old_look, new_look = (old.fg, old.bg, old.on, old.extra), (new.fg, new.bg, new.on, new.extra)
    if old_look == new_look:
        return link
    whole = new.parameters()
    anew = f"\x1b[0;{';'.join(whole)}m" if whole else "\x1b[m"
    if old.extra or new.extra:
        return link + anew
    lost = old.on - new.on
    changes = sorted({_OFF[each] for each in lost}, key=int)
    # What takes one attribute away takes its companions too: they are set again.
    kept = {each for each in old.on & new.on if _OFF[each] not in changes}
    changes += sorted(new.on - kept, key=int)
    if old.fg != new.fg:
        changes.append(new.fg or "39")
    if old.bg != new.bg:
        changes.append(new.bg or "49")
    step = f"\x1b[{';'.join(changes)}m"
    return link + (step if len(step) <= len(anew) else anew)
