"""What a published form or a final coding said before it was corrected is kept as a row of its own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from assessments import codebook_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('assessments', '0010_questions_held'),
        ('commitments', '0007_members_by_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(codebook_triggers.release, codebook_triggers.hold),
        migrations.RemoveConstraint(
            model_name='coding',
            name='coding_once_a_review',
        ),
        migrations.RemoveConstraint(
            model_name='selfassessmententry',
            name='entry_once_a_commitment',
        ),
        migrations.AddField(
            model_name='coding',
            name='edition_of',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='assessments.coding', verbose_name='stands now'),
        ),
        migrations.AddField(
            model_name='coding',
            name='since',
            field=models.DateField(editable=False, null=True, verbose_name='corrected on'),
        ),
        migrations.AddField(
            model_name='coding',
            name='until',
            field=models.DateField(editable=False, null=True, verbose_name='stood until the day before'),
        ),
        migrations.AddField(
            model_name='selfassessmententry',
            name='edition_of',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='assessments.selfassessmententry', verbose_name='stands now'),
        ),
        migrations.AddField(
            model_name='selfassessmententry',
            name='since',
            field=models.DateField(editable=False, null=True, verbose_name='corrected on'),
        ),
        migrations.AddField(
            model_name='selfassessmententry',
            name='until',
            field=models.DateField(editable=False, null=True, verbose_name='stood until the day before'),
        ),
        migrations.AddConstraint(
            model_name='coding',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('review', 'commitment'), name='coding_once_a_review', violation_error_message='This review has a coding of this commitment already.'),
        ),
        migrations.AddConstraint(
            model_name='coding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('edition_of', None), ('until', None)), models.Q(('edition_of__isnull', False), ('until__isnull', False)), _connector='OR'), name='coding_edition_is_of_one_that_stands'),
        ),
        migrations.AddConstraint(
            model_name='coding',
            constraint=models.CheckConstraint(condition=models.Q(('since', None), ('until', None), ('until__gt', models.F('since')), _connector='OR'), name='coding_edition_stands_a_day'),
        ),
        migrations.AddConstraint(
            model_name='coding',
            constraint=models.UniqueConstraint(fields=('edition_of', 'until'), name='coding_edition_ends_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='selfassessmententry',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('assessment', 'commitment'), name='entry_once_a_commitment'),
        ),
        migrations.AddConstraint(
            model_name='selfassessmententry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('edition_of', None), ('until', None)), models.Q(('edition_of__isnull', False), ('until__isnull', False)), _connector='OR'), name='entry_edition_is_of_one_that_stands'),
        ),
        migrations.AddConstraint(
            model_name='selfassessmententry',
            constraint=models.CheckConstraint(condition=models.Q(('since', None), ('until', None), ('until__gt', models.F('since')), _connector='OR'), name='entry_edition_stands_a_day'),
        ),
        migrations.AddConstraint(
            model_name='selfassessmententry',
            constraint=models.UniqueConstraint(fields=('edition_of', 'until'), name='entry_edition_ends_once_a_day'),
        ),
        migrations.RunPython(codebook_triggers.hold, codebook_triggers.release),
    ]
