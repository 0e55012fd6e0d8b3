"""A module whose import never ends, and uses no CPU time."""

import time

time.sleep(3600)
