# Civil-society co-owners of commitments, and what they report.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_signing_in'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('commitments', '0003_co_owners'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='user',
            name='ministry_roles_have_an_institution',
        ),
        migrations.AlterField(
            model_name='user',
            name='role',
            field=models.CharField(choices=[('editor', 'ministry editor'), ('head', 'head of institution'), ('co_owner', 'civil-society co-owner'), ('coordinator', 'coordinating ministry'), ('irm', 'IRM reviewer'), ('viewer', 'viewer')], default='viewer', max_length=12, verbose_name='role'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role__in', ['editor', 'head', 'co_owner', 'coordinator']), _negated=True), models.Q(('institution', None), _negated=True), _connector='OR'), name='ministry_roles_have_an_institution', violation_error_message='This role acts for an institution: choose it.'),
        ),
    ]
