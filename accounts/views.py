"""Pages about one's own account: overview, second factor, and choosing a password by a link from a mail."""

import logging

import segno
from django.contrib import admin, messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commitments.broker import AWAY

from . import second_factor, sessions, tasks, totp
from .forms import CodeForm, MailForm, ResetForm, SetUpForm
from .links import INVITATION, RESET
from .sign_in import answer

log = logging.getLogger(__name__)
SECRET = "new_second_factor"  # in the session, until a code confirms it
ISSUER = "OGP tracker"


# One's own account ----------------------------------------------------------------------------------------------------
def home(request):
    """What the account is, and where to change what is its own to change."""
    context = {"title": _("My account"), "second_factor": getattr(request.user, "second_factor", None)}
    return render(request, "admin/accounts/home.html", admin.site.each_context(request) | context)


def mails(request):
    """How often the signed-in account wants mails, and in which language. Open to every account, for itself."""
    form = MailForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your choice is saved. It holds from the next mail."))
        return redirect("admin:accounts_user_mail")
    context = admin.site.each_context(request) | {"form": form, "title": _("Mails to me")}
    return render(request, "admin/accounts/user/mail.html", context, status=400 if form.is_bound else 200)


@require_POST
def sign_out_everywhere(request):
    """Ends every session of the account, this one too."""
    request.user.end_sessions()
    logout(request)
    messages.success(request, _("You are signed out everywhere."))
    return redirect("admin:login")


# The second factor ----------------------------------------------------------------------------------------------------
def keep_this_session(request):
    """After all sessions were ended: goes on with this one, which has just shown its second factor."""
    update_session_auth_hash(request, request.user)
    request.session[sessions.VERIFIED] = True


def show_codes(request, codes: list[str]):
    context = {"title": _("Recovery codes"), "codes": codes, "file": "%0D%0A".join(codes)}
    return render(request, "admin/accounts/recovery_codes.html", admin.site.each_context(request) | context)


def qr_code(text: str) -> str:
    """A QR code as SVG, without any style: dark on light, whatever the page's colours."""
    drawn = segno.make(text, error="m", micro=False)
    return mark_safe(drawn.svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None))


@sensitive_post_parameters()
@never_cache
def second_factor_page(request):
    """Sets the second factor up; where there is one, renews its recovery codes or takes it away."""
    if not second_factor.exists(request.user):
        return set_up(request)
    if second_factor.is_required(request.user) and not request.session.get(sessions.VERIFIED):
        logout(request)  # it was set up elsewhere meanwhile: this session has to show it
        return redirect("admin:login")
    return change(request)


def set_up(request):
    secret = request.session.setdefault(SECRET, totp.new_secret())
    form = SetUpForm(request.POST or None, request=request, user=request.user, secret=secret)
    if form.is_valid():
        del request.session[SECRET]
        keep_this_session(request)
        log.info("account %s set up a second factor", request.user.pk)
        return show_codes(request, form.recovery_codes)
    return answer(
        request,
        "admin/accounts/second_factor.html",
        form,
        title=_("Set up the second factor"),
        secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        qr=qr_code(totp.address(secret, request.user.username, ISSUER)),
        required=second_factor.is_required(request.user),
    )


def change(request):
    form = CodeForm(request.POST or None, request=request, user=request.user)
    if form.is_valid() and "remove" in request.POST:
        second_factor.remove(request.user)
        update_session_auth_hash(request, request.user)
        request.session[sessions.VERIFIED] = False
        log.info("account %s removed its second factor", request.user.pk)
        messages.success(request, _("The second factor is removed."))
        return redirect("account:second_factor" if second_factor.is_required(request.user) else "account:home")
    if form.is_valid():
        return show_codes(request, second_factor.renew_codes(request.user))
    context = {"title": _("Second factor"), "factor": request.user.second_factor}
    context |= {"codes_left": request.user.recovery_codes.count(), "required": second_factor.is_required(request.user)}
    return answer(request, "admin/accounts/second_factor_change.html", form, **context)


# Choosing a password --------------------------------------------------------------------------------------------------
@never_cache
def reset(request):
    """Asks for a mail with a link. Whether an account has the address is not even looked at here."""
    form = ResetForm(request.POST or None, request=request)
    if not form.is_valid():
        return answer(request, "admin/accounts/reset.html", form, title=_("Forgotten your password?"))
    try:
        tasks.send_reset.delay(form.cleaned_data["email"])
    except AWAY:
        log.exception("the broker took no job for a new password")
        page = answer(request, "admin/accounts/reset.html", form, title=_("Forgotten your password?"), failed=True)
        page.status_code = 503
        return page
    return answer(request, "admin/accounts/reset_sent.html", form, title=_("Look into your mails"))


def choose_password(request, token: str, link):
    """The page behind a link: a password under the rules, which are shown; then the way to sign in."""
    user = link.read(token, timezone.now())
    if user is None:
        context = admin.site.each_context(request) | {"title": _("This link does not hold any more")}
        return render(request, "admin/accounts/link_over.html", context, status=410)
    form = SetPasswordForm(user, request.POST or None)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("admin:login")
    context = {"form": form, "title": _("Choose a password"), "account": user.username}
    status = 400 if form.is_bound else 200
    return render(request, "admin/accounts/password.html", admin.site.each_context(request) | context, status=status)


@sensitive_post_parameters()
@never_cache
def invitation(request, token: str):
    return choose_password(request, token, INVITATION)


@sensitive_post_parameters()
@never_cache
def new_password(request, token: str):
    return choose_password(request, token, RESET)
