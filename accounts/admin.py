"""Accounts: invited and closed by administrators; the coordinating ministry invites editors and heads of its member."""

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import closing, mail, second_factor, throttle, tokens, views
from .forms import InvitationForm
from .models import INVITED_BY_MINISTRY, Attempt, Token, User

admin.site.unregister(Group)  # rights come from roles alone


def confirmed(request, accounts, title, warning, action):
    """The page that asks before an action on accounts that cannot be undone."""
    context = {"title": title, "accounts": accounts, "warning": warning, "action": action}
    context |= {"checkbox": helpers.ACTION_CHECKBOX_NAME, "opts": User._meta}
    return render(request, "admin/accounts/user/confirm.html", admin.site.each_context(request) | context)


@admin.register(User)
class AccountAdmin(UserAdmin):
    add_form = InvitationForm
    add_form_template = "admin/accounts/user/invite.html"
    list_display = ["username", "email", "role", "institution", "is_active"]
    list_filter = ["role", "is_active"]
    list_select_related = ["institution"]
    raw_id_fields = ["institution"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined", "closed_at"]
    actions = ["invite_again", "lift_pause", "remove_second_factor", "close_accounts"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (gettext_lazy("Mails"), {"fields": ["digest", "language"]}),
        (gettext_lazy("Rights"), {"fields": ["role", "institution", "is_active", "is_staff", "is_superuser"]}),
        (gettext_lazy("Dates"), {"fields": ["last_login", "date_joined", "closed_at"]}),
    ]
    fieldsets_of_ministry = [
        (None, {"fields": ["username", "first_name", "last_name", "email", "language"]}),
        (gettext_lazy("Rights"), {"fields": ["role", "institution", "is_active"]}),
        (gettext_lazy("Dates"), {"fields": ["last_login", "date_joined", "closed_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "first_name", "last_name", "email", "language"]}),
        (gettext_lazy("Rights"), {"fields": ["role", "institution"]}),
    ]

    # Who sees what ----------------------------------------------------------------------------------------------------
    def get_queryset(self, request):
        return super().get_queryset(request).manageable_by(request.user)

    def get_fieldsets(self, request, obj=None):
        if obj and not request.user.is_superuser:
            return self.fieldsets_of_ministry
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request, obj=None):
        """A closed account stays as it is."""
        return super().has_change_permission(request, obj) and not (obj and obj.closed_at)

    def has_delete_permission(self, request, obj=None):
        """Only an account that was never used goes without a trace; every other one is closed."""
        return super().has_delete_permission(request, obj) and obj is not None and not closing.has_history(obj)

    def get_urls(self):
        own = path("mail/", self.admin_site.admin_view(views.mails), name="accounts_user_mail")
        return [own, *super().get_urls()]

    # Inviting ---------------------------------------------------------------------------------------------------------
    def _add_view(self, request, form_url="", extra_context=None):
        # Django asks for the right to change accounts here, for fear of accounts without limits: ours have them.
        return admin.ModelAdmin.add_view(self, request, form_url, extra_context)

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name != "institution" or request.user.is_superuser:
            return super().formfield_for_foreignkey(db_field, request, **options)
        found = db_field.remote_field.model.objects.filter(member=request.user.institution.member_id)
        return db_field.formfield(queryset=found, **options)

    def formfield_for_choice_field(self, db_field, request, **options):
        if db_field.name == "role" and not request.user.is_superuser:
            options["choices"] = [choice for choice in User.Role.choices if choice[0] in INVITED_BY_MINISTRY]
        return super().formfield_for_choice_field(db_field, request, **options)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            transaction.on_commit(lambda: self.invite(request, obj))

    def invite(self, request, account):
        """Sends the invitation; says so, or that it has to be sent again."""
        try:
            mail.invite(account)
        except mail.NotSent:
            said = _("The mail to %(account)s was not sent: the mail server did not take it. Invite it again later.")
            self.message_user(request, said % {"account": account.username}, messages.ERROR)
        else:
            said = _("%(account)s is invited by a mail to %(email)s. Its link holds for seven days.")
            self.message_user(request, said % {"account": account.username, "email": account.email}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Invite again"), permissions=["add"])
    def invite_again(self, request, queryset):
        invited = list(queryset.invited())
        for account in invited:
            self.log_change(request, account, "Invited again.")
            self.invite(request, account)
        if not invited:
            said = _("None of these accounts waits for its person to choose a password.")
            self.message_user(request, said, messages.WARNING)

    # Looking after ----------------------------------------------------------------------------------------------------
    @admin.action(description=gettext_lazy("Let try to sign in again at once"), permissions=["change"])
    def lift_pause(self, request, queryset):
        for account in queryset:
            throttle.lift(account.username)
            self.log_change(request, account, "Attempts to sign in forgotten.")
        self.message_user(request, _("These accounts may try to sign in again at once."), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Remove a lost second factor"), permissions=["change"])
    def remove_second_factor(self, request, queryset):
        if "confirmed" not in request.POST:
            warning = _("Be sure that the person asks for it: whoever has the password then signs in with it alone.")
            return confirmed(request, queryset, _("Remove the second factor?"), warning, "remove_second_factor")
        removed = [account for account in queryset if second_factor.remove(account)]
        for account in removed:
            self.log_change(request, account, "Second factor removed.")
            self.tell(request, account)
        said = ngettext("%(n)s second factor is removed.", "%(n)s second factors are removed.", len(removed))
        self.message_user(request, said % {"n": len(removed)}, messages.SUCCESS)

    def tell(self, request, account):
        try:
            mail.tell_of_removal(account)
        except mail.NotSent:
            said = _("The mail that tells %(account)s was not sent: tell the person yourself.")
            self.message_user(request, said % {"account": account.username}, messages.ERROR)

    # Closing ----------------------------------------------------------------------------------------------------------
    @admin.action(description=gettext_lazy("Close the accounts"), permissions=["change"])
    def close_accounts(self, request, queryset):
        if queryset.filter(pk=request.user.pk).exists():
            self.message_user(request, _("You cannot close your own account."), messages.ERROR)
            return None
        if "confirmed" not in request.POST:
            warning = _("Names, address, password and second factor are deleted for good. Reports stay.")
            return confirmed(request, queryset, _("Close these accounts?"), warning, "close_accounts")
        closed = list(queryset)
        for account in closed:
            closing.close(account, timezone.now())
            self.log_change(request, account, "Closed.")
        said = ngettext("%(n)s account is closed.", "%(n)s accounts are closed.", len(closed))
        self.message_user(request, said % {"n": len(closed)}, messages.SUCCESS)
        return redirect("admin:accounts_user_changelist")


@admin.register(Attempt)
class AttemptAdmin(admin.ModelAdmin):
    """What failed in the last day. Deleting lets try again at once."""

    list_display = ["at", "kind", "who", "address"]
    list_display_links = None
    list_filter = ["kind", "address"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        """Accounts are kept as hashes: the names of those that exist are hashed anew to find them (one query)."""
        pairs = User.objects.values_list("username", "email")
        self.names = {throttle.key(word): name for name, email in pairs for word in (email, name) if word}
        return super().get_queryset(request)

    @admin.display(description=gettext_lazy("account"))
    def who(self, attempt):
        return self.names.get(attempt.account, _("no account of that name"))


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):
    """Everybody's tokens, for administrators: what they may do, when they were used, and revoking them."""

    list_display = ["name", "user", "prefix", "uses", "created_at", "expires_at", "last_used_on", "revoked_at"]
    list_display_links = None
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__username"]
    actions = ["revoke_tokens"]

    def has_add_permission(self, request):
        """A token is made by its own account, which alone sees it."""
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_revoke_permission(self, request):
        return request.user.is_superuser

    @admin.display(description=gettext_lazy("may be used to"))
    def uses(self, token):
        return "; ".join(token.scope_words()) or _("read what is public")

    @admin.action(description=gettext_lazy("Revoke"), permissions=["revoke"])
    def revoke_tokens(self, request, queryset):
        for token in queryset:
            self.log_change(request, token, "Revoked.")
        number = tokens.revoke(queryset, timezone.now())
        said = ngettext("%(n)s token is revoked.", "%(n)s tokens are revoked.", number)
        self.message_user(request, said % {"n": number}, messages.SUCCESS)
