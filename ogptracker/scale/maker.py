"""What all rows of the invented world share: how many there are of what, whose keys are whose, and where they go.

Keys are worked out from numbers, which count from 0 (the commitment of number 6 has key 7), so that a member's
rows need nothing of other members' rows and may be made at the same time.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Model

from accounts.models import User
from assessments.models import (
    Coding,
    EntryResult,
    IRMReview,
    PublicComment,
    Recommendation,
    SelfAssessment,
    SelfAssessmentEntry,
)
from commitments.models import (
    ActionPlan,
    Commitment,
    Institution,
    Involvement,
    Member,
    PolicyArea,
    SourceDocument,
    Theme,
)
from milestones.models import (
    Deadline,
    Event,
    Evidence,
    Link,
    Milestone,
    OverdueNotice,
    OverduePeriod,
    StaleNotice,
    StatusUpdate,
)
from search.models import Entry

from . import words
from .stories import Term, terms
from .tables import Table

PARTNERSHIP = {"members": 230, "commitments": 6_500, "milestones": 32_000, "reports": 500_000}
AREAS = 86  # policy areas, as in OGP's data
# How many keys there are for each: of a member, of a plan, of a commitment, of a milestone.
BODIES, ACCOUNTS, PLANS, THEMES, PARTS, TAGS, DEADLINES, PERIODS = 12, 4, 2, 3, 3, 2, 3, 40
MINISTRY, DIVISION, CSO = 0, 5, 10  # places of a member's bodies: five ministries, a division of each, civil society
ROLES = COORDINATOR, EDITOR, HEAD, CO_OWNER = "coordinator", "editor", "head", "co_owner"
MODELS = [
    *(PolicyArea, Member, Institution, User, SourceDocument, ActionPlan, Theme, Commitment, Involvement),
    *(Commitment.policy_areas.through, Milestone, Deadline, StatusUpdate, Link, Evidence, Event, OverduePeriod),
    *(OverdueNotice, StaleNotice, SelfAssessment, SelfAssessmentEntry, EntryResult, IRMReview, Coding),
    *(Recommendation, PublicComment, Entry),
]
TABLES = {model: Table(model) for model in MODELS}
Rows = dict[str, list[list]]  # by the name of their table


@dataclass(frozen=True)
class Size:
    """How many rows there are of what, in proportion to the members."""

    members: int

    def total(self, what: str) -> int:
        return PARTNERSHIP[what] * self.members // PARTNERSHIP["members"]

    def within(self, what: str, number: int, of: str) -> range:
        """The numbers of *what* that belong to that one *of* the members, commitments or milestones."""
        many, few = self.total(what), self.total(of)
        return range(-(-number * many // few), -(-(number + 1) * many // few))


@dataclass(frozen=True)
class Promise:
    """A commitment: its number in the world, its position in its plan, and that plan's key, address name and time."""

    number: int
    position: int
    plan: int
    plan_slug: str
    term: Term

    @property
    def key(self) -> int:
        return self.number + 1

    @property
    def about(self) -> str:
        return words.subject_of(self.number)

    @property
    def path(self) -> str:
        return f"/plans/{self.plan_slug}/commitments/{self.position}/"

    @property
    def is_quiet(self) -> bool:
        """Whether its reports stop early."""
        return self.number % 11 == 0


class Maker:
    """The rows of the member of that number, by table, in the world made around a day."""

    def __init__(self, size: Size, number: int, on: date):
        self.size, self.number, self.on, self.key = size, number, on, number + 1
        self.name = words.name_of(number)
        self.slug = self.name.lower()
        self.terms = terms(on)
        self.rows: Rows = defaultdict(list)

    def add(self, model: type[Model], **facts):
        table = TABLES[model]
        self.rows[table.name].append(table.row(**facts))

    def body(self, place: int) -> int:
        """The key of the member's institution at that place."""
        return self.number * BODIES + place + 1

    def account(self, role: str) -> int:
        return self.number * ACCOUNTS + ROLES.index(role) + 1

    def body_of(self, role: str) -> int:
        return self.body(CSO if role == CO_OWNER else MINISTRY)

    def plan(self, place: int) -> int:
        return self.number * PLANS + place + 1
