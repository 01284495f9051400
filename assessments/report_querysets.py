"""Which snapshots and reports whom may see, and which jobs need another start."""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet


def visible_snapshot(user, path: str = "") -> Q:
    """Who may see a snapshot: published versions everybody; a trial export who writes the draft: the ministry a
    self-assessment, the IRM a review. *path* leads from the row to its snapshot, as in ``"snapshot__"``."""
    if user.is_superuser:
        return Q()
    public = Q(**{f"{path}version__isnull": False})
    if user.has_perm("assessments.change_irmreview"):
        return public | Q(**{f"{path}kind__in": ["irm_plan", "irm_commitment"]})
    if user.has_perm("assessments.change_selfassessment") and user.institution_id:
        member = user.institution.member_id
        return public | Q(**{f"{path}kind": "self_assessment", f"{path}plan__member": member})
    return public


class SnapshotQuerySet(QuerySet):
    def visible_to(self, user):
        """Published versions for everybody; trial exports only for who writes the draft."""
        return self.filter(visible_snapshot(user))

    def published(self):
        """Numbered versions: citable, and public for good."""
        return self.filter(version__isnull=False)

    def trials(self):
        """Exports of drafts."""
        return self.filter(version=None)

    def light(self):
        """Without what only a version's own page or file needs."""
        return self.defer("data", "differences")


class ReportQuerySet(QuerySet):
    def visible_to(self, user):
        """Reports of published versions for everybody; of a draft only for who writes it."""
        return self.filter(visible_snapshot(user, "snapshot__"))

    def light(self):
        """With the snapshot beside each report, but for its data."""
        return self.select_related("snapshot").defer("snapshot__data", "snapshot__differences")

    def finished(self):
        return self.filter(state="done")

    def claimable(self, pk, now: datetime, silence: timedelta):
        """The report, if nobody is working on it: waiting, or its worker has been silent for too long."""
        lost = Q(state="running") & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=now - silence))
        return self.filter(Q(state="queued") | lost, pk=pk)

    def abandoned(self, now: datetime, silence: timedelta):
        """Reports whose message was lost or whose worker died: they need another message."""
        waiting = Q(state="queued", created_at__lt=now - silence, heartbeat_at=None)
        retried = Q(state="queued", heartbeat_at__lt=now - silence)
        lost = Q(state="running", heartbeat_at__lt=now - silence)
        return self.filter(waiting | retried | lost).order_by(F("created_at").asc())
