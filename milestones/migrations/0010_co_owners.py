# Civil-society co-owners of commitments, and what they report.

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0003_co_owners'),
        ('milestones', '0009_links_of_evidence'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='statusupdate',
            name='as_co_owner',
            field=models.BooleanField(default=False, editable=False, verbose_name='by a civil-society co-owner'),
        ),
        migrations.AddConstraint(
            model_name='statusupdate',
            constraint=models.CheckConstraint(condition=models.Q(('as_co_owner', False), ('institution__isnull', False), _connector='OR'), name='co_owners_report_names_its_institution'),
        ),
    ]
