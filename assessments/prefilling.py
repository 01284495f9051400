"""A self-assessment made from a plan: its sections, and one form a commitment, filled from approved reports.

What is filled in is the record's own words, each result with the report that it was taken from. What nobody has
written stays empty. A completion level is proposed only where all milestones stand alike; else the note counts them.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy, ngettext

from commitments.dates import local_date
from commitments.models import ActionPlan, Commitment, Institution, Involvement
from milestones.models import Milestone, Status, StatusUpdate

from .models import EntryLink, EntryResult, SelfAssessment, SelfAssessmentEntry, SelfAssessmentSection

# The sections that OGP's guidance asks for, in its order.
SECTIONS = [
    ("introduction", gettext_lazy("Introduction and background")),
    ("plan-process", gettext_lazy("Action plan process")),
    ("irm-recommendations", gettext_lazy("IRM recommendations")),
    ("implementation", gettext_lazy("Implementation of commitments")),
    ("conclusion", gettext_lazy("Conclusion, other initiatives, and next steps")),
]
LEVELS = set(SelfAssessmentEntry.Completion.values)
STATE_KINDS = {
    Institution.Kind.STATE_BODY,
    Institution.Kind.LEGISLATURE,
    Institution.Kind.JUDICIARY,
    Institution.Kind.LOCAL_GOVERNMENT,
}
HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def in_language(text: str, field: str) -> dict[str, str]:
    """The text under the field's name in the language that it is written in."""
    return {f"{field}_ko" if HANGUL.search(text) else field: text} if text else {}


def both(field: str, words) -> dict[str, str]:
    """A text of this software under the field's names in both languages; *words* says it in the active one."""
    found = {}
    for language, name in (("en", field), ("ko", f"{field}_ko")):
        with translation.override(language):
            found[name] = str(words())
    return found


# The whole ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def make(plan: ActionPlan, kind: str) -> tuple[SelfAssessment, bool]:
    """The plan's self-assessment of that kind, and whether it is new: asked for twice, it is made once."""
    kind = SelfAssessment.Kind(kind)
    title = both("title", lambda: titled(plan, kind))
    slug = f"{plan.slug}-{kind.value.replace('_', '-')}"
    assessment, is_new = SelfAssessment.objects.get_or_create(plan=plan, kind=kind, defaults={"slug": slug, **title})
    if is_new:
        make_sections(assessment)
        make_entries(assessment, local_date(plan.member.time_zone))
    return assessment, is_new


def titled(plan: ActionPlan, kind: SelfAssessment.Kind) -> str:
    own = plan.title_ko if translation.get_language() == "ko" else ""
    return f"{kind.label}: {own or plan.title}"[:300]


def make_sections(assessment: SelfAssessment):
    SelfAssessmentSection.objects.bulk_create(
        SelfAssessmentSection(assessment=assessment, position=position, key=key, **both("title", lambda t=title: t))
        for position, (key, title) in enumerate(SECTIONS, 1)
    )


def make_entries(assessment: SelfAssessment, today: date):
    """One form a commitment of the plan that has one. The same queries however many there are."""
    commitments = list(forms_of(assessment.plan, today))
    entries = [filled(assessment, commitment) for commitment in commitments]
    SelfAssessmentEntry.objects.bulk_create(entries)
    pairs = list(zip(entries, commitments, strict=True))
    EntryResult.objects.bulk_create(row for entry, commitment in pairs for row in results(entry, commitment))
    EntryLink.objects.bulk_create(row for entry, commitment in pairs for row in links(entry, commitment))


def forms_of(plan: ActionPlan, today: date):
    """The plan's forms with who is involved, and their milestones with the reports known today, the latest first."""
    known = StatusUpdate.objects.known(today).of_ministries().latest_first().prefetch_related("evidence")
    milestones = Milestone.objects.with_state(today).order_by("position", "pk")
    return (
        Commitment.objects.forms()
        .filter(plan=plan)
        .order_by("position", "pk")
        .prefetch_related(
            Prefetch("involvements", Involvement.objects.select_related("institution").order_by("position", "pk")),
            Prefetch("milestones", milestones.prefetch_related(Prefetch("updates", known, to_attr="reports"))),
        )
    )


