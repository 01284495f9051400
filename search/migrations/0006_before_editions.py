"""Lets go of the tables that ``assessments`` is about to make anew: SQLite refuses while a trigger speaks of one."""

from django.db import migrations

from search import triggers


class Migration(migrations.Migration):
    dependencies = [("search", "0005_more_changes")]
    run_before = [("assessments", "0011_editions")]
    operations = [migrations.RunPython(triggers.unwatch, triggers.watch)]
