from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.CharField(max_length=200, unique=True, verbose_name='job')),
                ('began_at', models.DateTimeField(verbose_name='last begun')),
                ('request_id', models.UUIDField(null=True, verbose_name='request')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='last ended')),
                ('outcome', models.CharField(blank=True, choices=[('ok', 'done'), ('retry', 'to be tried again'), ('failed', 'failed')], max_length=6, verbose_name='how it ended')),
                ('error', models.TextField(blank=True, verbose_name='what went wrong')),
                ('seconds', models.FloatField(null=True, verbose_name='seconds')),
                ('succeeded_at', models.DateTimeField(null=True, verbose_name='last ended well')),
                ('runs', models.PositiveBigIntegerField(default=0, verbose_name='runs')),
                ('failures', models.PositiveBigIntegerField(default=0, verbose_name='failures')),
                ('total_seconds', models.FloatField(default=0, verbose_name='seconds in all')),
            ],
            options={
                'verbose_name': 'job',
                'verbose_name_plural': 'jobs',
                'ordering': ['job'],
                'permissions': [('run_jobrun', 'Can have a periodic job run at once')],
                'constraints': [models.CheckConstraint(condition=models.Q(('failures__lte', models.F('runs'))), name='job_fails_when_it_runs')],
            },
        ),
    ]
