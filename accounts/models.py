"""Who signs in: a person's account, the institution it acts for, and its one role."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models import Institution


class User(AbstractUser):
    """An account. Its role says what it may do (``accounts.roles``); its institution says where."""

    class Role(models.TextChoices):
        EDITOR = "editor", _("ministry editor")
        HEAD = "head", _("head of institution")
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

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(role__in=["editor", "head", "coordinator"]) | ~models.Q(institution=None),
                name="ministry_roles_have_an_institution",
                violation_error_message=_("This role acts for an institution: choose it."),
            )
        ]

    def institution_ids(self) -> set[int]:
        """The institutions this account acts for: its own and all below it (one query; empty without one)."""
        if self.institution_id is None:
            return set()
        if not hasattr(self, "_institution_ids"):
            self._institution_ids = Institution.objects.tree_ids(self.institution_id)
        return self._institution_ids
