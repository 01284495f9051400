"""Writes that touch more than one row: reading, correcting and amending deadlines, and the life of a report."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.translation import gettext as _

from commitments.dates import local_date

from . import history, periods
from .models import Deadline, Milestone, ReadingCorrection, Status, StatusUpdate
from .querysets import may_review_co_owners
from .readings import FIELDS, put_reading, reading_after, reading_of_words
from .schedule import Reading


def refresh_periods(milestone: Milestone):
    """What is overdue follows from what has just been written."""
    periods.refresh(Milestone.objects.filter(pk=milestone.pk))


def write_deadlines(milestone: Milestone, reading: Reading, correction: ReadingCorrection | None, **made):
    """Brings the deadlines that a reading has made (the published ones without a correction) to what it says.

    *made* goes into new rows alone. A row that an amendment or a report points to is kept.
    """
    for position, due in enumerate(reading.deadlines, 1):
        facts = {"starts_on": due.starts_on, "due_on": due.due_on, "precision": due.precision}
        milestone.deadlines.update_or_create(
            position=position, amends=None, correction=correction, defaults=facts, create_defaults=facts | made
        )
    surplus = milestone.deadlines.filter(amends=None, correction=correction, position__gt=len(reading.deadlines))
    surplus.filter(amended_by=None, updates=None).delete()


@transaction.atomic
def read_deadlines(milestone: Milestone):
    """Reads the published words anew and brings the published deadlines to what they say.

    A person's correction wins over the words, whenever they are read again: it was made by somebody who saw how they
    are read, and gave a reason. So once there is a correction, new published deadlines are made as withdrawn on its
    day, and the milestone keeps the corrected reading. Only when the correction is taken back do the words decide
    again. Deadlines set by an amendment stay.
    """
    plan = milestone.commitment.plan
    reading = reading_of_words(milestone, plan)
    first, latest = milestone.corrections.first(), milestone.corrections.last()
    write_deadlines(milestone, reading, None, withdrawn_on=first and first.made_on)
    if latest and latest.as_read:
        write_deadlines(milestone, reading, latest, set_on=latest.made_on)
    put_reading(milestone, reading_after(milestone, plan, latest))
    milestone.save(update_fields=FIELDS)
    refresh_periods(milestone)


def withdraw_deadlines(milestone: Milestone, on: date):
    """Withdraws every deadline that holds on the day or was to hold later: those never come to hold."""
    rows = milestone.deadlines.filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=on))
    rows.filter(set_on__gt=on).update(withdrawn_on=F("set_on"))
    rows.exclude(set_on__gt=on).update(withdrawn_on=on)


@transaction.atomic
def correct_reading(milestone: Milestone, author, reason: str, **says) -> ReadingCorrection:
    """Keeps what a person says that the words mean, from today on in the member's time zone.

    *says* is ``starts_on``, ``due_on`` and ``precision``, or ``open_ended``, or ``as_read``, which takes an earlier
    correction back. What held until today stays public, withdrawn today. Raises ``ValidationError`` without a reason,
    for a due date before the start, or when nothing or two things are said.
    """
    milestone = Milestone.objects.select_for_update(of=("self",)).get(pk=milestone.pk)
    plan, now = milestone.commitment.plan, timezone.now()
    correction = ReadingCorrection(
        milestone=milestone,
        made_on=local_date(plan.member.time_zone, now),
        author=author,
        institution=author.institution,
        reason=reason.strip(),
        **says,
    )
    correction.full_clean()
    correction.save()
    withdraw_deadlines(milestone, correction.made_on)
    reading = reading_after(milestone, plan, correction)
    write_deadlines(milestone, reading, correction, set_on=correction.made_on)
    was_due = milestone.due_on
    put_reading(milestone, reading)
    milestone.save(update_fields=FIELDS)
    refresh_periods(milestone)
    changes = history.differences({"due_on": was_due}, {"due_on": milestone.due_on})
    about = {"milestone": milestone, "reason": correction.reason, "changes": changes, "when": now}
    history.record("corrected", author, milestone.commitment, **about)
    return correction


def replace_deadline(former: Deadline, due_on: date, precision: str, reason: str, set_on: date) -> Deadline:
    """Puts another deadline in the place of one that nothing has replaced yet."""
    former = Deadline.objects.select_for_update(of=("self",)).get(pk=former.pk)
    if former.withdrawn_on is not None:
        raise ValidationError(_("This deadline was amended or withdrawn already."))
    found = Deadline(
        milestone=former.milestone,
        position=former.position,
        starts_on=former.starts_on,
        due_on=due_on,
        precision=precision,
        set_on=set_on,
        amends=former,
        reason=reason.strip(),
    )
    found.full_clean()
    found.save()
    former.withdrawn_on = set_on
    former.save(update_fields=["withdrawn_on"])
    refresh_periods(former.milestone)
    return found


@transaction.atomic
def amend_deadline(deadline: Deadline, due_on: date, reason: str, set_on: date, by=None) -> Deadline:
    """Moves a deadline: the earlier one stays, withdrawn on the day on which the new one begins to hold.

    *by* is the account that does it, if a person does. Raises ``ValidationError`` without a reason, for a due date
    before the start, or when it was already amended.
    """
    amended = replace_deadline(deadline, due_on, "day", reason, set_on)
    deadline.refresh_from_db(fields=["withdrawn_on"])
    history.record_deadline("amended", by, amended, deadline, amended.reason)
    return amended


@transaction.atomic
def assign(milestone: Milestone, assignee, by):
    """Makes an account see to a milestone's reports, or nobody. Raises ``ValidationError`` when it does not report on
    it, or sees to it already."""
    if assignee and not Milestone.objects.reported_by(assignee).filter(pk=milestone.pk).exists():
        raise ValidationError(_("This account does not report on this milestone."))
    locked = Milestone.objects.select_for_update(of=("self",)).get(pk=milestone.pk)
    if locked.assignee_id == (assignee and assignee.pk):
        raise ValidationError(_("It is assigned so already."))
    before, locked.assignee = locked.assignee_id, assignee
    locked.save(update_fields=["assignee"])
    changes = {"assignee": [before, locked.assignee_id]}
    history.record("assigned", by, locked.commitment, milestone=locked, changes=changes)


def problems(update: StatusUpdate, evidence_count: int, today: date) -> dict[str, str]:
    """What a report still lacks before it can be submitted: field name → what to do about it.

    The rules follow Mexico's and Canada's trackers: "completed" needs a note and evidence; "not started" or "limited"
    after a due date needs the challenge named.
    """
    found = {}
    if update.on_date > today:
        found["on_date"] = _("The date lies in the future: report what is so today.")
    begins = [day for day in (update.milestone.commitment.plan.starts_on, update.milestone.starts_on) if day]
    if begins and update.on_date < min(begins):
        found["on_date"] = _("The date lies before the plan and the milestone began, on %(day)s.") % {
            "day": format_date(min(begins), "DATE_FORMAT")
        }
    if update.deadline_id and update.deadline.milestone_id != update.milestone_id:
        found["deadline"] = _("This deadline belongs to another milestone.")
    if update.status == Status.COMPLETED and not update.what_was_done.strip():
        found["what_was_done"] = _("“Completed” needs a note: say in a sentence or two what was done.")
    if update.status == Status.COMPLETED and not evidence_count:
        found["status"] = _("“Completed” needs evidence: add a link or a file that shows it.")
    if update.status in (Status.NOT_STARTED, Status.LIMITED) and not update.challenges.strip():
        late = Deadline.objects.filter(milestone=update.milestone_id, due_on__lt=update.on_date).in_force(
            update.on_date
        )
        if late.exists():
            found["challenges"] = _("A due date has passed: name what stood in the way.")
    return found


def today_of(update: StatusUpdate) -> date:
    return local_date(update.milestone.commitment.plan.member.time_zone)


@transaction.atomic
def submit(update: StatusUpdate):
    """Hands a draft to review. Raises ``ValidationError`` by field when something is missing."""
    if found := problems(update, update.evidence.count(), today_of(update)):
        raise ValidationError(found)
    moved = StatusUpdate.objects.filter(pk=update.pk, review__in=["draft", "returned"]).update(
        review="submitted",
        submitted_at=timezone.now(),
        reviewed_by=None,
        reviewed_at=None,
        return_reason="",  # the event of the return keeps it
        version=F("version") + 1,
    )
    if not moved:
        raise ValidationError(_("This report has been submitted already."))
    update.refresh_from_db()
    history.record_report("submitted", update.author, update)


def check_reviewer(update: StatusUpdate, reviewer):
    """Nobody reviews their own report, only who has the right reviews at all, and a co-owner's report is reviewed by
    the coordinating ministry alone."""
    if update.author_id == reviewer.pk:
        raise PermissionDenied(_("You wrote this report yourself: somebody else must review it."))
    if not reviewer.has_perm("milestones.review_statusupdate"):
        raise PermissionDenied(_("Your role does not review reports."))
    if update.as_co_owner and not may_review_co_owners(reviewer):
        raise PermissionDenied(_("The coordinating ministry reviews what a civil-society co-owner reports."))


def decide(update: StatusUpdate, reviewer, **outcome):
    """Writes a review's outcome, if the report still waits for one: two reviewers cannot both decide."""
    moved = StatusUpdate.objects.filter(pk=update.pk, review="submitted").update(
        reviewed_by=reviewer, reviewed_at=timezone.now(), version=F("version") + 1, **outcome
    )
    if not moved:
        raise ValidationError(_("This report is not waiting for review any more."))
    update.refresh_from_db()


