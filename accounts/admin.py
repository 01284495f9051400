"""Accounts: made and closed by administrators."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from .models import User

admin.site.unregister(Group)  # rights come from roles alone


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
        (_("Rights"), {"fields": ["role", "institution", "is_active", "is_staff", "is_superuser"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "password1", "password2", "role", "institution", "is_staff"]}),
    ]
