"""The real program with more markets watched than the command line takes: `python -m benchmarks.watcher 200`."""

from __future__ import annotations

import os
import sys

from benchmarks.many_markets import slug_of
from psdash.configuration import load_settings
from psdash.dashboard.app import PsdashApp
from psdash.settings import VenueEndpoint


def main() -> None:
    settings = load_settings({"slugs": (slug_of(0),)}, os.environ, None)
    app = PsdashApp(settings, VenueEndpoint(settings))
    app.session.wanted.extend(slug_of(number) for number in range(1, int(sys.argv[1])))
    app.run(mouse=False)


if __name__ == "__main__":
    main()
