"""What was published can be corrected in place, and a page of an earlier day still shows what stood on it.

The row that is corrected goes on, with ``since``, the day of the correction. What it said before becomes a row of its
own, the edition of that one, with ``until``, the same day: it stood until the day before. All days are the member's.
``objects`` knows what stands now, ``ever`` every edition; ``assessments.known`` picks the edition of a day.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class StandingManager(models.Manager):
    """Rows as they stand now, without what they said before."""

    def get_queryset(self):
        return super().get_queryset().filter(until=None)


class Corrected(models.Model):
    """A row that keeps its earlier editions. ``since`` None: from its publication on; ``until`` None: it stands."""

    since = models.DateField(_("corrected on"), null=True, editable=False)
    until = models.DateField(_("stood until the day before"), null=True, editable=False)
    edition_of = models.ForeignKey(
        "self", verbose_name=_("stands now"), on_delete=models.CASCADE, null=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True

    def validate_constraints(self, exclude=None):
        """A form has no field for the days of an edition; what stands is unique by them all the same."""
        super().validate_constraints(exclude=set(exclude or ()) - {"since", "until", "edition_of"})

    @property
    def standing_key(self) -> int:
        """The key of the row that stands now."""
        return self.edition_of_id or self.pk


def stood_on(on) -> Q:
    """The edition of a day; *on* is a date, or an expression of one."""
    return (Q(since=None) | Q(since__lte=on)) & (Q(until=None) | Q(until__gt=on))


def constraints(model: str) -> list[models.BaseConstraint]:
    """What holds for the editions of a model's rows: one that is over is of a row that stands, one alone ended on a
    day, and each stood for a day at least."""
    stands, is_over = Q(until=None, edition_of=None), Q(until__isnull=False, edition_of__isnull=False)
    in_order = Q(since=None) | Q(until=None) | Q(until__gt=F("since"))
    return [
        models.CheckConstraint(condition=stands | is_over, name=f"{model}_edition_is_of_one_that_stands"),
        models.CheckConstraint(condition=in_order, name=f"{model}_edition_stands_a_day"),
        models.UniqueConstraint(fields=["edition_of", "until"], name=f"{model}_edition_ends_once_a_day"),
    ]
