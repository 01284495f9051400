"""Pages about the open data: what there is, of which day, how large, under which licence; and the data dictionary."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.kept import kept
from commitments.models import Member
from commitments.pages import page_of
from commitments.templatetags.record import local_title

from . import services
from .bulk import FORMATS
from .datapackage import package_title
from .definitions import title_of
from .file_views import STEM
from .licence import licence
from .lists import LISTS
from .models import WHOLE, DataFiles
from .tables import TABLES

PAGE_SIZE = 100  # members
LABELS = {
    "csv": "CSV (ZIP)",
    "json": "JSON",
    "sqlite": "SQLite",
}


def files_of(row: DataFiles | None) -> list[dict]:
    """The files of a scope as a page shows them."""
    if row is None:
        return []
    return [
        file | {"label": LABELS[file["format"]], "address": f"/data/{row.scope}/{STEM}{FORMATS[file['format']]}"}
        for file in row.files
    ]


def tables_of(row: DataFiles) -> list[dict]:
    """Each table with its number of rows, and with what a row of it is."""
    return [
        {
            "name": table.name,
            "title": title_of(table),
            "row": table.row,
            "rows": row.tables[table.name]["rows"],
            "size": row.tables[table.name]["size"],
            "address": f"/data/{row.scope}/{table.name}.csv",
        }
        for table in TABLES
        if table.name in row.tables
    ]


def shared(row: DataFiles) -> dict:
    """What the page of the whole and that of a member have in common."""
    return {
        "row": row,
        "files": files_of(row),
        "tables": tables_of(row),
        "licence": licence(),
        "publisher": settings.DATA_PUBLISHER,
        "is_waiting": row.state in (DataFiles.State.WAITING, DataFiles.State.RUNNING),
        "has_failed": row.state == DataFiles.State.FAILED,
    }


@require_safe
def data(request):
    """The open data of the whole record and of each member. Files older than a day are asked for anew."""
    row = services.ask(WHOLE)
    rows = page_of(request, kept(("members by title", get_language()), members_by_title), PAGE_SIZE)
    context = shared(row) | {
        "title": package_title(None),
        "rows": rows,
        "members": with_files(rows.object_list),
        "lists": [(found.title, found.formats({})) for found in LISTS.values()],
    }
    return render(request, "opendata/data.html", context)


def members_by_title() -> list[int]:
    """The keys of real members in the order of their names in the language of the moment."""
    return [row.pk for row in sorted(Member.objects.real(), key=local_title)]


def with_files(keys: list[int]) -> list[tuple[Member, list[dict], DataFiles | None]]:
    """Members with the files of their data, as far as they are made. Two queries."""
    members = Member.objects.in_bulk(keys)
    scopes = [member.slug for member in members.values()]
    made = {found.scope: found for found in DataFiles.objects.filter(scope__in=scopes)}
    found = (members[key] for key in keys)
    return [(member, files_of(made.get(member.slug)), made.get(member.slug)) for member in found]


@require_safe
def data_of_member(request, scope):
    """The open data of one member."""
    try:
        member = None if scope == WHOLE else services.member_of(scope)
    except Member.DoesNotExist:
        member = None
    if member is None:
        raise Http404(_("There is no such member whose data could be had."))
    context = shared(services.ask(scope)) | {"title": package_title(member), "member": member}
    return render(request, "opendata/member.html", context)


@require_safe
def dictionary(request):
    """What every column of every table means."""
    return render(request, "opendata/dictionary.html", {"tables": TABLES})
