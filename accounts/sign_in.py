"""Signing in: name and password, then the second factor where the account has one."""

import time
from dataclasses import asdict, dataclass

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from . import second_factor, sessions
from .forms import CodeForm, SignInForm
from .models import User
from .throttle import PAUSE

WAITING = "waiting"  # in the session: whose password was right
WAITS = 10 * 60  # seconds for the second step


@dataclass(frozen=True)
class Waiting:
    """A sign-in whose password was right. *mark* is void as soon as password or second factor change."""

    pk: int
    mark: str
    since: float  # seconds since 1970
    next: str

    def account(self, now: float) -> User | None:
        user = User.objects.filter(pk=self.pk, is_active=True).first()
        if user is None or now - self.since > WAITS:
            return None
        return user if constant_time_compare(self.mark, user.get_session_auth_hash()) else None


def status_of(form) -> int:
    """The HTTP status of a page that shows the form."""
    if form.is_bound and form.is_blocked:
        return 429
    return 400 if form.errors else 200


def answer(request, template: str, form, **context):
    """A page with a form; where too much was tried it says for how long to wait."""
    context = admin.site.each_context(request) | {"form": form} | context
    response = render(request, template, context, status=status_of(form))
    if response.status_code == 429:
        response["Retry-After"] = str(int(PAUSE.total_seconds()))
    return response


def first_step_done(request, user: User, target: str):
    """Signs an account in that has no second factor, and leads any other to the second step."""
    if not second_factor.exists(user):
        sessions.begin(request, user, verified=False)
        return HttpResponseRedirect(target)
    request.session[WAITING] = asdict(Waiting(user.pk, user.get_session_auth_hash(), time.time(), target))
    return redirect("account:code")


class SignInView(LoginView):
    """The first step."""

    form_class = SignInForm
    next_page = "admin:index"

    def form_valid(self, form):
        return first_step_done(self.request, form.get_user(), self.get_success_url())

    def form_invalid(self, form):
        response = super().form_invalid(form)
        if form.is_blocked:
            response.status_code = 429
            response["Retry-After"] = str(int(PAUSE.total_seconds()))
        return response


@sensitive_post_parameters()
@never_cache
def code(request):
    """The second step."""
    stored = request.session.get(WAITING)
    waiting = Waiting(**stored) if stored else None
    user = waiting and waiting.account(time.time())
    if not user:
        request.session.pop(WAITING, None)
        return redirect("admin:login")
    form = CodeForm(request.POST or None, request=request, user=user)
    if form.is_valid():
        del request.session[WAITING]
        sessions.begin(request, user, verified=True)
        return redirect(waiting.next or reverse("admin:index"))
    return answer(request, "admin/accounts/code.html", form, title=_("Second step"))
