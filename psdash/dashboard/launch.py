"""From settings to an exit code: the way into the dashboard."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from textual.worker import WorkerFailed

from psdash.dashboard.app import PsdashApp
from psdash.dashboard.painting.themes import THEMES, theme_for, theme_named
from psdash.dashboard.remap import RemapError, remapped
from psdash.settings import EndpointSource, Settings, SettingsError
from psdash.terminal import LastHop
from psdash.terminal.leaving import SIGNALS


def open_dashboard(
    settings: Settings, source: EndpointSource, *, on_open: Callable[[], object] = lambda: None
) -> int:
    """Run the dashboard on this terminal until the person leaves; returns the exit code.

    `on_open` is called once the venue is open, which is when all that a book needs is imported.

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
    hop = LastHop(max_kbps=settings.max_kbps, stock=settings.driver == "stock")
    app = PsdashApp(settings, source, hop=hop, key_table=table, on_open=on_open)
    if settings.theme is None:
        app.wear(theme_for(app.console.color_system, no_color=settings.no_color))
    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    if sys.__stdin__ is not None and sys.__stderr__ is not None:
        hop.restorer.arm(sys.__stdin__.fileno(), sys.__stderr__.fileno())
    try:
        app.run(mouse=settings.mouse_on)
    finally:
        hop.restorer.disarm()
        for signum, handler in before.items():
            signal.signal(signum, handler)
    failure = app.failure
    if isinstance(failure, WorkerFailed):
        failure = failure.error
    if failure is not None:
        raise failure
    return int(app.return_code or 0)
