"""Signing in by the office's own provider (OpenID Connect), where the settings name one.

The provider says who somebody is, never what they may do: only an account that exists already comes in, found by an
e-mail address that the provider calls verified. Its own second factor is asked for, unless ``OIDC_SECOND_FACTOR`` says
that the provider asks for one.
"""

import logging

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from joserfc.errors import JoseError

from . import sessions
from .models import User
from .sign_in import first_step_done

log = logging.getLogger(__name__)
TARGET = "single_sign_on_target"  # in the session: where to go afterwards
FAULTS = (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError)


def provider():
    """The provider's client. It says itself where its pages are, when they are first needed."""
    if not settings.OIDC_ISSUER:
        raise Http404
    oauth = OAuth()
    return oauth.register(
        "office",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        server_metadata_url=f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "timeout": 10},
    )


def account_of(claims: dict) -> User | None:
    """The one open account with that verified address."""
    address = claims.get("email")
    if not address or claims.get("email_verified") is not True:
        return None
    found = list(User.objects.filter(email__iexact=address, is_active=True, is_staff=True)[:2])
    return found[0] if len(found) == 1 else None


def refuse(request, words: str):
    messages.error(request, words)
    return redirect("admin:login")


@never_cache
def begin(request):
    """Leads to the provider."""
    target = request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    request.session[TARGET] = target if own else reverse("admin:index")
    back = request.build_absolute_uri(reverse("account:single_sign_on_done"))
    try:
        return provider().authorize_redirect(request, back)
    except FAULTS:
        log.exception("single sign-on: the provider cannot be asked")
        return refuse(request, _("Your office's sign-in does not answer. Try again later, or use your password here."))


@never_cache
def done(request):
    """The provider's answer: checked, then the account it names goes on as after its password."""
    try:
        claims = provider().authorize_access_token(request)["userinfo"]
    except FAULTS as error:
        log.warning("single sign-on: the answer was refused: %s", type(error).__name__)
        return refuse(request, _("Your office's sign-in could not be checked. Try it again."))
    user = account_of(claims)
    if user is None:
        return refuse(request, _("There is no account here for the verified e-mail address of your office's sign-in."))
    target = request.session.pop(TARGET, reverse("admin:index"))
    if settings.OIDC_SECOND_FACTOR:
        sessions.begin(request, user, verified=True)
        return redirect(target)
    return first_step_done(request, user, target)
