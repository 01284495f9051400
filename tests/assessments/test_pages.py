"""The reviewer's pages: ask for a PDF, see how far it is, download it; and who may not."""

import pytest

from assessments import making
from assessments.models import Report, SelfAssessment
from tests.world import make_institution, make_member, make_user

ASSESSMENT = "/self-assessments/kr-2-end-of-term/"


def ask(client, language="en"):
    return client.post(f"{ASSESSMENT}report/", {"language": language})


def test_the_irm_asks_for_a_pdf_and_sees_that_it_waits(client, irm_reviewer):
    client.force_login(irm_reviewer)
    assert "Make the file" in client.get(ASSESSMENT).content.decode()
    answer = ask(client)
    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/reports/{report.pk}/")
    page = client.get(f"/reports/{report.pk}/").content.decode()
    assert "Waiting for a worker." in page
    assert '<progress value="0" max="100"' in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert client.get(f"/reports/{report.pk}/file/").status_code == 404


@pytest.mark.once
def test_the_finished_pdf_is_listed_and_downloaded_by_anybody(client, irm_reviewer):
    client.force_login(irm_reviewer)
    ask(client)
    report = Report.objects.get()
    making.render(report.pk)
    client.logout()
    page = client.get(f"/reports/{report.pk}/").content.decode()
    assert "The report is ready." in page
    assert "refresh" not in page and "renew.js" not in page
    answer = client.get(f"/reports/{report.pk}/file/")
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert f"/reports/{report.pk}/file/" in client.get(ASSESSMENT).content.decode()
    row = client.get(f"/api/v1/reports/{report.pk}/").json()
    report.refresh_from_db()
    assert row["files"][0]["sha256"] == report.file_sha256
    assert row["files"][0]["url"] == f"http://testserver/reports/{report.pk}/file/"


def test_asking_twice_for_the_same_data_makes_one_report(client, irm_reviewer):
    client.force_login(irm_reviewer)
    assert ask(client)["Location"] == ask(client)["Location"]
    ask(client, "ko")
    assert Report.objects.count() == 2


def test_a_failed_report_says_why_and_can_be_started_again(client, irm_reviewer):
    client.force_login(irm_reviewer)
    ask(client)
    report = Report.objects.get()
    Report.objects.update(state="failed", error="The font has no glyph for “𓀀”.")
    page = client.get(f"/reports/{report.pk}/").content.decode()
    assert "The report could not be made." in page
    assert "The font has no glyph for “𓀀”." in page
    client.post(f"/reports/{report.pk}/retry/")
    report.refresh_from_db()
    assert report.state == "queued"


def test_a_language_that_is_none_is_refused(client, irm_reviewer):
    client.force_login(irm_reviewer)
    answer = client.post(f"{ASSESSMENT}report/", {"language": "xx"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["Choose the language of the report."]
    assert not Report.objects.exists()


def test_the_public_and_ministry_editors_cannot_ask(client, record, editor_mois):
    assert "/admin/login/" in ask(client)["Location"]
    client.force_login(editor_mois)
    assert ask(client).status_code == 403
    assert "Make the file" not in client.get(ASSESSMENT).content.decode()
    assert not Report.objects.exists()


def test_asking_changes_nothing_by_a_link(client, irm_reviewer):
    client.force_login(irm_reviewer)
    assert client.get(f"{ASSESSMENT}report/").status_code == 405


def test_a_draft_is_seen_only_by_the_ministries_that_write_it(client, record, coordinator, irm_reviewer, editor_mois):
    SelfAssessment.objects.update(stage="draft")
    assert client.get(ASSESSMENT).status_code == 404
    foreigner = make_user("editor", make_institution(make_member()))
    for user in (irm_reviewer, foreigner):
        client.force_login(user)
        assert client.get(ASSESSMENT).status_code == 404
    assert client.get("/api/v1/self-assessments/").json()["count"] == 0
    for user in (coordinator, editor_mois):
        client.force_login(user)
        assert "draft, not public" in client.get(ASSESSMENT).content.decode()


def test_every_section_and_form_of_the_report_is_on_its_page(client, record):
    page = client.get(ASSESSMENT).content.decode()
    for title in (
        "I. Introduction and Background",
        "II. National Action Plan Process",
        "III. IRM Recommendations",
        "V. Conclusion and Other initiatives and Next Steps",
    ):
        assert title in page
    for number in ("1-a", "1-b", "2-c", "2-d", "3-e"):
        assert f'id="form-{number}"' in page
    assert "74,334" in page, "a figure of the table of e-People"


def test_the_irm_review_has_its_findings_and_five_recommendations(client, record):
    page = client.get("/irm-reviews/kr-2-irm-progress/").content.decode()
    assert page.count("What became of it") == 5
    assert "not said to be behind schedule" in page
    assert "2014–17" in page
