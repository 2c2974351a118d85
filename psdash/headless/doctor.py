"""`psdash doctor`: is everything there that psdash needs, and if not, what to do. One finding a line as it comes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psdash.configuration import load_settings
from psdash.gateway.clock import system_wall_ms
from psdash.headless import machine_checks, source_checks, venue_checks
from psdash.headless.output import print_line
from psdash.headless.report import Report, right, wrong
from psdash.headless.running import run_until_signal
from psdash.registry import DEFAULT
from psdash.settings import EndpointSource, Exit, Settings, SettingsError, VenueUnavailableError


class Doctor:
    """One examination. `settings` first, then `examine` or, when there are none, `code`."""

    def __init__(self, environ: Mapping[str, str], *, as_json: bool) -> None:
        encoding = (sys.stdout.encoding or "").lower().replace("-", "")
        plain = encoding != "utf8" or not machine_checks.is_utf8(environ)
        self._environ = environ
        self._report = Report(print_line, system_wall_ms, as_json=as_json, plain=plain)
        self._settings: Settings | None = None

    def settings(self, flags: Mapping[str, Any], config: Path | None) -> Settings | None:
        """Look at the machine. None when the settings are not usable: then that is all there is to see."""
        report = self._report
        try:
            self._settings = load_settings(flags, self._environ, config)
        except SettingsError as error:
            what, _, rest = str(error).partition("; ")
            remedy = rest or "correct or remove it; psdash --help and docs/settings.md say what it can be"
            report.add(wrong("settings", what, remedy, Exit.CONFIGURATION))
        else:
            for finding in machine_checks.configuration(self._environ, config):
                report.add(finding)
            report.add(machine_checks.credential(self._environ, self._settings))
            for finding in machine_checks.proxy(self._environ):
                report.add(finding)
        for finding in machine_checks.terminal(self._environ):
            report.add(finding)
        return self._settings

    @property
    def code(self) -> int:
        """What the findings so far amount to."""
        return self._report.code

    def examine(self, source: EndpointSource) -> int:
        """Look at the venue; returns the exit code."""
        return run_until_signal(self._examine(source))

    async def _examine(self, source: EndpointSource) -> int:
        report, settings = self._report, self._settings
        assert settings is not None
        try:
            endpoint = await source()
        except VenueUnavailableError as error:
            report.add(wrong("embedded exchange", str(error), "see its log", Exit.NETWORK))
            return report.code
        for each in endpoint.every:
            if each.source == DEFAULT:
                where = "DEMO: the embedded exchange, at" if settings.is_demo else f"{each.label},"
                report.add(right("venue", f"{where} {each.host}"))
                async for finding in venue_checks.venue(each, settings.slugs):
                    report.add(finding)
            else:
                report.add(await source_checks.source(each))
        return report.code
