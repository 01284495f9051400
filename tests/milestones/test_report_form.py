"""The form of a report: evidence dropped and listed, what is missing said at its field, and who reviews it."""

from datetime import date
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from milestones.models import Evidence, StatusUpdate
from tests.forms import sent_by
from tests.world import make_report

PDF = b"%PDF-1.7\n% a small file\n"
PNG = b"\x89PNG\r\n\x1a\n and the picture"
NO_ROWS = {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0"}


@pytest.fixture
def milestone(record):
    return record.plans.get(number=5).commitments.get(number="3").milestones.get(position=2)


@pytest.fixture
def desk(client, editor_mois):
    """The editor's browser."""
    client.force_login(editor_mois)
    return client


def add(milestone, prefix="") -> str:
    return f"{prefix}/admin/milestones/statusupdate/add/?milestone={milestone.pk}"


def change(update) -> str:
    return reverse("admin:milestones_statusupdate_change", args=[update.pk])


def typed(**changes) -> dict:
    facts = {"on_date": "2021-12-20", "status": "substantial", "what_was_done": "The decree was promulgated."}
    return facts | {"challenges": "", "next_step": ""} | NO_ROWS | changes


def errors_of(answer) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in answer.context["adminform"].form.errors.items()}


def file(name, content=PDF):
    return SimpleUploadedFile(name, content)


class Field(HTMLParser):
    """The attributes of the element with an id, and the words of those elements that describe it."""

    def __init__(self, page: str, pk: str):
        super().__init__()
        self.wanted, self.ids, self.attributes = pk, set(), {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.ids.add(facts.get("id"))
        if facts.get("id") == self.wanted:
            self.attributes = facts

    def described_by(self) -> set[str]:
        return set(self.attributes.get("aria-describedby", "").split())


# Evidence, several at once --------------------------------------------------------------------------------------------
def test_several_files_and_links_become_evidence_at_once(desk, milestone):
    links = "https://example.org/decree\r\n\r\n The law | in short | http://example.org/law?a=b|c \r\n"
    facts = typed(files=[file("decree.pdf"), file("소식.png", PNG)], links=links.replace("|c", ""))
    desk.post(add(milestone), facts)
    rows = StatusUpdate.objects.get().evidence.values_list("title", "url", "file_name", "content_type", "size")
    assert list(rows) == [
        ("decree.pdf", "", "decree.pdf", "application/pdf", len(PDF)),
        ("소식.png", "", "소식.png", "image/png", len(PNG)),
        ("https://example.org/decree", "https://example.org/decree", "", "", None),
        ("The law | in short", "http://example.org/law?a=b", "", "", None),
    ]
    assert all(item.sha256 for item in Evidence.objects.exclude(file=""))


def test_they_count_for_a_completed_report_and_stand_beside_the_rows_below(desk, milestone):
    row = {"evidence-TOTAL_FORMS": "1", "evidence-0-title": "A row", "evidence-0-url": "https://example.org/row"}
    desk.post(add(milestone), typed(status="completed", links="https://example.org/new", _submit="1") | row)
    update = StatusUpdate.objects.get()
    assert update.review == "submitted"
    assert sorted(update.evidence.values_list("title", flat=True)) == ["A row", "https://example.org/new"]


def test_a_draft_takes_more_evidence_later_and_the_fields_are_empty_again(desk, milestone):
    desk.post(add(milestone), typed(links="https://example.org/first"))
    update = StatusUpdate.objects.get()
    sent = sent_by(desk.get(change(update)).content.decode())
    assert sent["links"] == [""]
    desk.post(change(update), sent | {"links": "https://example.org/second", "files": [file("a.pdf")]})
    titles = set(update.evidence.values_list("title", flat=True))
    assert titles == {"https://example.org/first", "https://example.org/second", "a.pdf"}


def test_one_bad_file_among_good_ones_is_named_and_nothing_is_saved(desk, milestone):
    files = [file("good.pdf"), file("empty.pdf", b"")]
    answer = desk.post(add(milestone), typed(files=files))
    assert errors_of(answer) == {"files": ["empty.pdf: The submitted file is empty."]}
    files = [file("good.pdf"), file("bad.pdf", b"<html>")]
    answer = desk.post(add(milestone), typed(files=files, links="https://example.org/decree"))
    (words,) = errors_of(answer)["files"]
    assert words.startswith("bad.pdf: This kind of file is not taken")
    page = answer.content.decode()
    assert "https://example.org/decree" in page and "The decree was promulgated." in page, "what was typed is kept"
    assert "A file cannot be kept from one page to the next" in page
    assert not StatusUpdate.objects.exists() and not Evidence.objects.exists()


def test_a_file_that_is_too_large_is_named_with_the_limit(desk, milestone, settings):
    settings.EVIDENCE_MAX_BYTES = 1000
    answer = desk.post(add(milestone), typed(files=[file("large.pdf", PDF + b"x" * 1500)]))
    (words,) = errors_of(answer)["files"]
    assert words.replace("\xa0", " ").startswith("large.pdf: This file has 1.5 KB; at most 1000 bytes")
    assert not StatusUpdate.objects.exists()


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "ftp://example.org/a", "Only a title |", "two words"])
def test_one_bad_link_among_good_ones_is_named_and_nothing_is_saved(desk, milestone, bad):
    answer = desk.post(add(milestone), typed(links=f"https://example.org/decree\n{bad}", files=[file("a.pdf")]))
    assert all(words.startswith(f"{bad}: ") for words in errors_of(answer)["links"])
    assert list(errors_of(answer)) == ["links"]
    assert not StatusUpdate.objects.exists() and not Evidence.objects.exists()


