"""What had been said by a day: by the government in its self-assessments, and by the IRM."""

from datetime import date

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from .models import Coding, IRMReview, SelfAssessmentEntry

A_YEAR = r"^\d{4}$"  # all that OGP's data says of when a report was published


def entries_known(on):
    """Entries of self-assessments that were published by the day."""
    return (
        SelfAssessmentEntry.objects.filter(assessment__stage="published", assessment__published_on__lte=on)
        .select_related("assessment__document", "document")
        .order_by("assessment__published_on")
    )


def known_by(rows, on: date, review: str = ""):
    """Of rows with a review, those whose review was known on the day, with ``known_on``. *review* is the path to it. A
    review whose own day no source states was known at the latest when the document that quotes it was published; one of
    which only the year is stated, when that year was over."""
    last_year = on.year if (on.month, on.day) == (12, 31) else on.year - 1
    wording = f"{review}published_wording"
    in_time = ~Q(**{f"{wording}__regex": A_YEAR}) | Q(**{f"{wording}__lte": str(last_year).zfill(4)})
    known = rows.annotate(known_on=Coalesce(f"{review}published_on", f"{review}document__published_on"))
    return known.filter(Q(known_on__lte=on) | Q(known_on=None) & in_time)


def reviews_known(on: date):
    """Final reviews known on the day."""
    return known_by(IRMReview.objects.public(), on)


def codings_known(on: date):
    """Codings of final reviews known on the day."""
    return (
        known_by(Coding.objects.public(), on, "review__")
        .select_related("review__document", "document")
        .order_by(F("known_on").asc(nulls_first=True), "review__published_wording", "review__pk")
    )
