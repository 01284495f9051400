"""Pages about one's own personal tokens. The admin's session guards them, second factor included."""

import logging

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from . import tokens
from .sign_in import answer
from .token_forms import TokenForm

log = logging.getLogger(__name__)
PAGE = "admin/accounts/tokens.html"


@never_cache
@sensitive_variables("shown")
@require_http_methods(["GET", "HEAD", "POST"])
def tokens_page(request):
    """The account's tokens, and the form for another one. A new token is shown in the answer, and never again."""
    form, shown = TokenForm(request.POST or None, user=request.user), ""
    form.is_blocked = False
    if form.is_valid():
        facts = form.cleaned_data
        try:
            made, shown = tokens.make(
                request.user, facts["name"], facts.get("scopes", []), form.expires_at, timezone.now()
            )
        except tokens.TooMany:
            form.add_error(None, _("You have 20 tokens that hold: revoke one first."))
        else:
            log.info("account %s made the token %s", request.user.pk, made.prefix)
            form = TokenForm(user=request.user)
    now = timezone.now()
    context = {"title": _("Personal tokens"), "shown": shown, "rows": [(t, t.holds(now)) for t in own(request)]}
    return answer(request, PAGE, form, **context)


def own(request):
    return request.user.tokens.all()


@require_POST
def revoke(request, pk: int):
    """Ends one of the account's own tokens at once."""
    token = get_object_or_404(own(request), pk=pk)
    if tokens.revoke(own(request).filter(pk=pk), timezone.now()):
        log.info("account %s revoked the token %s", request.user.pk, token.prefix)
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("account:tokens")
