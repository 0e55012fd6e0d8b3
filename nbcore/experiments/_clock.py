"""How long an experiment has computed, so that one on a slow machine does less and not longer."""

import sys
import time

# The browser's Python counts no time of the processor: there the clock has to do.
spent = time.perf_counter if sys.platform == "emscripten" else time.process_time
"""Seconds of CPU time from some point on."""
