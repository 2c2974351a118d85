"""In which order a table's rows stand, and which of them: pure, for any kind of row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from psdash.text import safe_text

R = TypeVar("R")
#: What rows are put in order by; None is what nobody knows, and always stands last.
Key = Decimal | int | str | None

_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which column, and whether the largest comes first. Column None is the table's own order."""

    column: int | None = None
    falls: bool = False


def in_order(rows: Iterable[R], key_of: Callable[[R], Key], *, falls: bool) -> list[R]:
    """The rows by a key; those without one stay last, equal ones as they were. Words go before case."""
    known: list[tuple[Decimal | int | str, R]] = []
    unknown: list[R] = []
    for row in rows:
        key = key_of(row)
        if key is None:
            unknown.append(row)
        else:
            known.append((key.casefold() if isinstance(key, str) else key, row))
    known.sort(key=lambda pair: pair[0], reverse=falls)  # a column has one kind
    return [row for _, row in known] + unknown


def next_column(now: Sorting, columns: Sequence[int], falls_first: Callable[[int], bool]) -> Sorting:
    """The next of these columns to sort by, from the left; after the last, the table's own order."""
    later = [at for at in columns if now.column is None or at > now.column]
    return Sorting(later[0], falls_first(later[0])) if later else Sorting()


def matches(words: str, typed: str) -> bool:
    """Whether a row's words hold everything typed, whatever the case."""
    text = words.casefold()
    return all(word in text for word in typed.casefold().split())


class TypedLine:
    """A line of text that a person is typing, key by key."""

    def __init__(self) -> None:
        self.text = ""
        self.is_open = False

    def open(self) -> None:
        """Take keys from now on."""
        self.is_open = True

    def close(self) -> None:
        """Take no more keys; what was typed stays."""
        self.is_open = False

    def clear(self) -> None:
        """Forget what was typed."""
        self.text = ""
        self.is_open = False

    def paste(self, text: str) -> None:
        """Take a piece of foreign text."""
        self.text = safe_text((self.text + safe_text(text, _LONGEST)).lstrip(), _LONGEST)

    def key(self, key: str, character: str | None) -> bool:
        """Take a key, named as Textual does. False for one that is not this line's business."""
        if key == "enter":
            self.close()
        elif key == "escape":
            self.clear()
        elif key == "backspace":
            self.text = self.text[:-1]
        elif key == "ctrl+u":
            self.text = ""
        elif key == "ctrl+w":
            self.text = self.text.rstrip().rpartition(" ")[0]
        elif character is not None and character.isprintable():
            self.paste(character)
        else:
            return False
        return True
