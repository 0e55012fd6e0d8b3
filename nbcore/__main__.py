"""`python -m nbcore` is the command `nbcore`."""

import sys

from .command import main

sys.exit(main())
