"""What signing in needs to remember: second factors, recovery codes, and recent attempts."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

KEPT = timedelta(days=1)  # attempts count for 15 minutes; a day is long enough to look into what happened


class SecondFactor(models.Model):
    """The secret an account shares with a person's authenticator program (RFC 6238). Made when a code confirmed it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.CharField(max_length=32)  # base32, 160 bits
    last_step = models.BigIntegerField()  # of 30 seconds since 1970; no code of it or an earlier one is taken again
    confirmed_at = models.DateTimeField()

    def __str__(self):
        return f"second factor of account {self.user_id}"


class RecoveryCode(models.Model):
    """One of ten codes for the day on which the authenticator is lost: its hash alone. It is deleted when used."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_codes_differ")]

    def __str__(self):
        return f"recovery code of account {self.user_id}"


class AttemptQuerySet(models.QuerySet):
    def since(self, moment: datetime):
        """Those made after *moment*: one made at that very moment has just run out."""
        return self.filter(at__gt=moment)

    def outdated(self, now: datetime):
        """Those that are not needed any more, a day after they were made."""
        return self.filter(at__lte=now - KEPT)


class Attempt(models.Model):
    """An attempt that failed, or is under way. What was typed as the account is kept as a keyed hash alone: people type
    passwords there, too."""

    class Kind(models.TextChoices):
        PASSWORD = "password", _("password")
        CODE = "code", _("code of the second factor")
        MAIL = "mail", _("mail for a new password")
        COMMENT = "comment", _("comment of the public")
        FOLLOW = "follow", _("following by e-mail")

    kind = models.CharField(_("what was tried"), max_length=8, choices=Kind.choices)
    account = models.CharField(_("account"), max_length=64)
    address = models.CharField(_("network address"), max_length=45, blank=True)
    at = models.DateTimeField(_("when"), db_index=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt to sign in")
        verbose_name_plural = _("attempts to sign in")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["kind", "account", "at"], name="attempts_of_an_account"),
            models.Index(fields=["kind", "address", "at"], name="attempts_from_an_address"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.address}"
