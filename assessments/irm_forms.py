"""Forms of the IRM's desk: a coding has exactly the fields of its method."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import codebooks
from .irm_models import Coding, IRMReview, not_of_method, validate_evidence, value_label


class EvidenceField(forms.CharField):
    """Pieces of evidence, one a line: “Title | https://…”."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 80})

    def prepare_value(self, value):
        if isinstance(value, list):
            return "\n".join(f"{row['title']} | {row['link']}" for row in value)
        return value

    def to_python(self, value):
        lines = [line.strip() for line in super().to_python(value).splitlines() if line.strip()]
        return [{"title": title.strip() or link.strip(), "link": link.strip()} for title, link in map(parted, lines)]

    def validate(self, value):
        super().validate(value)
        validate_evidence(value)

    def run_validators(self, value):
        """A list has no length in characters: ``validate`` has looked at each line."""

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != (initial or [])
        except ValidationError:
            return True


def parted(line: str) -> tuple[str, str]:
    """Title and link of a line; a line without a bar is a link alone."""
    title, bar, link = line.rpartition("|")
    return (title, link) if bar else ("", link)


class ReviewForm(forms.ModelForm):
    """A review as it will be stored: what its stage asks is checked although the stage itself is no field."""

    def full_clean(self):
        super().full_clean()
        if not self.is_bound or self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self.add_error(None, error.messages)


class NewCodingForm(forms.ModelForm):
    """Which commitment is coded: the review's method decides on the fields that follow."""

    class Meta:
        model = Coding
        fields = ["review", "commitment", "title_as_quoted", "document", "section"]


class CodingForm(forms.ModelForm):
    """The indicators of the coding's method, each with what the codebook says of it."""

    evidence = EvidenceField(label=_("Evidence"), required=False, help_text=_("One piece a line: “Title | https://…”."))

    class Meta:
        model = Coding
        fields = ["title_as_quoted", "summary", "rationale", "evidence", "confidence"]  # the admin adds the indicators

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for indicator in codebooks.BY_VERSION[self.instance.method_version].indicators:
            if field := self.fields.get(indicator.name):
                field.help_text = coded(indicator)
                say_not_stated(field)

    def clean(self):
        """A value of another method is refused in words, though no field of this form could have sent it."""
        data = super().clean()
        foreign = set(codebooks.NAMES) - set(self.instance.codebook.names)
        for name in sorted(foreign):
            value = self.data.get(self.add_prefix(name), "")
            if value not in ("", "unknown"):
                self.add_error(None, self.refusal(name, value))
        return data

    def refusal(self, name: str, value: str) -> str:
        words = dict(Coding._meta.get_field(name).choices or []).get(value, value)
        return not_of_method(name, words, self.instance.get_method_version_display())


def say_not_stated(field: forms.Field):
    """The choice of nothing says what it means: the review does not state the indicator."""
    first, *others = field.widget.choices
    field.widget.choices = [(first[0], _("not stated")), *others]


def coded(indicator: codebooks.Indicator) -> str:
    """“None 0, Low 1, …”: the values in the reader's language, with the codes of OGP's data."""
    coded_values = [row for row in indicator.values if row.code is not None]
    return ", ".join(f"{value_label(indicator.name, row.value)} {row.code}" for row in coded_values)


class AdvanceForm(forms.Form):
    """The stage that the button names: a button pressed twice moves a review on once."""

    to = forms.ChoiceField(choices=IRMReview.Stage.choices)
