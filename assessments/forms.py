"""Forms on the pages of assessments."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .models import Report, Snapshot


class ReportForm(forms.Form):
    """In which language and format the report is to be made: one file a language. Without a format, a PDF. *kind* is
    that of the snapshot, which says what files can be made of it."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    format = forms.ChoiceField(label=_("Format"), required=False)

    def __init__(self, *args, kind: str = Snapshot.Kind.SELF_ASSESSMENT, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(value, value.label) for value in Report.FORMATS_OF[kind]]

    def clean_format(self):
        return self.cleaned_data["format"] or self.fields["format"].choices[0][0]

    def problem(self) -> str:
        """What to do about the first error."""
        if "language" in self.errors:
            return _("Choose the language of the report.")
        return _("Choose the format of the report.")
