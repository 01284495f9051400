"""Filled-in forms at work: received, read, applied and undone, by whichever worker claims the upload, never half.

Each step is done in chunks. A chunk is one transaction that begins by writing to the upload's row under the worker's
claim: so a worker that was killed leaves whole chunks, the next one goes on behind them, and one that was only thought
dead finds its claim lost before it writes anything.
"""

import hashlib
import logging
import warnings
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from commitments.broker import wake
from commitments.requests import known_request_id, one_request

from . import services
from .models import Evidence, StatusUpdate, Upload, UploadRow
from .spreadsheet import TEXTS
from .spreadsheet_reading import Refused, Row, Sheet, read_file, text_of
from .upload_rows import Facts, Judged, Words, draft_of, evidence_of, judge, says, taken

log = logging.getLogger(__name__)

WORK_TASK = "milestones.tasks.work_on_upload"
SILENCE = timedelta(seconds=120)  # after so long without a sign of life the worker is taken for dead
TRIES = 3  # a job whose worker died so often waits for a person
READ_AT_ONCE, APPLIED_AT_ONCE = 250, 100  # rows a transaction
KEPT = timedelta(days=90)  # how long the file itself is kept
State, Change, Outcome = Upload.State, UploadRow.Change, UploadRow.Outcome
CHANGES = [Change.NEW, Change.DIFFERS]
GOING_ON = {State.WAITING: State.READING}  # what a state becomes once it is claimed; the others stay
ROW_FIELDS = ["outcome", "done_at", "update", "evidence", "before"]


class ClaimLost(Exception):
    """Another worker has taken the upload over."""


@dataclass(frozen=True)
class Claim:
    """One worker's right to write to an upload's row."""

    pk: int
    attempt: int

    def update(self, **values) -> None:
        """Writes to the row with a sign of life. Raises ClaimLost."""
        rows = Upload.objects.working().filter(pk=self.pk, attempts=self.attempt)
        if not rows.update(**{"heartbeat_at": timezone.now()} | values):
            raise ClaimLost


# Asking ---------------------------------------------------------------------------------------------------------------
def digest_of(file) -> str:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    return digest.hexdigest()


@transaction.atomic
def receive(user, file) -> Upload:
    """Keeps the file and has it read. The same file that is being worked on is not taken a second time."""
    sha256 = digest_of(file)
    if same := Upload.objects.working().filter(author=user, sha256=sha256).first():
        return same
    upload = Upload(
        author=user,
        institution=user.institution,
        file_name=ILLEGAL_CHARACTERS_RE.sub("", file.name)[-200:],
        size=file.size,
        sha256=sha256,
        asked_at=timezone.now(),
    )
    upload.file.save(file.name, file, save=False)
    upload.save()
    send_on_commit(upload.pk)
    return upload


def ask(upload: Upload, states: list[str], state: str, **values):
    """Has a worker take the upload further, if it is still in one of the states: of two requests, one wins."""
    fresh = {"state": state, "asked_at": timezone.now(), "heartbeat_at": None, "tries": 0, **values}
    if not Upload.objects.filter(pk=upload.pk, state__in=states).update(**fresh):
        raise ValidationError(_("This upload has moved on meanwhile. Look at it again."))
    send_on_commit(upload.pk)
    upload.refresh_from_db()


@transaction.atomic
def accept(upload: Upload, *, only_good: bool):
    """Has the rows that change something applied. All of them only when no row has a problem."""
    if not only_good and upload.rows.filter(change=Change.WRONG).exists():
        raise ValidationError(
            _("Some rows have problems: mend them and upload the file again, or accept the good rows.")
        )
    waiting = upload.rows.filter(change__in=CHANGES)
    if not waiting.exists():
        raise ValidationError(_("There is nothing to apply."))
    done = waiting.exclude(done_at=None).count()
    ask(upload, [State.READ, State.STOPPED], State.APPLYING, done=done, total=waiting.count())


