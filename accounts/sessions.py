"""How long a session lasts, and what it must have shown."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from . import second_factor

BEGAN, SEEN, VERIFIED = "began", "seen", "second_factor"  # in the session; times in seconds since 1970
WRITTEN_EVERY = 60  # seconds: a page more in the same minute costs no write
BACKEND = "accounts.backends.RoleBackend"
ALWAYS_OPEN = {"account:second_factor", "admin:logout", "admin:jsi18n"}


def begin(request, user, *, verified: bool):
    """Signs the account in, in a session with a new key."""
    login(request, user, backend=BACKEND)
    request.session[VERIFIED] = verified
    request.session[BEGAN] = request.session[SEEN] = time.time()


def is_over(user, session, now: float) -> bool:
    """Whether the session has lasted too long, or nothing happened in it for too long. *now* in seconds since 1970.

    Accounts that only report keep theirs while they write; those that review, assess or administer do not."""
    if now - session.get(BEGAN, now) >= settings.SESSION_COOKIE_AGE:
        return True
    watched = user.is_superuser or user.role in second_factor.NEEDED_BY
    return watched and now - session.get(SEEN, now) >= settings.SESSION_IDLE_AGE


def note(session, now: float):
    """Remembers that the session is in use."""
    session.setdefault(BEGAN, now)
    if now - session.get(SEEN, 0) >= WRITTEN_EVERY:
        session[SEEN] = now


def page_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


class SessionLimits:
    """Signs out whose session is over. Reads no session where the browser has none, so that public pages stay alike."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = time.time()
            if is_over(request.user, request.session, now):
                logout(request)
                messages.info(request, _("You were signed out because your session was over. Sign in again."))
            else:
                note(request.session, now)
        return self.get_response(request)


class SecondFactorRequired:
    """Leads accounts that need a second factor, and did not show it, to the page where it is set up; nowhere else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if self.is_missing(request) and page_of(request.path_info) not in ALWAYS_OPEN:
            return redirect("account:second_factor")
        return self.get_response(request)

    def is_missing(self, request) -> bool:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return False
        user = request.user
        return user.is_authenticated and not request.session.get(VERIFIED) and second_factor.is_required(user)
