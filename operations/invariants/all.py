"""Every check, in the order in which they are run: the database first, since the others rest on it."""

from . import database, deadlines, derived, files, jobs, notices, reports

CHECKS = [
    *database.CHECKS,
    *reports.CHECKS,
    *deadlines.CHECKS,
    *notices.CHECKS,
    *derived.CHECKS,
    *jobs.CHECKS,
    *files.CHECKS,
]
