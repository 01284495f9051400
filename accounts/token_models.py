"""Personal tokens: with which a person's programs use the API, and what was asked with a key that makes it once."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LONGEST = timedelta(days=366)
MOST = 20  # tokens of one account that hold at the same time
KEPT = timedelta(hours=24)  # for which an answer can be had again by its key


class Scope(models.TextChoices):
    """What a token may be used for, as far as its account's role allows it at that moment."""

    READ = "read", _("read status reports that the account may see")
    WRITE = "report:write", _("write and submit status reports")


class TokenQuerySet(models.QuerySet):
    def holding(self, now: datetime):
        """Those that are neither revoked nor over."""
        return self.filter(revoked_at=None, expires_at__gt=now)


class Token(models.Model):
    """The token itself is shown once; kept are a prefix to find it by, and the SHA-256 of 256 random bits."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("account"), on_delete=models.CASCADE, related_name="tokens"
    )
    name = models.CharField(_("name"), max_length=80, help_text=_("What uses it: by it you will know it again."))
    scopes = models.JSONField(_("may be used to"), default=list)
    prefix = models.CharField(_("begins with"), max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("holds until"))
    last_used_on = models.DateField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("personal token")
        verbose_name_plural = _("personal tokens")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("created_at") + LONGEST), name="token_expires_within_a_year"
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.prefix}…)"

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    @property
    def last_day(self):
        """The last day on which it holds, of the server's clock."""
        return timezone.localdate(self.expires_at - timedelta(seconds=1))

    def scope_words(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]


class KeptAnswerQuerySet(models.QuerySet):
    def outdated(self, now: datetime):
        return self.filter(at__lte=now - KEPT)


class KeptAnswer(models.Model):
    """What was answered to a request that bore an ``Idempotency-Key``. Written in the transaction of what it did: both
    are there, or neither."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="kept_answers")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, address and body
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="key_once_a_token")]

    def __str__(self):
        return f"answer {self.status} of token {self.token_id}"
