# Civil-society co-owners of commitments, and what they report.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0002_editions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='involvement',
            name='role',
            field=models.CharField(choices=[('lead', 'lead institution'), ('supporting', 'supporting state institution'), ('co_owner', 'civil-society co-owner'), ('other', 'other actor')], max_length=12, verbose_name='role'),
        ),
    ]
