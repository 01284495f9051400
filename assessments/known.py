"""What had been said by a day: by the government in its self-assessments, and by the IRM."""

from datetime import date

from django.db.models import Case, DateField, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from .editions import stood_on
from .models import Coding, IRMReview, SelfAssessment, SelfAssessmentEntry

A_YEAR = r"^\d{4}$"  # all that OGP's data says of when a report was published


def entries_known(on):
    """Entries of self-assessments that were published by the day, as they then stood."""
    return (
        SelfAssessmentEntry.ever.filter(stood_on(on), assessment__stage="published", assessment__published_on__lte=on)
        .select_related("assessment__document", "document")
        .order_by("assessment__published_on")
    )


def of_known_reviews(rows, on: date, path: str):
    """Rows whose review, at *path*, was known on the day. A review whose own day no source states was known at the
    latest when the document that quotes it was published; one of which only the year is stated, when that year was
    over. Adds ``known_on``, null when no day is known."""
    last_year = on.year if (on.month, on.day) == (12, 31) else on.year - 1
    wording = f"{path}published_wording"
    of_a_year = ~Q(**{f"{wording}__regex": A_YEAR}) | Q(**{f"{wording}__lte": str(last_year).zfill(4)})
    return (
        rows.annotate(known_on=Coalesce(f"{path}published_on", f"{path}document__published_on"))
        .filter(Q(known_on__lte=on) | Q(known_on=None) & of_a_year)
        .order_by(F("known_on").asc(nulls_first=True), wording, f"{path}pk")
    )


def codings_known(on: date):
    """Codings of final reviews known on the day, as they then stood."""
    known = of_known_reviews(Coding.ever.public().filter(stood_on(on)), on, "review__")
    return known.select_related("review__document", "document")


def reviews_known(on: date):
    """Final reviews known on the day."""
    return of_known_reviews(IRMReview.objects.public(), on, "").select_related("document")


def self_assessments_known(on: date):
    """Self-assessments published by the day, and those that were open to comment from the day or earlier."""
    open_to_comment = Q(stage="public_comment", comment_from__lte=on)
    return SelfAssessment.objects.filter(Q(stage="published", published_on__lte=on) | open_to_comment)


def day_known(review: str = ""):
    """The day from which ``codings_known`` knows a final review, in SQL; null where not even a year is stated, so that
    no day can be named. *review* leads from the row to the review, as in ``"review__"``."""
    end_of_year = Cast(Concat(f"{review}published_wording", Value("-12-31")), DateField())
    year = Case(
        When(**{f"{review}published_wording__regex": r"^[12]\d{3}$"}, then=end_of_year), output_field=DateField()
    )
    return Coalesce(f"{review}published_on", f"{review}document__published_on", year)
