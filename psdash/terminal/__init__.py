"""The last hop: what reaches the terminal, how fast, and how it is left. Knows bytes and cells, nothing of markets.

```
 app ─ writes ─▶ parser ─▶ grid (wanted) ┐                      ┌ outlet: a descriptor that never blocks
                   │                     ├─ diff ─▶ frame ─ if ─┤ credit: little is on its way
                   └ handed on, unknown ─┘                      └ cap:    within the limit
 app ◀ Textual's parser ◀ intake ◀ bytes     (answers to the questions at the end of frames go to the credit)
```

`Screen` is the pure core (output in, frames out), `CellDriver` the Textual driver around it, `LastHop` what the app
holds of the two. `LastHop().driver_class` is what to give to `textual.app.App(driver_class=...)`.
"""

from __future__ import annotations

import sys

from psdash.terminal.hop import LastHop
from psdash.terminal.importance import Importance, Region
from psdash.terminal.measures import Measures
from psdash.terminal.screen import Frame, Screen

__all__ = ["CellDriver", "Frame", "Importance", "LastHop", "Measures", "Region", "Screen"]

if sys.platform != "win32":
    from psdash.terminal.driver import CellDriver
