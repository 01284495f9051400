"""A snapshot for tests that render one and store nothing."""

from datetime import date

from assessments import snapshots
from assessments.models import Snapshot

FROZEN = date(2026, 3, 1)


def frozen(assessment, language="en", on=FROZEN, version=1, **changes) -> Snapshot:
    """A snapshot of the rows as they are, that is not stored; *changes* are made to its data."""
    address = f"https://tracker.example.org/self-assessments/{assessment.slug}/versions/{version}/"
    own = {"version": version, "frozen_on": on.isoformat(), "address": address}
    data = snapshots.snapshot(assessment, language) | own | changes
    return Snapshot(
        subject=f"self-assessment/{assessment.slug}",
        kind=Snapshot.Kind.SELF_ASSESSMENT,
        assessment=assessment,
        plan=assessment.plan,
        language=language,
        version=version,
        data=data,
        sha256=snapshots.digest(data),
        frozen_on=on,
    )
