"""The form as a spreadsheet: out, filled in, looked at, accepted, undone; and a second time without any effect."""

import io
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from openpyxl import load_workbook

from commitments.dates import local_date
from milestones import services, tasks, upload_services
from milestones.models import Evidence, StatusUpdate, Upload, UploadRow
from milestones.spreadsheet import COLUMNS, folded, in_every_language
from milestones.spreadsheet_reading import titles
from tests.forms_filled import LETTERS, as_csv, fill, form_of, settled, uploaded
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_report,
    make_user,
)

TODAY = local_date("Asia/Seoul")
SAID = {
    "on_date": TODAY,
    "status": "Substantial",
    "what_was_done": "The system is in use.",
    "challenges": "",
    "next_step": "",
}


class World:
    """A ministry with an editor, its head, and milestones that are due in a year."""

    def __init__(self, milestones=3):
        self.member = make_member()
        self.ministry = make_institution(self.member)
        self.editor, self.head = make_user("editor", self.ministry), make_user("head", self.ministry)
        self.plan = make_plan(self.member, starts_on=TODAY - timedelta(days=100), ends_on=TODAY + timedelta(days=500))
        self.commitment = make_commitment(self.plan, self.ministry)
        due = TODAY + timedelta(days=365)
        self.milestones = [make_milestone(self.commitment, due) for _ in range(milestones)]


@pytest.fixture
def world(db):
    return World()


def changes(upload) -> list[str]:
    return list(upload.rows.order_by("number").values_list("change", flat=True))


def test_the_form_has_lists_locked_cells_and_guidance(world, client):
    client.force_login(world.editor)
    response = client.get("/admin/milestones/milestone/mine.xlsx")
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    sheet, guidance, lists = book.worksheets
    assert sheet.max_row == 4
    assert sheet.protection.sheet and not sheet.protection.password
    assert sheet["D2"].protection.locked and not sheet[f"{LETTERS['status']}2"].protection.locked
    assert sheet.column_dimensions["A"].hidden and sheet.freeze_panes == "E2"
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules[f"{LETTERS['status']}2:{LETTERS['status']}4"] == "=lists!$A$1:$A$5"
    assert [cell.value for cell in lists["A"]] == ["Not started", "Limited", "Substantial", "Completed", "Withdrawn"]
    assert lists.sheet_state == "hidden"
    assert guidance.title == "Guidance" and "Fill in the light cells" in guidance["B1"].value


def test_the_form_is_in_the_editors_language(world, client):
    client.force_login(world.editor)
    response = client.get("/ko/admin/milestones/milestone/mine.xlsx")
    lists = load_workbook(io.BytesIO(b"".join(response.streaming_content)))["lists"]
    with translation.override("ko"):
        from_choices = str(StatusUpdate(status="completed").get_status_display())
    assert lists["A4"].value == from_choices != "Completed"


def test_a_korean_form_is_read_by_an_english_reader(world):
    book = form_of(world.editor, "ko")
    with translation.override("ko"):
        status = str(StatusUpdate(status="substantial").get_status_display())
    fill(book, 2, **SAID | {"status": status})
    assert changes(settled(world.editor, book)) == ["new"]


def test_each_columns_title_is_its_own_in_every_language():
    """Else a Korean title could be taken for another column's English one."""
    spellings = [{folded(title) for title in in_every_language(column.title)} for column in COLUMNS]
    assert sum(map(len, spellings)) == len(set().union(*spellings))
    assert set(titles().values()) == {column.name for column in COLUMNS[1:]}


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_form_that_comes_back_as_it_went_changes_nothing(world, client, ending):
    make_report(world.milestones[0], world.editor, TODAY, what_was_done="=1+1 is two\nand more", challenges="- none")
    make_public_report(world.milestones[1], world.editor, world.head, TODAY)
    client.force_login(world.editor)
    content = b"".join(client.get(f"/admin/milestones/milestone/mine.{ending}").streaming_content)
    upload = settled(world.editor, content, ending)
    assert (upload.state, changes(upload)) == ("read", ["same"])
    assert StatusUpdate.objects.count() == 2


