"""Published versions: frozen together, numbered, citable, and told apart in words."""

import hashlib
import io
import json
import threading
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments import differences, freezing, services, snapshots
from assessments.models import Coding, Report, SelfAssessment, SelfAssessmentEntry, Snapshot
from milestones.models import Link

pytest_plugins = ["tests.assessments.report_rows"]
SLUG = "xr-1-end-of-term"
VERSIONS = f"/self-assessments/{SLUG}/versions/"


def set_level(number, level):
    SelfAssessmentEntry.objects.filter(commitment__number=number).update(completion_level=level)


# Freezing -------------------------------------------------------------------------------------------------------------
def test_both_languages_are_frozen_as_one_version(assessment, reviewer):
    found = freezing.freeze(assessment, reviewer, "as published")
    assert [(row.language, row.version) for row in found] == [("en", 1), ("ko", 1)]
    assert all(row.reason == "as published" and row.published_by == reviewer for row in found)
    assert all(row.data["version"] == 1 and row.differences == [] for row in found)


def test_freezing_again_changes_nothing_until_the_record_says_something_else(assessment, reviewer):
    first = freezing.freeze(assessment, reviewer)
    assert freezing.freeze(assessment, reviewer) == first
    set_level("1-2", "limited")
    second = freezing.freeze(assessment, reviewer, "correction")
    assert {row.version for row in second} == {2}
    assert Snapshot.objects.count() == 4


def test_going_back_to_what_was_said_before_is_a_version_of_its_own(assessment, reviewer):
    for level in ("limited", "substantial", "limited"):
        set_level("1-1", level)
        freezing.freeze(assessment, reviewer)
    assert list(Snapshot.objects.filter(language="ko").order_by("version").values_list("version", flat=True)) == [
        1,
        2,
        3,
    ]


def test_the_next_version_says_in_words_what_changed(assessment, reviewer):
    set_level("1-2", "limited")
    freezing.freeze(assessment, reviewer)
    set_level("1-2", "substantial")
    english, korean = freezing.freeze(assessment, reviewer)
    assert english.differences == [
        {
            "path": "/entries/1-2/completion_level",
            "where": "Appendix form 1-2: completion level",
            "before": "Limited",
            "after": "Substantial",
        }
    ]
    assert [row["path"] for row in korean.differences] == ["/entries/1-2/completion_level"]


def test_a_draft_gets_no_number_and_its_trial_export_is_found_again(assessment, reviewer):
    SelfAssessment.objects.update(stage="draft")
    with pytest.raises(freezing.NotPublished):
        freezing.freeze(assessment, reviewer)
    first = freezing.trial(assessment, "en")
    assert first.version is None
    assert freezing.trial(assessment, "en") == first
    set_level("1-1", "limited")
    assert freezing.trial(assessment, "en") != first


def test_the_day_is_that_of_the_member(assessment, reviewer, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 1, 16, tzinfo=UTC))  # past midnight in Seoul
    assert freezing.freeze(assessment, reviewer)[0].frozen_on == date(2026, 3, 2)


def test_the_database_refuses_a_second_version_of_the_same_number(assessment, reviewer):
    row = freezing.freeze(assessment, reviewer)[0]
    row.pk, row.sha256 = None, "0" * 64
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_freeze_at_once_both_get_the_same_version(settings, tmp_path, small_assessment):
    settings.MEDIA_ROOT = tmp_path
    assessment = small_assessment(1)
    start, found = threading.Barrier(3), []

    def work():
        start.wait()
        try:
            found.append([row.pk for row in freezing.freeze(assessment, None)])
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 3 and found[0] == found[1] == found[2]
    assert Snapshot.objects.filter(assessment=assessment).count() == 2


def test_a_link_carries_its_last_check_and_a_later_check_makes_no_version(assessment, reviewer):
    at = datetime(2026, 2, 1, 20, tzinfo=UTC)  # the next day in Seoul
    url = "http://www.example.org/a?b=1"
    link = Link.objects.create(url=url, state="reachable", checked_at=at, reachable_at=at, next_check_at=at)
    first = freezing.freeze(assessment, reviewer)
    assert first[0].data["entries"][0]["links"][0]["checked"] == {"state": "reachable", "on": "2026-02-02"}
    Link.objects.filter(pk=link.pk).update(state="broken", failures=3)
    assert freezing.freeze(assessment, reviewer) == first


def test_the_command_freezes_what_is_published_and_says_so(record):
    out = io.StringIO()
    call_command("freeze_assessments", stdout=out)
    call_command("freeze_assessments", stdout=out)
    assert out.getvalue().splitlines() == [
        "kr-2-end-of-term: version 1, frozen",
        "kr-2-end-of-term: version 1, unchanged",
    ]


# Differences ----------------------------------------------------------------------------------------------------------
def changed(assessment, change) -> list[dict]:
    before = snapshots.snapshot(assessment, "en")
    change()
    return differences.between(before, snapshots.snapshot(assessment, "en"), "en")


def test_a_form_that_is_put_in_is_one_difference(assessment):
    entry = assessment.entries.get(commitment__number="1-1")
    found = changed(assessment, lambda: entry.delete())
    assert [(row["where"], row["before"], row["after"]) for row in found] == [("Appendix form 1-1", "Promise 1", "")]


def test_a_finding_of_the_irm_is_named_as_the_irms(assessment):
    rows = Coding.objects.filter(commitment__number="1-1")
    found = changed(assessment, lambda: rows.update(completion="complete"))
    assert len(found) == 1
    assert found[0]["where"].startswith("IRM review")
    assert "finding 1-1" in found[0]["where"]
    assert (found[0]["before"], found[0]["after"]) == ("Limited", "Complete")


