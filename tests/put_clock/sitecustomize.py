"""Read by each Python process whose clock a test puts (``PYTHONPATH``). libfaketime 0.9.10 leaves the monotonic clock
as it is when it is told to, but then refuses ``clock_nanosleep``, by which Python sleeps. Waiting for nothing sleeps.
"""

import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds) and None
