"""A digest as a person reads it: subject, plain text and HTML, in the person's language."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.conf import settings
from django.template.defaultfilters import date as format_date
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from commitments.templatetags.record import imprecise, local_title

from .models import Deadline, Reminder

LONGEST_LIST = 50  # of each kind; the rest is at the desk


@dataclass(frozen=True)
class Digest:
    """What one person is told on one day. Its reminders are not stored yet."""

    person: User
    on: date
    reminders: list[Reminder]

    def about(self, wanted) -> list[Reminder]:
        """Its reminders of deadlines that *wanted* accepts, the earliest due date first."""
        found = [reminder for reminder in self.reminders if reminder.deadline and wanted(reminder.deadline)]
        return sorted(found, key=lambda reminder: (reminder.deadline.due_on, reminder.deadline.pk))

    @cached_property
    def late(self) -> list[Reminder]:
        return self.about(lambda deadline: deadline.due_on < self.on)

    @cached_property
    def soon(self) -> list[Reminder]:
        return self.about(lambda deadline: deadline.due_on >= self.on)

    @cached_property
    def stale(self) -> list[Reminder]:
        found = [reminder for reminder in self.reminders if reminder.commitment]
        return sorted(found, key=lambda reminder: (reminder.commitment.plan_id, reminder.commitment.position))


@dataclass(frozen=True)
class Line:
    """One thing to know, in words, and the address where to act on it."""

    row: object  # what has the title
    commitment: str
    facts: str
    address: str


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


# Words ----------------------------------------------------------------------------------------------------------------
def site(path: str) -> str:
    """An address that can be followed from outside the site."""
    return f"{settings.SITE_URL}{path}"


def due_words(deadline: Deadline) -> str:
    """The due date with its precision kept: "due 4th quarter of 2021 (by 31 December)"."""
    last = format_date(deadline.due_on, "DATE_FORMAT" if deadline.precision == "day" else "MONTH_DAY_FORMAT")
    if deadline.precision == "day":
        return _("due %(date)s") % {"date": last}
    period = imprecise(deadline.due_on, deadline.precision)
    return _("due %(period)s (by %(date)s)") % {"period": period, "date": last}


def distance(deadline: Deadline, on: date) -> str:
    """How far the due date is from the day, in words."""
    days = (deadline.due_on - on).days
    if days == 0:
        return _("due today")
    if days > 0:
        return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    return ngettext("late by %(days)s day", "late by %(days)s days", -days) % {"days": -days}


def commitment_words(commitment) -> str:
    return _("%(plan)s, commitment %(number)s") % {"plan": local_title(commitment.plan), "number": commitment.number}


def deadline_line(deadline: Deadline, on: date) -> Line:
    """A deadline, with the address of the form to report on its milestone."""
    return Line(
        row=deadline.milestone,
        commitment=commitment_words(deadline.milestone.commitment),
        facts=f"{due_words(deadline)} · {distance(deadline, on)}",
        address=site(f"{reverse('admin:milestones_statusupdate_add')}?milestone={deadline.milestone_id}"),
    )


def stale_line(commitment) -> Line:
    """A stale commitment, with the address of its public page."""
    last = commitment.last_report_on
    if last:
        facts = _("latest report made public on %(date)s") % {"date": format_date(last, "DATE_FORMAT")}
    else:
        facts = _("no report received")
    return Line(commitment, commitment_words(commitment), facts, site(commitment.get_absolute_url()))


def short_day(day: date, on: date) -> str:
    """A date for a subject: its year is named when it is not the present one."""
    return format_date(day, "MONTH_DAY_FORMAT" if day.year == on.year else "DATE_FORMAT")


def milestone_count(reminders: list[Reminder]) -> int:
    return len({reminder.deadline.milestone_id for reminder in reminders})


# The mail -------------------------------------------------------------------------------------------------------------
def context_of(digest: Digest) -> dict:
    late = [deadline_line(reminder.deadline, digest.on) for reminder in digest.late[:LONGEST_LIST]]
    soon = [deadline_line(reminder.deadline, digest.on) for reminder in digest.soon[:LONGEST_LIST]]
    return {
        "language": digest.person.language,
        "on": digest.on,
        "person": digest.person,
        "institution": digest.person.institution,
        "member": digest.person.institution.member,
        "late": late,
        "late_count": milestone_count(digest.late),
        "late_since": digest.late and short_day(digest.late[0].deadline.due_on, digest.on),
        "late_more": len(digest.late) - len(late),
        "soon": soon,
        "soon_count": milestone_count(digest.soon),
        "soon_by": digest.soon and short_day(digest.soon[-1].deadline.due_on, digest.on),
        "soon_more": len(digest.soon) - len(soon),
        "stale": [stale_line(reminder.commitment) for reminder in digest.stale[:LONGEST_LIST]],
        "stale_count": len(digest.stale),
        "stale_more": max(0, len(digest.stale) - LONGEST_LIST),
        "stale_page": site(stale_path(digest)),
        "desk": site(reverse("admin:index")),
        "preferences": site(preferences_path()),
    }


def stale_path(digest: Digest) -> str:
    """The public list of the member's stale commitments on the digest's day."""
    return f"{reverse('stale')}?member={digest.person.institution.member.slug}&as_of={digest.on:%Y-%m-%d}"


def preferences_path() -> str:
    return reverse("admin:accounts_user_mail")


def one_line(text: str) -> str:
    """The parts that stand on lines of their own, as one."""
    return ", ".join(line for line in map(str.strip, text.splitlines()) if line)


def spaced(text: str) -> str:
    """Without the empty lines that template tags leave behind: one at most, none at the ends."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept) + "\n"


def marked(subject: str, digest: Digest) -> str:
    """The subject; what is fictional says so before anything else."""
    if not digest.person.institution.member.is_fictional:
        return subject
    return _("Fictional, for training: %(subject)s") % {"subject": subject}


def render(digest: Digest) -> Mail:
    """The digest in its person's language. Nothing is asked of the database."""
    with translation.override(digest.person.language):
        context = context_of(digest)
        context["summary"] = one_line(render_to_string("mail/digest_subject.txt", context))
        return Mail(
            subject=marked(context["summary"], digest),
            text=spaced(render_to_string("mail/digest.txt", context)),
            html=render_to_string("mail/digest.html", context),
        )