def test_of_a_long_text_the_place_that_changed_is_shown(assessment):
    section = assessment.sections.filter(key="intro")
    section.update(body="word " * 400 + "before")
    found = changed(assessment, lambda: section.update(body="word " * 400 + "after"))
    assert len(found) == 1
    assert found[0]["before"].startswith("…") and found[0]["before"].endswith("before")
    assert len(found[0]["after"]) <= differences.LONGEST


def test_the_list_of_differences_is_bounded():
    before = {"sections": [{"key": str(n), "title": "a"} for n in range(300)]}
    after = {"sections": [{"key": str(n), "title": "b"} for n in range(300)]}
    found = differences.between(before, after, "en")
    assert len(found) == differences.MOST + 1
    assert found[-1]["where"] == "100 more differences are not listed"


def test_a_value_of_another_shape_is_a_difference_and_no_error():
    found = differences.between({"a": [1], "b": "x", "c": None}, {"a": {"d": 1}, "b": ["y"], "c": [{"e": True}]}, "en")
    assert {row["path"] for row in found} == {"/a", "/b", "/c"}


# Addresses ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def published(assessment, reviewer) -> list[Snapshot]:
    freezing.freeze(assessment, reviewer)
    set_level("1-2", "limited")
    return freezing.freeze(assessment, reviewer, "A level was missing.")


def test_the_json_has_the_printed_digest_and_is_kept_for_good(client, published):
    for snapshot in published:
        answer = client.get(f"{VERSIONS}2.{snapshot.language}.json")
        assert hashlib.sha256(answer.content).hexdigest() == snapshot.sha256
        assert answer["ETag"] == f'"{snapshot.sha256}"'
        assert "immutable" in answer["Cache-Control"]
        assert client.get(snapshot.get_json_url(), headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert json.loads(answer.content)["language"] == "ko"


@pytest.mark.parametrize("prefix", ["", "/ko"])
def test_the_page_says_how_to_verify_the_version_and_what_changed(client, published, prefix):
    page = client.get(f"{prefix}{VERSIONS}2/").content.decode()
    assert "sha256sum 2.en.json" in page
    assert all(snapshot.sha256 in page for snapshot in published)
    assert "A level was missing." in page
    assert 'href="/self-assessments/xr-1-end-of-term/versions/2.en.json"' in page
    assert "1-2" in page
    listed = client.get(f"{prefix}{VERSIONS}").content.decode()
    assert listed.index(f"{prefix}{VERSIONS}2/") < listed.index(f"{prefix}{VERSIONS}1/")


@pytest.mark.parametrize("address", ["3/", "0/", "2.fr.json", "3.en.json", "2.en.json/", "2.json"])
def test_an_address_that_is_guessed_leads_nowhere(client, published, address):
    assert client.get(VERSIONS + address).status_code == 404


def test_the_trial_export_of_a_draft_is_the_ministrys(client, assessment, coordinator, irm_reviewer):
    SelfAssessment.objects.filter(pk=assessment.pk).update(stage="draft")
    coordinator.institution = assessment.entries.first().lead
    coordinator.save()
    report = services.request_report(assessment, "en", coordinator)
    addresses = [
        f"/reports/{report.pk}/",
        f"/reports/{report.pk}/file/",
        VERSIONS,
        f"{VERSIONS}1/",
        f"{VERSIONS}1.en.json",
    ]
    for user in (None, irm_reviewer):
        if user:
            client.force_login(user)
        assert [client.get(address).status_code for address in addresses] == [404] * 5
        assert client.post(f"/reports/{report.pk}/cancel/").status_code == (404 if user else 302)
    assert client.get("/api/v1/reports/").json()["count"] == 0
    client.force_login(coordinator)
    assert client.get(addresses[0]).status_code == 200


def test_a_version_stays_public_when_the_self_assessment_goes_back_to_draft(client, published):
    SelfAssessment.objects.update(stage="draft")
    assert client.get(f"{VERSIONS}1/").status_code == 200
    assert client.get(f"{VERSIONS}1.en.json").status_code == 200


def test_the_api_lists_the_versions_with_the_addresses_of_their_data(client, record):
    freezing.freeze(SelfAssessment.objects.get(slug="kr-2-end-of-term"), None)
    row = client.get("/api/v1/self-assessments/").json()["results"][0]
    english = row["snapshots"][0]
    assert (english["version"], english["language"]) == (1, "en")
    answer = client.get(english["url"])
    assert hashlib.sha256(answer.content).hexdigest() == english["sha256"]


@pytest.mark.parametrize(
    "address", [VERSIONS, f"{VERSIONS}2/", "/self-assessments/xr-1-end-of-term/", "/api/v1/self-assessments/"]
)
def test_the_number_of_queries_does_not_grow_with_versions_and_files(
    client, published, assessment, reviewer, django_assert_max_num_queries, address
):
    def make_files():
        for snapshot in Snapshot.objects.filter(assessment=assessment):
            for kind in Report.Format.values:
                done = {"state": "done", "file": "x", "file_sha256": "0" * 64, "file_size": 1, "requested_by": reviewer}
                Report.objects.get_or_create(snapshot=snapshot, format=kind, defaults=done)

    make_files()
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    for level in ("substantial", "completed", "not_started"):
        set_level("1-1", level)
        freezing.freeze(assessment, reviewer)
    make_files()
    with django_assert_max_num_queries(len(before)):
        assert client.get(address).status_code == 200
