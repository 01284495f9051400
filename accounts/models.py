"""Who signs in: a person's account, the institution it acts for, and its one role."""

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from commitments.models import Institution

from .security_models import Attempt, RecoveryCode, SecondFactor
from .token_models import KeptAnswer, Token

__all__ = ["Attempt", "KeptAnswer", "RecoveryCode", "SecondFactor", "Token", "User"]


class UserQuerySet(models.QuerySet):
    def open(self):
        return self.filter(is_active=True, closed_at=None)

    def may_reset(self):
        """Those that have a password: who was invited and has none yet is invited anew instead."""
        return self.open().exclude(password="").exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def invited(self):
        """Those that have not chosen a password yet."""
        return self.open().filter(password__startswith=UNUSABLE_PASSWORD_PREFIX).exclude(email="")

    def manageable_by(self, user):
        """Those *user* may see: administrators all, the coordinating ministry its member's editors and heads."""
        if user.is_superuser:
            return self
        if user.institution is None:
            return self.none()
        member = user.institution.member_id
        return self.filter(institution__member=member, role__in=INVITED_BY_MINISTRY, is_superuser=False)


class AccountManager(UserManager.from_queryset(UserQuerySet)):
    """Django's own, which makes accounts, with the states above."""

    use_in_migrations = False


INVITED_BY_MINISTRY = ("editor", "head")


class User(AbstractUser):
    """An account. Its role says what it may do (``accounts.roles``); its institution says where."""

    class Role(models.TextChoices):
        EDITOR = "editor", _("ministry editor")
        HEAD = "head", _("head of institution")
        CO_OWNER = "co_owner", _("civil-society co-owner")
        COORDINATOR = "coordinator", _("coordinating ministry")
        IRM = "irm", _("IRM reviewer")
        VIEWER = "viewer", _("viewer")

    class Digest(models.TextChoices):
        DAILY = "daily", _("daily")
        WEEKLY = "weekly", _("weekly")
        NONE = "none", _("none")

    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.VIEWER)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        help_text=_("The account acts for this institution and everything below it."),
    )
    language = models.CharField(
        _("language of mails"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    digest = models.CharField(
        _("mails"),
        max_length=6,
        choices=Digest.choices,
        default=Digest.DAILY,
        help_text=_("How often to be reminded of what is due and late. What is escalated to the account always comes."),
    )

    generation = models.PositiveIntegerField(default=0, editable=False)  # counting on ends all sessions before it
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    objects = AccountManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at=None)
                | models.Q(is_active=False, is_superuser=False, first_name="", last_name="", email=""),
                name="closed_accounts_hold_nothing_personal",
                violation_error_message=_("A closed account stays closed, without name and address."),
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=["editor", "head", "co_owner", "coordinator"])
                | ~models.Q(institution=None),
                name="ministry_roles_have_an_institution",
                violation_error_message=_("This role acts for an institution: choose it."),
            ),
        ]

    @property
    def is_co_owner(self) -> bool:
        """Whether what the account reports is civil society's word, not the ministry's."""
        return self.role == self.Role.CO_OWNER

    # Django compares this with what each session holds: whatever changes it ends them.
    def get_session_auth_hash(self):
        return self.session_hash()

    def get_session_auth_fallback_hash(self):
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self.session_hash(secret)

    def session_hash(self, secret: str | None = None) -> str:
        facts = f"{self.generation}:{self.password}"
        return salted_hmac("accounts.session", facts, secret=secret, algorithm="sha256").hexdigest()

    def end_sessions(self):
        """Signs the account out everywhere. A session that shall go on is kept by ``update_session_auth_hash``."""
        User.objects.filter(pk=self.pk).update(generation=models.F("generation") + 1)
        self.refresh_from_db(fields=["generation"])

    def institution_ids(self) -> set[int]:
        """The institutions this account acts for: its own and all below it (one query; empty without one)."""
        if self.institution_id is None:
            return set()
        if not hasattr(self, "_institution_ids"):
            self._institution_ids = Institution.objects.tree_ids(self.institution_id)
        return self._institution_ids
