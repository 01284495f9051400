"""What a bulk action asks once for all its rows."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from commitments.scoping import DayInput

from .bulk import shifted
from .models import Deadline

LONGEST_SHIFT = 1200  # days or months


class ReturnManyForm(forms.Form):
    """One reason for all reports that are returned."""

    reason = forms.CharField(
        label=_("Reason for returning it"),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("Each author reads it. It is kept for ever."),
        error_messages={"required": _("Say why you return it.")},
    )


class AmendManyForm(forms.Form):
    """Either one new due date for all, or by how much each is moved."""

    UNITS = [("days", _("days")), ("months", _("months"))]

    due_on = forms.DateField(label=_("New due date"), required=False, widget=DayInput)
    number = forms.IntegerField(
        label=_("Or move each by"),
        required=False,
        min_value=-LONGEST_SHIFT,
        max_value=LONGEST_SHIFT,
        help_text=_("A number below zero moves them to earlier days."),
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, initial="months")
    set_on = forms.DateField(label=_("Holds from"), widget=DayInput)
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("It is public, beside the earlier deadline."),
    )

    def clean(self):
        data = super().clean()
        if not self.errors and bool(data.get("due_on")) == bool(data.get("number")):
            self.add_error("due_on", _("Give either a new due date for all, or by how much each is moved."))
        return data

    def new_due(self, deadline: Deadline) -> date | None:
        data = self.cleaned_data
        return data["due_on"] or shifted(deadline.due_on, data["number"], data["unit"])


class AssignForm(forms.Form):
    """Whom the milestones are assigned to."""

    assignee = forms.ModelChoiceField(
        label=_("Assign to"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("nobody"),
        help_text=_("Accounts that report, within your institution or your member. The public does not see it."),
    )

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = assignable_by(by)


def assignable_by(user: User):
    """Active accounts that report: of the member for the coordinating ministry, else of the institution and below."""
    rows = User.objects.filter(is_active=True, role__in=["editor", "head", "coordinator"]).order_by("username")
    if user.is_superuser:
        return rows
    if user.institution_id is None:
        return rows.none()
    if user.role == User.Role.COORDINATOR:
        return rows.filter(institution__member=user.institution.member_id)
    return rows.filter(institution__in=user.institution_ids())
