"""Spreadsheets in the admin: the form to take away, the filled-in file to upload, the dry run, and the way back."""

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import path
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.scoping import ScopedAdmin

from . import upload_services
from .models import Status, Upload, UploadRow
from .spreadsheet import COLUMNS, NO, OPEN_NAMES, YES, template_response
from .upload_problems import REFUSALS, column_title, words

ROWS_A_PAGE = 100
STEPS = {"accept-all": "accept_all", "accept-good": "accept_good", "undo": "undo", "discard": "discard"}
CHANGE_URL = "admin:milestones_upload_change"


def file_limits() -> str:
    """What a person should know before choosing a file."""
    text = _("XLSX or CSV, at most %(limit)s and %(rows)s rows. Nothing is changed until you have seen every change.")
    return text % {
        "limit": filesizeformat(settings.SPREADSHEET_MAX_BYTES),
        "rows": settings.SPREADSHEET_MAX_ROWS,
    }


class UploadForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Filled-in file"), help_text=lazy(file_limits, str)())

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.SPREADSHEET_MAX_BYTES:
            sizes = {"size": filesizeformat(file.size), "limit": filesizeformat(settings.SPREADSHEET_MAX_BYTES)}
            message = _("This file has %(size)s; at most %(limit)s are taken. Delete the rows that you do not fill in.")
            raise ValidationError(message % sizes)
        return file


# The form to take away ------------------------------------------------------------------------------------------------
def template_view(request, ending):
    """One's milestones as a spreadsheet to fill in."""
    if not request.user.has_perm("milestones.add_upload"):
        raise PermissionDenied
    return template_response(request, ending)


def template_urls(view) -> list:
    """The addresses of the form, below the list of milestones."""
    return [
        path(f"mine.{ending}", view(template_view), {"ending": ending}, name=f"milestones_milestone_mine_{ending}")
        for ending in ("xlsx", "csv")
    ]


# What a row says ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Difference:
    """One field, before and after. *changed* is false where both say the same."""

    title: str
    before: str
    after: str
    changed: bool


def shown(name: str, value) -> str:
    """A value as the reader's language has it."""
    if name == "status":
        return str(Status(value).label) if value in Status.values else ""
    if name == "submit":
        return str(YES if value else NO)
    return str(value or "")


def differences(row: UploadRow) -> list[Difference]:
    """The open columns that say something, before or after; what was only left out of a link is no difference."""
    before = row.before or {}
    found = []
    for column in (column for column in COLUMNS if column.name in OPEN_NAMES):
        old, new = shown(column.name, before.get(column.name)), shown(column.name, row.values.get(column.name))
        if column.name == "submit":
            old = str(NO)
        if old or new:
            found.append(Difference(str(column.title), old, new, old != new))
    return found


def problem_lines(row: UploadRow) -> list[dict]:
    """Each problem with the place, what is wrong, and how to mend it."""
    lines = []
    for problem in row.problems:
        what, mend = words(problem["code"], problem["params"])
        title = column_title(problem["name"]) if problem["name"] != "key" else ""
        lines.append({"column": problem["column"], "title": title, "what": what, "mend": mend})
    return lines


def prepared(rows) -> list[UploadRow]:
    """Rows with what the page shows of them."""
    for row in rows:
        row.lines, row.differences = problem_lines(row), differences(row)
    return list(rows)


def counts_of(upload: Upload, name: str) -> dict[str, int]:
    rows = upload.rows.order_by().values_list(name).annotate(number=Count("pk"))
    return dict(rows)


