"""A module that takes three seconds to import, as any does on a busy machine: it gets little CPU time, but some."""

import time

for _ in range(15):
    time.sleep(0.2)
    until = time.process_time() + 0.02
    while time.process_time() < until:
        pass
