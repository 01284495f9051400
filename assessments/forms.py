"""Forms of the assessments: on their public pages and in the admin."""

import re

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.models import ActionPlan

from .comment_models import PublicComment
from .models import SelfAssessment, SelfAssessmentEntry


class ReportForm(forms.Form):
    """In which language the report is to be made: one file a language."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)


class MakeForm(forms.Form):
    """Which plan assesses itself, and when in its life."""

    plan = forms.ModelChoiceField(label=gettext_lazy("Plan"), queryset=ActionPlan.objects.none())
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SelfAssessment.Kind.choices)

    def __init__(self, *args, plans, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["plan"].queryset = plans


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


# Comments of the public -----------------------------------------------------------------------------------------------
ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
MOST_ADDRESSES = 3


class CommentForm(forms.ModelForm):
    """A comment without an account. A field that people do not see catches simple machines."""

    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    class Meta:
        model = PublicComment
        fields = ["entry", "text", "name"]
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}
        help_texts = {
            "name": gettext_lazy("Shown with the comment. You may leave it empty. We ask for no e-mail address."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        forms_of_it = self.instance.assessment.entries.select_related("commitment")
        self.fields["entry"].queryset = forms_of_it
        self.fields["entry"].empty_label = _("The whole self-assessment")
        self.fields["website"].label = _("Leave this field empty")

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave this field empty."))
        return ""

    def clean_text(self):
        text = self.cleaned_data["text"].strip()
        if len(ADDRESS.findall(text)) > MOST_ADDRESSES:
            raise forms.ValidationError(
                _("A comment holds at most %(n)d links: so advertising is kept out.") % {"n": MOST_ADDRESSES}
            )
        return text


class ModerationForm(forms.Form):
    """A comment goes through, or is refused for a reason."""

    LET_THROUGH, REFUSE = "let_through", "refuse"

    decision = forms.ChoiceField(choices=[(LET_THROUGH, ""), (REFUSE, "")])
    refusal = forms.ChoiceField(
        label=gettext_lazy("Why it is refused"), required=False, choices=[("", "–"), *PublicComment.Refusal.choices]
    )


class ResponseForm(forms.ModelForm):
    """The government's answer, in one language or both."""

    class Meta:
        model = PublicComment
        fields = ["response", "response_ko"]
