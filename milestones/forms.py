"""Forms of the ministries' desk: a report, its evidence, a review, an amended deadline."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from commitments.scoping import DayInput

from .models import Deadline, Evidence, StatusUpdate
from .uploads import content_type_of, file_help


class StatusUpdateForm(forms.ModelForm):
    """A report. What is still missing is asked for when it is submitted, so that a draft can always be kept."""

    class Meta:
        model = StatusUpdate
        fields = ["deadline", "on_date", "status", "what_was_done", "challenges", "next_step"]
        widgets = {
            name: forms.Textarea(attrs={"rows": 4, "cols": 80}) for name in ("what_was_done", "challenges", "next_step")
        }
        help_texts = {
            "what_was_done": _("A sentence or two: what happened, with figures. “Completed” needs it."),
            "challenges": _("What stands in the way. “Not started” and “Limited” need it once a due date has passed."),
            "next_step": _("What comes next, and when."),
        }


class EvidenceForm(forms.ModelForm):
    """One link or one file."""

    url = forms.URLField(label=_("Link"), max_length=500, required=False, assume_scheme="https")
    file = forms.FileField(label=_("File"), required=False, widget=forms.FileInput, help_text=file_help)

    class Meta:
        model = Evidence
        fields = ["title", "url", "file"]

    def clean(self):
        data = super().clean()
        upload = data.get("file")
        if upload and "file" in self.changed_data:
            try:
                self.instance.file = upload
                self.instance.describe_file(content_type_of(upload))
            except ValidationError as error:
                self.add_error("file", error)
        return data


class ReviewForm(forms.Form):
    """Approve, or return with a reason."""

    APPROVE, RETURN = "approve", "return"

    decision = forms.ChoiceField(choices=[(APPROVE, _("Approve")), (RETURN, _("Return"))])
    return_reason = forms.CharField(
        label=_("Reason for returning it"), required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 60})
    )

    def clean(self):
        data = super().clean()
        if data.get("decision") == self.RETURN and not data.get("return_reason", "").strip():
            self.add_error("return_reason", _("Say why you return it."))
        return data


class AmendForm(forms.ModelForm):
    """A new due date with its reason; the earlier one stays public beside it."""

    class Meta:
        model = Deadline
        fields = ["due_on", "set_on", "reason"]
        labels = {"due_on": _("New due date"), "set_on": _("Holds from")}
        help_texts = {"reason": _("It is public, beside the earlier deadline."), "set_on": ""}
        widgets = {
            "due_on": DayInput,
            "set_on": DayInput,
            "reason": forms.Textarea(attrs={"rows": 3, "cols": 60}),
        }

    def __init__(self, *args, deadline: Deadline, today: date, **kwargs):
        super().__init__(*args, initial={"set_on": today}, **kwargs)
        self.deadline, self.today = deadline, today
        self.fields["set_on"].required = True
        self.fields["reason"].required = True

    def clean_due_on(self):
        due_on, start = self.cleaned_data["due_on"], self.deadline.starts_on
        if start and due_on < start:
            raise ValidationError(_("The due date lies before the start, %(start)s.") % {"start": start.isoformat()})
        return due_on

    def clean_set_on(self):
        if self.cleaned_data["set_on"] < self.today:
            raise ValidationError(
                _("It holds from today on at the earliest: what earlier days showed stays as it was.")
            )
        return self.cleaned_data["set_on"]

    def validate_constraints(self):
        """The constraints are checked on the amendment itself, by the service that makes it."""