def told_before(update: StatusUpdate, today: date) -> dict:
    """What the public knew until now from the same voice about the same milestone or round."""
    same = StatusUpdate.objects.known(today).filter(milestone=update.milestone_id, deadline=update.deadline_id)
    same = same.of_voice(update)
    before = same.latest_first().values("status", "on_date").first()
    return before or {"status": None, "on_date": None}


def voice_of(update: StatusUpdate) -> dict:
    """What history adds to a co-owner's report: who approved it is not who says it."""
    if not update.as_co_owner:
        return {}
    return {"as_co_owner": [None, True], "institution": [None, update.institution.name]}


@transaction.atomic
def approve(update: StatusUpdate, reviewer):
    """Makes a submitted report public, dated today in the member's time zone: one moment is the report's and its
    event's, though midnight may pass in between."""
    check_reviewer(update, reviewer)
    now = timezone.now()
    today = local_date(update.milestone.commitment.plan.member.time_zone, now)
    before = told_before(update, today)
    decide(update, reviewer, review="approved", published_on=today)
    refresh_periods(update.milestone)
    changes = history.differences(before, {"status": update.status, "on_date": update.on_date}) | voice_of(update)
    history.record_report("approved", reviewer, update, changes=changes, when=now)


@transaction.atomic
def return_to_author(update: StatusUpdate, reviewer, reason: str):
    """Gives a submitted report back, with the reason."""
    check_reviewer(update, reviewer)
    if not reason.strip():
        raise ValidationError({"return_reason": _("Say why you return it.")})
    decide(update, reviewer, review="returned", return_reason=reason.strip())
    history.record_report("returned", reviewer, update, reason=update.return_reason)
