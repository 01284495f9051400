"""The index of what can be found: one row for each thing that a reader may look for, derived from the record."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from commitments.models import ActionPlan, Commitment, Member

from . import querysets


class Kind(models.TextChoices):
    """What was found. The order is that of results that match equally well."""

    PLAN = "plan", _("Plan")
    COMMITMENT = "commitment", _("Commitment")
    MILESTONE = "milestone", _("Milestone")
    REPORT = "report", _("Ministry's report")
    CO_OWNER = "co_owner", _("Civil-society co-owner's report")
    SELF_ASSESSMENT = "self_assessment", _("Self-assessment")
    CLAIM = "claim", _("Form of a self-assessment")
    REVIEW = "review", _("IRM report")
    FINDING = "finding", _("IRM's finding")
    QUESTION = "question", _("Question of the public")


class Entry(models.Model):
    """One thing that can be found. ``search.index`` alone writes it, from the row of the record that *source* and *key*
    name; ``known_on`` is the first day on which the record held it (null: as long as its plan)."""

    source = models.CharField(max_length=20)  # see search.sources
    key = models.PositiveBigIntegerField()
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    rank = models.PositiveSmallIntegerField()  # of its kind, in the order of ``Kind``
    member = models.ForeignKey(Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(ActionPlan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="+")
    commitment = models.ForeignKey(
        Commitment, verbose_name=_("commitment"), on_delete=models.CASCADE, null=True, related_name="+"
    )
    known_on = models.DateField(_("known since"), null=True)
    dated_on = models.DateField(_("date"), null=True)  # what "newest first" goes by
    path = models.CharField(max_length=300)  # of the English page
    title = models.TextField(_("title"))
    title_ko = models.TextField(_("title in Korean"), blank=True)
    also = models.CharField(max_length=300, blank=True)  # found by it, and not shown: a number, an OGP id, a name
    body = models.TextField(_("text"), blank=True)
    body_ko = models.TextField(_("text in Korean"), blank=True)
    title_terms = models.TextField()
    terms = models.TextField()
    spelled = models.TextField()
    sha256 = models.CharField(max_length=64)

    objects = querysets.EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="entry_once_a_source"),
            models.CheckConstraint(condition=~models.Q(terms=""), name="entry_has_terms"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.path


class Change(models.Model):
    """A row of the record that was written since the index was last brought up to date. Triggers of the database write
    these (``search.triggers``), so that no way of writing can forget to; ``search.index.refresh`` takes them away.
    The same row may stand here several times: writers never wait for each other."""

    source = models.CharField(max_length=20)
    key = models.PositiveBigIntegerField()
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("change to be indexed")
        verbose_name_plural = _("changes to be indexed")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.source} {self.key}"
