"""Final IRM reviews are told to followers when they are seen here, if their own day lies shortly before that."""

from zoneinfo import ZoneInfo

from django.utils import timezone

from assessments.models import IRMReview
from milestones.reminders import MORNING

from .models import Sighting
from .periods import day_before


def notice() -> int:
    """Writes down which final reviews are new; how many. What is seen before the morning's mails go out belongs to the
    day that is over, of which they tell. Two queries, however many reviews."""
    rows = IRMReview.objects.public().filter(sighting=None).select_related("plan__member")
    found = [Sighting(review=review, seen_on=day_seen(review)) for review in rows]
    return len(Sighting.objects.bulk_create(found, ignore_conflicts=True))


def day_seen(review: IRMReview):
    now = timezone.localtime(timezone=ZoneInfo(review.plan.member.time_zone))
    return now.date() if now.hour > MORNING else day_before(now.date())