# One form -------------------------------------------------------------------------------------------------------------
def filled(assessment: SelfAssessment, commitment: Commitment) -> SelfAssessmentEntry:
    lead = next((row for row in commitment.involvements.all() if row.role == Involvement.Role.LEAD), None)
    milestones = list(commitment.milestones.all())
    steps = "\n\n".join(milestone.reports[0].next_step for milestone in milestones if milestone.reports).strip()
    return SelfAssessmentEntry(
        assessment=assessment,
        commitment=commitment,
        lead=lead.institution if lead else None,
        office=lead.office if lead else "",
        completion_level=level(milestones),
        end_date_wording=commitment.ends_wording,
        **both("completion_note", lambda: counted(milestones)),
        **actors(commitment),
        **description(commitment),
        **in_language(commitment.relevance, "relevance"),
        **in_language(steps, "next_steps"),
    )


def level(milestones: Iterable[Milestone]) -> str:
    """The level that all milestones were reported at; empty when they differ, or one was never reported on."""
    found = {milestone.status for milestone in milestones}
    return found.pop() if len(found) == 1 and found <= LEVELS else ""


def counted(milestones: list[Milestone]) -> str:
    """How many milestones stand where, in the active language: what the level has to be weighed from."""
    if not milestones:
        return ""
    labels = dict(Status.choices)
    numbers = Counter(milestone.status for milestone in milestones)
    parts = [f"{labels[status]}: {numbers[status]}" for status in Status.values if numbers[status]]
    one_round = sum(number for status, number in numbers.items() if str(status).startswith("round_"))
    parts += [f"{gettext('One round reported')}: {one_round}"] if one_round else []
    parts += [f"{gettext('Not reported')}: {numbers[None]}"] if numbers[None] else []
    total = ngettext("%(n)d milestone", "%(n)d milestones", len(milestones)) % {"n": len(milestones)}
    return f"{total}. {', '.join(parts)}."


def actors(commitment: Commitment) -> dict[str, str]:
    """The other actors, state bodies apart from all others, named as the record names them."""
    others = [row.institution for row in commitment.involvements.all() if row.role != Involvement.Role.LEAD]
    state = [body for body in others if body.kind in STATE_KINDS]
    society = [body for body in others if body.kind not in STATE_KINDS]
    found = {}
    for field, bodies in (("government_actors", state), ("other_actors", society)):
        found[field] = "; ".join(body.name for body in bodies)
        found[f"{field}_ko"] = "; ".join(body.name_ko or body.name for body in bodies)
    found["other_actors"] = found["other_actors"] or commitment.others_as_stated
    return found


def description(commitment: Commitment) -> dict[str, list]:
    """The numbered promises of the plan, else what it says the commitment is."""
    rows = commitment.promises or ([{"number": "", "text": commitment.description}] if commitment.description else [])
    words = " ".join(str(row.get("text", "")) for row in rows)
    return {"description_ko" if HANGUL.search(words) else "description": rows} if rows else {}


def results(entry: SelfAssessmentEntry, commitment: Commitment) -> Iterable[EntryResult]:
    """One result a milestone that was reported on: the latest report, and what earlier ones said as dated facts."""
    reported = [milestone for milestone in commitment.milestones.all() if milestone.reports]
    for position, milestone in enumerate(reported, 1):
        latest, *earlier = milestone.reports
        body = "\n\n".join(filter(None, [latest.what_was_done, latest.challenges]))
        facts = [{"date": row.on_date.isoformat(), "text": said(row)} for row in reversed(earlier)]
        yield EntryResult(
            entry=entry,
            position=position,
            number=str(milestone.position),
            heading=milestone.title[:400],
            heading_ko=milestone.title_ko[:400],
            facts=facts,
            update=latest,
            **in_language(body, "body"),
        )


def said(report: StatusUpdate) -> str:
    with translation.override("ko" if HANGUL.search(report.what_was_done) else "en"):
        return ": ".join(filter(None, [str(report.get_status_display()), report.what_was_done]))


def links(entry: SelfAssessmentEntry, commitment: Commitment) -> Iterable[EntryLink]:
    """The evidence of the latest reports, each address once."""
    found = {}
    for milestone in commitment.milestones.all():
        for evidence in milestone.reports[0].evidence.all() if milestone.reports else []:
            found.setdefault(evidence.url or reverse("evidence", args=[evidence.pk]), evidence.title)
    for position, (url, label) in enumerate(found.items(), 1):
        yield EntryLink(entry=entry, position=position, label=label, url=url[:500])
