"""Members, plans, reviews and policy areas of a file: what its rows hang on, made before the rows are read.

What the record has already is joined and never overwritten; an empty code of OGP's is filled in.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Max
from django.utils.text import slugify

from commitments.countries import korean_name_of
from commitments.models import ActionPlan, Commitment, DatePrecision, Member, PolicyArea, SourceDocument
from commitments.policy_areas import IN_KOREAN

from . import ogp_cells, ogp_methods
from .models import IRMReview
from .ogp_cells import PLACE, YEARS, Identity, Indicator
from .ogp_columns import POLICY_AREAS

SIDES = {"design": (*ogp_cells.OF_DESIGN, ogp_cells.COMPLETION_IN_PROGRESS), "results": ogp_cells.OF_RESULTS}
PERIOD_BASIS = "The years of submission and end in OGP's commitment data, which does not state the days."
TAKEN_FROM = "Read from OGP's commitment data, which names neither the product nor its method: both are told by the "
NOTES = {
    "design": f"{TAKEN_FROM}indicators coded there.",
    "results": f"{TAKEN_FROM}indicators coded there. What the earlier report graded is carried over from its columns.",
}
NO_ZONE = "OGP's commitment data states no time zone. Days of this member are counted in UTC until one is entered."


@dataclass
class PlanFacts:
    """What the file says of a plan in all of its rows together, and the row that said it first."""

    identity: Identity
    design: set[str] = field(default_factory=set)
    results: set[str] = field(default_factory=set)
    years: dict[str, str] = field(default_factory=dict)

    @property
    def coded(self) -> set[str]:
        return self.design | self.results


def is_coded(cells: list[str], indicator: Indicator) -> bool:
    return cells[PLACE[indicator.column]].strip().casefold() in indicator.values


CODED_PLACES = {
    side: [(indicator.name, PLACE[indicator.column], indicator.values) for indicator in indicators]
    for side, indicators in SIDES.items()
}


def note_plan(plans: dict[str, PlanFacts], cells: list[str]):
    """Adds what a row says of its plan. A row that names no plan adds nothing."""
    plan_id = f"{cells[PLACE['Code']]}/{cells[PLACE['Action Plan Number']]}"
    if (facts := plans.get(plan_id)) is None:
        identity = ogp_cells.identity_of(cells, [])
        if identity is None:
            return
        facts = plans[plan_id] = PlanFacts(identity)
    for side, places in CODED_PLACES.items():
        found = {name for name, place, values in places if cells[place].strip().casefold() in values}
        if found:
            getattr(facts, side).update(found)
            facts.years.setdefault(side, cells[YEARS[side]])
    if not facts.design & ogp_methods.RELEVANCE and facts.design and is_coded(cells, ogp_cells.LENS):
        facts.design.add(ogp_cells.LENS.name)


@dataclass
class Frame:
    """What the rows are joined to. Plans and reviews by the plan's id in OGP's file."""

    members: dict[str, Member] = field(default_factory=dict)
    documents: dict[str, SourceDocument] = field(default_factory=dict)
    plans: dict[str, ActionPlan] = field(default_factory=dict)
    reviews: dict[tuple[str, str], IRMReview] = field(default_factory=dict)
    reviews_before: set[int] = field(default_factory=set)
    areas: list[PolicyArea] = field(default_factory=list)
    positions: dict[int, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[tuple[str, str, str, str]] = field(default_factory=list)  # identifier, column, value, what was done

    def count(self, what: str, number: int = 1):
        self.counts[what] = self.counts.get(what, 0) + number

    def is_own(self, plan: ActionPlan) -> bool:
        """Whether the plan was made by an import: its source is a document of OGP's data."""
        return plan.document_id in self.document_ids

    @cached_property
    def document_ids(self) -> set[int]:
        return {document.pk for document in self.documents.values()}


def unused(wanted: str, other: str, taken: set[str]) -> str:
    """The name wanted, else the other one, else the other with a number; and it is taken from then on."""
    tries = [wanted, other, *(f"{other}-{n}" for n in range(2, 100))]
    found = next(name for name in tries if name and name not in taken)
    taken.add(found)
    return found


def put_areas(frame: Frame):
    """The 86 policy areas in the file's order; made once."""
    known = {area.slug: area for area in PolicyArea.objects.all()}
    slugs = [slugify(name) for name in POLICY_AREAS]
    new = [
        PolicyArea(slug=slug, name=name, name_ko=IN_KOREAN[name], position=position)
        for position, (slug, name) in enumerate(zip(slugs, POLICY_AREAS, strict=True), 1)
        if slug not in known
    ]
    known |= {area.slug: area for area in PolicyArea.objects.bulk_create(new)}
    frame.areas = [known[slug] for slug in slugs]
    frame.count("policy areas made", len(new))


