"""The form that asks for two days."""

from datetime import date

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .periods import DAYS, Period, days_before

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
