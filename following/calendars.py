"""Deadlines as a calendar (iCalendar, RFC 5545): one all-day event for each deadline in force, on its last day.

An event keeps its UID when its deadline is amended or the reading of its words corrected: the new date has the next
SEQUENCE. DTSTAMP and LAST-MODIFIED say from when the date holds, never when the calendar was asked for.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Exists, F, Max, OuterRef, Prefetch, QuerySet
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vText

from commitments.kept import kept_count, kept_of, kept_rows
from commitments.templatetags.record import local_title
from milestones import models
from milestones.exports import lead_names
from milestones.mail import commitment_words, due_words

from .answers import authority
from .atom import BEGINNING
from .facts import LEADS, begins, lean
from .scopes import Scope

CONTENT_TYPE = "text/calendar; charset=utf-8"
LONGEST = 1000  # events of one calendar: those due last
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MOVES = ("amended", "amendment_undone", "corrected", "edited")  # events after which a calendar may differ


@dataclass(frozen=True)
class Dates:
    """The deadlines of a scope on a day, and how many milestones have none then."""

    scope: Scope
    on: date
    deadlines: list[models.Deadline]
    count: int  # of all deadlines in force, also those that the calendar leaves out
    undated: int
    moved: datetime | None  # when one was last amended, corrected or mended


# Rows -----------------------------------------------------------------------------------------------------------------
def dates_of(scope: Scope, on: date) -> Dates:
    """Eight queries at most, however many deadlines, and two for each of four answers that are kept: how many there
    are, which are due last, how many milestones have none, and when one was moved. All follow from every deadline."""
    commitments = scope.commitments(on).order_by().values("pk")
    milestones = models.Milestone.objects.filter(commitment__in=commitments)
    held = models.Deadline.objects.in_force(on).filter(milestone__commitment__in=commitments)
    undated = milestones.filter(~Exists(models.Deadline.objects.in_force(on).filter(milestone=OuterRef("pk"))))
    events = models.Event.objects.public().known(on).filter(commitment__in=commitments, action__in=MOVES)
    return Dates(
        scope=scope,
        on=on,
        deadlines=list(rows_of(models.Deadline.objects.filter(pk__in=last_due(held)))),
        count=kept_count(held),
        undated=kept_count(undated),
        moved=kept_of(events.order_by(), "moved", lambda: events.aggregate(last=Max("when"))["last"], None),
    )


def last_due(held: QuerySet) -> list[int]:
    """The keys of those due last, as many as a calendar holds."""
    return kept_rows(held.order_by(F("due_on").desc(), "pk").values_list("pk", flat=True)[:LONGEST])


def rows_of(held: QuerySet) -> QuerySet:
    """With what an event's words need, those due last first."""
    others = Prefetch("milestone__deadlines", models.Deadline.objects.only("milestone", "position", "set_on"))
    leads = Prefetch(f"milestone__commitment__{LEADS.prefetch_through}", LEADS.queryset, to_attr="leads")
    rows = held.select_related("milestone__commitment__plan__member", "milestone__commitment__plan__document")
    return lean(rows, "milestone__commitment").prefetch_related(others, leads).order_by(F("due_on").desc(), "pk")


# Words ----------------------------------------------------------------------------------------------------------------
def clean(text: str) -> str:
    """What a calendar can hold of it."""
    return NOT_TEXT.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def summary(deadline: models.Deadline) -> str:
    return f"{local_title(deadline.milestone)} – {due_words(deadline)}"


def description(deadline: models.Deadline) -> str:
    commitment = deadline.milestone.commitment
    lines = [
        capfirst(due_words(deadline)),
        f"{local_title(commitment.plan.member)}: {commitment_words(commitment)}, {local_title(commitment)}",
        lead_names(commitment),
    ]
    if deadline.precision != "day":
        lines.append(_("The plan does not name the day. It is shown on the last day that is in time."))
    if deadline.reason:
        lines.append(f"{_('Amended')}: {deadline.reason}")
    return "\n".join(line for line in lines if line)


def calendar_words(found: Dates) -> str:
    """What the calendar holds, and what it leaves out."""
    lines = [_("Deadlines of public commitments, one a round where they recur, on the last day that is in time.")]
    if found.undated:
        words = ngettext(
            "%(n)d milestone is not in it: it is open-ended, or its words name no date that can be read.",
            "%(n)d milestones are not in it: they are open-ended, or their words name no date that can be read.",
            found.undated,
        )
        lines.append(words % {"n": found.undated})
    if (left_out := found.count - len(found.deadlines)) > 0:
        words = ngettext(
            "%(n)d earlier deadline is left out: follow a member or a plan to have it.",
            "%(n)d earlier deadlines are left out: follow a member or a plan to have them.",
            left_out,
        )
        lines.append(words % {"n": left_out})
    return " ".join(lines)


# Events ---------------------------------------------------------------------------------------------------------------
def revisions(deadline: models.Deadline, on: date) -> int:
    """How often this round's date had been set anew by the day."""
    rounds = Counter(row.position for row in deadline.milestone.deadlines.all() if row.set_on and row.set_on <= on)
    return rounds[deadline.position]


def held_since(deadline: models.Deadline) -> datetime:
    """From when the date holds: since it was set, or the plan was published or began; else since OGP began."""
    plan = deadline.milestone.commitment.plan
    day = deadline.set_on or (plan.document and plan.document.published_on) or plan.starts_on
    return begins(day, plan.member).astimezone(UTC) if day else BEGINNING


def uid(deadline: models.Deadline, site: str) -> str:
    return f"milestone-{deadline.milestone_id}-{deadline.position}@{authority(site)}"


def event_of(deadline: models.Deadline, on: date, site: str) -> Event:
    event, since = Event(), held_since(deadline)
    event.add("uid", uid(deadline, site))
    event.add("dtstamp", since)
    event.add("dtstart", deadline.due_on)
    if deadline.due_on < date.max:
        event.add("dtend", deadline.due_on + timedelta(days=1))  # the first day after it
    event.add("summary", clean(summary(deadline)), {"LANGUAGE": get_language()})
    event.add("description", clean(description(deadline)), {"LANGUAGE": get_language()})
    event.add("url", f"{site}{deadline.milestone.get_absolute_url()}")
    event.add("transp", "TRANSPARENT")  # nobody is busy on that day
    if number := revisions(deadline, on):
        event.add("sequence", number)
        event.add("last-modified", since)
    return event


def write(found: Dates, site: str) -> bytes:
    calendar = Calendar()
    name = clean(found.scope.marked(_("Deadlines: %(scope)s") % {"scope": found.scope.title}))
    calendar.add("prodid", f"-//OGP tracker//Deadlines//{get_language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", vText(name))
    calendar.add("x-wr-caldesc", vText(clean(calendar_words(found))))
    for deadline in found.deadlines:
        calendar.add_component(event_of(deadline, found.on, site))
    return calendar.to_ical()


def changed(found: Dates) -> datetime:
    """The moment from which the calendar has been as it is."""
    stamps: Iterable[datetime] = map(held_since, found.deadlines)
    return max([*stamps, found.moved or BEGINNING])
