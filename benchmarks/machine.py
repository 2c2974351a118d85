"""The machine under the figures: its cores, what a process used of them, and what else it was doing."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

_PINS: Final = hasattr(os, "sched_setaffinity")
_CORES: Final = sorted(os.sched_getaffinity(0)) if _PINS else []
#: The core of what is measured, and of everything else: exchange, tap, terminal. The same one on a small machine.
TESTED: Final = _CORES[-1] if _CORES else None
OTHER: Final = _CORES[0] if _CORES else None


#: Niceness of everything that belongs to a figure, where we may: other work shall not take the core from it.
_NICE: Final = -10


def pinning(core: int | None) -> Callable[[], None]:
    """For `Popen(preexec_fn=...)`: keep the child on one core and before other work, where the system allows it."""
    return partial(pin_here, core)


def pin_here(core: int | None) -> None:
    """Keep this process on one core and before other work, where the system allows it."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    if hasattr(os, "setpriority"):
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    # Linux shares a core between sessions first, and by niceness only inside each.
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICE))


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has used, all threads that live included (Linux: nanoseconds exact)."""
    total_ns = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total_ns += int((task / "schedstat").read_text().split()[0])
    return total_ns / 1e9


def rss_kb(pid: int) -> int:
    """Resident memory in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ProcessLookupError(f"{pid} has no memory")


def load() -> float:
    """Processes that wanted a core, on average of the last minute."""
    return round(os.getloadavg()[0], 2)


def facts() -> dict[str, str | int | float]:
    """What a reader of the figures should know of the machine; no name and no address of it."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "textual": version("textual"),
        "websockets": version("websockets"),
        "pydantic": version("pydantic"),
        "load": load(),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or sys.platform
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