@transaction.atomic
def undo(upload: Upload, user):
    """Has what the upload did taken back, as far as nobody has built on it since."""
    total = upload.rows.filter(outcome__in=[Outcome.CREATED, Outcome.CHANGED]).count()
    values = {"undone_at": timezone.now(), "undone_by": user, "done": 0, "total": total}
    ask(upload, [State.APPLIED, State.STOPPED], State.UNDOING, **values)


@transaction.atomic
def discard(upload: Upload):
    """Forgets an upload that has changed nothing, with its file."""
    rows = Upload.objects.filter(pk=upload.pk, state__in=[State.READ, State.REFUSED])
    if not rows.exists():
        raise ValidationError(_("This upload has moved on meanwhile. Look at it again."))
    rows.delete()
    transaction.on_commit(partial(upload.file.storage.delete, upload.file.name))


def send_on_commit(pk: int):
    transaction.on_commit(partial(send, pk))


def send(pk: int):
    """Wakes a worker. When the broker does not answer, the upload waits for the next sweep."""
    wake(WORK_TASK, pk)


# Working --------------------------------------------------------------------------------------------------------------
def work(pk: int) -> bool:
    """Takes the upload as far as it was asked to go. False when there was nothing to do, or it did not get there."""
    claim = claim_upload(pk)
    if claim is None:
        return False
    upload = Upload.objects.select_related("author__institution").get(pk=pk)
    try:
        with one_request(known_request_id()):
            STEPS[upload.state](upload, claim)
    except ClaimLost:
        log.warning("Upload %s was taken over by another worker; attempt %s stops.", pk, claim.attempt)
    except DatabaseError:
        log.exception("Upload %s: the database failed. The next sweep tries again.", pk)
    except Exception:
        log.exception("Upload %s failed.", pk)
        stop(upload, claim)
    else:
        return True
    return False


def claim_upload(pk: int) -> Claim | None:
    """Takes the upload if it waits or its worker has gone silent. One conditional UPDATE, so one winner."""
    now = timezone.now()
    free = Upload.objects.claimable(now, SILENCE).filter(pk=pk)
    found = free.values_list("attempts", "state").first()
    if found is None:
        return None
    attempts, state = found
    values = {"attempts": attempts + 1, "tries": F("tries") + 1, "heartbeat_at": now}
    taken_over = free.filter(attempts=attempts, state=state).update(state=GOING_ON.get(state, state), **values)
    return Claim(pk, attempts + 1) if taken_over else None


def stop(upload: Upload, claim: Claim):
    """Ends a job that cannot go on. What was read is of no use; what was applied stays, to be continued or undone."""
    try:
        if upload.state == State.READING:
            refuse(claim, Refused("stopped"))
        else:
            claim.update(state=State.STOPPED)
    except ClaimLost:
        log.warning("Upload %s was taken over by another worker before it was stopped.", upload.pk)


def refuse(claim: Claim, why: Refused):
    with transaction.atomic():
        claim.update(state=State.REFUSED, refusal=why.code, refusal_params=why.params)
        UploadRow.objects.filter(upload=claim.pk).delete()


# Reading --------------------------------------------------------------------------------------------------------------
def read(upload: Upload, claim: Claim):
    """The dry run: what each row would change, and what hinders it. Nothing but the upload's own rows is written."""
    with transaction.atomic():
        claim.update(done=0)
        upload.rows.all().delete()  # what a worker that was killed has left
    try:
        with warnings.catch_warnings(), upload.file.open("rb") as file:
            warnings.filterwarnings("ignore", module="openpyxl")  # of styles and dates: what matters is a problem
            for sheet in read_file(file, upload.size):
                read_sheet(upload, claim, sheet)
    except Refused as why:
        refuse(claim, why)


def read_sheet(upload: Upload, claim: Claim, sheet: Sheet):
    claim.update(sheet=sheet.name[:100], total=sheet.length)
    words, seen, last = Words(), {}, 1
    while sources := list(islice(sheet.rows, READ_AT_ONCE)):
        last = sources[-1].number
        filled = [source for source in sources if words.is_filled(source)]
        with transaction.atomic():
            claim.update(done=last - 1, total=max(sheet.length, last - 1))
            UploadRow.objects.bulk_create(read_rows(upload, filled, words, seen))
    claim.update(state=State.READ, done=last - 1, total=last - 1)


