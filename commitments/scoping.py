"""What a signed-in account sees in the admin: its own institution's part of the record, never another's drafts."""

from django import forms
from django.contrib import admin
from django.db import models


class DayInput(forms.DateInput):
    """The browser's own date field: Django's calendar writes inline styles, which the content security policy bars."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class ScopedAdmin(admin.ModelAdmin):
    """Lists, pages and autocompletion show only rows in the account's scope.

    ``member_path`` leads from the row to its member. An account with an institution sees its own member's rows;
    ``scope`` narrows them further. Accounts without one (IRM reviewers, viewers) see what their role may read.
    """

    member_path = ""
    formfield_overrides = {models.DateField: {"widget": DayInput}}
    show_full_result_count = False

    def scope(self, queryset, user):
        """The rows that an account with an institution sees."""
        return queryset

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        user = request.user
        if user.is_superuser or user.institution_id is None:
            return queryset
        if self.member_path:
            queryset = queryset.filter(**{self.member_path: user.institution.member_id})
        return self.scope(queryset, user)


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that other code writes: shown, never changed here."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows that are shown with their owner and changed elsewhere, or not at all."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False