def test_each_kind_of_change_is_told_apart(world):
    make_public_report(world.milestones[0], world.editor, world.head, TODAY - timedelta(days=9))
    make_public_report(
        world.milestones[2], world.editor, world.head, TODAY, status="substantial", **{"what_was_done": "As it is."}
    )
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    fill(book, 3, **SAID)
    fill(book, 4, **SAID | {"what_was_done": "As it is.", "challenges": "Something else."})
    upload = settled(world.editor, book)
    assert changes(upload) == ["differs", "new", "same"]
    assert upload.rows.get(number=2).before["status"] == "limited"


def test_the_page_shows_each_difference(world, client):
    make_public_report(world.milestones[0], world.editor, world.head, TODAY - timedelta(days=9), what_was_done="Begun.")
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    upload = settled(world.editor, book)
    client.force_login(world.editor)
    page = client.get(f"/admin/milestones/upload/{upload.pk}/change/").content.decode()
    assert "<td>Begun.</td><td><ins>The system is in use.</ins></td>" in page
    assert "<td>Limited</td><td><ins>Substantial</ins></td>" in page
    assert "Accept all: 1 change" in page


def test_accepted_rows_become_drafts_and_submitted_reports_that_the_public_does_not_see(world):
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    fill(book, 3, **SAID | {"evidence_title": "The decree", "evidence_url": "https://example.org/a", "submit": "yes"})
    upload = settled(world.editor, book)
    assert not StatusUpdate.objects.exists(), "the dry run changes nothing"
    upload_services.accept(upload, only_good=False)
    assert upload_services.work(upload.pk)
    upload.refresh_from_db()
    assert upload.state == "applied"
    drafts = {update.milestone: update for update in StatusUpdate.objects.all()}
    assert [drafts[milestone].review for milestone in world.milestones[:2]] == ["draft", "submitted"]
    report = drafts[world.milestones[1]]
    assert (report.author, report.institution, report.on_date) == (world.editor, world.ministry, TODAY)
    assert report.evidence.get().url == "https://example.org/a"
    assert not StatusUpdate.objects.approved().exists()


def test_the_second_upload_of_a_file_changes_nothing(world):
    book = form_of(world.editor)
    evidence = {"evidence_title": "The decree", "evidence_url": "https://example.org/a"}
    fill(book, 2, **SAID | evidence)
    fill(book, 3, **SAID | evidence | {"submit": "yes"})
    settled(world.editor, book, accept=True)
    before = list(StatusUpdate.objects.order_by("pk").values())
    again = settled(world.editor, book)
    assert changes(again) == ["same", "same"]
    assert list(StatusUpdate.objects.order_by("pk").values()) == before
    assert Evidence.objects.count() == 2


def test_a_draft_is_changed_and_not_doubled(world):
    draft = make_report(world.milestones[0], world.editor, TODAY, what_was_done="First words.")
    book = form_of(world.editor)
    assert book.worksheets[0][f"{LETTERS['what_was_done']}2"].value == "First words."
    fill(book, 2, what_was_done="Better words.")
    settled(world.editor, book, accept=True)
    draft.refresh_from_db()
    assert draft.what_was_done == "Better words."
    assert StatusUpdate.objects.count() == 1


def test_all_rows_are_accepted_only_when_none_has_a_problem(world, client):
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    fill(book, 3, **SAID | {"status": "Nearly"})
    upload = settled(world.editor, book)
    client.force_login(world.editor)
    client.post(f"/admin/milestones/upload/{upload.pk}/accept-all/")
    upload.refresh_from_db()
    assert upload.state == "read"
    client.post(f"/admin/milestones/upload/{upload.pk}/accept-good/")
    upload_services.work(upload.pk)
    assert [update.milestone for update in StatusUpdate.objects.all()] == [world.milestones[0]]


def test_a_row_to_submit_obeys_the_rules_of_the_form_in_the_readers_language(world, client):
    book = form_of(world.editor)
    fill(book, 2, **SAID | {"status": "Completed", "submit": "yes"})
    fill(book, 3, **SAID | {"status": "Completed", "submit": "no"})
    upload = settled(world.editor, book)
    assert changes(upload) == ["wrong", "new"]
    client.force_login(world.editor)
    address = f"/admin/milestones/upload/{upload.pk}/change/?show=wrong"
    english = client.get(address).content.decode()
    assert "Sheet “My milestones”, row 2" in english
    assert f"Column {LETTERS['evidence_url']} (Evidence: link)" in english
    assert "“Completed” needs evidence: add a link" in english
    korean = client.get(f"/ko{address}").content.decode()
    assert "“Completed” needs evidence" not in korean and 'lang="ko"' in korean


