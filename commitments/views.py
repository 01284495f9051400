"""Pages about the sources of the record."""

from django.shortcuts import render

from .glossary import CHAPTERS
from .models import SourceDocument
from .pages import page_of


def documents(request):
    """The documents that the record was read from."""
    rows = SourceDocument.objects.filter(member__is_fictional=False).select_related("member")
    return render(request, "documents/list.html", {"rows": page_of(request, rows)})


def glossary(request):
    """The field's words in plain ones, each with the source of its rule."""
    return render(request, "glossary.html", {"chapters": CHAPTERS})
