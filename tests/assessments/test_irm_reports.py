"""What the IRM found as a report: frozen with what others say beside it, printed, citable; a draft is the IRM's own."""

import hashlib
import io
from collections import Counter
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from assessments import exports, irm_freezing, irm_snapshots, services, snapshots
from assessments.models import Coding, IRMReview, Report, Snapshot
from assessments.rendering import MissingGlyph
from tests.assessments.irm_rows import make_coding, make_recommendations, make_review
from tests.assessments.test_reports import fonts, outline, structure
from tests.world import make_institution, make_milestone, make_public_report, make_user

pytest_plugins = ["tests.assessments.report_rows"]
pytestmark = pytest.mark.django_db
ON = date(2022, 3, 1)


@pytest.fixture
def review(assessment) -> IRMReview:
    """The final review of the small self-assessment's plan."""
    return IRMReview.objects.select_related("plan__member", "plan__document").get(slug="xr-1-irm")


@pytest.fixture
def rich(review) -> IRMReview:
    """The same with everything that a review can hold."""
    IRMReview.objects.filter(plan__member__code="XR").update(public_influence="involve")
    review.requirements.create(code="2.2", met=False, evidence="Nothing new in a year.")
    evidence = [{"title": "The decree", "link": "https://example.org/decree"}]
    facts = {"rationale": "It was enacted.", "evidence": evidence, "confidence": "high", "specificity": "medium"}
    facts |= {"potential_impact": "transformative", "completion": "complete", "access_to_information": True}
    Coding.objects.filter(commitment__number="1-1").update(**facts)
    later = review.plan.member.plans.create(number=2, slug="xr-2", title="2nd Plan")
    review.plan.member.plans.create(number=3, slug="xr-3", title="3rd Plan")
    review.recommendations.get().uptakes.create(plan=later, what_was_done="A forum was set up.")
    review.refresh_from_db()
    return review


def data_of(review, language="en", on=ON) -> dict:
    return irm_snapshots.snapshot(IRMReview.objects.public(), review.plan, language, on)


# What is frozen -------------------------------------------------------------------------------------------------------
def test_a_plan_s_snapshot_holds_all_that_final_reviews_say(rich):
    (review,) = data_of(rich)["irm"]
    finding = review["findings"][0]
    assert review["public_influence"] == "involve"
    assert review["requirements"][0]["met"] is False
    assert finding["starred"] is True and finding["confidence"] == "high"
    assert finding["evidence"] == [{"title": "The decree", "link": "https://example.org/decree"}]
    assert finding["source"] == {"document": "xr-1-report", "section": "III"}
    assert [(row["plan"], bool(row["blocks"])) for row in review["recommendations"][0]["uptakes"]] == [
        ("xr-2", True),
        ("xr-3", False),
    ]


def test_a_review_that_is_not_final_is_no_part_of_a_version(rich):
    make_review(rich.plan, codings=1, method_version="2014-17")
    assert [review["slug"] for review in data_of(rich)["irm"]] == [rich.slug]


def test_what_others_say_stands_beside_with_date_and_source(rich):
    commitment = rich.plan.commitments.get(number="1-1")
    institution = make_institution(rich.plan.member)
    editor, head = make_user("editor", institution), make_user("head", institution)
    make_public_report(make_milestone(commitment), editor, head, date(2022, 1, 5), status="completed")
    make_milestone(commitment)
    said = data_of(rich)["voices"][0]
    assert said["milestones"]["counts"] == {"completed": 1, "not_reported": 1}
    assert said["milestones"]["latest_on"] == "2022-01-05"
    assert said["claims"][0]["published"]["wording"] == "September 2016"
    assert said["claims"][0]["source"] == {"document": "xr-1-report", "section": "Appendix 1-1"}
    assert data_of(rich, on=date(2022, 1, 4))["voices"][0]["milestones"]["counts"] == {"not_reported": 2}


def test_another_day_alone_makes_no_version(rich, monkeypatch):
    first = irm_freezing.freeze_plan(rich.plan, None)
    monkeypatch.setattr(irm_freezing, "local_date", lambda zone: date(2099, 1, 1))
    assert irm_freezing.freeze_plan(rich.plan, None) == first


