"""Hello world on the libraries that psdash is built from: what none of its starts can go below.

`frame`: with psdash's settings validated, as its first frame needs them. `book`: and with the libraries of sockets
and HTTP imported. `memory`: and with plotext. Nothing of the dashboard, the gateways or the wire is imported.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Final

LIBRARIES: Final = {
    "frame": (),
    "book": ("httpx", "websockets.asyncio.client"),
    "memory": ("httpx", "websockets.asyncio.client", "plotext"),
}


def arguments_for(what: str) -> list[str]:
    """The command."""
    return [sys.executable, "-m", "benchmarks.floor", what]


def main(what: str) -> None:
    """Import and validate, then say hello."""
    gc.disable()  # as psdash does while it imports
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from benchmarks.hello import Hello
    from psdash.configuration import load_settings

    load_settings({}, os.environ)
    for library in LIBRARIES[what]:
        import_module(library)
    gc.enable()
    Hello().run()


if __name__ == "__main__":
    main(sys.argv[1])
