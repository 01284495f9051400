"""Forms on the pages of assessments."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ReportForm(forms.Form):
    """In which language the report is to be made: one file a language."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
