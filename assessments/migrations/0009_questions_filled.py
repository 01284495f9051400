"""The plan, the office and the day of comments that were there before."""

from zoneinfo import ZoneInfo

from django.db import migrations


def fill(apps, _schema_editor):
    """The plan, the office and the day of comments that were there before; all of them are on self-assessments."""
    rows = apps.get_model("assessments", "PublicComment").objects.select_related(
        "assessment__plan__member", "entry"
    )
    for row in rows.iterator():
        row.plan = row.assessment.plan
        row.owed_by_id = (row.entry and row.entry.lead_id) or row.plan.member.point_of_contact_id
        if row.state == "public":
            row.public_on = row.moderated_at.astimezone(ZoneInfo(row.plan.member.time_zone)).date()
        row.save(update_fields=["plan", "owed_by", "public_on"])


class Migration(migrations.Migration):
    dependencies = [("assessments", "0008_questions")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
