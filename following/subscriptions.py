"""The life of a subscription: asked for, confirmed, changed, stopped. Stopping deletes it, and the address with it."""

from datetime import datetime

from django.http import QueryDict

from .levels import LEVELS
from .models import Subscription
from .periods import day_before
from .scopes import Scope, scope_of

WITH_ROWS = ("member", "plan__member", "theme__plan__member", "institution__member", "commitment__plan__member")


def scope_of_subscription(subscription: Subscription) -> Scope:
    """What it is about. Its row's plan and member are best read with it (``WITH_ROWS``)."""
    if subscription.question:
        return LEVELS[subscription.level].find(QueryDict(subscription.question))
    return scope_of(subscription.row)


def confirm(subscription: Subscription, now: datetime) -> bool:
    """The address says yes: it is told from today on, as the scope's member counts days. False when it had said so."""
    from_today = day_before(scope_of_subscription(subscription).today())
    waiting = Subscription.objects.filter(pk=subscription.pk, confirmed_at=None)
    return bool(waiting.update(confirmed_at=now, told_until=from_today))


def own(subscription: Subscription):
    """All that the same address follows, and has confirmed."""
    return Subscription.objects.confirmed().of_address(subscription.email).select_related(*WITH_ROWS)
