"""Which reports whom may see, and which jobs need another start."""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from .querysets import visible


class ReportQuerySet(QuerySet):
    def visible_to(self, user):
        """Reports of published self-assessments for everybody; of a draft only for the ministry that writes it."""
        return self.filter(visible(user, "assessment__stage", "assessment__plan__member"))

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
