"""Comments may be on commitments, too: the columns."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0007_irm_exports"), ("commitments", "0004_policy_areas")]
    operations = [
        migrations.AddField(
            model_name='publiccomment',
            name='commitment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='commitments.commitment', verbose_name='commitment'),
        ),
        migrations.AddField(
            model_name='publiccomment',
            name='owed_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commitments.institution', verbose_name='office that owes the response'),
        ),
        migrations.AddField(
            model_name='publiccomment',
            name='plan',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='commitments.actionplan', verbose_name='plan'),
        ),
        migrations.AddField(
            model_name='publiccomment',
            name='public_on',
            field=models.DateField(editable=False, null=True, verbose_name='public since'),
        ),
        migrations.AlterField(
            model_name='publiccomment',
            name='assessment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='assessments.selfassessment', verbose_name='self-assessment'),
        ),
        migrations.AlterField(
            model_name='publiccomment',
            name='refusal',
            field=models.CharField(blank=True, choices=[('spam', 'advertising or spam'), ('abuse', 'insult, threat or hatred'), ('personal', 'personal data of somebody else'), ('off_topic', 'not about this self-assessment or commitment')], max_length=10, verbose_name='why it is refused'),
        ),
    ]
