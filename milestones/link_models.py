"""Links that evidence points to: whether they still work, and the copy that was kept."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class LinkQuerySet(models.QuerySet):
    def due(self, now):
        """Links whose next check has come and which no worker holds."""
        return self.filter(next_check_at__lte=now)

    def broken(self):
        return self.filter(state="broken")


def copy_path(link, filename: str) -> str:
    """A path that tells nothing and cannot run: the copy's own digest."""
    return f"copies/{link.copy_sha256[:2]}/{link.copy_sha256}"


class Link(models.Model):
    """An address that evidence names. One row however many reports name it.

    ``next_check_at`` is when it is due, and while a worker checks it the end of that worker's lease. ``failures``
    counts failed checks since the last good one. The copy is that of the first good check: what the report pointed to.
    """

    class State(models.TextChoices):
        UNCHECKED = "unchecked", _("not checked yet")
        REACHABLE = "reachable", _("reachable")
        FAILING = "failing", _("not reachable at the last check")
        BROKEN = "broken", _("broken")
        NOT_CHECKED = "not_checked", _("not checked: it is not on the open web")

    class Problem(models.TextChoices):
        NOT_FOUND = "not_found", _("The page does not exist any more.")
        REFUSED = "refused", _("The site refuses to show the page.")
        SERVER_ERROR = "server_error", _("The site reports an error of its own.")
        NO_ADDRESS = "no_address", _("This is not a plain web address.")
        PRIVATE = "private", _("The address lies in a private network.")
        NO_HOST = "no_host", _("There is no such site.")
        NO_ANSWER = "no_answer", _("The site does not answer.")
        CERTIFICATE = "certificate", _("The site's certificate is not valid.")
        REDIRECTS = "redirects", _("The address leads from one to the next without end.")

    url = models.URLField(_("link"), max_length=500, unique=True)
    state = models.CharField(_("state"), max_length=11, choices=State.choices, default=State.UNCHECKED)
    problem = models.CharField(_("problem"), max_length=12, choices=Problem.choices, blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    failures = models.PositiveSmallIntegerField(_("failed checks"), default=0)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    reachable_at = models.DateTimeField(_("last reachable at"), null=True)
    next_check_at = models.DateTimeField(_("next check"))
    copy = models.FileField(_("copy"), upload_to=copy_path, max_length=200, blank=True)
    copy_type = models.CharField(_("type"), max_length=100, blank=True)
    copy_size = models.PositiveIntegerField(_("size in bytes"), null=True)
    copy_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    copied_at = models.DateTimeField(_("copied at"), null=True)
    text = models.TextField(_("text of the copy"), blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link of evidence")
        verbose_name_plural = _("links of evidence")
        ordering = ["url"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(copy="") | (~models.Q(copy_sha256="") & models.Q(copied_at__isnull=False)),
                name="copy_of_a_link_has_digest_and_date",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="reachable") | models.Q(failures=0, reachable_at__isnull=False),
                name="reachable_link_has_no_failures",
            ),
        ]
        indexes = [models.Index(fields=["next_check_at"], name="link_next_check")]

    def __str__(self):
        return self.url

    def get_absolute_url(self):
        return reverse("link-copy", args=[self.pk])

    @property
    def is_in_doubt(self) -> bool:
        return self.state in (self.State.FAILING, self.State.BROKEN)
