"""What changed between two days, at every level: as a page and as files."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import wraps

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.exports import file_response
from commitments.models import Commitment, Institution
from commitments.pages import page_of, with_day
from commitments.problems import field_errors, problem_response

from . import exports
from .facts import Fact, bodies_of, load
from .forms import PeriodForm
from .index import Newest, index
from .levels import LEVELS
from .periods import Period
from .scopes import Scope
from .states import side_by_side

PAGE_SIZE = 100
FILE_TYPES = {"csv": "CSV", "xlsx": "XLSX", "json": "JSON"}


def with_scope(view):
    """Gives the view the ``Scope`` that the address names in place of its words."""

    @wraps(view)
    def wrapped(request, level: str, **where):
        more = {name: where.pop(name) for name in ("ending", "asked") if name in where}
        return view(request, LEVELS[level].find(request.GET, **where), **more)

    return wrapped


def site_of(request) -> str:
    return f"{request.scheme}://{request.get_host()}"


# Groups ---------------------------------------------------------------------------------------------------------------
@dataclass
class OfCommitment:
    """The facts on one commitment (None: on the plan as a whole), the newest first."""

    commitment: Commitment | None
    facts: list[Fact] = field(default_factory=list)


@dataclass
class OfBodies:
    """What is led by the same institutions; ``plan`` where the facts are on a plan as a whole."""

    bodies: list[Institution]
    plan: object
    commitments: dict[int | None, OfCommitment] = field(default_factory=dict)


def grouped(facts: Iterable[Fact]) -> list[OfBodies]:
    """The facts by leading institutions and commitment. Groups stand in the order of their newest fact."""
    found: dict[tuple, OfBodies] = {}
    for fact in facts:
        bodies = bodies_of(fact.commitment)
        key = (fact.plan.pk, fact.commitment is None, *(body.pk for body in bodies))
        group = found.setdefault(key, OfBodies(bodies, fact.plan))
        number = fact.commitment and fact.commitment.pk
        group.commitments.setdefault(number, OfCommitment(fact.commitment)).facts.append(fact)
    return list(found.values())


# Pages ----------------------------------------------------------------------------------------------------------------
def formats(scope: Scope, period: Period) -> list[tuple[str, str]]:
    """``(type, address)`` of the same list in other forms."""
    found = [(kind, scope.address(f"changes-{ending}")) for ending, kind in FILE_TYPES.items()]
    return [(kind, exports.with_days(address, period)) for kind, address in found]


def about(scope: Scope) -> dict:
    """What the head of these pages names."""
    return {"scope": scope, "member": scope.member, "title": scope.title}


def page(request, scope: Scope, form: PeriodForm, todays):
    """The page for a form that was looked at; one that cannot be read is shown where it stands, status 400."""
    if not form.is_valid():
        return render(request, "following/changes.html", about(scope) | {"form": form}, status=400)
    period = form.period(todays)
    rows = page_of(request, Newest(scope, period), PAGE_SIZE)
    context = about(scope) | {
        "form": PeriodForm({"since": period.since.isoformat(), "until": period.until.isoformat()}, period.last),
        "period": period,
        "rows": rows,
        "groups": grouped(load(rows)),
        "states": side_by_side(scope, period),
        "formats": formats(scope, period),
        "ahead": period.until > period.last,
    }
    return render(request, "following/changes.html", context)


@require_safe
@with_day
@with_scope
def changes(request, scope, asked):
    """Every dated public fact of the period, the newest first, by institution and commitment."""
    todays = scope.todays()
    return page(request, scope, PeriodForm(request.GET, min(todays), asked), todays)


@require_safe
@with_day
@with_scope
def changes_file(request, scope, ending, asked):
    """The same as a file. Days that cannot be read are answered with the form, or with problem details; status 400."""
    todays = scope.todays()
    form = PeriodForm(request.GET, min(todays), asked)
    if not form.is_valid():
        return no_file(request, scope, form, ending, todays)
    period = form.period(todays)
    rows = index(scope, period)
    if ending == "json":
        return exports.json_response(scope, period, rows, side_by_side(scope, period), site_of(request))
    return file_response(request, exports.table(scope, period, rows, site_of(request)), ending)


def no_file(request, scope: Scope, form: PeriodForm, ending: str, todays):
    if ending != "json":
        return page(request, scope, form, todays)
    return problem_response(400, _("That is not a period."), _("Give two days."), field_errors(form.errors))
