"""What the rest of the program knows of a source before it is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One source. `name` is what a person types; `form` what its markets are called.

    `mark` stands in the header, `noun` says what one of its names is. `rest_url` and `ws_url` are the real service's
    bases; `key_form` what a key of it looks like, `key_looks` the same in words. `simulator` is the module that
    stands in for it (`python -P -m`, and `main(argv)` of its `cli` or `__main__`). `gateway` is where a session with
    it is made, "module:class" (`psdash.sources.opening`); it is named and not imported, so that a source costs
    nothing until it is opened, and those below the gateways may know of it.
    """

    name: str
    title: str
    mark: str
    noun: str
    option: str
    form: re.Pattern[str]
    form_words: str
    example: str
    rest_url: str
    ws_url: str
    key_form: re.Pattern[str]
    key_looks: str
    simulator: str
    gateway: str
    #: Whether it knows the same questions on other venues (`psdash.sources.session.Matching`).
    tells_elsewhere: bool = False

    @property
    def key_env(self) -> str:
        """The variable that its key comes in; `_FILE` after it names a file."""
        return f"PSDASH_{self.name.upper()}_KEY"

    @property
    def key_file_env(self) -> str:
        return f"{self.key_env}_FILE"

    @property
    def key_file_key(self) -> str:
        """The key of the configuration file that names the file of its key."""
        return f"{self.name}_key_file"

    @property
    def url_envs(self) -> tuple[str, str]:
        """The variables of another REST base and another WebSocket base."""
        return f"PSDASH_{self.name.upper()}_REST_URL", f"PSDASH_{self.name.upper()}_WS_URL"
