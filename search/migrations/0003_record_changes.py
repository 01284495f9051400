"""The triggers that note that the record was written to, for the API's ETag."""

from django.db import migrations

from search import triggers


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0002_indexes"),
        ("commitments", "0005_record_changes"),
    ]
    operations = [migrations.RunPython(triggers.watch, triggers.unwatch_record)]