def read_rows(upload: Upload, sources: list[Row], words: Words, seen: dict[str, int]) -> list[UploadRow]:
    keys = [text_of(source.cells.get("key"))[:60] for source in sources]
    facts = Facts(upload.author, keys)
    return [read_row(upload, *pair, words, facts, seen) for pair in zip(sources, keys, strict=True)]


def read_row(upload: Upload, source: Row, key: str, words: Words, facts: Facts, seen: dict[str, int]) -> UploadRow:
    values = taken(source, words)
    if key and (first := seen.setdefault(key, source.number)) != source.number:
        source.complain("duplicate", "key", row=first)
    judged = judge(source, key, values, facts)
    row = UploadRow(upload=upload, number=source.number, key=key, values=values, problems=source.problems)
    row.change = judged.change if judged else Change.WRONG
    row.before = judged and judged.before
    row.milestone = judged.milestone if judged else facts.of(key)
    return row


# Applying -------------------------------------------------------------------------------------------------------------
def apply(upload: Upload, claim: Claim):
    """Makes the drafts and hands in those that say so, by the same rules as the form."""
    while apply_chunk(upload, claim):
        pass
    claim.update(state=State.APPLIED, applied_at=timezone.now(), done=F("total"))


@transaction.atomic
def apply_chunk(upload: Upload, claim: Claim) -> int:
    """How many rows it took. Each is judged anew: what is known may have changed since it was read."""
    claim.update()
    rows = list(upload.rows.filter(change__in=CHANGES, done_at=None).order_by("number")[:APPLIED_AT_ONCE])
    facts = Facts(upload.author, [row.key for row in rows], lock=True)
    judged = [judge(Row(row.number, {}, {}), row.key, row.values, facts) for row in rows]
    pairs = [(row, found) for row, found in zip(rows, judged, strict=True) if found and found.change in CHANGES]
    put_drafts(pairs, upload.author)
    put_evidence(pairs)
    now = timezone.now()
    for row in rows:
        row.outcome, row.done_at = row.outcome or Outcome.SKIPPED, now
    save_rows(rows, ROW_FIELDS)
    hand_in(row for row, _found in pairs)
    claim.update(done=F("done") + len(rows))
    return len(rows)


def save_rows(rows: list[UploadRow], fields: list[str]):
    """Writes some fields of stored rows by one INSERT that meets them, which costs a tenth of ``bulk_update``."""
    UploadRow.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=fields)


def put_drafts(pairs: list[tuple[UploadRow, Judged]], user):
    """Saves each row's report: as a new draft, or into the author's draft about the same."""
    new = [
        (row, draft_of(row.values, found.milestone, found.deadline, user)) for row, found in pairs if not found.draft
    ]
    for row, found in pairs:
        row.before = found.before
        if found.draft:
            row.update, row.outcome = found.draft, Outcome.CHANGED
            found.draft.milestone, found.draft.author = found.milestone, user
            write(found.draft, row.values)
    for (row, _draft), made in zip(new, StatusUpdate.objects.bulk_create(draft for _row, draft in new), strict=True):
        row.update, row.outcome = made, Outcome.CREATED


def write(draft: StatusUpdate, values: dict, **more):
    """Brings a draft to what the values say, as a new edition of it."""
    facts = {name: values[name] for name in ("status", *TEXTS)} | {"on_date": date.fromisoformat(values["on_date"])}
    StatusUpdate.objects.filter(pk=draft.pk).update(version=F("version") + 1, **facts, **more)
    for name, value in facts.items():
        setattr(draft, name, value)


def put_evidence(pairs: list[tuple[UploadRow, Judged]]):
    """Adds the rows' links to their reports, where they are not there yet."""
    lacking = [row for row, found in pairs if row.values["evidence_url"] and not holds_link(row, found)]
    made = Evidence.objects.bulk_create(evidence_of(row.values, row.update) for row in lacking)
    for row, evidence in zip(lacking, made, strict=True):
        row.evidence = evidence


