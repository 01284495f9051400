"""How pages offer to follow what they are about. Nothing here asks the database."""

from django import template
from django.db.models import Model

from commitments.models import ActionPlan, Commitment, Institution, Member, Theme
from following.scopes import Scope, scope_of
from following.search_scope import of_search, question_of

register = template.Library()

# What a page is about, by the names of views' contexts: the nearest first.
SUBJECTS = {"theme": Theme, "commitment": Commitment, "institution": Institution, "plan": ActionPlan, "member": Member}


def links_of(scope: Scope) -> dict:
    return {name: scope.address(name) for name in ("changes", "updates", "overdue", "deadlines", "follow")}


@register.inclusion_tag("includes/follow.html")
def follow(row: Model | None = None):
    """The section "Follow" of a page about the row (which came with its plan and member); of everything without one."""
    return links_of(scope_of(row))


@register.inclusion_tag("includes/follow.html", takes_context=True)
def follow_search(context):
    """The same of the results of a search; nothing where nothing was asked for."""
    question = question_of(context["request"].GET)
    return links_of(of_search(question)) if question else {}


def subject_of(context) -> Scope:
    """The scope that a page is about, as its context tells; everything, for other pages."""
    if isinstance(context.get("scope"), Scope):
        return context["scope"]
    rows = ((context.get(name), model) for name, model in SUBJECTS.items())
    return scope_of(next((row for row, model in rows if isinstance(row, model)), None))


@register.inclusion_tag("includes/feed_links.html", takes_context=True)
def feed_links(context):
    """For the page's head: its feeds, which programs that read feeds look for."""
    scope = subject_of(context)
    return links_of(scope) | {"title": scope.title}
