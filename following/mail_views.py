"""Following by e-mail, without an account: asking, confirming, changing, stopping.

What is sent with a link of the mail needs no session and no token against forgery: the link is the right. GET changes
nothing, because programs look at the links of mails before people do.
"""

from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.addresses import client_address

from . import asking, links, subscriptions
from .forms import ChoicesForm, FollowForm
from .models import Subscription
from .views import about, with_scope

page_or_form = require_http_methods(["GET", "HEAD", "POST"])


# Asking ---------------------------------------------------------------------------------------------------------------
@sensitive_post_parameters("email")
@page_or_form
@with_scope
def follow(request, scope):
    """The form. Whatever the address is to us, the answer is the same page."""
    form = FollowForm(request.POST or None, scope=scope, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_of_a_machine:
        return redirect("follow-asked")
    if form.is_valid():
        if asking.may_ask(form.cleaned_data["email"], client_address(request), timezone.now()):
            choices = {name: form.cleaned_data[name] for name in ChoicesForm.Meta.fields}
            asking.ask(scope, form.cleaned_data["email"], timezone.now(), **choices)
            return redirect("follow-asked")
        form.add_error(None, _("This was asked too often in a short time. Try again later."))
        return render(request, "following/follow.html", about(scope) | {"form": form}, status=429)
    return render(request, "following/follow.html", about(scope) | {"form": form}, status=400 if form.is_bound else 200)


@require_safe
def asked(request):
    """What comes next. The same for every address."""
    return render(request, "following/asked.html")


# With a link of a mail ------------------------------------------------------------------------------------------------
def by_link(purpose: str, methods=("GET", "HEAD", "POST")):
    """Gives the view the link's subscription (None when it is gone or the link is over) in place of the token. Such a
    page is kept by no cache, found by no search engine, and tells no other page its address."""

    def decorate(view):
        @csrf_exempt
        @require_http_methods(methods)
        @wraps(view)
        def wrapped(request, token):
            try:
                found = links.read(purpose, token)
            except links.Unreadable:
                raise Http404(_("This link is not complete. Copy it from the mail as a whole.")) from None
            answer = view(request, found)
            add_never_cache_headers(answer)
            answer["Referrer-Policy"] = "no-referrer"
            answer["X-Robots-Tag"] = "noindex"
            return answer

        return wrapped

    return decorate


def described(subscription: Subscription) -> dict:
    scope = subscriptions.scope_of_subscription(subscription)
    return {"subscription": subscription, "scope": scope, "title": scope.title}


@by_link(links.CONFIRM)
def confirm(request, subscription):
    """Asks once more, with a button; the button begins it."""
    if subscription is None or subscription.confirmed_at:
        return render(request, "following/over.html", status=410)
    if request.method == "POST":
        if not subscriptions.confirm(subscription, timezone.now()):
            return render(request, "following/over.html", status=410)
        context = described(subscription) | {"done": True, "manage": links.path_of(links.MANAGE, subscription)}
        return render(request, "following/confirm.html", context)
    return render(request, "following/confirm.html", described(subscription))


@by_link(links.STOP)
def stop(request, subscription) -> HttpResponse:
    """GET shows a button. POST, from that button or from a mail program (RFC 8058), deletes the subscription and with
    it the address; a second time it has nothing to do and says the same."""
    if request.method == "POST" or subscription is None:
        if subscription:
            subscription.delete()
        return render(request, "following/stopped.html")
    return render(request, "following/stop.html", described(subscription))


@by_link(links.MANAGE)
def manage(request, subscription):
    """All that the address follows: each can be changed or stopped, and all of it deleted."""
    if subscription is None or subscription.confirmed_at is None:
        return render(request, "following/over.html", status=410)
    rows = list(subscriptions.own(subscription))
    if request.method == "POST":
        return change(request, rows, request.POST.get("action", ""), request.POST.get("row", ""))
    return managed(request, [(row, form_of(row)) for row in rows])


def form_of(row: Subscription, data=None) -> ChoicesForm:
    return ChoicesForm(data, instance=row, prefix=f"row-{row.pk}")


def managed(request, rows, status: int = 200):
    shown = [described(row) | {"form": form} for row, form in rows]
    return render(request, "following/manage.html", {"rows": shown}, status=status)


def change(request, rows: list[Subscription], action: str, key: str):
    """Does what a button of the page says. A row of another address is none of these, and changes nothing."""
    if action == "delete-all":
        Subscription.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return render(request, "following/stopped.html")
    chosen = next((row for row in rows if str(row.pk) == key), None)
    if chosen and action == "stop":
        chosen.delete()
        messages.success(request, _("Stopped. This subscription is deleted."))
        rows = [row for row in rows if row is not chosen]
        return redirect(links.path_of(links.MANAGE, rows[0])) if rows else render(request, "following/stopped.html")
    if chosen and action == "save":
        form = form_of(chosen, request.POST)
        if not form.is_valid():
            return managed(request, [(row, form if row is chosen else form_of(row)) for row in rows], status=400)
        form.save()
        messages.success(request, _("Saved."))
    return redirect(request.path)