def holds_link(row: UploadRow, found: Judged) -> bool:
    held = found.draft.evidence.all() if found.draft else []
    return any(evidence.url == row.values["evidence_url"] for evidence in held)


def hand_in(rows):
    """Submits the reports of the rows that say so. One that lacks something after all stays a draft, as in the form."""
    for row in rows:
        if row.values["submit"]:
            try:
                services.submit(row.update)
            except ValidationError as error:
                log.warning("Upload row %s: its report stays a draft: %s", row.pk, error)


# Undoing --------------------------------------------------------------------------------------------------------------
def take_back(upload: Upload, claim: Claim):
    """Removes the reports that the upload made and brings back the drafts that it changed, as far as they are what it
    left. What was reviewed or changed by hand since is kept."""
    while undo_chunk(upload, claim):
        pass
    claim.update(state=State.UNDONE, done=F("total"))


@transaction.atomic
def undo_chunk(upload: Upload, claim: Claim) -> int:
    claim.update()
    done = upload.rows.filter(outcome__in=[Outcome.CREATED, Outcome.CHANGED])
    rows = list(done.order_by("number")[:APPLIED_AT_ONCE])
    reports = StatusUpdate.objects.filter(pk__in=[row.update_id for row in rows]).select_for_update()
    reports = {report.pk: report for report in reports.prefetch_related("evidence", "events")}
    for row in rows:
        row.outcome = undone(row, reports.get(row.update_id))
    removed = [row.update_id for row in rows if row.outcome == Outcome.REMOVED]
    save_rows(rows, ["outcome"])
    Evidence.objects.filter(pk__in=[row.evidence_id for row in rows if row.outcome == Outcome.RESTORED]).delete()
    StatusUpdate.objects.filter(pk__in=removed).delete()
    claim.update(done=F("done") + len(rows))
    return len(rows)


def undone(row: UploadRow, report: StatusUpdate | None) -> str:
    """What becomes of a row's report."""
    if report is None:
        return Outcome.REMOVED
    if report.review == StatusUpdate.Review.APPROVED or (report.reviewed_at and report.reviewed_at > row.done_at):
        return Outcome.REVIEWED
    others = [evidence for evidence in report.evidence.all() if evidence.pk != row.evidence_id]
    is_new = row.outcome == Outcome.CREATED
    if any(row.values[name] != value for name, value in says(report).items()) or (is_new and others):
        return Outcome.EDITED
    if not is_new:
        restore(report, row.before)
        return Outcome.RESTORED
    if report.events.all():  # its history is kept for ever, and with it the report
        write(report, row.values, review=StatusUpdate.Review.DRAFT, submitted_at=None)
        return Outcome.WITHDRAWN
    return Outcome.REMOVED


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def restore(draft: StatusUpdate, before: dict):
    """A draft as it was before, with the state of its review."""
    kept = {name: before[name] for name in ("review", "return_reason")}
    moments = {name: moment(before[name]) for name in ("reviewed_at", "submitted_at")}
    write(draft, before, reviewed_by=before["reviewed_by"], **kept, **moments)


STEPS = {State.READING: read, State.APPLYING: apply, State.UNDOING: take_back}


# Tending --------------------------------------------------------------------------------------------------------------
def wake_abandoned() -> int:
    """Sends another message for every upload that waits without one or lost its worker. Returns how many."""
    sent = 0
    for upload in Upload.objects.abandoned(timezone.now(), SILENCE):
        if upload.tries >= TRIES and upload.heartbeat_at:
            stop(upload, Claim(upload.pk, upload.attempts))
        else:
            send(upload.pk)
            sent += 1
    return sent


def remove_old_files() -> int:
    """Removes the files of uploads made more than ``KEPT`` ago; what they said stays in their rows."""
    removed = 0
    for upload in Upload.objects.with_old_file(timezone.now() - KEPT):
        upload.file.delete(save=False)
        upload.save(update_fields=["file"])
        removed += 1
    return removed