def test_a_round_is_reported_on_by_a_row_of_its_own(world):
    due = [TODAY + timedelta(days=days) for days in (100, 200)]
    recurring = make_milestone(world.commitment, *due)
    book = form_of(world.editor)
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=5)]
    assert [row[5] for row in rows][0] == "the whole milestone"
    assert [row[5].date() if hasattr(row[5], "date") else row[5] for row in rows][1:] == due
    fill(book, 7, **SAID)
    settled(world.editor, book, accept=True)
    assert StatusUpdate.objects.get().deadline == recurring.deadlines.get(due_on=due[1])


# Undo -----------------------------------------------------------------------------------------------------------------
def undone(upload, user):
    upload_services.undo(upload, user)
    upload_services.work(upload.pk)
    upload.refresh_from_db()
    return upload


def test_the_batch_is_undone_as_one(world):
    draft = make_report(world.milestones[0], world.editor, TODAY, what_was_done="First words.")
    book = form_of(world.editor)
    fill(book, 2, what_was_done="Other words.", evidence_title="A", evidence_url="https://example.org/a")
    fill(book, 3, **SAID)
    fill(book, 4, **SAID | {"submit": "yes"})
    upload = undone(settled(world.editor, book, accept=True), world.editor)
    assert (upload.state, upload.undone_by) == ("undone", world.editor)
    draft.refresh_from_db()
    assert (draft.what_was_done, draft.evidence.count()) == ("First words.", 0)
    assert not StatusUpdate.objects.filter(milestone=world.milestones[1]).exists()
    assert not StatusUpdate.objects.awaiting_review().exists()
    assert "same" not in changes(settled(world.editor, book)), "it can be applied anew"


def test_what_was_reviewed_or_changed_since_stays_and_is_named(world, client):
    book = form_of(world.editor)
    fill(book, 2, **SAID | {"submit": "yes"})
    fill(book, 3, **SAID | {"submit": "yes"})
    fill(book, 4, **SAID)
    upload = settled(world.editor, book, accept=True)
    first, second, third = (StatusUpdate.objects.get(milestone=milestone) for milestone in world.milestones)
    services.approve(first, world.head)
    services.return_to_author(second, world.head, "Say more.")
    StatusUpdate.objects.filter(pk=third.pk).update(next_step="A thought of my own.")
    undone(upload, world.editor)
    assert list(upload.rows.order_by("number").values_list("outcome", flat=True)) == ["reviewed", "reviewed", "edited"]
    assert StatusUpdate.objects.count() == 3
    client.force_login(world.editor)
    page = client.get(f"/admin/milestones/upload/{upload.pk}/change/").content.decode()
    assert "kept: reviewed since" in page and "kept: changed by hand since" in page


def test_a_returned_report_that_was_submitted_again_is_returned_again_after_undoing(world):
    report = make_report(
        world.milestones[0], world.editor, TODAY, review="returned", return_reason="Say more.", reviewed_by=world.head,
        reviewed_at=timezone.now(),
    )  # fmt: skip
    book = form_of(world.editor)
    fill(book, 2, what_was_done="More.", submit="yes")
    upload = settled(world.editor, book, accept=True)
    report.refresh_from_db()
    assert (report.review, report.what_was_done) == ("submitted", "More.")
    undone(upload, world.editor)
    report.refresh_from_db()
    assert (report.review, report.what_was_done, report.return_reason) == ("returned", "Something.", "Say more.")
    assert report.reviewed_by == world.head


