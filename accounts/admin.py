"""Accounts: made and closed by administrators."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from .models import User

admin.site.unregister(Group)  # rights come from roles alone


class MailForm(forms.ModelForm):
    """What an account chooses for itself."""

    class Meta:
        model = User
        fields = ["digest", "language"]


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = ["username", "email", "role", "institution", "is_active"]
    list_filter = ["role", "is_active"]
    list_select_related = ["institution"]
    raw_id_fields = ["institution"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (_("Mails"), {"fields": ["digest", "language"]}),
        (_("Rights"), {"fields": ["role", "institution", "is_active", "is_staff", "is_superuser"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "password1", "password2", "role", "institution", "is_staff"]}),
        (_("Mails"), {"fields": ["email", "language"]}),
    ]

    def get_urls(self):
        own = path("mail/", self.admin_site.admin_view(self.mail_view), name="accounts_user_mail")
        return [own, *super().get_urls()]

    def mail_view(self, request):
        """How often the signed-in account wants mails, and in which language. Open to every account, for itself."""
        form = MailForm(request.POST or None, instance=request.user)
        if form.is_valid():
            form.save()
            self.message_user(request, _("Your choice is saved. It holds from the next mail."))
            return redirect("admin:accounts_user_mail")
        context = self.admin_site.each_context(request) | {"form": form, "title": _("Mails to me")}
        return render(request, "admin/accounts/user/mail.html", context, status=400 if form.is_bound else 200)
