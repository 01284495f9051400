"""The clock's own clock: beat goes on when the machine's is put back."""

from datetime import timedelta

from celery.beat import PersistentScheduler

TOLERATED = timedelta(seconds=1)  # that a clock may be put back without anything being noticed


class SteadyScheduler(PersistentScheduler):
    """Celery's scheduler, for which no job can have run in the future.

    Celery waits until a job's pause has passed since its last run, by the machine's clock. Where that went ahead by two
    days and was put right, beat would wait for two days, started anew or not, since the file of its schedule says so.
    """

    def tick(self, *args, **kwargs):
        if self.forget_the_future():
            self._heap = None  # it holds the moments that were worked out before: they are, too
        return super().tick(*args, **kwargs)

    def forget_the_future(self) -> int:
        """Jobs that are said to have run later than now have run now; how many those were."""
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > entry.default_now() + TOLERATED]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        return len(ahead)
