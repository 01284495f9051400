"""Pages about the sources of the record."""

from django.shortcuts import get_object_or_404, render

from .models import SourceDocument


def documents(request):
    """The documents that the record was read from."""
    rows = SourceDocument.objects.filter(member__is_fictional=False).select_related("member")
    return render(request, "documents/list.html", {"documents": rows})


def document(request, key):
    """One document: what it is, its sections, and what the record took from it."""
    found = get_object_or_404(SourceDocument.objects.select_related("member"), key=key)
    context = {
        "document": found,
        "member": found.member,
        "themes": found.themes.select_related("plan"),
        "plans": found.member.plans.filter(document=found),
    }
    return render(request, "documents/detail.html", context)
