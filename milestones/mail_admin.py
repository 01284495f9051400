"""The outbox in the admin: which mails wait, went out or failed. For the coordinating ministry of the readers' member.

Nobody writes here. What the table of rights calls "change" is one thing: to have a mail that was put off tried again.
"""

from datetime import timedelta

from django.contrib import admin, messages
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commitments.scoping import ReadOnlyAdmin
from commitments.templatetags.record import local_title

from .mail_models import GIVEN_UP_AFTER, OutboxMail, Reminder
from .outbox import LEASE


# States ---------------------------------------------------------------------------------------------------------------
def waiting(mails, now):
    """Not tried yet, or not yet again by a worker that was killed."""
    return mails.waiting(now).filter(error="")


def put_off(mails, now):
    """Hindered, and to be tried again."""
    return mails.waiting(now).exclude(error="")


def sent(mails, now):
    return mails.exclude(sent_at=None)


def given_up(mails, now):
    """Not taken by the mail server for so long that it is not worth sending any more."""
    return mails.filter(sent_at=None, created_at__lte=now - GIVEN_UP_AFTER)


STATES = {
    "waiting": (gettext_lazy("Waiting"), waiting),
    "put_off": (gettext_lazy("Failed, to be tried again"), put_off),
    "sent": (gettext_lazy("Sent"), sent),
    "given_up": (gettext_lazy("Given up"), given_up),
}


def failures(mail: OutboxMail) -> str:
    words = ngettext("failed %(n)s time: %(error)s", "failed %(n)s times: %(error)s", mail.attempts)
    return words % {"n": mail.attempts, "error": mail.error}


def state_words(mail: OutboxMail, now) -> str:
    """One mail's state in words, with the same bounds as the questions above."""
    if mail.sent_at:
        return _("sent on %(date)s") % {"date": date_format(timezone.localtime(mail.sent_at), "DATETIME_FORMAT")}
    if mail.created_at <= now - GIVEN_UP_AFTER:
        return _("given up; %(failures)s") % {"failures": failures(mail)} if mail.error else _("given up")
    if not mail.user.is_active:
        return _("waiting: the account is closed")
    if not mail.user.email:
        return _("waiting: the account has no address")
    return failures(mail) if mail.error else _("waiting")


def due_again_now(mails, now) -> int:
    """Ends the pause of mails that were put off. How many.

    A worker that is sending a mail holds it for ``LEASE`` at most, and a pause looks the same in the row. So only a
    mail that is held back for longer is certainly in nobody's hands; the others come up by themselves before that.
    """
    held_back = put_off(mails, now).filter(not_before__gt=now + LEASE + timedelta(seconds=1))
    return held_back.update(not_before=now)


# The admin ------------------------------------------------------------------------------------------------------------
class MailStateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(name, label) for name, (label, _question) in STATES.items()]

    def queryset(self, request, queryset):
        found = STATES.get(self.value())
        return found[1](queryset, timezone.now()) if found else queryset


def about(reminder: Reminder) -> str:
    return local_title(reminder.deadline.milestone if reminder.deadline else reminder.commitment)


@admin.register(OutboxMail)
class OutboxMailAdmin(ReadOnlyAdmin):
    list_display = ["reader", "subject", "created_at", "state"]
    list_display_links = ["subject"]
    list_filter = [MailStateFilter]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "subject"]
    date_hierarchy = "day"
    ordering = ["-created_at", "-pk"]
    actions = ["try_again"]
    fields = ["reader", "subject", "day", "created_at", "state", "attempts", "not_before", "reminders", "text"]
    readonly_fields = fields
    member_path = "user__institution__member"

    def has_try_again_permission(self, request):
        return request.user.has_perm("milestones.change_outboxmail")

    @admin.display(description=gettext_lazy("to whom"), ordering="user__username")
    def reader(self, row):
        return f"{row.user.username} <{row.sent_to or row.user.email or '–'}>"

    @admin.display(description=gettext_lazy("state"))
    def state(self, row):
        words = state_words(row, timezone.now())
        late = row.sent_at is None and row.error
        return format_html('<strong class="late">{}</strong>', words) if late else words

    @admin.display(description=gettext_lazy("reminders"))
    def reminders(self, row):
        """What the mail tells about, a line each."""
        rows = row.reminders.select_related("deadline__milestone", "commitment").order_by("falls_on", "pk")
        return format_html_join("", "{}: {}<br>", ((reminder.get_kind_display(), about(reminder)) for reminder in rows))

    @admin.action(description=gettext_lazy("Try again now"), permissions=["try_again"])
    def try_again(self, request, queryset):
        asked = OutboxMail.objects.filter(pk__in=queryset.order_by().values("pk"))
        if count := due_again_now(asked, timezone.now()):
            words = ngettext(
                "%(n)s mail is tried again within a minute or two.",
                "%(n)s mails are tried again within a minute or two.",
                count,
            )
            self.message_user(request, words % {"n": count}, level=messages.SUCCESS)
            return
        words = _("None of these mails is put off for more than ten minutes: each is sent, given up, or next anyway.")
        self.message_user(request, words, level=messages.WARNING)


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """Who was told of what, at which stage, by which mail."""

    list_display = ["reader", "kind", "about", "falls_on", "sent_at"]
    list_display_links = ["about"]
    list_filter = ["kind"]
    list_select_related = ["user", "mail", "deadline__milestone", "commitment"]
    search_fields = ["user__username", "deadline__milestone__title", "commitment__title"]
    fields = ["reader", "kind", "about", "falls_on", "mail"]
    readonly_fields = fields
    member_path = "user__institution__member"

    @admin.display(description=gettext_lazy("to whom"), ordering="user__username")
    def reader(self, row):
        return row.user.username

    @admin.display(description=gettext_lazy("about"))
    def about(self, row):
        return about(row)

    @admin.display(description=gettext_lazy("sent at"), ordering=F("mail__sent_at").desc(nulls_first=True))
    def sent_at(self, row):
        return row.mail.sent_at
