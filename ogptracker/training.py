"""The training member: an invented government with a plan under way around today, so that every screen can be tried.

``fixtures/training.yaml`` holds it, with dates relative to the day on which it is made. Its reports go through the same
services as real ones. It is made anew only when it has grown old: until then, what people enter in practice stays.
Only rows of the training member are ever written or removed.
"""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from assessments.loading import load_entry, load_sections
from assessments.models import Coding, IRMReview, Recommendation, Report, SelfAssessment, Snapshot
from commitments.dates import local_date
from commitments.loading import find, load_institutions, load_plan, read_yaml
from commitments.models import ActionPlan, Commitment, Institution, Member, SourceDocument
from milestones import periods
from milestones.loading import load_milestones
from milestones.models import Deadline, Evidence, Milestone, StatusUpdate
from milestones.services import amend_deadline, approve, return_to_author, submit
from milestones.uploads import content_type_of

MEMBER = {
    "slug": "training",
    "name": "Training Republic (fictional)",
    "name_ko": "훈련 공화국 (가상)",
    "time_zone": "Asia/Seoul",
    "languages": ["ko", "en"],
    "forum_name": "Training Forum (fictional)",
    "is_fictional": True,
}
CODE = "XT"
MADE_ON = "training-about"  # the document whose date says when the member was made
KEPT_DAYS = 30
ORDINALS = ["First", "Second", "Third", "Fourth"]


# Words relative to a day ----------------------------------------------------------------------------------------------
def month(today: date, months: int) -> date:
    """The first day of the month that lies so many months from today's."""
    return today.replace(day=1) + relativedelta(months=months)


def say(kind: str, number: int, today: date) -> str:
    """A date as a plan would write it: ``say("quarter", 1, …)`` is "Fourth quarter of 2026" in August 2026."""
    if kind == "day":
        day = today + timedelta(days=number)
        return f"{day:%B} {day.day}, {day.year}"
    if kind == "month":
        return f"{month(today, number):%B %Y}"
    if kind == "year":
        return str(today.year + number)
    length = {"quarter": 3, "half": 6}[kind]
    start = month(today, number * length)
    return f"{ORDINALS[(start.month - 1) // length]} {kind} of {start.year}"


def dated(content, today: date):
    """The file's content with every ``{day -40}`` written out."""
    if isinstance(content, dict):
        return {key: dated(value, today) for key, value in content.items()}
    if isinstance(content, list):
        return [dated(value, today) for value in content]
    if isinstance(content, str):
        pattern = r"\{(day|month|quarter|half|year) (-?\d+)\}"
        return re.sub(pattern, lambda match: say(match[1], int(match[2]), today), content)
    return content


# The whole ------------------------------------------------------------------------------------------------------------
def made_on() -> date | None:
    """The day around which the training plan was made; None when there is none."""
    if not ActionPlan.objects.filter(member__code=CODE).exists():
        return None
    return SourceDocument.objects.filter(key=MADE_ON).values_list("published_on", flat=True).first()


@transaction.atomic
def load_training(today: date | None = None, rebuild: bool = False) -> bool:
    """Makes the training member around *today* (by default the present day in its time zone).

    Returns whether it did: a plan made within 30 days of that day is left as it is, unless *rebuild* is set.
    """
    today = today or local_date(MEMBER["time_zone"])
    made = made_on()
    if made and abs(today - made).days <= KEPT_DAYS and not rebuild:
        return False
    content = dated(read_yaml(settings.FIXTURES_DIR / "training.yaml"), today)
    member, _ = Member.objects.update_or_create(code=CODE, defaults=MEMBER)
    remove_plans(member)
    load_documents(member, content["documents"], today)
    institutions = load_institutions(member, content["institutions"])
    member.point_of_contact = institutions["open-administration"]
    member.save(update_fields=["point_of_contact"])
    accounts = load_accounts(member, content["accounts"])
    for commitment, rows in load_plan({"plan": content["plan"] | plan_facts(today), "institutions": []}):
        load_rows(commitment, rows, accounts, today)
    periods.refresh(Milestone.objects.filter(commitment__plan__member=member))  # reports were dated back
    load_self_assessment(content["self_assessment"])
    load_irm_review(content["irm_review"])
    return True


def remove_plans(member: Member):
    """Removes the member's plans and everything below them, the rows that others point to last."""
    milestones = Milestone.objects.filter(commitment__plan__member=member)
    reports = Report.objects.filter(snapshot__plan__member=member)
    evidence = Evidence.objects.filter(update__milestone__in=milestones)
    files = [*evidence.exclude(file="").values_list("file", flat=True)]
    files += reports.exclude(file="").values_list("file", flat=True)
    StatusUpdate.objects.filter(milestone__in=milestones).delete()
    while Deadline.objects.filter(milestone__in=milestones, amended_by=None).exclude(amends=None).delete()[0]:
        pass  # an amendment may itself have been amended: the latest goes first
    milestones.delete()
    reports.delete()
    Snapshot.objects.filter(plan__member=member).delete()
    SelfAssessment.objects.filter(plan__member=member).delete()
    IRMReview.objects.filter(plan__member=member).delete()
    commitments = Commitment.objects.filter(plan__member=member)
    commitments.exclude(part_of=None).delete()
    commitments.delete()
    ActionPlan.objects.filter(member=member).delete()
    transaction.on_commit(lambda: [default_storage.delete(name) for name in files])


def load_documents(member: Member, rows: list[dict], today: date):
    for row in rows:
        dates = {"published_on": today, "published_precision": "day"} if row["key"] == MADE_ON else {}
        SourceDocument.objects.update_or_create(key=row["key"], defaults=row | dates | {"member": member})


