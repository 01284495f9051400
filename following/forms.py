"""The forms that ask for two days, and for an address with what it wants."""

import re
from datetime import date
from urllib.parse import unquote_plus

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import LONGEST_QUESTION, Subscription
from .periods import DAYS, Period, days_before
from .scopes import Scope

ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)
NO_DATE = gettext_lazy("This is not a date. Write it as year-month-day: 2021-11-15.")


def day_field(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    errors = {"invalid": NO_DATE}
    return forms.DateField(
        required=False, label=label, input_formats=["%Y-%m-%d"], widget=widget, error_messages=errors
    )


class PeriodForm(forms.Form):
    """The first and the last day of a period; without them, the 30 days to *last*. Knows nothing behind *asked*."""

    since = day_field(gettext_lazy("From"))
    until = day_field(gettext_lazy("To"))

    def __init__(self, data, last: date, asked: date | None = None):
        super().__init__(data)
        self.last, self.asked = asked or last, asked

    def clean(self):
        found = self.cleaned_data
        if self.errors:
            return found
        until = found.get("until") or self.last
        until = min(until, self.asked) if self.asked else until
        since = found.get("since") or days_before(until, DAYS)
        if since > until:
            words = _("The first day lies after the last: %(since)s, %(until)s.")
            self.add_error("since", words % {"since": since.isoformat(), "until": until.isoformat()})
        return {"since": since, "until": until}

    def period(self, todays: dict[date, list[str]]) -> Period:
        return Period(self.cleaned_data["since"], self.cleaned_data["until"], todays)


# Following by e-mail --------------------------------------------------------------------------------------------------
class ChoicesForm(forms.ModelForm):
    """What a follower may choose at any time."""

    class Meta:
        model = Subscription
        fields = ["what", "often", "language"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("what", "often"):
            self.fields[name].choices = [(value, capfirst(label)) for value, label in self.fields[name].choices]


class FollowForm(ChoicesForm):
    """An address and what it wants. A field that people do not see catches simple machines."""

    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    class Meta(ChoicesForm.Meta):
        fields = ["email", *ChoicesForm.Meta.fields]
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

    def __init__(self, *args, scope: Scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.fields["website"].label = _("Leave this field empty")

    def clean(self):
        """The words of a search stand in the mail that asks for confirmation: nobody advertises with them."""
        question = unquote_plus(self.scope.question)
        if len(self.scope.question) > LONGEST_QUESTION or ADDRESS.search(question):
            raise forms.ValidationError(_("This search is too long, or holds a web address: it cannot be followed."))
        return super().clean()

    def validate_constraints(self):
        """Which scope it is about is not the form's to know."""

    @property
    def is_of_a_machine(self) -> bool:
        return bool(self.data.get("website"))
