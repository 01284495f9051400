from django.db import migrations

from assessments.codebook_triggers import hold, release


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_codebooks")]

    operations = [migrations.RunPython(hold, release)]
