"""When a change was noted: so that one which waits for too long is seen. The triggers go first, because SQLite makes
the table anew and refuses to while they speak of it."""

import django.db.models.functions.datetime
from django.db import migrations, models

from search import triggers


class Migration(migrations.Migration):
    dependencies = [("search", "0003_record_changes")]
    operations = [
        migrations.RunPython(triggers.unwatch, triggers.watch),
        migrations.AddField(
            "change",
            "noted_at",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.RunPython(triggers.watch, triggers.unwatch),
    ]
