"""The record in the admin: everybody with a role reads it, administrators mend it."""

from django.contrib import admin

from .conflicts import GuardedAdmin
from .models import (
    CoCreationStep,
    ForumMembership,
    Institution,
    Involvement,
    Member,
    PlanSection,
    SourceDocument,
    Theme,
)
from .scoping import ScopedAdmin


@admin.register(Member)
class MemberAdmin(ScopedAdmin):
    list_display = ["name", "code", "kind", "region", "time_zone", "is_fictional"]
    search_fields = ["name", "name_ko", "code"]
    raw_id_fields = ["point_of_contact"]
    member_path = "pk"


@admin.register(Institution)
class InstitutionAdmin(ScopedAdmin):
    list_display = ["name", "parent", "member", "kind"]
    list_filter = ["kind"]
    list_select_related = ["parent", "member"]
    search_fields = ["name", "name_ko", "key"]
    raw_id_fields = ["parent", "member"]
    member_path = "member"

    def scope(self, queryset, user):
        return queryset if user.role == user.Role.COORDINATOR else queryset.filter(pk__in=user.institution_ids())


@admin.register(SourceDocument)
class SourceDocumentAdmin(ScopedAdmin):
    list_display = ["title", "kind", "member", "published_wording"]
    list_select_related = ["member"]
    search_fields = ["title", "key"]
    member_path = "member"


class ThemeInline(admin.StackedInline):
    model = Theme
    extra = 0
    fields = ["position", "number", "title", "title_ko", "key", "description"]


class StepInline(admin.StackedInline):
    model = CoCreationStep
    extra = 0
    fields = ["position", "label", "count", "unit", "dates_wording", "detail"]


class SectionInline(admin.StackedInline):
    model = PlanSection
    extra = 0
    fields = ["position", "key", "title", "body", "document", "section"]


class SeatInline(admin.StackedInline):
    model = ForumMembership
    extra = 0
    raw_id_fields = ["institution"]


class ActionPlanAdmin(GuardedAdmin, ScopedAdmin):
    """Registered by ``milestones.record_admin``: a plan's period decides what is overdue."""

    list_display = ["title", "member", "number", "starts_on", "ends_on", "stage"]
    list_filter = ["stage"]
    list_select_related = ["member"]
    search_fields = ["title", "slug"]
    raw_id_fields = ["member", "document", "public_influence_document"]
    inlines = [ThemeInline, StepInline, SectionInline, SeatInline]
    member_path = "member"


class InvolvementInline(admin.StackedInline):
    model = Involvement
    extra = 0
    raw_id_fields = ["institution"]


class CommitmentAdmin(GuardedAdmin, ScopedAdmin):
    """Ministries see the commitments that they lead; the coordinating ministry sees its member's. Registered by
    ``milestones.record_admin``: its plan's period decides what is overdue."""

    list_display = ["number", "title", "plan", "theme"]
    list_display_links = ["number", "title"]
    list_filter = ["plan"]
    list_select_related = ["plan__member", "theme"]
    search_fields = ["number", "title", "title_ko", "ogp_id"]
    raw_id_fields = ["plan", "part_of", "carried_from", "document"]
    inlines = [InvolvementInline]
    member_path = "plan__member"

    def scope(self, queryset, user):
        if user.role == user.Role.COORDINATOR:
            return queryset
        return queryset.involving("co_owner" if user.is_co_owner else "lead", user.institution_ids())