# The admin ------------------------------------------------------------------------------------------------------------
@admin.register(Upload)
class UploadAdmin(ScopedAdmin):
    """One's own uploads; the coordinating ministry also sees those of its member, and changes nothing in them."""

    list_display = ["file_name", "state", "created_at", "author", "institution"]
    list_display_links = ["file_name"]
    list_filter = ["state"]
    list_select_related = ["author", "institution"]
    actions = None

    def get_queryset(self, request):
        return Upload.objects.visible_to(request.user).select_related("author", "institution", "undone_by")

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        view = self.admin_site.admin_view
        progress = path("<int:pk>/progress/", view(self.progress_view), name="milestones_upload_progress")
        steps = [
            path(f"<int:pk>/{step}/", view(self.step_view), {"step": step}, name=f"milestones_upload_{name}")
            for step, name in STEPS.items()
        ]
        return [progress, *steps, *super().get_urls()]

    def page(self, request, **context) -> dict:
        return self.admin_site.each_context(request) | {"opts": self.opts, **context}

    def add_view(self, request, form_url="", extra_context=None):
        """The file is chosen here, or dropped onto the field."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
        if form.is_valid():
            upload = upload_services.receive(request.user, form.cleaned_data["file"])
            return redirect(CHANGE_URL, upload.pk)
        context = self.page(request, form=form, title=_("Upload a filled-in file"))
        return render(request, "admin/milestones/upload/add.html", context, status=400 if form.is_bound else 200)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The upload as it stands: its progress, the dry run, or the result."""
        upload = get_object_or_404(self.get_queryset(request), pk=object_id if object_id.isdecimal() else 0)
        if not self.has_view_permission(request, upload):
            raise PermissionDenied
        changes = counts_of(upload, "change")
        context = self.page(
            request,
            upload=upload,
            title=upload.file_name,
            own=upload.author_id == request.user.pk,
            percent=upload.done * 100 // upload.total if upload.total else 0,
            changes=[(change, UploadRow.Change(change).label, changes.get(change, 0)) for change in UploadRow.Change],
            change_count=changes.get("new", 0) + changes.get("differs", 0),
            outcomes=[(UploadRow.Outcome(name).label, n) for name, n in counts_of(upload, "outcome").items() if name],
            **self.rows_of(request, upload, changes),
        )
        if upload.refusal:
            context["refusal"] = words(upload.refusal, upload.refusal_params, REFUSALS)
        return render(request, "admin/milestones/upload/upload.html", context)

    def rows_of(self, request, upload: Upload, changes: dict) -> dict:
        """A page of the rows, those with problems first, or of one kind."""
        show = request.GET.get("show", "")
        rows = upload.rows.select_related("milestone__commitment__plan", "update")
        if show in UploadRow.Change.values:
            rows = rows.filter(change=show)
        elif upload.state == Upload.State.READ and changes.get("wrong"):
            show = "wrong"
            rows = rows.filter(change=show)
        page = Paginator(rows.order_by("number"), ROWS_A_PAGE).get_page(request.GET.get("page"))
        page.object_list = prepared(page.object_list)
        return {"rows": page, "show": show}

    def progress_view(self, request, pk):
        """How far the job is, for the page's script."""
        upload = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, upload):
            raise PermissionDenied
        return JsonResponse({"working": upload.is_working, "done": upload.done, "total": upload.total})

    def step_view(self, request, pk, step):
        """Accepts, undoes or discards an upload: by its author alone."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        upload = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_add_permission(request) or upload.author_id != request.user.pk:
            raise PermissionDenied
        steps = {
            "accept-all": lambda: upload_services.accept(upload, only_good=False),
            "accept-good": lambda: upload_services.accept(upload, only_good=True),
            "undo": lambda: upload_services.undo(upload, request.user),
            "discard": lambda: upload_services.discard(upload),
        }
        return self.after_step(request, upload, step, steps[step])

    def after_step(self, request, upload: Upload, step: str, take):
        try:
            take()
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), level=messages.ERROR)
            return redirect(CHANGE_URL, upload.pk)
        if step == "discard":
            self.message_user(request, _("The upload is discarded. It had changed nothing."), level=messages.SUCCESS)
            return redirect("admin:milestones_upload_changelist")
        return redirect(CHANGE_URL, upload.pk)
