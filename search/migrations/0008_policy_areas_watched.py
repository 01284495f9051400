"""Watches the policy areas again, whose table SQLite has made anew, before their Korean names are filled in."""

from django.db import migrations

from search import triggers


class Migration(migrations.Migration):
    dependencies = [("search", "0007_after_editions"), ("commitments", "0009_korean_names")]
    run_before = [("commitments", "0010_korean_names_filled")]
    operations = [migrations.RunPython(triggers.watch, triggers.unwatch)]
