"""What a row of a filled-in form says, what it would change, and what hinders it, by the rules of the report's form."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Q
from django.utils import translation

from commitments.dates import local_date

from . import services
from .models import Deadline, Evidence, Milestone, Status, StatusUpdate, UploadRow
from .spreadsheet import (
    NO,
    OPEN_NAMES,
    OPEN_REVIEWS,
    TEXTS,
    YES,
    commitment_text,
    fitting,
    folded,
    local_title,
    names_of,
    read_key,
)
from .spreadsheet_reading import Row, day_of, text_of, told

LONGEST_TEXT = 20_000  # characters of an answer
Change = UploadRow.Change
valid_url = URLValidator(schemes=["http", "https"])


# What the cells say ---------------------------------------------------------------------------------------------------
class Words:
    """How statuses and answers may be written. Made once a file: it asks for every language's words."""

    def __init__(self):
        self.statuses = names_of(dict(Status.choices))
        answers = {"yes": YES, "no": NO}
        self.answers = names_of(answers) | {"y": "yes", "n": "no", "true": "yes", "false": "no", "1": "yes", "0": "no"}

    def is_filled(self, source: Row) -> bool:
        """Whether anything was filled in: "no" under "submit" alone is not."""
        filled = {name for name in OPEN_NAMES if text_of(source.cells.get(name))}
        if filled == {"submit"}:
            return self.answers.get(folded(text_of(source.cells["submit"]))) != "no"
        return bool(filled or source.problems)


def missing(source: Row, code: str, name: str):
    if not source.is_complained_of(name):
        source.complain(code, name)


def taken_date(source: Row) -> str:
    value = source.cells.get("on_date")
    if not text_of(value):
        missing(source, "date_missing", "on_date")
        return ""
    if (day := day_of(value)) is None or not 1990 <= day.year <= 2100:
        source.complain("date_unreadable", "on_date", value=told(text_of(value)))
        return ""
    return day.isoformat()


def taken_choice(source: Row, name: str, choices: dict[str, str]) -> str:
    text = text_of(source.cells.get(name))
    if text and folded(text) not in choices:
        source.complain(f"{name}_unknown", name, value=told(text))
    return choices.get(folded(text), "")


def taken_text(source: Row, name: str, limit: int) -> str:
    text = text_of(source.cells.get(name))
    if len(text) > limit:
        source.complain("too_long", name, limit=limit)
    return text[:limit]


def check_evidence(source: Row, values: dict):
    title, url = values["evidence_title"], values["evidence_url"]
    if bool(title) != bool(url):
        missing(source, "evidence_half", "evidence_title" if url else "evidence_url")
    if url:
        try:
            valid_url(url)
        except ValidationError:
            source.complain("url_wrong", "evidence_url", value=told(url))


def taken(source: Row, words: Words) -> dict:
    """The row's values, of which each complaint is noted at *source*. They can be kept as JSON."""
    values = {"on_date": taken_date(source), "status": taken_choice(source, "status", words.statuses)}
    if not values["status"] and not text_of(source.cells.get("status")):
        missing(source, "status_missing", "status")
    values |= {name: taken_text(source, name, LONGEST_TEXT) for name in TEXTS}
    values["evidence_title"] = taken_text(source, "evidence_title", 200)
    values["evidence_url"] = taken_text(source, "evidence_url", 500)
    values["submit"] = taken_choice(source, "submit", words.answers) == "yes"
    check_evidence(source, values)
    return values


def is_open(report: StatusUpdate) -> bool:
    return report.is_open