def put_members(frame: Frame, identities: list[Identity]):
    """Each member of the file: by its code in OGP's data, else by its three letters, else made."""
    everyone = list(Member.objects.real())
    by_code = {m.iso3: m for m in everyone if m.iso3} | {m.ogp_code: m for m in everyone if m.ogp_code}
    codes = set(Member.objects.values_list("code", flat=True))
    slugs = set(Member.objects.values_list("slug", flat=True))
    new = []
    for identity in identities:
        if identity.code in by_code:
            fill_code(frame, by_code[identity.code], identity)
            continue
        member = by_code[identity.code] = Member(
            code=unused(identity.prefix, identity.code, codes),
            ogp_code=identity.code,
            iso3=identity.code if len(identity.code) == 3 and identity.kind != Member.Kind.LOCAL else "",
            slug=unused(identity.slug, slugify(identity.code), slugs),
            name=identity.country or identity.code,
            kind=identity.kind,
            region=identity.region,
        )
        member.name_ko = korean_name_of(member)
        new.append(member)
    Member.objects.bulk_create(new)
    frame.count("members made", len(new))
    frame.members = {identity.code: by_code[identity.code] for identity in identities}


def fill_code(frame: Frame, member: Member, identity: Identity):
    if not member.ogp_code:
        member.ogp_code = identity.code
        member.save(update_fields=["ogp_code"])
        frame.count("members joined")
    for column, name in (("Country/Locality", "name"), ("Region", "region")):
        given, kept = getattr(identity, {"name": "country"}.get(name, name)), getattr(member, name)
        if given and given != kept:
            frame.notes.append((identity.identifier, column, str(given), f"The record has “{kept}”, which is kept."))


def put_documents(frame: Frame):
    """For each member, the source that its pages name."""
    keys = {f"ogp-data-{member.code.lower()}": code for code, member in frame.members.items()}
    found = {keys[row.key]: row for row in SourceDocument.objects.filter(key__in=keys)}
    new = {
        code: SourceDocument(
            member=frame.members[code],
            key=key,
            title=f"OGP commitment data: {frame.members[code].name}",
            kind=SourceDocument.Kind.OGP_DATA,
            note=NO_ZONE if frame.members[code].time_zone == "UTC" else "",
        )
        for key, code in keys.items()
        if code not in found
    }
    SourceDocument.objects.bulk_create(new.values())
    frame.documents = found | new


def plan_dates(identity: Identity) -> tuple[date | None, date | None]:
    """From the first day of the year of submission to the last of the end's; none where they cannot be."""
    if not identity.year or not identity.end_year or identity.end_year < identity.year:
        return None, None
    return date(identity.year, 1, 1), date(identity.end_year, 12, 31)


def plan_fields(identity: Identity) -> dict:
    starts_on, ends_on = plan_dates(identity)
    years = f"{identity.year}–{identity.end_year}" if starts_on else str(identity.year or "")
    return {
        "title": f"Action plan {identity.plan_number}" + (f" ({years})" if years else ""),
        "title_ko": f"제{identity.plan_number}차 실행계획" + (f" ({years})" if years else ""),
        "ogp_id": identity.plan_id,
        "period_wording": years,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "period_precision": DatePrecision.YEAR if starts_on else "",
        "period_basis": PERIOD_BASIS if years else "",
        "year": identity.year,
    }


def put_plans(frame: Frame, identities: list[Identity]):
    """Each plan of the file, joined by the member and its number. Only plans that an import made are brought to what
    the file says, and only as long as nobody has edited them."""
    ids = {member.pk for member in frame.members.values()}
    found = {(plan.member_id, plan.number): plan for plan in ActionPlan.objects.filter(member__in=ids)}
    slugs = set(ActionPlan.objects.values_list("slug", flat=True))
    new, changed = [], []
    for identity in identities:
        member, document = frame.members[identity.code], frame.documents[identity.code]
        plan = found.get((member.pk, identity.plan_number))
        if plan is None:
            slug = unused(f"{member.code.lower()}-{identity.plan_number}", slugify(identity.plan_id), slugs)
            plan = ActionPlan(member=member, number=identity.plan_number, slug=slug, document=document)
            plan.section = f"rows of {identity.plan_id}"
            new.append(plan)
        elif not (plan.document_id == document.pk and plan.version == 1):
            compare_plan(frame, plan, identity)
            frame.plans[identity.plan_id] = plan
            continue
        elif any(getattr(plan, name) != value for name, value in plan_fields(identity).items()):
            changed.append(plan)
        for name, value in plan_fields(identity).items():
            setattr(plan, name, value)
        frame.plans[identity.plan_id] = plan
    ActionPlan.objects.bulk_create(new)
    if changed:
        ActionPlan.objects.bulk_update(changed, list(plan_fields(identities[0])))
    frame.count("plans made", len(new))
    frame.count("plans changed", len(changed))


