"""Forms with which a self-assessment is made and written."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.models import ActionPlan

from .models import SelfAssessment, SelfAssessmentEntry


class MakeForm(forms.Form):
    """Which plan assesses itself, and when in its life."""

    plan = forms.ModelChoiceField(label=gettext_lazy("Plan"), queryset=ActionPlan.objects.none())
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SelfAssessment.Kind.choices)

    def __init__(self, *args, plans, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["plan"].queryset = plans
        if len(plans) == 1:
            self.fields["plan"].empty_label = None  # there is nothing to choose


# The appendix form ----------------------------------------------------------------------------------------------------
class Points(forms.CharField):
    """Numbered points as lines: "1-1 | The text". A line without a bar has no number."""

    widget = forms.Textarea

    def prepare_value(self, value):
        if not isinstance(value, list):
            return value
        return "\n".join(f"{row['number']} | {row['text']}" if row.get("number") else row["text"] for row in value)

    def to_python(self, value):
        lines = [line.strip() for line in (value or "").splitlines() if line.strip()]
        return [dict(zip(("number", "text"), self.parts(line), strict=True)) for line in lines]

    def parts(self, line: str) -> tuple[str, str]:
        number, bar, text = line.partition("|")
        if not bar:
            return "", line
        if not text.strip():
            raise forms.ValidationError(_("A point has a number and no text: “%(line)s”.") % {"line": line})
        return number.strip(), text.strip()

    def has_changed(self, initial, data):
        return (initial or []) != self.to_python(data)


class ReasonForm(forms.ModelForm):
    """A published text changes with a reason: the change becomes a new version."""

    version_reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("It is published: saving makes a new version, with this reason beside it."),
    )

    def assessment(self) -> SelfAssessment | None:
        """The self-assessment that the form is a part of; None while it is not stored."""
        raise NotImplementedError

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        found = self.assessment()
        if not (found and found.stage == SelfAssessment.Stage.PUBLISHED):
            self.fields.pop("version_reason", None)

    def clean(self):
        data = super().clean()
        if "version_reason" in self.fields and not data.get("version_reason", "").strip():
            self.add_error("version_reason", _("Say why it changes after publication."))
        return data


class AssessmentForm(ReasonForm):
    def assessment(self):
        return self.instance if self.instance.pk else None


class EntryForm(ReasonForm):
    description = Points(
        label=gettext_lazy("Brief description of commitment"),
        required=False,
        help_text=gettext_lazy("One point a line. A number goes in front, with a bar: “1-1 | The text”."),
    )
    description_ko = Points(label=gettext_lazy("Brief description of commitment, in Korean"), required=False)

    class Meta:
        model = SelfAssessmentEntry
        fields = []  # the admin names them

    def assessment(self):
        return self.instance.assessment if self.instance.pk else None
