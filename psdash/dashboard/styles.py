"""Where the style sheets are: inside the package when it was installed from a wheel, beside it in a clone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_NAMES: Final = ("app.tcss", "dashboard.tcss", "sheets.tcss")


def style_paths() -> list[Path]:
    """Every style sheet, in the order they apply. Raises FileNotFoundError when the installation is broken."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "styles", package.parent / "styles"):
        paths = [folder / name for name in _NAMES]
        if all(path.is_file() for path in paths):
            return paths
    raise FileNotFoundError("psdash's style sheets are not where the package was installed; install it again")
