# Sessions that can be ended, second factors, attempts to sign in, closed accounts.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_mail_preferences'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('password', 'password'), ('code', 'code of the second factor'), ('mail', 'mail for a new password')], max_length=8, verbose_name='what was tried')),
                ('account', models.CharField(max_length=64, verbose_name='account')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='network address')),
                ('at', models.DateTimeField(db_index=True, verbose_name='when')),
            ],
            options={
                'verbose_name': 'attempt to sign in',
                'verbose_name_plural': 'attempts to sign in',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(max_length=32)),
                ('last_step', models.BigIntegerField()),
                ('confirmed_at', models.DateTimeField()),
            ],
        ),
        migrations.AlterModelManagers(
            name='user',
            managers=[
            ],
        ),
        migrations.AddField(
            model_name='user',
            name='closed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed'),
        ),
        migrations.AddField(
            model_name='user',
            name='generation',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at', None), models.Q(('email', ''), ('first_name', ''), ('is_active', False), ('is_superuser', False), ('last_name', '')), _connector='OR'), name='closed_accounts_hold_nothing_personal', violation_error_message='A closed account stays closed, without name and address.'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['kind', 'account', 'at'], name='attempts_of_an_account'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['kind', 'address', 'at'], name='attempts_from_an_address'),
        ),
        migrations.AddField(
            model_name='recoverycode',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recovery_codes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='secondfactor',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='second_factor', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='recoverycode',
            constraint=models.UniqueConstraint(fields=('user', 'digest'), name='recovery_codes_differ'),
        ),
    ]
