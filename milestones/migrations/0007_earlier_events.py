"""Writes down what was done before there were events, as far as the rows still tell it."""

import uuid
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import migrations


def member_of(milestone):
    return milestone.commitment.plan.member


def base(milestone, day, when, actor, institution):
    """What all events have. Without a moment, the day's beginning stands for it."""
    zone = ZoneInfo(member_of(milestone).time_zone)
    return {
        "milestone": milestone,
        "commitment": milestone.commitment,
        "day": day or when.astimezone(zone).date(),
        "when": when or datetime.combine(day, time.min, zone),
        "actor": actor,
        "institution": institution,
        "role": actor.role if actor else "",
        "request_id": uuid.uuid4(),
    }


def report_events(apps):
    """An event for each approval and each return that is still seen on its report."""
    Event, StatusUpdate = apps.get_model("milestones", "Event"), apps.get_model("milestones", "StatusUpdate")
    rows = StatusUpdate.objects.filter(review__in=["approved", "returned"], reviewed_by__isnull=False)
    for row in rows.select_related("milestone__commitment__plan__member", "reviewed_by__institution").iterator():
        if row.review == "returned" and row.reviewed_at is None:
            continue
        day = row.published_on if row.review == "approved" else None
        common = base(row.milestone, day, row.reviewed_at, row.reviewed_by, row.reviewed_by.institution)
        public = row.review == "approved"
        changes = {"status": [None, row.status], "on_date": [None, row.on_date.isoformat()]} if public else {}
        common |= {"action": row.review, "reason": row.return_reason if not public else "", "public": public}
        Event.objects.create(update_id=row.pk, deadline_id=row.deadline_id, changes=changes, version=1, **common)


def amendment_events(apps):
    """An event for each amendment, on the day from which it holds. Who made it is not known any more."""
    Event, Deadline = apps.get_model("milestones", "Event"), apps.get_model("milestones", "Deadline")
    rows = Deadline.objects.filter(amends__isnull=False)
    for row in rows.select_related("amends", "milestone__commitment__plan__member").iterator():
        common = base(row.milestone, row.set_on, None, None, None)
        changes = {"due_on": [row.amends.due_on.isoformat(), row.due_on.isoformat()]}
        Event.objects.create(deadline=row, action="amended", changes=changes, reason=row.reason, public=True, **common)


def correction_events(apps):
    """An event for each correction of a reading."""
    Event, Correction = apps.get_model("milestones", "Event"), apps.get_model("milestones", "ReadingCorrection")
    rows = Correction.objects.select_related("author", "institution", "milestone__commitment__plan__member")
    for row in rows.iterator():
        common = base(row.milestone, row.made_on, None, row.author, row.institution)
        changes = {"due_on": [None, row.due_on.isoformat()]} if row.due_on else {}
        Event.objects.create(action="corrected", changes=changes, reason=row.reason, public=True, **common)


def write(apps, _schema_editor):
    report_events(apps)
    amendment_events(apps)
    correction_events(apps)


class Migration(migrations.Migration):
    dependencies = [("milestones", "0006_events_and_batches")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
