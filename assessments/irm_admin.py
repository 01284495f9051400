"""IRM reviews in the admin: the IRM writes them, no ministry does."""

from django.contrib import admin

from commitments.scoping import ScopedAdmin

from .models import Coding, IRMReview, Recommendation


class CodingInline(admin.StackedInline):
    model = Coding
    extra = 0
    raw_id_fields = ["commitment", "document"]


class RecommendationInline(admin.StackedInline):
    model = Recommendation
    extra = 0
    raw_id_fields = ["document", "response_document"]


@admin.register(IRMReview)
class IRMReviewAdmin(ScopedAdmin):
    list_display = ["title", "plan", "product", "method_version", "stage"]
    list_filter = ["stage", "product"]
    list_select_related = ["plan__member"]
    search_fields = ["title", "slug"]
    raw_id_fields = ["plan", "document"]
    inlines = [CodingInline, RecommendationInline]
    member_path = "plan__member"
