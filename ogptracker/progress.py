"""Commitments with what each voice says of them on a day, and the same by theme and by institution."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

from django.db.models import Prefetch

from assessments.known import codings_known, entries_known
from assessments.models import Coding, SelfAssessmentEntry
from commitments.models import Commitment, Institution, Involvement, Theme
from milestones.models import Milestone
from milestones.states import Tally, tally

LEADS = Prefetch(
    "involvements",
    Involvement.objects.filter(role="lead").select_related("institution__parent__parent").order_by("position"),
    to_attr="leads",
)


@dataclass
class Row:
    """A commitment with its milestones' states and the assessors' latest words, each None where there is none."""

    commitment: Commitment
    milestones: list[Milestone]
    tally: Tally
    entry: SelfAssessmentEntry | None = None
    coding: Coding | None = None


@dataclass
class Group:
    """Rows that belong together: of one theme (None: without a theme), or led by one institution."""

    of: Theme | Institution | None
    rows: list[Row]

    @property
    def forms(self) -> int:
        """How many of the rows have a form of their own."""
        return sum(row.commitment.is_form for row in self.rows)

    @property
    def tally(self) -> Tally:
        return Tally(tuple(chain.from_iterable(row.tally.states for row in self.rows)))


def milestones_by_commitment(milestones) -> dict[int, list[Milestone]]:
    found = defaultdict(list)
    for milestone in milestones:
        found[milestone.commitment_id].append(milestone)
    return found


def rows_of(commitments, on, milestones=None) -> list[Row]:
    """The commitments in order, with what was known on the day. Four queries and those of the leads. *milestones* may
    bring more of each milestone along."""
    commitments = list(commitments.select_related("plan__member", "part_of").prefetch_related(LEADS))
    keys = [commitment.pk for commitment in commitments]
    wanted = Milestone.objects.all() if milestones is None else milestones
    found = milestones_by_commitment(wanted.filter(commitment__in=keys).with_state(on))
    entries = {entry.commitment_id: entry for entry in entries_known(on).filter(commitment__in=keys)}
    codings = {coding.commitment_id: coding for coding in codings_known(on).filter(commitment__in=keys)}
    return [
        Row(
            commitment,
            found[commitment.pk],
            tally(found[commitment.pk], commitment.plan),
            entries.get(commitment.pk),
            codings.get(commitment.pk),
        )
        for commitment in commitments
    ]


def whole(rows: list[Row]) -> Tally:
    """The states of all milestones of the rows."""
    return Group(None, rows).tally


def by_theme(themes, rows: list[Row]) -> list[Group]:
    """The rows under each theme, in the themes' order; those without a theme come last, as a group of none."""
    groups = [Group(theme, [row for row in rows if row.commitment.theme_id == theme.pk]) for theme in themes]
    loose = [row for row in rows if row.commitment.theme_id is None]
    return [*groups, Group(None, loose)] if loose else groups


def topmost(institution: Institution) -> Institution:
    while institution.parent is not None:
        institution = institution.parent
    return institution


def by_institution(rows: list[Row]) -> list[Group]:
    """The rows that each body leads, itself or through a division, in the order of the bodies' names."""
    grouped: dict[int, Group] = {}
    for row in rows:
        for top in {topmost(lead.institution) for lead in row.commitment.leads}:
            grouped.setdefault(top.pk, Group(top, [])).rows.append(row)
    return sorted(grouped.values(), key=lambda group: group.of.name)
