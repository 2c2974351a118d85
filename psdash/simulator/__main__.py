"""`python -m psdash.simulator` is `psdash sim`."""

import sys

from psdash.simulator.cli import main

sys.exit(main())
