"""From settings to an exit code: the way into the dashboard."""

from __future__ import annotations

import signal
from typing import Final

from textual.worker import WorkerFailed

from psdash.dashboard.app import PsdashApp
from psdash.dashboard.painting.themes import THEMES, theme_named
from psdash.dashboard.remap import RemapError, remapped
from psdash.settings import EndpointSource, Settings, SettingsError

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def open_dashboard(settings: Settings, source: EndpointSource) -> int:
    """Run the dashboard on this terminal until the person leaves; returns the exit code.

    The terminal is restored before anything is raised: SettingsError when no market of the command line exists, the
    theme is not known or the keys cannot be remapped so, VenueUnavailableError when there is nothing to dial, and
    whatever broke the app.
    """
    if theme_named(settings.theme) is None:
        names = ", ".join(theme.name for theme in THEMES)
        raise SettingsError(f"There is no theme {settings.theme}. The themes: {names}.")
    try:
        table = remapped(settings.keys)
    except RemapError as error:
        raise SettingsError(f"keys in the configuration file: {error}") from None
    app = PsdashApp(settings, source, key_table=table)
    before = {signum: signal.getsignal(signum) for signum in _SIGNALS}
    try:
        app.run(mouse=settings.mouse_on)
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    failure = app.failure
    if isinstance(failure, WorkerFailed):
        failure = failure.error
    if failure is not None:
        raise failure
    return int(app.return_code or 0)
