"""Forms for signing in and for one's own account."""

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import second_factor, throttle
from .addresses import client_address
from .models import Attempt, User

TOO_MANY = _("Too many attempts. Wait 15 minutes and try again.")


class Throttled:
    """A form whose attempts are counted. ``is_blocked`` tells whether this one was one too many."""

    is_blocked = False

    def begin(self, kind: str, account: str, request) -> Attempt:
        """Counts the attempt, or refuses it before anything is looked at."""
        attempt = throttle.begin(kind, account, client_address(request), timezone.now())
        if attempt is None:
            self.is_blocked = True
            raise ValidationError(TOO_MANY, code="blocked")
        return attempt


class SignInForm(Throttled, AdminAuthenticationForm):
    """Name and password."""

    def clean(self):
        username = self.cleaned_data.get("username")
        if username is None or not self.cleaned_data.get("password"):
            return self.cleaned_data
        attempt = self.begin(Attempt.Kind.PASSWORD, username, self.request)
        cleaned = super().clean()
        throttle.succeeded(attempt)
        return cleaned


class FreshInput(forms.TextInput):
    """Stands empty each time: a code that was wrong is not mended, another one is typed."""

    def format_value(self, value):
        return None


class CodeForm(Throttled, forms.Form):
    """A code of the account's second factor, or one of its recovery codes."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=FreshInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True}),
    )

    def __init__(self, *args, request, user, **options):
        super().__init__(*args, **options)
        self.request, self.user = request, user

    def is_right(self, typed: str) -> bool:
        return second_factor.accepts(self.user, typed, timezone.now())

    def clean_code(self):
        typed = self.cleaned_data["code"]
        attempt = self.begin(Attempt.Kind.CODE, self.user.username, self.request)
        if not self.is_right(typed):
            raise ValidationError(_("This code is wrong, was used before, or is out of date."), code="wrong")
        throttle.succeeded(attempt)
        return typed


class SetUpForm(CodeForm):
    """The first code of a new second factor. ``recovery_codes`` holds the codes once it was right."""

    recovery_codes = None

    def __init__(self, *args, secret, **options):
        super().__init__(*args, **options)
        self.secret = secret

    def is_right(self, typed: str) -> bool:
        self.recovery_codes = second_factor.set_up(self.user, self.secret, typed, timezone.now())
        return self.recovery_codes is not None


class ResetForm(Throttled, forms.Form):
    """Asks for a mail with a link. Every request counts, whether or not an account has the address."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def __init__(self, *args, request, **options):
        super().__init__(*args, **options)
        self.request = request

    def clean_email(self):
        email = self.cleaned_data["email"]
        self.begin(Attempt.Kind.MAIL, email, self.request)
        return email


class MailForm(forms.ModelForm):
    """What an account chooses for itself."""

    class Meta:
        model = User
        fields = ["digest", "language"]


class InvitationForm(forms.ModelForm):
    """A new account, without a password: the person chooses it, by the link in the mail."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "language", "role", "institution"]

    def save(self, commit=True):
        self.instance.set_unusable_password()
        self.instance.is_staff = True
        return super().save(commit)