# Whose it is ----------------------------------------------------------------------------------------------------------
def test_only_the_author_acts_on_an_upload_and_the_coordinating_ministry_reads_it(world, client):
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    upload = settled(world.editor, book)
    address = f"/admin/milestones/upload/{upload.pk}/"
    colleague, coordinator = make_user("editor", world.ministry), make_user("coordinator", world.ministry)
    for user, page, post in ((colleague, 404, 404), (coordinator, 200, 403), (make_user("irm"), 404, 404)):
        client.force_login(user)
        assert client.get(f"{address}change/").status_code == page
        for step in ("accept-all", "accept-good", "undo", "discard"):
            assert client.post(f"{address}{step}/").status_code == post, (user.role, step)
        assert client.get(f"{address}progress/").status_code == page
    upload.refresh_from_db()
    assert upload.state == "read"


def test_the_form_is_for_those_who_report(world, client):
    for role, status in (("irm", 403), ("viewer", 403), ("head", 200)):
        client.force_login(make_user(role, world.ministry))
        assert client.head("/admin/milestones/milestone/mine.xlsx").status_code == status
        assert client.get("/admin/milestones/upload/add/").status_code == status


def test_who_lost_the_right_meanwhile_changes_nothing(world):
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    upload = settled(world.editor, book)
    upload_services.accept(upload, only_good=False)
    world.editor.role = "viewer"
    world.editor.save()
    upload_services.work(upload.pk)
    assert upload.rows.get().outcome == "skipped"
    assert not StatusUpdate.objects.exists()


# The pages ------------------------------------------------------------------------------------------------------------
def test_a_file_goes_through_the_pages(world, client):
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    client.force_login(world.editor)
    assert "Upload a filled-in file" in client.get("/admin/").content.decode()
    assert "mine.xlsx" in client.get("/admin/milestones/milestone/").content.decode()
    answer = client.post("/admin/milestones/upload/add/", {"file": SimpleUploadedFile("mine.xlsx", book_bytes(book))})
    upload = Upload.objects.get()
    assert answer["Location"] == f"/admin/milestones/upload/{upload.pk}/change/"
    assert re.fullmatch(r"spreadsheets/../[0-9a-f]{32}", upload.file.name)
    page = client.get(answer["Location"]).content.decode()
    assert "<progress" in page and "http-equiv" in page
    tasks.work_on_upload(upload.pk)
    assert client.get(f"/admin/milestones/upload/{upload.pk}/progress/").json() == {
        "working": False,
        "done": 3,
        "total": 3,
    }
    assert client.post(f"/admin/milestones/upload/{upload.pk}/discard/").status_code == 302
    assert not Upload.objects.exists() and not UploadRow.objects.exists()


def book_bytes(book) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_file_that_is_too_large_is_not_kept(world, client, settings):
    settings.SPREADSHEET_MAX_BYTES = 100
    client.force_login(world.editor)
    answer = client.post("/admin/milestones/upload/add/", {"file": SimpleUploadedFile("mine.csv", b"x" * 101)})
    assert answer.status_code == 400
    assert "at most 100" in answer.content.decode()
    assert not Upload.objects.exists()


def test_the_pages_cost_the_same_for_one_row_and_a_hundred(client, db):
    counts = []
    for size in (1, 100):
        world = World(size)
        book = form_of(world.editor)
        for number in range(2, size + 2):
            fill(book, number, **SAID)
        upload = settled(world.editor, book)
        client.force_login(world.editor)
        addresses = [f"/admin/milestones/upload/{upload.pk}/change/", "/admin/milestones/upload/"]
        addresses.append("/admin/milestones/milestone/mine.csv")
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                response = client.get(address)
                b"".join(response.streaming_content if response.streaming else [])
            counts.append(len(captured))
    assert counts[:3] == counts[3:]


def test_old_files_are_removed_and_what_they_said_stays(world):
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    upload = settled(world.editor, book, accept=True)
    path, storage = upload.file.name, upload.file.storage
    Upload.objects.update(created_at=timezone.now() - timedelta(days=91))
    tasks.tend_uploads()
    upload.refresh_from_db()
    assert not upload.file and not storage.exists(path)
    assert upload.rows.count() == 1


def test_csv_comes_back_as_xlsx_does(world):
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    upload = uploaded(world.editor, as_csv(book).encode("utf-8-sig"), "csv")
    assert (changes(upload), upload.rows.get().values["on_date"]) == (["new"], TODAY.isoformat())
    assert isinstance(date.fromisoformat(upload.rows.get().values["on_date"]), date)
