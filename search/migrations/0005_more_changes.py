"""What is kept for one state of the record also holds events and public comments: they are noted as well."""

from django.db import migrations

from search import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0004_noted_at"),
        ("milestones", "0012_overdue_of_a_member"),
        ("assessments", "0010_questions_held"),
    ]
    operations = [migrations.RunPython(triggers.watch, migrations.RunPython.noop)]