def compare_plan(frame: Frame, plan: ActionPlan, identity: Identity):
    if not plan.ogp_id:
        plan.ogp_id = identity.plan_id
        plan.save(update_fields=["ogp_id"])
        frame.count("plans changed")
    given = plan_dates(identity)
    if (
        plan.starts_on
        and given[0]
        and (plan.starts_on.year, plan.ends_on and plan.ends_on.year)
        != (
            given[0].year,
            given[1].year,
        )
    ):
        done = f"The record has {plan.starts_on.year}–{plan.ends_on.year if plan.ends_on else '?'}, which is kept."
        frame.notes.append((identity.identifier, "Year Of Submission", f"{identity.year}–{identity.end_year}", done))


def put_reviews(frame: Frame, plans: dict[str, PlanFacts]):
    """One final review for each report that codes anything. A review that the record has keeps its method; one that
    the IRM is still at work on here is left alone, and so is what the file says of it."""
    kept: dict[int, list[IRMReview]] = {plan.pk: [] for plan in frame.plans.values()}
    for review in IRMReview.objects.filter(plan__in=kept).order_by("pk"):
        kept[review.plan_id].append(review)
    slugs = set(IRMReview.objects.values_list("slug", flat=True))
    new = []
    for facts in plans.values():
        for side in SIDES:
            if getattr(facts, side) and (review := review_of(frame, facts, side, kept, slugs)):
                new.append(review)
    IRMReview.objects.bulk_create(new)
    frame.count("IRM reviews made", len(new))


def review_of(frame: Frame, facts: PlanFacts, side: str, kept: dict, slugs: set[str]) -> IRMReview | None:
    """The review if it has to be made; one that is there is only noted in the frame."""
    identity = facts.identity
    plan, document = frame.plans[identity.plan_id], frame.documents[identity.code]
    coded = facts.coded if side == "results" else facts.design
    method = ogp_methods.method_of(coded, facts.coded)
    product = ogp_methods.product_of(side, method, facts.coded)
    own = next((row for row in kept[plan.pk] if is_own_review(row, document, side)), None)
    same = [row for row in kept[plan.pk] if row.product == product]
    review = own or next((row for row in same if row.stage == IRMReview.Stage.FINAL), None) or next(iter(same), None)
    if review is not None and review.stage != IRMReview.Stage.FINAL:
        done = f"{review} is at work here ({review.get_stage_display()}): the codings of this report are not taken."
        frame.notes.append((identity.identifier, "", "", done))
        return None
    if review is not None:
        frame.reviews[identity.plan_id, side] = review
        if own is None:
            frame.reviews_before.add(review.pk)
        return None
    slug = f"{plan.slug}-{product.replace('_', '-')}"[:50]
    review = frame.reviews[identity.plan_id, side] = IRMReview(
        plan=plan,
        slug=unused(slug, f"{slug[:46]}-ogp", slugs),
        product=product,
        method_version=method,
        title=f"{product.label}: {plan.member.name}, action plan {plan.number}",
        stage=IRMReview.Stage.FINAL,
        published_wording=facts.years.get(side, "") if facts.years.get(side, "").isdecimal() else "",
        note=NOTES[side],
        document=document,
        section=section_of(side, identity),
    )
    return review


def section_of(side: str, identity: Identity) -> str:
    columns = {"design": "progress, design or action plan review", "results": "end of term"}
    return f"{identity.plan_id}, columns of the report on {columns[side]}"


def is_own_review(review: IRMReview, document: SourceDocument, side: str) -> bool:
    """Whether an import made the review for this side of its plan, whatever product it was told to be then."""
    if review.document_id != document.pk:
        return False
    return review.section.endswith("end of term") == (side == "results")


def make_frame(plans: dict[str, PlanFacts]) -> Frame:
    """Everything that the rows of these plans hang on, in a number of queries that does not grow with the rows."""
    frame = Frame()
    identities = [facts.identity for facts in plans.values()]
    members = list({identity.code: identity for identity in identities}.values())
    put_areas(frame)
    put_members(frame, members)
    put_documents(frame)
    put_plans(frame, identities)
    put_reviews(frame, plans)
    last = Commitment.objects.filter(plan__in=[plan.pk for plan in frame.plans.values()]).order_by().values("plan")
    frame.positions = dict(last.annotate(last=Max("position")).values_list("plan", "last"))
    return frame