def test_a_changed_finding_makes_the_next_version_and_says_what_changed(rich):
    irm_freezing.freeze_plan(rich.plan, None)
    Coding.objects.filter(commitment__number="1-2").update(completion="substantial")
    english, korean = irm_freezing.freeze_plan(rich.plan, None)
    assert (english.version, korean.version) == (2, 2)
    assert [row["path"] for row in english.differences] == ["/irm/xr-1-irm/findings/1-2/indicators/completion"]
    assert (english.differences[0]["before"], english.differences[0]["after"]) == ("Limited", "Substantial")


def test_a_commitment_s_snapshot_holds_every_review_of_it_and_nothing_of_the_plan(rich):
    commitment = rich.plan.commitments.get(number="1-1")
    second = make_review(rich.plan, stage="final", method_version="2014-17")
    Coding.objects.create(review=second, commitment=commitment, completion="substantial")
    snapshot = irm_freezing.freeze_commitment(commitment, None)[0]
    assert sorted(review["slug"] for review in snapshot.data["irm"]) == sorted([rich.slug, second.slug])
    assert all(len(review["findings"]) == 1 for review in snapshot.data["irm"])
    assert not any(review["recommendations"] or review["requirements"] for review in snapshot.data["irm"])
    assert snapshot.get_absolute_url() == "/snapshots/irm-commitment/xr-1/1-1/versions/1/"


def test_without_a_final_review_nothing_is_published(rich):
    IRMReview.objects.filter(plan__member__code="XR").update(stage="draft")
    with pytest.raises(irm_freezing.NothingFinal):
        irm_freezing.freeze_plan(rich.plan, None)
    with pytest.raises(irm_freezing.NothingFinal):
        irm_freezing.freeze_commitment(rich.plan.commitments.first(), None)


@pytest.mark.parametrize("size", [1, 12])
def test_the_snapshot_takes_as_many_queries_for_one_finding_as_for_twelve(size):
    review = make_review(codings=size, stage="final")
    make_recommendations(review, size)
    with CaptureQueriesContext(connection) as captured:
        assert len(data_of(review)["irm"][0]["findings"]) == size
    assert len(captured) == 8


# What is printed ------------------------------------------------------------------------------------------------------
def printed(snapshot, format="pdf") -> PdfReader:
    return PdfReader(io.BytesIO(exports.export(snapshot, format).content))


def words_of(pdf) -> str:
    return "\n".join(page.extract_text() for page in pdf.pages)


@pytest.mark.once
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_pdf_is_tagged_bookmarked_and_has_its_own_fonts(rich, language):
    snapshot = next(row for row in irm_freezing.freeze_plan(rich.plan, None) if row.language == language)
    pdf = printed(snapshot)
    catalog = pdf.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"] and catalog["/Lang"] == language
    assert b'pdfuaid:part="1"' in catalog["/Metadata"].get_data()
    assert "1st Plan" in pdf.metadata.title
    assert {"IRM Report", "1-1. Promise 1", "1-2. Promise 2"} <= set(outline(pdf.outline))
    assert set(fonts(pdf)) == {"Pretendard-Regular", "Pretendard-SemiBold", "Pretendard-Bold"}
    elements = list(structure(catalog["/StructTreeRoot"]["/K"]))
    assert Counter(element.get("/S") for element in elements)["/TH"] > 40
    drawings = [element for element in elements if element.get("/S") == "/Figure"]
    assert drawings and all(drawing["/Alt"] for drawing in drawings)


@pytest.mark.once
def test_the_pages_say_what_was_found_why_and_what_became_of_it(rich):
    text = words_of(printed(irm_freezing.freeze_plan(rich.plan, None)[0]))
    for words in ("It was enacted.", "The decree", "https://example.org/decree", "Starred commitment", "Involve"):
        assert words in text
    for words in ("Nothing new in a year.", "A forum was set up.", "Not stated in the sources", "September 2016"):
        assert words in text
    assert "Codebook of the method 2014–17" in text and "DRAFT" not in text


@pytest.mark.once
def test_the_archive_carries_the_data_and_is_the_same_each_time(rich):
    snapshot = irm_freezing.freeze_commitment(rich.plan.commitments.get(number="1-1"), None)[0]
    first, second = (exports.export(snapshot, "pdfa").content for _time in range(2))
    assert first == second
    attached = PdfReader(io.BytesIO(first)).attachments["snapshot.json"][0]
    assert hashlib.sha256(attached).hexdigest() == snapshot.sha256


