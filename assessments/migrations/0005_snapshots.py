"""Parts the frozen snapshot from the job that makes a file of it.

Reports of published self-assessments become published versions, numbered in the order in which they were asked for; a
report made while the self-assessment was a draft becomes a trial export.
"""

from collections import defaultdict

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LANGUAGES = [('en', 'English'), ('ko', '한국어')]


def settle(schema_editor):
    """Has PostgreSQL check the foreign keys written so far: it alters no table with checks outstanding."""
    schema_editor.connection.check_constraints()


def part(apps, schema_editor):
    Report = apps.get_model('assessments', 'Report')
    Snapshot = apps.get_model('assessments', 'Snapshot')
    versions = defaultdict(int)
    for report in Report.objects.select_related('assessment').order_by('created_at', 'pk').iterator():
        assessment = report.assessment
        version = None
        if report.data.get('assessment', {}).get('stage', assessment.stage) == 'published':
            versions[assessment.pk, report.language] += 1
            version = versions[assessment.pk, report.language]
        report.snapshot = Snapshot.objects.create(
            subject=f'self-assessment/{assessment.slug}',
            kind='self_assessment',
            assessment=assessment,
            plan_id=assessment.plan_id,
            language=report.language,
            version=version,
            data=report.data,
            sha256=report.data_sha256,
            frozen_on=report.frozen_on,
            published_by_id=report.requested_by_id if version else None,
        )
        report.save(update_fields=['snapshot'])
    settle(schema_editor)


def join(apps, schema_editor):
    """Back: what a report could not be before is dropped, that is other formats and snapshots without a report."""
    Report = apps.get_model('assessments', 'Report')
    kept = Report.objects.filter(format='pdf', snapshot__kind='self_assessment')
    Report.objects.exclude(pk__in=kept.values('pk')).delete()
    Report.objects.filter(state='cancelled').update(state='failed')
    for report in Report.objects.select_related('snapshot').order_by('pk').iterator():
        snapshot = report.snapshot
        report.assessment_id = snapshot.assessment_id
        report.language = snapshot.language
        report.data = snapshot.data
        report.data_sha256 = snapshot.sha256
        report.frozen_on = snapshot.frozen_on
        report.snapshot = None
        report.save()
    apps.get_model('assessments', 'Snapshot').objects.all().delete()
    settle(schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ('assessments', '0004_ogp_data'),
        ('commitments', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('kind', models.CharField(choices=[('self_assessment', 'self-assessment'), ('irm_plan', 'IRM review of a plan'), ('irm_commitment', 'IRM review of a commitment')], max_length=20, verbose_name='kind')),
                ('language', models.CharField(choices=LANGUAGES, max_length=10, verbose_name='language')),
                ('version', models.PositiveIntegerField(blank=True, null=True, verbose_name='version')),
                ('data', models.JSONField(verbose_name='snapshot')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the snapshot')),
                ('frozen_on', models.DateField(verbose_name='frozen on')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('differences', models.JSONField(blank=True, default=list, verbose_name='differences to the version before')),
                ('assessment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='assessments.selfassessment', verbose_name='self-assessment')),
                ('commitment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='commitments.commitment', verbose_name='commitment')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='commitments.actionplan', verbose_name='plan')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'snapshot',
                'verbose_name_plural': 'snapshots',
                'ordering': ['subject', '-version', 'language'],
                'constraints': [
                    models.UniqueConstraint(fields=('subject', 'language', 'sha256'), name='snapshot_once_a_subject_and_language'),
                    models.UniqueConstraint(fields=('subject', 'language', 'version'), name='version_once_a_subject_and_language'),
                    models.CheckConstraint(condition=models.Q(('version__gte', 1), ('version', None), _connector='OR'), name='versions_count_from_one'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'self_assessment'), _negated=True), ('assessment__isnull', False), _connector='OR'), name='snapshot_of_a_self_assessment_names_it'),
                ],
            },
        ),
        migrations.AddField(
            model_name='report',
            name='snapshot',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='assessments.snapshot', verbose_name='snapshot'),
        ),
        migrations.AddField(
            model_name='report',
            name='format',
            field=models.CharField(choices=[('pdf', 'PDF'), ('pdfa', 'PDF/A-3, for archives, with the data attached'), ('docx', 'Word document (DOCX)'), ('xlsx', 'spreadsheet (XLSX)')], default='pdf', max_length=10, verbose_name='format'),
        ),
        migrations.RemoveConstraint(model_name='report', name='one_report_a_snapshot_and_language'),
        migrations.AlterField('report', 'assessment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='assessments.selfassessment')),
        migrations.AlterField('report', 'language', models.CharField(null=True, max_length=10)),
        migrations.AlterField('report', 'data', models.JSONField(null=True)),
        migrations.AlterField('report', 'data_sha256', models.CharField(null=True, max_length=64)),
        migrations.AlterField('report', 'frozen_on', models.DateField(null=True)),
        migrations.RunPython(part, join),
        migrations.AlterField(
            model_name='report',
            name='snapshot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='assessments.snapshot', verbose_name='snapshot'),
        ),
        migrations.RemoveField(model_name='report', name='assessment'),
        migrations.RemoveField(model_name='report', name='language'),
        migrations.RemoveField(model_name='report', name='data'),
        migrations.RemoveField(model_name='report', name='data_sha256'),
        migrations.RemoveField(model_name='report', name='frozen_on'),
        migrations.AlterField('report', 'state', models.CharField(choices=[('queued', 'waiting'), ('running', 'in progress'), ('done', 'done'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='queued', max_length=10, verbose_name='state')),
        migrations.AlterField('report', 'file', models.FileField(blank=True, max_length=200, upload_to='reports', verbose_name='file')),
        migrations.AlterField('report', 'file_sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the file')),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('snapshot', 'format'), name='one_report_a_snapshot_and_format'),
        ),
    ]