def load_accounts(member: Member, rows: list[dict]) -> dict[str, User]:
    """The accounts that report and review, by name. They cannot sign in until somebody gives them a password."""
    accounts = {}
    for row in rows:
        role = {"role": row["role"], "institution": find(Institution, "account", member=member, key=row["institution"])}
        accounts[row["username"]], _ = User.objects.update_or_create(
            username=row["username"], defaults=role, create_defaults=role | {"password": make_password(None)}
        )
    return accounts


def plan_facts(today: date) -> dict:
    """Two years, begun ten months ago."""
    starts_on, ends_on = month(today, -10), month(today, 14) - timedelta(days=1)
    return {
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "period_published": f"{say('month', -10, today)} to {say('month', 13, today)}",
        "year": starts_on.year,
    }


# Milestones and what is reported on them ------------------------------------------------------------------------------
def load_rows(commitment: Commitment, rows: list[dict], accounts: dict[str, User], today: date):
    """The commitment's milestones, then their amendments, then their reports."""
    commitment.section = f"Commitment {commitment.number}"
    commitment.save(update_fields=["section"])
    plain = [{key: value for key, value in row.items() if key not in ("amend", "reports")} for row in rows]
    load_milestones(commitment, plain)
    for position, row in enumerate(rows, 1):
        milestone = Milestone.objects.get(commitment=commitment, position=position)
        if amendment := row.get("amend"):
            amend(milestone, amendment, today)
        for report in row.get("reports") or []:
            load_report(milestone, report, accounts, today)


def deadline_of(milestone: Milestone, number: int) -> Deadline:
    return milestone.deadlines.get(position=number, amends=None)


def amend(milestone: Milestone, row: dict, today: date):
    due_on, set_on = (today + timedelta(days=row[name]) for name in ("due", "set"))
    amend_deadline(deadline_of(milestone, row["round"]), due_on, row["reason"], set_on)


def author_of(commitment: Commitment, accounts: dict[str, User]) -> User:
    """The editor of the institution that leads, or of the one that it belongs to."""
    lead = commitment.involvements.filter(role="lead").first().institution
    body = lead.parent or lead
    return next(user for user in accounts.values() if user.role == "editor" and user.institution == body)


def reviewer_of(author: User, row: dict, accounts: dict[str, User]) -> User:
    """The head of the author's own institution, where there is one; else the coordinating ministry."""
    head = accounts["head.training"]
    own = head if head.institution == author.institution else accounts["poc.training"]
    return accounts[row["reviewer"]] if "reviewer" in row else own


def load_report(milestone: Milestone, row: dict, accounts: dict[str, User], today: date):
    """One report, taken as far as its row says: draft, submitted, returned or (without a word) approved."""
    deadline = deadline_of(milestone, row["round"]) if "round" in row else None
    base, days = (today, row["days"]) if "days" in row else (deadline.due_on, row["days_from_due"])
    author = author_of(milestone.commitment, accounts)
    update = StatusUpdate(
        milestone=milestone,
        deadline=deadline,
        on_date=base + timedelta(days=days),
        status=row["status"],
        what_was_done=row.get("done", ""),
        challenges=row.get("challenges", ""),
        next_step=row.get("next", ""),
        author=author,
        institution=author.institution,
    )
    update.full_clean()
    update.save()
    for evidence in row.get("evidence") or []:
        add_evidence(update, evidence)
    review = row.get("review", "approved")
    if review == "draft":
        return
    submit(update)
    if review == "approved":
        approve(update, reviewer_of(author, row, accounts))
    elif review == "returned":
        return_to_author(update, reviewer_of(author, row, accounts), row["reason"])
    date_back(update, today)


def add_evidence(update: StatusUpdate, row: dict):
    """A link, or a small file whose text stands in the row."""
    evidence = Evidence(update=update, title=row["title"], url=row.get("url", ""))
    if "file" in row:
        upload = ContentFile(row["text"].encode(), name=row["file"])
        evidence.file = upload
        evidence.describe_file(content_type_of(upload))
    evidence.full_clean()
    evidence.save()


def date_back(update: StatusUpdate, today: date):
    """Submitted a day after the day it is about, decided a day later.

    The services date what they do with the present moment, as they must; a past that never was has to be written here.
    """
    zone = ZoneInfo(MEMBER["time_zone"])
    submitted, decided = (min(update.on_date + timedelta(days=days), today) for days in (1, 2))
    moments = [min(datetime.combine(day, time(10), zone), timezone.now()) for day in (submitted, decided)]
    update.submitted_at = moments[0]
    update.reviewed_at = moments[1] if update.reviewed_by else None
    update.published_on = decided if update.published_on else None
    update.save(update_fields=["submitted_at", "reviewed_at", "published_on"])


# Assessments ----------------------------------------------------------------------------------------------------------
def load_self_assessment(row: dict):
    plan = ActionPlan.objects.get(member__code=CODE)
    facts = {key: row[key] for key in ("slug", "kind", "title", "title_ko")}
    source = {"document": plan.document, "section": "Draft"}
    assessment = SelfAssessment.objects.create(plan=plan, stage="draft", **facts, **source)
    load_sections(assessment, row["sections"])
    for entry in row["entries"]:
        load_entry(assessment, entry)


def load_irm_review(row: dict):
    plan = ActionPlan.objects.get(member__code=CODE)
    source = {"document": plan.document, "section": "Draft"}
    facts = {key: row[key] for key in ("slug", "product", "method_version", "title", "note")}
    review = IRMReview.objects.create(plan=plan, stage="draft", **facts, **source)
    for coding in row["codings"]:
        commitment = find(Commitment, review.slug, plan=plan, number=coding.pop("commitment"))
        Coding.objects.create(review=review, commitment=commitment, **coding, **source)
    for recommendation in row["recommendations"]:
        Recommendation.objects.create(review=review, **recommendation, **source)
