"""What had been said by a day: by the government in its self-assessments, and by the IRM."""

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from .models import Coding, SelfAssessmentEntry


def entries_known(on):
    """Entries of self-assessments that were published by the day."""
    return (
        SelfAssessmentEntry.objects.filter(assessment__stage="published", assessment__published_on__lte=on)
        .select_related("assessment__document", "document")
        .order_by("assessment__published_on")
    )


def codings_known(on):
    """Codings of final reviews known on the day. A review whose own date no source states was known at the latest when
    the document that quotes it was published."""
    return (
        Coding.objects.public()
        .annotate(known_on=Coalesce("review__published_on", "review__document__published_on"))
        .filter(Q(known_on=None) | Q(known_on__lte=on))
        .select_related("review__document", "document")
        .order_by(F("known_on").asc(nulls_first=True), "review__pk")
    )