def test_an_error_elsewhere_saves_no_evidence(desk, milestone):
    answer = desk.post(add(milestone), typed(on_date="soon", links="https://example.org/decree"))
    assert list(errors_of(answer)) == ["on_date"]
    assert not Evidence.objects.exists()


def test_errors_are_said_in_the_readers_language(desk, milestone):
    answer = desk.post(add(milestone, "/ko"), typed(files=[file("page.html", b"<html>")]))
    (words,) = errors_of(answer)["files"]
    assert words.startswith("page.html: ") and "This kind" not in words


def test_a_title_of_any_length_is_cut_to_what_is_kept(desk, milestone):
    address = "https://example.org/" + "a" * 300
    desk.post(add(milestone), typed(links=f"{address}\n{'b' * 300} | {address}"))
    assert [len(item.title) for item in Evidence.objects.all()] == [200, 200]


def test_links_typed_into_a_form_that_is_out_of_date_are_kept(desk, milestone, editor_mois):
    update = make_report(milestone, editor_mois, date(2021, 12, 20))
    opened = sent_by(desk.get(change(update)).content.decode())
    desk.post(change(update), opened | {"what_was_done": "From the first."})
    answer = desk.post(change(update), opened | {"links": "https://example.org/late"})
    assert answer.status_code == 409
    assert "https://example.org/late" in answer.content.decode()
    taken = {name: values for name, values in sent_by(answer.content.decode()).items() if name != "_take"}
    desk.post(change(update), taken | {"_take": "yours"})
    assert update.evidence.get().url == "https://example.org/late"


def test_a_report_that_is_not_ones_own_to_write_has_no_fields_for_evidence(client, milestone, editor_mois, coordinator):
    update = make_report(milestone, editor_mois, date(2021, 12, 20), review="submitted")
    for user in (editor_mois, coordinator):
        client.force_login(user)
        page = client.get(change(update)).content.decode()
        assert 'name="links"' not in page and 'name="files"' not in page


# What is missing ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"status": "completed", "what_was_done": ""}, "what_was_done", "needs a note"),
        ({"status": "completed"}, "status", "needs evidence"),
        ({"status": "not_started"}, "challenges", "name what stood in the way"),
        ({"status": "limited"}, "challenges", "name what stood in the way"),
        ({"on_date": "2012-01-01"}, "on_date", "lies before the plan"),
    ],
)
def test_what_keeps_a_draft_from_being_submitted_is_said_at_its_field(desk, milestone, facts, field, words):
    milestone.deadlines.update(due_on=date(2021, 12, 1))
    answer = desk.post(add(milestone), typed(**facts, _submit="1"))
    update = StatusUpdate.objects.get()
    assert update.review == "draft"
    address, _hash, anchor = answer["Location"].partition("#")
    answer = desk.get(address)
    assert any(words in error for error in errors_of(answer)[field])
    marked = Field(answer.content.decode(), f"id_{field}")
    assert marked.attributes.get("aria-invalid") == "true"
    assert f"id_{field}_error" in marked.described_by() <= marked.ids, "what describes the field is on the page"
    assert anchor in marked.ids, "the page opens at the first field that lacks something"


def test_a_draft_that_is_merely_opened_shows_no_errors(desk, milestone):
    desk.post(add(milestone), typed(status="completed", _submit="1"))
    answer = desk.get(change(StatusUpdate.objects.get()))
    assert errors_of(answer) == {}
    assert 'aria-invalid="true"' not in answer.content.decode()


def test_the_marked_draft_is_submitted_from_the_same_page(desk, milestone):
    answer = desk.post(add(milestone), typed(status="completed", _submit="1"))
    address = answer["Location"].partition("#")[0]
    sent = sent_by(desk.get(address).content.decode())
    desk.post(address, sent | {"links": "https://example.org/decree", "_submit": "1"})
    assert StatusUpdate.objects.get().review == "submitted"


# Who reviews it -------------------------------------------------------------------------------------------------------
def test_after_handing_in_it_says_which_roles_review_it_there_and_on_the_report(desk, milestone, coordinator):
    told = desk.post(add(milestone), typed(_submit="1"), follow=True).content.decode()
    words = "Once the head of your institution or the coordinating ministry approves it, it is public."
    assert f"The report is submitted. It waits for review. {words}" in told
    page = desk.get(change(StatusUpdate.objects.get())).content.decode()
    assert words in page
    assert coordinator.username not in told + page
