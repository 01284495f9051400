"""Who follows what by e-mail, and the mails on their way to them. No more is kept than that needs."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models import IRMReview
from commitments.models import ActionPlan, Commitment, Institution, Member, Theme
from milestones.mail_models import GIVEN_UP_AFTER, WaitingMail

CONFIRM_WITHIN = timedelta(hours=48)
FORGOTTEN_AFTER = timedelta(days=7)  # when nobody has confirmed
LONGEST_QUESTION = 500  # characters of a search
ROWS = ("member", "plan", "theme", "institution", "commitment")  # what a subscription may be about, as its columns
WITHOUT_ROW = ("site", "search")


def new_stamp() -> str:
    return secrets.token_hex(16)


def about_one_thing() -> models.Q:
    """Only the column that the level names holds a row; only a search has a question."""
    found = models.Q()
    for level in (*ROWS, *WITHOUT_ROW):
        empty = {f"{name}__isnull": name != level for name in ROWS}
        said = ~models.Q(question="") if level == "search" else models.Q(question="")
        found |= models.Q(level=level, **empty) & said
    return found


class SubscriptionQuerySet(models.QuerySet):
    def confirmed(self):
        """Those whose address has said yes."""
        return self.exclude(confirmed_at=None)

    def of_address(self, email: str):
        """Those of one address, however it is written."""
        return self.filter(email__iexact=email)

    def about(self, scope):
        """Those about one scope."""
        row = {scope.level: scope.row} if scope.row else {}
        return self.filter(level=scope.level, question=scope.question, **row)

    def forgotten(self, now):
        """Those that nobody has confirmed in a week."""
        return self.filter(confirmed_at=None, asked_at__lte=now - FORGOTTEN_AFTER)


class Subscription(models.Model):
    """One address follows one scope. Mails go out once it was confirmed; ``told_until`` is the last day that a digest
    has looked at, as the scope's member counts days.

    ``stamp`` is a random number of the row's own: with the site's secret key, links are made of it (``links``). No link
    is stored, and what is stored makes none.
    """

    class What(models.TextChoices):
        EVERYTHING = "everything", _("everything that changes")
        LATE = "late", _("only what becomes overdue")
        STATUS = "status", _("only what is reported, assessed or reviewed")

    class Often(models.TextChoices):
        DAILY = "daily", _("daily")
        WEEKLY = "weekly", _("weekly, on Mondays")

    email = models.EmailField(_("e-mail address"), max_length=254)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    what = models.CharField(_("what you want to be told"), max_length=10, choices=What.choices, default=What.EVERYTHING)
    often = models.CharField(_("how often"), max_length=6, choices=Often.choices, default=Often.DAILY)
    level = models.CharField(max_length=12, choices=[(name, name) for name in (*ROWS, *WITHOUT_ROW)])
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, related_name="subscriptions")
    plan = models.ForeignKey(ActionPlan, on_delete=models.CASCADE, null=True, related_name="subscriptions")
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, null=True, related_name="subscriptions")
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, null=True, related_name="subscriptions")
    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, null=True, related_name="subscriptions")
    question = models.CharField(max_length=LONGEST_QUESTION, blank=True)
    stamp = models.CharField(max_length=32, default=new_stamp, unique=True)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    told_until = models.DateField(null=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=about_one_thing(), name="subscription_is_about_one_thing"),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, told_until=None)
                | models.Q(confirmed_at__isnull=False, told_until__isnull=False),
                name="confirmed_subscription_knows_what_was_told",
            ),
            *(
                models.UniqueConstraint(Lower("email"), name, name=f"one_subscription_an_address_and_{name}")
                for name in ROWS
            ),
            models.UniqueConstraint(
                Lower("email"), condition=models.Q(level="site"), name="one_subscription_an_address_to_everything"
            ),
            models.UniqueConstraint(
                Lower("email"),
                "question",
                condition=models.Q(level="search"),
                name="one_subscription_an_address_and_search",
            ),
        ]

    def __str__(self):
        return f"subscription {self.pk}"  # never the address: this stands in logs

    @property
    def row(self) -> models.Model | None:
        """What it is about; None for everything and for a search."""
        return getattr(self, self.level) if self.level in ROWS else None


class FollowingMailQuerySet(models.QuerySet):
    def waiting(self, now):
        """Those that are still worth sending."""
        return self.filter(created_at__gt=now - GIVEN_UP_AFTER)

    def claimable(self, now):
        """Waiting mails that no worker is sending and no failure holds back."""
        return self.waiting(now).filter(not_before__lte=now)


class FollowingMail(WaitingMail):
    """A mail to a follower, until the mail server has taken it: then the row goes. Its text has marks where the
    follower's own links will stand, which are made when it is sent."""

    class Kind(models.TextChoices):
        CONFIRM = "confirm", "confirm"
        KNOWN = "known", "known"
        DIGEST = "digest", "digest"

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=7, choices=Kind.choices)

    objects = FollowingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail to a follower")
        verbose_name_plural = _("mails to followers")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "kind"], name="one_waiting_mail_of_a_kind"),
        ]
        indexes = [models.Index(fields=["not_before", "id"], name="following_mail_waits")]

    def __str__(self):
        return f"mail {self.pk} ({self.kind})"


class Sighting(models.Model):
    """The day from which a final IRM review counts as seen here, as its member counts days. Its day of publication is
    entered by hand and lies before that: who looks at the days that are over each morning would miss it."""

    review = models.OneToOneField(IRMReview, on_delete=models.CASCADE, related_name="sighting")
    seen_on = models.DateField()

    class Meta:
        verbose_name = _("first sighting of a review")
        verbose_name_plural = _("first sightings of reviews")

    def __str__(self):
        return f"review {self.review_id}, {self.seen_on:%Y-%m-%d}"
