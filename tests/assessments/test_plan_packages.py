"""Everything on a plan in one archive: whole, public, checked to the byte, the same each time, of any size."""

import hashlib
import io
import json
import tracemalloc
import zipfile
from datetime import date

import pytest
from django.core.files.base import ContentFile, File
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from assessments import exports, freezing, irm_freezing, making, plan_snapshots, services
from assessments.models import IRMReview, Report
from assessments.plan_packages import FileGone
from assessments.tasks import render_report
from commitments.models import ActionPlan, Commitment
from milestones.models import Evidence
from tests.assessments.irm_rows import make_review
from tests.world import make_commitment, make_institution, make_milestone, make_public_report, make_report, make_user

pytest_plugins = ["tests.assessments.report_rows"]
pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 evidence"


@pytest.fixture
def plan(assessment) -> ActionPlan:
    """A plan with a self-assessment, a final review, and a milestone that an approved report with a file is about."""
    plan = ActionPlan.objects.select_related("member", "document").get(slug="xr-1")
    institution = make_institution(plan.member)
    author = make_user("editor", institution, first_name="Secret", last_name="Author")
    head = make_user("head", institution)
    milestone = make_milestone(plan.commitments.get(number="1-1"), date(2015, 6, 30))
    add_file(make_public_report(milestone, author, head, date(2015, 7, 1)), PDF, "../../minutes.pdf")
    add_file(make_report(milestone, author, date(2015, 8, 1), review="submitted"), b"%PDF-1.7 not public", "x.pdf")
    make_review(plan, codings=1, method_version="2014-17", title="A secret draft")
    return plan


def add_file(update, content: bytes, name: str) -> Evidence:
    evidence = Evidence(update=update, title="Minutes", file=ContentFile(content, name=name))
    evidence.describe_file("application/pdf")
    evidence.save()
    return evidence


def frozen(plan):
    return irm_freezing.freeze_package(plan, None)[0]


def archive_of(snapshot) -> zipfile.ZipFile:
    with exports.export(snapshot, "zip").opened() as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def test_every_part_is_listed_with_its_digest_and_the_list_is_complete(plan):
    freezing.freeze(plan.self_assessments.get(), None)
    irm_freezing.freeze_plan(plan, None)
    archive = archive_of(frozen(plan))
    lines = archive.read("SHA256SUMS").decode().splitlines()
    listed = dict(line.split("  ", 1)[::-1] for line in lines)
    assert {path: hashlib.sha256(archive.read(path)).hexdigest() for path in listed} == listed
    assert set(archive.namelist()) - {"SHA256SUMS"} == set(listed)
    manifest = json.loads(archive.read("manifest.json"))
    assert {row["path"]: row["sha256"] for row in manifest["files"]} | {
        "manifest.json": listed["manifest.json"]
    } == listed
    assert sum(name.startswith("self-assessments/") for name in listed) == 2
    assert sum(name.startswith("irm/irm-plan-xr-1-v1-") for name in listed) == 2


def test_the_record_and_the_codings_are_there_in_words_that_programs_read(plan):
    archive = archive_of(frozen(plan))
    commitments = json.loads(archive.read("record/commitments.json"))
    assert [row["number"] for row in commitments][:2] == ["1-1", "1-2"]
    assert json.loads(archive.read("record/deadlines.json"))[0]["due_on"] == "2015-06-30"
    (report,) = json.loads(archive.read("record/reports.json"))
    assert report["about"] == "2015-07-01" and report["status"] == "limited"
    assert archive.read("record/commitments.csv")[:3] == b"\xef\xbb\xbf"
    book = load_workbook(io.BytesIO(archive.read("irm/codings.ko.xlsx")))
    assert book.worksheets[0].max_row == 3 and len(book.worksheets) == 2
    assert "1st Plan" in archive.read("README.en.txt").decode()
    assert archive.read("README.en.txt") != archive.read("README.ko.txt")


def test_nothing_that_is_not_public_is_in_it(plan):
    archive = archive_of(frozen(plan))
    whole = b"".join(archive.read(name) for name in archive.namelist())
    assert PDF in whole
    for secret in (b"not public", b"A secret draft", b"2015-08-01", b"Secret Author", b"Secret"):
        assert secret not in whole
    trial = irm_freezing.trial(IRMReview.objects.get(title="A secret draft"), "en")
    assert trial.sha256.encode() not in b"".join(map(archive_of(frozen(plan)).read, archive.namelist()))


def test_evidence_is_named_by_its_digest_and_type_whatever_it_was_called(plan):
    evidence = [name for name in archive_of(frozen(plan)).namelist() if name.startswith("evidence/")]
    assert evidence == [f"evidence/{hashlib.sha256(PDF).hexdigest()}.pdf"]


