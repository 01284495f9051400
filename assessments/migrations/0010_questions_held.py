"""What every comment has: a plan, one thing that it is on, and a day once it is public."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0009_questions_filled")]
    operations = [
        migrations.AlterField(
            model_name='publiccomment',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='commitments.actionplan', verbose_name='plan'),
        ),
        migrations.AlterModelOptions(
            name='publiccomment',
            options={'ordering': ['received_on', 'pk'], 'verbose_name': 'public comment', 'verbose_name_plural': 'public comments'},
        ),
        migrations.AddConstraint(
            model_name='publiccomment',
            constraint=models.UniqueConstraint(fields=('commitment', 'sha256'), name='comment_once_a_commitment'),
        ),
        migrations.AddConstraint(
            model_name='publiccomment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('assessment__isnull', False), ('commitment', None)), models.Q(('assessment', None), ('commitment__isnull', False), ('entry', None)), _connector='OR'), name='comment_is_on_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='publiccomment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'public'), _negated=True), ('public_on__isnull', False), _connector='OR'), name='public_comment_has_its_day'),
        ),
    ]
