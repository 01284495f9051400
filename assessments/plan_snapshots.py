"""Everything that is public on a plan, frozen as plain data: the record, and which files belong to it.

Of the files the snapshot has the SHA-256: an archive made of it holds exactly these, or is not made.
"""

from datetime import date

from django.conf import settings
from django.db.models import Prefetch
from django.utils import translation

from commitments.models import ActionPlan, Involvement
from milestones import uploads
from milestones.models import Deadline, Evidence, Milestone, StatusUpdate

from .irm_exports import frozen_table
from .models import Report, Snapshot
from .snapshots import Sources, institution_names, plan_data

FORMAT = 1  # of the data; raise it when the shape changes
LANGUAGE = settings.LANGUAGE_CODE  # of the snapshot; what it holds is in every language that the record has
ENDINGS = {kind: f".{ending}" for ending, kind in sorted(uploads.TYPES.items(), reverse=True)}  # .jpeg before .jpg


def snapshot(plan: ActionPlan, language: str, on: date) -> dict:
    """What had become public of the plan by the day, as JSON data. As many queries for a large plan as for a small."""
    sources = Sources()
    own = plan_data(plan, language, sources)
    evidence = list(evidence_of(plan, on))
    return {
        "format": FORMAT,
        "kind": "plan_package",
        "language": language,
        "member": {
            "code": plan.member.code,
            "name": plan.member.name,
            "name_ko": plan.member.name_ko,
            "is_fictional": plan.member.is_fictional,
        },
        "plan": own | {"title": plan.title, "title_ko": plan.title_ko},
        "commitments": [commitment_row(row, sources) for row in commitments_of(plan)],
        "milestones": [milestone_row(row, sources) for row in milestones_of(plan)],
        "deadlines": [deadline_row(row) for row in deadlines_of(plan)],
        "reports": [report_row(row) for row in reports_of(plan, on)],
        "evidence": [evidence_row(row) for row in evidence],
        "evidence_files": evidence_files(evidence),
        "codings": {code: codings_in(plan, code) for code, _name in settings.LANGUAGES},
        "files": [*version_files(plan), *report_files(plan)],
        "documents": sources.documents,
    }


def codings_in(plan: ActionPlan, language: str) -> dict:
    with translation.override(language):
        return frozen_table(plan, settings.SITE_URL)


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


# The record -----------------------------------------------------------------------------------------------------------
def commitments_of(plan: ActionPlan):
    parts = Involvement.objects.select_related("institution__parent__parent__parent").order_by("position", "pk")
    rows = plan.commitments.select_related("theme", "part_of", "document")
    return rows.prefetch_related(Prefetch("involvements", parts), "policy_areas").order_by("position", "pk")


WORDS = (
    "starts_wording",
    "ends_wording",
    "problem",
    "description",
    "contribution",
    "values_as_stated",
    "relevance",
    "others_as_stated",
    "peer_learning",
    "additional_information",
)


def commitment_row(row, sources: Sources) -> dict:
    return {
        "number": row.number,
        "ogp_id": row.ogp_id or "",
        "ogp_id_inferred": row.ogp_id_inferred,
        "part_of": row.part_of.number if row.part_of else "",
        "theme": row.theme.title if row.theme else "",
        "title": row.title,
        "title_ko": row.title_ko,
        **{name: getattr(row, name) for name in WORDS},
        "values": list(row.values),
        "policy_areas": sorted(area.slug for area in row.policy_areas.all()),
        "institutions": [f"{part.role}: {named(part.institution)}" for part in row.involvements.all()],
        **cite(row, sources),
    }


def named(institution) -> str:
    return ", ".join(institution_names(institution, LANGUAGE)[::-1])


def cite(row, sources: Sources) -> dict:
    source = sources.cite(row)
    return {"source_document": source["document"], "source_section": source["section"]}


def milestones_of(plan: ActionPlan):
    rows = Milestone.objects.filter(commitment__plan=plan).select_related("commitment", "document")
    return rows.order_by("commitment__position", "position", "pk")


