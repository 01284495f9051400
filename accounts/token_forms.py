"""The form that makes a personal token."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.scoping import DayInput

from . import tokens
from .token_models import LONGEST, Scope, Token

USUAL = timedelta(days=90)


class TokenForm(forms.Form):
    """Name, what it may be used for, and its last day."""

    name = forms.CharField(
        label=_("Name"),
        max_length=Token._meta.get_field("name").max_length,
        help_text=_("What uses it: by it you will know it again."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("May be used to"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As far as your role allows it at that moment. What is public can be read in any case."),
    )
    last_day = forms.DateField(label=_("Last day"), widget=DayInput, help_text=_("Within a year at the latest."))

    def __init__(self, *args, user, **options):
        super().__init__(*args, initial={"last_day": timezone.localdate() + USUAL}, **options)
        self.fields["scopes"].choices = [(scope, Scope(scope).label) for scope in tokens.scopes_for(user)]
        if not self.fields["scopes"].choices:
            del self.fields["scopes"]

    def clean_last_day(self) -> date:
        day, today = self.cleaned_data["last_day"], timezone.localdate()
        if not today <= day < today + LONGEST:
            raise ValidationError(_("Choose a day from today on, and within a year."))
        return day

    @property
    def expires_at(self) -> datetime:
        """The end of the last day, of the server's clock."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["last_day"] + timedelta(days=1), time.min))
