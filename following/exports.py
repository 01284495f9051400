"""The changes of a period as a file: CSV and XLSX of the same columns, and JSON of the same rows."""

import json
from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from commitments.exports import Column, Table
from commitments.models import DatePrecision
from commitments.templatetags.record import local_title
from milestones.exports import lead_names

from .facts import Fact, FactRows
from .periods import Period
from .scopes import Scope


def precision_words(fact: Fact) -> str:
    return str(DatePrecision(fact.precision or "day").label)


def columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        Column(gettext_lazy("Day"), lambda fact: fact.day, 12),
        Column(gettext_lazy("Precision of the day"), precision_words, 12),
        Column(gettext_lazy("What changed"), lambda fact: fact.what, 34),
        Column(gettext_lazy("Details"), lambda fact: fact.detail, 50),
        Column(gettext_lazy("Who says so"), lambda fact: fact.who, 34),
        Column(gettext_lazy("Member"), lambda fact: local_title(fact.member), 20),
        Column(gettext_lazy("Plan"), lambda fact: fact.plan.slug, 8),
        Column(gettext_lazy("Commitment number"), lambda fact: fact.number, 12),
        Column(
            gettext_lazy("Commitment title"), lambda fact: local_title(fact.commitment) if fact.commitment else "", 50
        ),
        Column(
            gettext_lazy("Lead institutions"), lambda fact: lead_names(fact.commitment) if fact.commitment else "", 50
        ),
        Column(gettext_lazy("Milestone position"), lambda fact: fact.milestone and fact.milestone.position, 10),
        Column(gettext_lazy("Title"), lambda fact: local_title(fact.about), 60),
        Column(gettext_lazy("Address of the page"), lambda fact: f"{site}{fact.address}", 60),
        Column(gettext_lazy("Id"), lambda fact: fact.key, 20),
    ]


def table(scope: Scope, period: Period, rows, site: str) -> Table:
    """*rows* is the period's index."""
    made = timezone.localtime(timezone.now())
    address = f"{site}{page_of(scope, period)}"
    return Table(
        name=f"changes-{period.since.isoformat()}-{period.last.isoformat()}",
        title=_("What changed"),
        columns=columns(site),
        rows=FactRows(rows, get_language()),
        about=[
            (_("What"), f"{_('What changed')}: {scope.title}"),
            (_("From"), period.since),
            (_("To"), period.last),
            (_("Exported at"), f"{made:%Y-%m-%d %H:%M} {made.tzname()}"),
            (_("Address of the list"), address),
            (_("Source"), _("OGP tracker. The page of each row names the document and section that it was read from.")),
        ],
    )


def page_of(scope: Scope, period: Period) -> str:
    """The path of the page of these days."""
    return with_days(scope.address("changes"), period)


def with_days(address: str, period: Period) -> str:
    mark = "&" if "?" in address else "?"
    return f"{address}{mark}since={period.since.isoformat()}&until={period.until.isoformat()}"


# JSON -----------------------------------------------------------------------------------------------------------------
def plain(fact: Fact, site: str) -> dict:
    """A fact as JSON has it."""
    return {
        "id": fact.key,
        "kind": fact.kind,
        "day": fact.day.isoformat(),
        "precision": fact.precision or "day",
        "what": fact.what,
        "detail": fact.detail,
        "who": fact.who,
        "member": fact.member.slug,
        "plan": fact.plan.slug,
        "commitment": fact.number or None,
        "milestone": fact.milestone and fact.milestone.position,
        "title": local_title(fact.about),
        "url": f"{site}{fact.address}",
    }


def json_pieces(head: dict, rows: FactRows, site: str) -> Iterator[str]:
    """An object with the head's members and ``changes``, a fact at a time."""
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "changes": ['
    for number, fact in enumerate(rows.iterator()):
        yield (",\n" if number else "\n") + json.dumps(plain(fact, site), ensure_ascii=False)
    yield "\n]}\n"


def json_response(scope: Scope, period: Period, rows, states, site: str) -> StreamingHttpResponse:
    head = {
        "title": scope.title,
        "url": f"{site}{page_of(scope, period)}",
        "since": period.since.isoformat(),
        "until": period.last.isoformat(),
        "before": period.before.isoformat(),
        "states": [{"state": row.mark, "label": row.label, "before": row.before, "after": row.after} for row in states],
        "count": rows.count(),
    }
    found = FactRows(rows, get_language())
    return StreamingHttpResponse(json_pieces(head, found, site), content_type="application/json")