@pytest.mark.once
def test_a_draft_says_so_on_every_page(rich):
    IRMReview.objects.filter(plan__member__code="XR").update(stage="draft")
    snapshot = irm_freezing.trial(rich, "en")
    assert snapshot.version is None
    assert all("DRAFT" in page.extract_text() for page in printed(snapshot).pages)


@pytest.mark.once
def test_hostile_text_is_printed_as_text_and_what_has_no_glyph_is_named(rich):
    hostile = '<script>alert(1)</script><img src="http://127.0.0.1/x"> {{ 7|add:7 }}'
    evidence = [{"title": hostile, "link": "javascript:alert(1)"}]
    Coding.objects.filter(commitment__number="1-1").update(rationale=hostile, evidence=evidence)
    pdf = printed(irm_freezing.freeze_plan(rich.plan, None)[0])
    assert "<script>alert(1)</script>" in words_of(pdf) and "{{ 7|add:7 }}" in words_of(pdf)
    targets = [
        note.get_object().get("/A", {}).get("/URI", "") for page in pdf.pages for note in page.get("/Annots", [])
    ]
    assert not [target for target in targets if target.startswith("javascript")]
    Coding.objects.filter(commitment__number="1-1").update(rationale="bell \x07")
    with pytest.raises(MissingGlyph, match="finding"):
        printed(irm_freezing.freeze_plan(rich.plan, None)[0])


# Who may ask and see --------------------------------------------------------------------------------------------------
ASK = {"language": "en", "format": "pdf"}


@pytest.fixture
def coordinator(review):
    institution = make_institution(review.plan.member)
    return make_user("coordinator", institution)


def test_a_version_has_a_page_its_data_and_a_list_of_versions(client, rich):
    english, _korean = irm_freezing.freeze_plan(rich.plan, None)
    page = client.get(english.get_absolute_url())
    assert page.status_code == 200 and english.sha256 in page.content.decode()
    data = client.get(english.get_json_url())
    assert hashlib.sha256(data.content).hexdigest() == english.sha256
    assert "immutable" in data["Cache-Control"]
    assert client.get(english.get_json_url(), headers={"If-None-Match": data["ETag"]}).status_code == 304
    assert english.get_absolute_url() in client.get("/snapshots/irm-plan/xr-1/versions/").content.decode()
    assert snapshots.digest(english.data) == english.sha256
    for missing in ("irm-plan/xr-1/versions/2/", "irm-plan/none/versions/", "irm-plan/xr-1/versions/2.en.json"):
        assert client.get(f"/snapshots/{missing}").status_code == 404


def test_a_self_assessment_has_its_versions_at_its_own_address_alone(client, requested):
    assert client.get(f"/snapshots/{requested.snapshot.subject}/versions/").status_code == 404
    assert client.get(f"/snapshots/{requested.snapshot.subject}/versions/1.en.json").status_code == 404


def test_the_irm_and_the_coordinator_ask_and_everybody_else_is_refused(client, rich, reviewer, coordinator):
    addresses = [
        reverse("request-plan-report", args=["xr-1"]),
        reverse("request-commitment-report", args=["xr-1", "1-1"]),
        reverse("request-review-report", args=[rich.slug]),
        reverse("request-package", args=["xr-1"]),
    ]
    for address in addresses:
        assert "/login/" in client.post(address, ASK)["Location"]
    for role in ("editor", "head", "co_owner", "viewer"):
        client.force_login(make_user(role, coordinator.institution if role != "viewer" else None))
        assert {client.post(address, ASK).status_code for address in addresses} == {403}
    assert not Report.objects.exists()
    for account in (reviewer, coordinator):
        client.force_login(account)
        for address in addresses:
            assert client.post(address, ASK)["Location"].startswith("/reports/")
            assert client.get(address).status_code == 405
    assert sorted(Report.objects.values_list("format", flat=True)) == ["pdf", "pdf", "zip"]