def test_hostile_text_runs_in_no_spreadsheet_and_leads_no_path_astray(plan):
    Commitment.objects.filter(plan=plan, number="1-2").update(title="=HYPERLINK(1)", number="..")
    irm_freezing.freeze_commitment(plan.commitments.get(number=".."), None)
    archive = archive_of(frozen(plan))
    assert ",'=HYPERLINK(1)" in archive.read("record/commitments.csv").decode()
    assert not [name for name in archive.namelist() if ".." in name or name.startswith("/") or "\\" in name]


def test_the_same_snapshot_gives_the_same_bytes_and_the_same_record_the_same_snapshot(plan):
    snapshot = frozen(plan)
    digests = set()
    for _time in range(2):
        with exports.export(snapshot, "zip").opened() as file:
            digests.add(hashlib.sha256(file.read()).hexdigest())
    assert len(digests) == 1
    assert {entry.date_time for entry in archive_of(snapshot).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert frozen(plan) == snapshot
    make_milestone(plan.commitments.get(number="1-2"), date(2016, 1, 1))
    assert frozen(plan).version == 2


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_file_that_is_gone_or_changed_is_never_handed_out_as_what_it_was(plan, damage):
    snapshot = frozen(plan)
    evidence = Evidence.objects.get(sha256=hashlib.sha256(PDF).hexdigest())
    storage, name = evidence.file.storage, evidence.file.name
    storage.delete(name)
    if damage == "changed":
        storage.save(name, ContentFile(b"%PDF-1.7 something else"))
    with pytest.raises(FileGone, match="evidence/"):
        exports.export(snapshot, "zip")


def test_a_finished_pdf_of_a_version_goes_in_and_makes_a_version_of_the_archive(plan, reviewer):
    first = frozen(plan)
    report = services.request_irm_report(plan, "en", reviewer)
    assert render_report(report.pk)
    report.refresh_from_db()
    second = frozen(plan)
    assert second.version == first.version + 1
    archive = archive_of(second)
    (path,) = [name for name in archive.namelist() if name.endswith(".pdf") and name.startswith("irm/")]
    assert hashlib.sha256(archive.read(path)).hexdigest() == report.file_sha256


def test_a_large_file_passes_through_in_pieces(plan, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(b"%PDF-")
        file.truncate(48 * 1024 * 1024)
    update = Evidence.objects.get(sha256=hashlib.sha256(PDF).hexdigest()).update
    with path.open("rb") as file:
        evidence = Evidence(update=update, title="Large", file=File(file, name="large.pdf"))
        evidence.describe_file("application/pdf")
        evidence.save()
    snapshot, signs = frozen(plan), []
    tracemalloc.start()
    with exports.export(snapshot, "zip", on_page=lambda: signs.append(1)).opened() as file:
        peak = tracemalloc.get_traced_memory()[1]
        assert file.seek(0, io.SEEK_END) > 48 * 1024 * 1024
    tracemalloc.stop()
    assert peak < 12 * 1024 * 1024
    assert len(signs) > 48


def test_the_job_stores_it_and_everybody_may_download_it(plan, reviewer, client):
    report = services.request_package(plan, reviewer)
    assert services.request_package(plan, reviewer) == report
    assert render_report(report.pk)
    report.refresh_from_db()
    assert report.state == Report.State.DONE and report.pages is None
    answer = client.get(report.get_file_url())
    content = b"".join(answer.streaming_content)
    assert answer["Content-Type"] == "application/zip" and report.file_name in answer["Content-Disposition"]
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (report.file_sha256, report.file_size)
    assert report.get_file_url() in client.get("/plans/xr-1/").content.decode()
    assert client.get(report.snapshot.get_absolute_url()).status_code == 200


def test_a_cancelled_one_stops_at_its_next_sign_of_life_and_a_damaged_one_says_why(plan, reviewer):
    report = services.request_package(plan, reviewer)
    claim = services.claim_report(report.pk)
    services.cancel_report(report)
    with pytest.raises(services.ClaimLost):
        making.make(report, claim)
    services.retry_report(report)
    evidence = Evidence.objects.get(sha256=hashlib.sha256(PDF).hexdigest())
    evidence.file.storage.delete(evidence.file.name)
    assert not render_report(report.pk)
    report.refresh_from_db()
    assert report.state == Report.State.FAILED and "Ask for a new archive" in report.error


def test_the_snapshot_costs_as_many_queries_for_a_large_plan_as_for_a_small(plan):
    counts = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as captured:
            plan_snapshots.snapshot(plan, "en", date(2020, 1, 1))
        counts.append(len(captured))
        institution = make_institution(plan.member)
        author, head = make_user("editor", institution), make_user("head", institution)
        for n in range(5):
            commitment = make_commitment(plan, institution)
            report = make_public_report(make_milestone(commitment, date(2015, 1, 1)), author, head, date(2015, 1, 2))
            add_file(report, f"%PDF-{n}".encode(), "a.pdf")
    assert counts[0] == counts[1]
