"""Milestones in the admin: with what is late, how their words are read, and the correction of a reading."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.conflicts import GuardedAdmin
from commitments.dates import local_dates
from commitments.models import ActionPlan, Commitment
from commitments.scoping import ReadOnlyInline, ScopedAdmin
from commitments.templatetags.record import local_title

from . import deadline_admin, history, mail_admin, record_admin, report_admin, services, upload_admin  # noqa: F401 (register)
from .bulk_admin import AssignActions, AssignedFilter
from .forms import CorrectionForm, MilestoneForm
from .models import Deadline, Milestone, StatusUpdate
from .querysets import ZONE_OF_MILESTONE
from .readings import NOTES, read_in_plan
from .states import state_of


class StateFilter(admin.SimpleListFilter):
    """Late, not yet reported, or reported: the lists a clerk works from."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("late", _("Late")), ("not_reported", _("Not reported")), ("reported", _("Reported"))]

    def queryset(self, request, queryset):
        if self.value() == "late":
            return queryset.filter(overdue_due_on__isnull=False)
        if self.value() == "not_reported":
            return queryset.filter(status=None)
        if self.value() == "reported":
            return queryset.exclude(status=None)
        return queryset


class DeadlineInline(ReadOnlyInline):
    model = Deadline
    template = "admin/milestones/rows.html"
    fields = ["starts_on", "due_on", "precision", "set_on", "withdrawn_on", "reason"]


class UpdateInline(ReadOnlyInline):
    model = StatusUpdate
    template = "admin/milestones/rows.html"
    fields = ["on_date", "status", "review", "what_was_done", "published_on"]
    readonly_fields = fields

    def get_queryset(self, request):
        """Only the reports that the account would see in their own list: no draft of another voice."""
        return super().get_queryset(request).visible_to(request.user)


def how_read(published_start: str, published_end: str, plan: ActionPlan | None) -> dict:
    """What the panel beside the words shows. Without a plan, or without words, there is nothing to read yet."""
    if plan is None or not (published_start or published_end):
        return {"plan": plan}
    reading = read_in_plan(published_start, published_end, plan)
    return {
        "plan": plan,
        "reading": reading,
        "cadence": Milestone.Cadence(reading.cadence).label,
        "why": Milestone.Reason(reading.reason).label if reading.reason else "",
        "notes": [NOTES[code] % {"member": local_title(plan.member)} for code in reading.notes],
    }


def plan_of(milestone: Milestone | None, asked: str) -> ActionPlan | None:
    """The plan whose member's conventions hold: of the commitment asked for by its key, else of the milestone."""
    rows = Commitment.objects.select_related("plan__member")
    chosen = rows.filter(pk=asked).first() if asked.isdecimal() else None
    commitment = chosen or (milestone and milestone.commitment)
    return commitment.plan if commitment else None