@pytest.mark.parametrize("asked", [{"language": "en", "format": "docx"}, {"language": "en", "format": "zip"}, {}])
def test_a_format_that_the_irm_s_findings_do_not_have_is_refused(client, rich, reviewer, asked):
    client.force_login(reviewer)
    assert client.post(reverse("request-plan-report", args=["xr-1"]), asked)["Location"] == "/plans/xr-1/"
    assert not Report.objects.exists()


def test_a_draft_and_its_file_are_the_irm_s_alone(client, rich, reviewer, coordinator):
    days = {"comment_from": date(2022, 1, 1), "comment_until": date(2022, 2, 1)}
    IRMReview.objects.filter(pk=rich.pk).update(stage="public_comment", **days)
    address = reverse("request-review-report", args=[rich.slug])
    client.force_login(coordinator)
    assert client.post(address, ASK).status_code == 404
    client.force_login(reviewer)
    page = client.post(address, ASK)["Location"]
    snapshot = Snapshot.objects.get()
    assert snapshot.version is None
    assert client.get(page).status_code == 200
    assert rich.title not in client.get("/plans/xr-1/").content.decode()
    for account in (coordinator, make_user("viewer"), make_user("head", coordinator.institution)):
        client.force_login(account)
        assert client.get(page).status_code == 404
        assert client.get(f"{page}file/").status_code == 404
        assert client.post(f"{page}cancel/").status_code == 404
    client.logout()
    assert client.get(page).status_code == 404
    assert client.get("/api/v1/reports/").json()["count"] == 0


def test_without_a_final_review_the_page_says_that_there_is_nothing_to_write_down(client, rich, reviewer):
    IRMReview.objects.filter(plan__member__code="XR").update(stage="draft")
    client.force_login(reviewer)
    answer = client.post(reverse("request-plan-report", args=["xr-1"]), ASK, follow=True)
    assert "there is nothing to write down" in answer.content.decode()


def test_finished_files_are_listed_for_everybody_and_buttons_for_those_who_may(client, rich, reviewer):
    for report in (
        services.request_irm_report(rich.plan, "en", reviewer),
        services.request_irm_report(rich.plan.commitments.get(number="1-1"), "en", reviewer),
    ):
        Report.objects.filter(pk=report.pk).update(
            state="done", file="reports/x.pdf", file_sha256="0" * 64, file_size=9
        )
    pages = [rich.get_absolute_url(), "/plans/xr-1/", "/plans/xr-1/commitments/1-1/"]
    for page in pages:
        text = client.get(page).content.decode()
        assert "/file/" in text and "<button" not in text.split('class="export"')[1].split("</div>")[0], page
    client.force_login(reviewer)
    for page in pages:
        assert 'name="format"' in client.get(page).content.decode(), page


def test_the_desk_offers_the_irm_a_trial_of_a_draft(client, reviewer):
    reviewer.is_staff = True
    reviewer.save()
    draft = make_review(codings=1)
    client.force_login(reviewer)
    page = reverse("admin:assessments_irmreview_change", args=[draft.pk])
    assert reverse("request-review-report", args=[draft.slug]) in client.get(page).content.decode()
    IRMReview.objects.filter(pk=draft.pk).update(stage="final")
    assert reverse("request-review-report", args=[draft.slug]) not in client.get(page).content.decode()


@pytest.mark.parametrize("name", ["plan", "commitment", "review", "versions"])
def test_pages_with_files_cost_the_same_whatever_there_is(client, name):
    counts = set()
    for size in (1, 6):
        review = make_review(codings=size, stage="final")
        commitment = review.plan.commitments.first()
        for _n in range(size):
            Coding.objects.filter(review=review).update(summary=f"Summary {_n}")
            snapshot = irm_freezing.freeze_plan(review.plan, None)[0]
        address = {
            "plan": review.plan.get_absolute_url(),
            "commitment": commitment.get_absolute_url(),
            "review": review.get_absolute_url(),
            "versions": f"/snapshots/{snapshot.subject}/versions/",
        }[name]
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts.add(len(captured))
    assert len(counts) == 1


def test_a_commitment_without_a_coding_has_no_button(client, rich, reviewer):
    other = make_coding(make_review(rich.plan)).commitment  # coded in a draft alone
    client.force_login(reviewer)
    assert "irm-report" not in client.get(other.get_absolute_url()).content.decode()
