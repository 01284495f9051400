"""The tables of what ministries report, and of what the clock says."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from milestones.models import Deadline, Evidence, Milestone, OverduePeriod, ReadingCorrection, StatusUpdate

from .columns import SOURCE, columns, milestone_page, page
from .definitions import Field, Table, with_words

MILESTONES = Table(
    "milestones",
    _("Milestones"),
    _("a milestone, with its published words and how they are read today"),
    Milestone.objects.all,
    with_words(
        [
            *columns(
                Milestone,
                "id",
                "commitment",
                "position",
                "group",
                "title",
                "title_ko",
                "title_note",
                "published_start",
                "published_end",
                "starts_on",
                "due_on",
                "due_precision",
                "cadence",
                "open_ended",
                "readable",
                "reading_reason",
                *SOURCE,
            ),
            milestone_page("commitment__plan__slug", "commitment__number", "position"),
        ],
        {
            "published_start": _("The plan's own words, which may be a dash."),
            "published_end": _("The plan's own words, which may be a dash."),
            "due_on": _("The last due date that the words were read to mean."),
            "readable": _("False where the words name no date that can be told for certain."),
        },
    ),
    member="commitment__plan__member",
)
READING_CORRECTIONS = Table(
    "reading_corrections",
    _("Corrections of readings"),
    _("a person's correction of how a milestone's words are read"),
    ReadingCorrection.objects.all,
    with_words(
        columns(
            ReadingCorrection,
            "id",
            "milestone",
            "made_on",
            "institution",
            "reason",
            "starts_on",
            "due_on",
            "precision",
            "open_ended",
            "as_read",
        ),
        {
            "institution_id": _("Empty: an administrator of the tracker. The person is not public."),
            "as_read": _("True: earlier corrections are taken back from that day on."),
        },
    ),
    member="milestone__commitment__plan__member",
)
DEADLINES = Table(
    "deadlines",
    _("Deadlines"),
    _("the last day on which a milestone, or one round of it, is in time"),
    Deadline.objects.all,
    with_words(
        columns(
            Deadline,
            "id",
            "milestone",
            "position",
            "starts_on",
            "due_on",
            "precision",
            "set_on",
            "withdrawn_on",
            "amends",
            "correction",
            "reason",
        ),
        {
            "due_on": _("A month, quarter or year is due on its last day."),
            "set_on": _("The deadline is in force from this day on; empty: since the plan."),
            "withdrawn_on": _("The deadline is in force until the day before; empty: still."),
            "correction_id": _("The correction that it was set by."),
        },
    ),
    member="milestone__commitment__plan__member",
)
OVERDUE_PERIODS = Table(
    "overdue_periods",
    _("Overdue periods"),
    _("days on end on which a deadline is overdue"),
    OverduePeriod.objects.all,
    with_words(
        columns(OverduePeriod, "deadline", "milestone", "plan", "first_on", "until", "earliest"),
        {
            "until": _("The first day on which it is not overdue any more."),
            "earliest": _(
                "True for the deadline of its milestone that has been due for longest: on a day D, the rows with "
                "first_on ≤ D < until count overdue milestones."
            ),
        },
    ),
    member="member",
    key=("deadline_id", "first_on"),
    description=_("For past and future days, as far as the facts are known when the files are made."),
    is_derived=True,
)
STATUS_UPDATES = Table(
    "status_updates",
    _("Status reports"),
    _("what a ministry, or a civil-society co-owner, reported on a milestone, once it was approved"),
    StatusUpdate.objects.approved,
    with_words(
        [
            *columns(
                StatusUpdate,
                "id",
                "milestone",
                "deadline",
                "on_date",
                "status",
                "what_was_done",
                "challenges",
                "next_step",
                "institution",
                "as_co_owner",
                "published_on",
            ),
            page(
                "commitment",
                "milestone__commitment__plan__slug",
                "milestone__commitment__number",
                "id",
                after=lambda pk: f"#report-{pk}",
            ),
        ],
        {
            "deadline_id": _("Empty: it is about the whole milestone."),
            "on_date": _("The day that the report is about."),
            "published_on": _("The day on which it became public. On an earlier day it was not known."),
            "as_co_owner": _("True: what civil society says, which never counts as what the ministry says."),
        },
    ),
    member="milestone__commitment__plan__member",
)
EVIDENCE = Table(
    "evidence",
    _("Evidence"),
    _("a link or a file that shows what a report says"),
    lambda: Evidence.objects.filter(update__review=StatusUpdate.Review.APPROVED),
    with_words(
        [
            *columns(Evidence, "id"),
            Field(
                "status_update_id",
                "integer",
                _("status report"),
                ("update_id",),
                required=True,
                refers_to="status_updates",
            ),
            *columns(Evidence, "title", "url", "file_name", "content_type", "size", "sha256"),
            Field(
                "file_address",
                "string",
                _("address of the file"),
                ("id", "url"),
                _("Where a file can be had; empty for a link."),
                convert=lambda pk, url: "" if url else f"{settings.SITE_URL}{reverse('evidence', args=[pk])}",
            ),
        ],
        {"url": _("Empty for a file."), "sha256": _("Of the file; empty for a link.")},
        {"size": _("bytes")},
    ),
    member="update__milestone__commitment__plan__member",
)