@admin.register(Milestone)
class MilestoneAdmin(AssignActions, GuardedAdmin, ScopedAdmin):
    """Milestones of the commitments that the account's institution leads, with what is late and how words are read."""

    form = MilestoneForm
    fieldsets = [
        (None, {"fields": [*MilestoneForm.Meta.fields[:-2], "report_link"]}),
        (gettext_lazy("Dates, in the plan's own words"), {"fields": MilestoneForm.Meta.fields[-2:]}),
    ]

    list_display = ["title_short", "commitment_number", "as_published", "due", "state", "assignee", "report_link"]
    list_display_links = ["title_short"]
    list_filter = [StateFilter, AssignedFilter, "commitment__plan"]
    list_select_related = ["commitment__plan__member", "assignee"]
    search_fields = ["title", "title_ko", "commitment__number"]
    inlines = [DeadlineInline, UpdateInline]
    readonly_fields = ["report_link"]
    change_form_template = "admin/milestones/milestone/change_form.html"

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if request.user.has_perm("milestones.add_statusupdate"):
            rows = rows.reported_by(request.user)
        return rows.with_state(local_dates(ZONE_OF_MILESTONE))

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("reading/", view(self.reading_view), name="milestones_milestone_reading_new"),
            path("<int:pk>/reading/", view(self.reading_view), name="milestones_milestone_reading"),
            path("<int:pk>/correct/", view(self.correct_view), name="milestones_milestone_correct"),
            *upload_admin.template_urls(view),
        ]
        return [*own, *super().get_urls()]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Shows beside the words how they are read: as stored, or as just typed."""
        milestone = self.get_object(request, object_id) if object_id else None
        words = request.POST if request.method == "POST" else milestone and vars(milestone)
        asked = request.POST.get("commitment", "")
        context = self.panel(milestone, words or {}, asked) | self.corrections(request, milestone)
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def panel(self, milestone, words, asked: str) -> dict:
        start, end = words.get("published_start", ""), words.get("published_end", "")
        return {"how_read": how_read(start, end, plan_of(milestone, asked))}

    def corrections(self, request, milestone) -> dict:
        """What people said that the words mean, the latest first."""
        if milestone is None:
            return {}
        rows = milestone.corrections.select_related("author", "institution__parent__parent")
        return {
            "corrections": rows.order_by("-made_on", "-pk"),
            "may_correct": request.user.has_perm("milestones.add_readingcorrection"),
        }

    def reading_view(self, request, pk=None):
        """How the words in the address are read: a piece of a page, put beside the fields while somebody types."""
        milestone = get_object_or_404(self.get_queryset(request), pk=pk) if pk else None
        if not (self.has_view_permission(request, milestone) if pk else self.has_add_permission(request)):
            raise PermissionDenied
        context = self.panel(milestone, request.GET, request.GET.get("commitment", ""))
        return render(request, "admin/milestones/milestone/reading.html", context)

    def correct_view(self, request, pk):
        """A person says what the words mean, and why."""
        if not request.user.has_perm("milestones.add_readingcorrection"):
            raise PermissionDenied
        milestone = get_object_or_404(self.get_queryset(request), pk=pk)
        latest = milestone.corrections.last()
        initial = {"due_on": milestone.due_on, "starts_on": milestone.starts_on}
        initial["precision"] = milestone.due_precision or "day"
        form = CorrectionForm(request.POST or None, initial=initial, corrected=bool(latest and not latest.as_read))
        if form.is_valid():
            services.correct_reading(milestone, request.user, form.cleaned_data["reason"], **form.facts())
            self.message_user(request, _("The reading is corrected from today on; what held before stays public."))
            return redirect("admin:milestones_milestone_change", pk)
        context = self.admin_site.each_context(request) | self.panel(milestone, vars(milestone), "")
        context |= {"form": form, "milestone": milestone, "opts": self.opts, "title": _("Correct the reading")}
        return render(request, "admin/milestones/milestone/correct.html", context, status=400 if form.is_bound else 200)

    @transaction.atomic
    def save_model(self, request, obj, form, change):
        stored = Milestone.objects.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        services.read_deadlines(obj)  # the words may have changed; the reading follows from them
        history.record_mended(stored, obj, form.changed_data, request.user)

    @admin.display(description=gettext_lazy("milestone"), ordering="title")
    def title_short(self, row):
        return Truncator(local_title(row)).chars(120)

    @admin.display(description=gettext_lazy("commitment"))
    def commitment_number(self, row):
        return f"{row.commitment.plan.slug} {row.commitment.number}"

    @admin.display(description=gettext_lazy("as published"))
    def as_published(self, row):
        return f"{row.published_start or '–'} / {row.published_end or '–'}"

    @admin.display(description=gettext_lazy("due"), ordering="due_on")
    def due(self, row):
        return row.due_on

    @admin.display(description=gettext_lazy("state"))
    def state(self, row):
        state = state_of(row, row.commitment.plan)
        late = format_html(' <strong class="late">{}</strong>', state.late_words) if state.is_late else SafeString("")
        return format_html("{}{}", state.label, late)

    @admin.display(description=gettext_lazy("report"))
    def report_link(self, row):
        address = reverse("admin:milestones_statusupdate_add")
        return format_html('<a href="{}?milestone={}">{}</a>', address, row.pk, _("Report status"))
