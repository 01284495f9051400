from django.db import migrations


class Migration(migrations.Migration):
    """What a next version may do while this one serves: a column that may be empty, on a table that is written to."""

    dependencies = [("milestones", "0010_co_owners")]
    operations = [migrations.RunSQL("ALTER TABLE milestones_statusupdate ADD COLUMN of_tomorrow text NULL")]
