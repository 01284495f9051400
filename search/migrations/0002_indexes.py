"""The index of terms, and the triggers that note what has to be indexed."""

from django.db import migrations

from search import term_index, triggers


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0001_initial"),
        ("assessments", "0010_questions_held"),
        ("milestones", "0010_co_owners"),
    ]
    operations = [
        migrations.RunPython(term_index.make, term_index.drop),
        migrations.RunPython(triggers.watch, triggers.unwatch),
        migrations.RunPython(triggers.note_all, migrations.RunPython.noop),
    ]
