"""Plans and commitments in the admin: when one is mended, what is overdue under it follows."""

from django.contrib import admin
from django.db import transaction

from commitments.admin import ActionPlanAdmin, CommitmentAdmin
from commitments.models import ActionPlan, Commitment

from . import history, periods
from .models import Milestone


@admin.register(ActionPlan)
class TrackedPlanAdmin(ActionPlanAdmin):
    @transaction.atomic
    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        periods.refresh(Milestone.objects.filter(commitment__plan=obj))


@admin.register(Commitment)
class TrackedCommitmentAdmin(CommitmentAdmin):
    @transaction.atomic
    def save_model(self, request, obj, form, change):
        stored = Commitment.objects.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        periods.refresh(Milestone.objects.filter(commitment=obj))
        history.record_mended(stored, obj, form.changed_data, request.user)
