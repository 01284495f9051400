"""Forms on the pages of assessments."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .models import Report


class ReportForm(forms.Form):
    """In which language and format the report is to be made: one file a language. Without a format, a PDF."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    format = forms.ChoiceField(label=_("Format"), choices=Report.Format.choices, required=False)

    def clean_format(self):
        return self.cleaned_data["format"] or Report.Format.PDF

    def problem(self) -> str:
        """What to do about the first error."""
        if "language" in self.errors:
            return _("Choose the language of the report.")
        return _("Choose the format of the report.")
