"""What was published and then corrected: a page of an earlier day still shows what stood on it."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from assessments import corrections, ogp_import
from assessments.known import codings_known, entries_known
from assessments.models import Coding, EntryLink, EntryResult, IRMReview, SelfAssessmentEntry
from commitments.dates import local_date
from search import index
from tests.assessments.ogp_rows import Y2014, row, write
from tests.assessments.test_workflow import form_of, save

EARLIER = "as_of=2017-06-30"
PAGES = [
    f"/plans/kr-2/commitments/2-d/?{EARLIER}",
    f"/plans/kr-2/?{EARLIER}",
    f"/plans/?{EARLIER}",
    f"/compare/?plan=kr-2&{EARLIER}",
    f"/compare.csv?plan=kr-2&{EARLIER}",
    f"/search/?q=information&{EARLIER}",
    f"/search/?plan=kr-2&claimed=completed&{EARLIER}",
    f"/search/?plan=kr-2&found=substantial&{EARLIER}",
    f"/search/?q=monumental&{EARLIER}",
    f"/assessments/?{EARLIER}",
    f"/plans/kr-2/commitments/2-d/card/?{EARLIER}",
    "/plans/kr-2/changes/?since=2016-01-01&until=2017-06-30",
]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def as_read(client) -> dict[str, str]:
    """What everybody reads on the pages of an earlier day."""
    index.refresh()
    client.logout()
    answers = {address: client.get(address) for address in PAGES}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: TOKEN.sub("", answer.getvalue().decode()) for address, answer in answers.items()}


@pytest.fixture
def entry(record) -> SelfAssessmentEntry:
    """Published in September 2016."""
    return SelfAssessmentEntry.objects.get(assessment__slug="kr-2-end-of-term", commitment__number="2-d")


@pytest.fixture
def coding(record) -> Coding:
    return Coding.objects.filter(commitment__plan__slug="kr-2", commitment__number="2-d").first()


@pytest.fixture
def today(record) -> date:
    return local_date(record.time_zone)


def with_results(entry, heading: str, client, user) -> dict:
    """What a form is sent with when the heading of its first result is mended."""
    client.force_login(user)
    sent = form_of(client, entry)
    assert "results-0-heading" in sent
    return {"results-0-heading": heading}


def test_pages_of_earlier_days_stay_as_they_were_cited(client, entry, coding, coordinator, admin):
    before = as_read(client)
    changes = with_results(entry, "A monumental result", client, coordinator)
    changes |= {"completion_level": "completed", "ambition": "Monumental.", "version_reason": "The table was misread."}
    assert save(client, coordinator, entry, **changes).status_code == 302
    client.force_login(admin)
    address = f"/admin/assessments/coding/{coding.pk}/change/"
    form = client.get(address).context["adminform"].form
    sent = {name: "" if (value := form[name].value()) is None else value for name in form.fields}
    sent |= {"completion": "substantial", "summary": "Monumental."}
    assert client.post(address, sent).status_code == 302
    after = as_read(client)
    for address, text in after.items():
        in_order = sorted if "/changes/" in address else list  # facts of one day have no order among each other
        assert in_order(text.splitlines()) == in_order(before[address].splitlines()), address
    now = client.get("/plans/kr-2/commitments/2-d/").content.decode()
    assert "A monumental result" in now and now.count("corrected on") == 2 and "Substantial" in now
    assert "A monumental result" not in after[PAGES[0]] and "corrected on" not in after[PAGES[0]]
    assert "Commitment" in client.get("/search/?q=monumental").content.decode()


def test_a_correction_is_among_the_changes_of_its_day(client, entry, coordinator, today):
    address = f"/plans/kr-2/changes/?since={today - timedelta(days=1)}&until={today}"
    assert "Government's self-assessment corrected" not in client.get(address).content.decode().replace("&#x27;", "'")
    save(client, coordinator, entry, completion_level="limited", version_reason="The table was misread.")
    client.logout()
    assert "Government's self-assessment corrected" in client.get(address).content.decode().replace("&#x27;", "'")


def test_an_edition_keeps_results_and_links_as_they_were(client, entry, coordinator, today):
    results, links = list(entry.results.values_list("heading", "body")), list(entry.links.values_list("label", "url"))
    changes = with_results(entry, "Mended", client, coordinator) | {"version_reason": "A slip."}
    save(client, coordinator, entry, **changes)
    past = SelfAssessmentEntry.ever.get(edition_of=entry)
    assert (past.since, past.until) == (None, today)
    assert list(EntryResult.objects.filter(entry=past).values_list("heading", "body")) == results
    assert list(EntryLink.objects.filter(entry=past).values_list("label", "url")) == links
    assert entry.results.first().heading == "Mended"


def test_each_day_has_one_edition(client, entry, coordinator, today):
    for level in ("limited", "completed"):
        entry.refresh_from_db()
        save(client, coordinator, entry, completion_level=level, version_reason="A slip.")
    assert SelfAssessmentEntry.ever.filter(edition_of=entry).count() == 1
    SelfAssessmentEntry.objects.filter(pk=entry.pk).update(since=today - timedelta(days=3))
    SelfAssessmentEntry.ever.filter(edition_of=entry).update(until=today - timedelta(days=3))
    entry.refresh_from_db()
    save(client, coordinator, entry, completion_level="substantial", version_reason="Another.")
    shown = {
        days: entries_known(today - timedelta(days=days)).get(commitment=entry.commitment).completion_level
        for days in (0, 1, 3, 4)
    }
    assert shown == {0: "substantial", 1: "completed", 3: "completed", 4: ""}


def test_nothing_is_kept_of_a_form_that_was_saved_unchanged(client, entry, coordinator):
    save(client, coordinator, entry, version_reason="Nothing, after all.")
    assert not SelfAssessmentEntry.ever.filter(edition_of=entry).exists()


def test_nothing_is_kept_of_what_was_not_public(entry, coding, today):
    entry.assessment.stage = "draft"
    assert not corrections.has_stood(entry, today)
    coding.review.stage = "public_comment"
    assert not corrections.has_stood(coding, today)


def test_the_desk_knows_what_stands_alone(client, entry, coordinator):
    save(client, coordinator, entry, completion_level="limited", version_reason="A slip.")
    past = SelfAssessmentEntry.ever.get(edition_of=entry)
    assert entry.assessment.entries.count() == 5
    assert client.get(f"/admin/assessments/selfassessmententry/{past.pk}/change/").status_code == 302
    listed = client.get("/admin/assessments/selfassessmententry/").content.decode()
    assert f"/{entry.pk}/change/" in listed and f"/{past.pk}/change/" not in listed


def test_a_newer_file_of_ogp_corrects_from_its_day_on(record, tmp_path, today):
    def imported(completion, number):
        cells = Y2014 | {"Completion (End Of Term)": completion, "_CompletionEndTerm": number}
        ogp_import.import_file(write(tmp_path / f"{number}.csv", row("QA0001", **cells)), tell=lambda _: None)

    imported("Limited", "3")
    before = {row.pk: row.completion for row in Coding.objects.filter(commitment__ogp_id="QA0001")}
    IRMReview.objects.filter(codings__in=before).update(published_on=date(2018, 1, 1), published_wording="")
    imported("Complete", "5")
    now = {row.pk: row.completion for row in Coding.objects.filter(commitment__ogp_id="QA0001")}
    assert now.keys() == before.keys() and now != before
    earlier = codings_known(date(2019, 1, 1)).filter(commitment__ogp_id="QA0001")
    assert {row.standing_key: row.completion for row in earlier} == before
    latest = codings_known(today + timedelta(days=1)).filter(commitment__ogp_id="QA0001")
    assert {row.pk: row.completion for row in latest} == now


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"until": date(2020, 1, 1)}, "edition_is_of_one_that_stands"),
        ({"since": date(2020, 1, 1), "until": date(2020, 1, 1), "edition_of": True}, "edition_stands_a_day"),
    ],
)
@pytest.mark.parametrize("fixture", ["entry", "coding"])
def test_the_database_holds_the_order_of_editions(request, fixture, facts, rule):
    found = request.getfixturevalue(fixture)
    facts = facts | ({"edition_of_id": found.pk} if facts.get("edition_of") else {})
    facts.pop("edition_of", None)
    past = corrections.copy(found, **facts)
    with pytest.raises(ValidationError, match=f"{fixture}_{rule}"):
        past.validate_constraints()
    with pytest.raises(IntegrityError), transaction.atomic():
        past.save(force_insert=True)
