"""What a milestone's words mean, as it was known on a day: read by the rules, or corrected by a person.

A correction holds from the day on which it was made. Before that day, and after it was taken back, the words' own
reading holds; so the answer for a past day stays the same, whatever is corrected later.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from commitments.models import ActionPlan

from .conventions import conventions_of
from .models import Milestone, ReadingCorrection
from .schedule import Due, Reading, read_schedule
from .tokens import DAY_MONTH_ORDER, OVER_NEW_YEAR, TWO_DIGIT_YEAR
from .wordings import SPREADSHEET_NUMBER

CORRECTIONS = Prefetch("corrections", ReadingCorrection.objects.select_related("institution__parent__parent"))
NOTES = {
    DAY_MONTH_ORDER: _(
        "Ambiguous: it could also be read as another day. It was read in the order usual in this country: %(member)s."
    ),
    OVER_NEW_YEAR: _("Ambiguous: a season over the new year is taken to belong to the year in which it begins."),
    TWO_DIGIT_YEAR: _("The year is written with two digits; it is taken to be in this century."),
    SPREADSHEET_NUMBER: _("A spreadsheet seems to have changed this date into a number; it was changed back."),
}
AMBIGUOUS = {DAY_MONTH_ORDER, OVER_NEW_YEAR}
FIELDS = ["starts_on", "due_on", "due_precision", "cadence", "open_ended", "readable", "reading_reason"]


def read_in_plan(published_start: str, published_end: str, plan: ActionPlan) -> Reading:
    """The words of a plan, by its member's conventions and inside its period."""
    conventions = conventions_of(plan.member.code, plan.member.time_zone)
    return read_schedule(published_start, published_end, plan.starts_on, plan.ends_on, conventions)


def reading_of_words(milestone: Milestone, plan: ActionPlan) -> Reading:
    return read_in_plan(milestone.published_start, milestone.published_end, plan)


def reading_of_correction(correction: ReadingCorrection) -> Reading:
    """What a person said that the words mean: one deadline, or none because there is no end."""
    facts = {"starts_on": correction.starts_on, "open_ended": correction.open_ended}
    if correction.open_ended:
        return Reading(**facts)
    due = Due(correction.starts_on, correction.due_on, correction.precision)
    return Reading(due_on=due.due_on, precision=due.precision, deadlines=[due], **facts)


def reading_after(milestone: Milestone, plan: ActionPlan, correction: ReadingCorrection | None) -> Reading:
    """The reading once the correction, or none, was the latest."""
    if correction is None or correction.as_read:
        return reading_of_words(milestone, plan)
    return reading_of_correction(correction)


def put_reading(milestone: Milestone, reading: Reading):
    """Writes a reading into the milestone's own fields (``FIELDS``), without saving it."""
    milestone.starts_on, milestone.due_on = reading.starts_on, reading.due_on
    milestone.due_precision, milestone.cadence = reading.precision, reading.cadence
    milestone.open_ended, milestone.readable = reading.open_ended, reading.readable
    milestone.reading_reason = reading.reason


def put_readings_on(milestones: Iterable[Milestone], plan: ActionPlan, on: date):
    """Gives a plan's milestones the reading that held on the day, unsaved. One query, however many.

    ``corrected`` is the latest correction on the day, or None; ``reading_notes`` are the codes of what is open to doubt
    in a reading of the words.
    """
    milestones = list(milestones)
    prefetch_related_objects(milestones, CORRECTIONS)
    for milestone in milestones:
        milestone.corrected = milestone.correction_on(on)
        reading = reading_after(milestone, plan, milestone.corrected)
        milestone.reading_notes = reading.notes
        if milestone.corrections.all():
            put_reading(milestone, reading)