def milestone_row(row: Milestone, sources: Sources) -> dict:
    return {
        "commitment_number": row.commitment.number,
        "milestone": row.position,
        "title": row.title,
        "title_ko": row.title_ko,
        "published_start": row.published_start,
        "published_end": row.published_end,
        "starts_on": day(row.starts_on),
        "due_on": day(row.due_on),
        "due_precision": row.due_precision,
        "cadence": row.cadence,
        "open_ended": row.open_ended,
        "readable": row.readable,
        **cite(row, sources),
    }


def deadlines_of(plan: ActionPlan):
    rows = Deadline.objects.filter(milestone__commitment__plan=plan).select_related("milestone__commitment")
    return rows.order_by("milestone__commitment__position", "milestone__position", "due_on", "pk")


def deadline_row(row: Deadline) -> dict:
    return {
        "commitment_number": row.milestone.commitment.number,
        "milestone": row.milestone.position,
        "starts_on": day(row.starts_on),
        "due_on": day(row.due_on),
        "precision": row.precision,
        "set_on": day(row.set_on),
        "withdrawn_on": day(row.withdrawn_on),
        "reason": row.reason,
    }


def reports_of(plan: ActionPlan, on: date):
    rows = StatusUpdate.objects.known(on).filter(milestone__commitment__plan=plan)
    rows = rows.select_related("milestone__commitment", "deadline", "institution__parent__parent__parent")
    return rows.order_by("milestone__commitment__position", "milestone__position", "on_date", "pk")


def report_row(row: StatusUpdate) -> dict:
    """An approved report. Who wrote and who approved it is not public."""
    return {
        "report": row.pk,
        "commitment_number": row.milestone.commitment.number,
        "milestone": row.milestone.position,
        "deadline_due_on": day(row.deadline.due_on) if row.deadline else None,
        "about": day(row.on_date),
        "published_on": day(row.published_on),
        "institution": named(row.institution) if row.institution else "",
        "by_co_owner": row.as_co_owner,
        "status": row.status,
        "what_was_done": row.what_was_done,
        "challenges": row.challenges,
        "next_step": row.next_step,
    }


def evidence_of(plan: ActionPlan, on: date):
    """Evidence of reports that are public: no other is ever handed out."""
    known = StatusUpdate.objects.known(on).filter(milestone__commitment__plan=plan)
    return Evidence.objects.filter(update__in=known).order_by("update", "pk")


def evidence_path(row: Evidence) -> str:
    """The file's own digest and the ending of its type: nothing of the name that somebody gave it."""
    return f"evidence/{row.sha256}{ENDINGS.get(row.content_type, '')}"


def evidence_row(row: Evidence) -> dict:
    return {
        "report": row.update_id,
        "title": row.title,
        "url": row.url,
        "path": evidence_path(row) if row.file else "",
        "file_name": row.file_name,
        "content_type": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
    }


def evidence_files(rows: list[Evidence]) -> list[dict]:
    """Each file once, however many reports hand it in."""
    files = {evidence_path(row): row for row in rows if row.file}
    return [{"path": path, "sha256": row.sha256, "size": row.size} for path, row in sorted(files.items())]


# Versions and their files ---------------------------------------------------------------------------------------------
def versions_of(plan: ActionPlan):
    """Published versions of the self-assessments and of the IRM's findings."""
    rows = Snapshot.objects.published().filter(plan=plan).exclude(kind=Snapshot.Kind.PLAN_PACKAGE)
    return rows.light().order_by("subject", "version", "language")


def folder(snapshot: Snapshot) -> str:
    return "self-assessments" if snapshot.is_self_assessment else "irm"


def version_files(plan: ActionPlan) -> list[dict]:
    """The frozen data of each version."""
    return [
        {
            "path": f"{folder(row)}/{row.slug}-v{row.version}-{row.language}-{row.sha256[:8]}.json",
            "format": "json",
            "sha256": row.sha256,
        }
        for row in versions_of(plan)
    ]


def report_files(plan: ActionPlan) -> list[dict]:
    """The finished files of these versions."""
    reports = Report.objects.finished().filter(snapshot__in=versions_of(plan).values("pk")).light()
    return [
        {
            "path": f"{folder(row.snapshot)}/{row.file_name}",
            "format": row.format,
            "sha256": row.file_sha256,
        }
        for row in reports.order_by("snapshot__subject", "snapshot__version", "snapshot__language", "format")
    ]
