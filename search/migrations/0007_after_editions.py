"""Watches the tables again that ``assessments`` has made anew."""

from django.db import migrations

from search import triggers


class Migration(migrations.Migration):
    dependencies = [("search", "0006_before_editions"), ("assessments", "0011_editions")]
    operations = [migrations.RunPython(triggers.watch, triggers.unwatch)]