# What is known --------------------------------------------------------------------------------------------------------
class Facts:
    """What a chunk of rows is judged by: the author's milestones, their deadlines and reports. Four queries.

    With *lock*, the milestones are locked until the transaction ends, so that two uploads cannot both report.
    """

    def __init__(self, user, keys: Iterable[str], lock=False):
        self.user = user
        wanted = {found[0] for key in keys if (found := read_key(key))}
        rows = Milestone.objects.filter(pk__in=wanted).order_by("pk").select_related("commitment__plan__member")
        rows = rows.reported_by(user) if user.has_perm("milestones.add_statusupdate") else rows.none()
        if lock:
            rows = rows.select_for_update(of=("self",))
        self.milestones = {row.pk: row for row in rows.prefetch_related("deadlines")}
        self.reports = defaultdict(list)
        for report in self.known_reports():
            self.reports[report.milestone_id].append(report)
        self._today = {}

    def known_reports(self):
        """The reports that the author may build on, in the order in which they replace each other, latest last."""
        rows = StatusUpdate.objects.filter(milestone__in=self.milestones, as_co_owner=self.user.is_co_owner)
        rows = rows.filter(Q(author=self.user) | ~Q(review__in=OPEN_REVIEWS))
        return rows.order_by("on_date", "pk").prefetch_related("evidence")

    def today(self, milestone: Milestone) -> date:
        zone = milestone.commitment.plan.member.time_zone
        if zone not in self._today:
            self._today[zone] = local_date(zone)
        return self._today[zone]

    def draft(self, milestone: Milestone, deadline: Deadline | None) -> StatusUpdate | None:
        """The author's latest open draft about just this."""
        return max(filter(is_open, self.about(milestone, deadline)), key=lambda row: row.pk, default=None)

    def of(self, key: str) -> Milestone | None:
        """The milestone that a key names, if it is one of the author's."""
        found = read_key(key)
        return self.milestones.get(found[0]) if found else None

    def about(self, milestone: Milestone, deadline: Deadline | None) -> list[StatusUpdate]:
        """Reports about just this: the round, or the whole milestone."""
        return [row for row in self.reports[milestone.pk] if row.deadline_id == (deadline and deadline.pk)]

    def public(self, milestone: Milestone, deadline: Deadline | None) -> StatusUpdate | None:
        """The latest public report about the milestone, or about the round."""
        on = self.today(milestone)
        known = [row for row in self.reports[milestone.pk] if row.known(on)]
        return next((row for row in reversed(known) if not deadline or row.deadline_id in (None, deadline.pk)), None)


@dataclass
class Judged:
    """What a row that can be taken is about, and what it would do."""

    milestone: Milestone
    deadline: Deadline | None
    draft: StatusUpdate | None
    before: dict | None
    change: str


def says(report: StatusUpdate) -> dict:
    """A report in the form of a row's values."""
    return {"on_date": report.on_date.isoformat(), "status": report.status} | {
        name: text_of(getattr(report, name)) for name in TEXTS
    }


def links(report: StatusUpdate) -> set[str]:
    return {evidence.url for evidence in report.evidence.all() if evidence.url}


def says_same(report: StatusUpdate, values: dict) -> bool:
    if any(values[name] != value for name, value in says(report).items()):
        return False
    return not values["evidence_url"] or values["evidence_url"] in links(report)


def snapshot(report: StatusUpdate | None) -> dict | None:
    """What the row is compared with, and what undoing brings back when it was the author's draft."""
    if report is None:
        return None
    link = next((row for row in report.evidence.all() if row.url), None)
    return says(report) | {
        "is_draft": report.is_open,
        "review": report.review,
        "return_reason": report.return_reason,
        "reviewed_by": report.reviewed_by_id,
        "reviewed_at": report.reviewed_at and report.reviewed_at.isoformat(),
        "submitted_at": report.submitted_at and report.submitted_at.isoformat(),
        "evidence_title": link.title if link else "",
        "evidence_url": link.url if link else "",
    }


# Judging --------------------------------------------------------------------------------------------------------------
def find(source: Row, key: str, facts: Facts) -> tuple[Milestone | None, Deadline | None]:
    """The milestone and round that the key names, if the author reports on it; else the complaint is noted. Of a
    milestone of somebody else nothing is told, not even whether there is one."""
    found = read_key(key)
    if found is None:
        source.complain("key_changed" if key else "key_missing", "key")
        return None, None
    milestone = facts.milestones.get(found[0])
    if milestone is None:
        source.complain("not_yours", "key")
        return None, None
    in_force = milestone.deadlines_in_force(facts.today(milestone))
    deadline = next((row for row in in_force if row.pk == found[1]), None)
    if found[1] and deadline is None:
        source.complain("round_gone", "due")
    return milestone, deadline


def looks_like(text: str, known: str) -> bool:
    """Whether a cell says what is known; a spreadsheet that saves in CP949 writes "?" for what that does not have."""
    text, known = folded(text), folded(text_of(fitting(known)))
    return text == known or (len(text) == len(known) and all(a in (b, "?") for a, b in zip(text, known, strict=True)))


def known_cells(milestone: Milestone) -> dict[str, set[str]]:
    """What the locked cells that tell rows apart may say: in any language."""
    found = defaultdict(set)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found["plan"].add(milestone.commitment.plan.slug)
            found["commitment"].add(commitment_text(milestone.commitment))
            found["milestone"].add(local_title(milestone))
    return found


def check_locked(source: Row, milestone: Milestone, deadline: Deadline | None):
    """A row whose locked cells do not belong to its key was put together from two rows."""
    for name, known in known_cells(milestone).items():
        text = text_of(source.cells.get(name))
        if not any(looks_like(text, words) for words in known):
            source.complain("locked_changed", name)
    if deadline and day_of(source.cells.get("due")) != deadline.due_on:
        source.complain("locked_changed", "due")


def draft_of(values: dict, milestone: Milestone, deadline: Deadline | None, user) -> StatusUpdate:
    """The report that a row makes, not yet saved."""
    return StatusUpdate(
        milestone=milestone,
        deadline=deadline,
        on_date=date.fromisoformat(values["on_date"]),
        status=values["status"],
        author=user,
        institution=user.institution,
        as_co_owner=user.is_co_owner,
        **{name: values[name] for name in TEXTS},
    )


def check_rules(source: Row, values: dict, judged: Judged, facts: Facts):
    """The rules that hold when a report is submitted, kept in every language."""
    update = draft_of(values, judged.milestone, judged.deadline, facts.user)
    held = list(judged.draft.evidence.all()) if judged.draft else []
    added = bool(values["evidence_url"]) and values["evidence_url"] not in {row.url for row in held}
    asked = (update, len(held) + added, facts.today(judged.milestone))
    if not services.problems(*asked):
        return
    found = defaultdict(dict)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name, text in services.problems(*asked).items():
                found[name][language] = str(text)
    for name, texts in found.items():
        source.complain("rule", "evidence_url" if name == "status" else name, says=texts)


def change_of(values: dict, milestone: Milestone, deadline: Deadline | None, facts: Facts) -> Judged:
    equal = [row for row in facts.about(milestone, deadline) if says_same(row, values)]
    draft = next(filter(is_open, equal), None) or facts.draft(milestone, deadline)
    to_submit = values["submit"] and all(row.review == StatusUpdate.Review.DRAFT for row in equal)
    before = draft or facts.public(milestone, deadline)
    change = Change.SAME if equal and not to_submit else Change.DIFFERS if before else Change.NEW
    return Judged(milestone, deadline, draft, snapshot(before), change)


def judge(source: Row, key: str, values: dict, facts: Facts) -> Judged | None:
    """What a row would do by what is known now. None when there is something to complain about."""
    milestone, deadline = find(source, key, facts)
    if milestone and source.cells:
        check_locked(source, milestone, deadline)
    if milestone is None or source.problems:
        return None
    judged = change_of(values, milestone, deadline, facts)
    if values["submit"] and judged.change != Change.SAME:
        check_rules(source, values, judged, facts)
    return None if source.problems else judged


def evidence_of(values: dict, update: StatusUpdate) -> Evidence:
    return Evidence(update=update, title=values["evidence_title"], url=values["evidence_url"])
