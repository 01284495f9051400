"""Hostile words in every text field of the record: pages, feeds, files, mails and reports show them as words."""

import csv
import io
import json
from datetime import date
from html import escape

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, models, transaction
from lxml import etree

from assessments import freezing, rendering, services
from assessments.models import SelfAssessment
from milestones.models import OutboxMail
from search import index
from tests.ogptracker.pages import ASSESSMENTS, LISTS, RECORD
from tests.ogptracker.security import faults_of
from tests.world import make_public_report

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HOSTILE = "=1+\"'><script>alert(1)</script><b onmouseover=alert(2)>{{7*7}}{% now %}"
SHORT = "\"'><b onclick=x>"  # for fields that hold less
APPS = ("commitments", "milestones", "assessments", "accounts")
NOT_WORDS = {
    "slug",
    "key",
    "code",
    "iso3",
    "ogp_code",
    "number",
    "sha256",
    "username",
    "password",
    "time_zone",
    "email",
}


def is_words(field: models.Field) -> bool:
    """Whether people type free words into it: no choice, no name in addresses, no address of the web."""
    if not isinstance(field, models.CharField | models.TextField) or isinstance(field, models.URLField):
        return False
    return not (field.choices or field.unique or field.name in NOT_WORDS or isinstance(field, models.SlugField))


def poison(model) -> list[str]:
    """Writes the words into each field of all rows; returns the fields. What a constraint refuses stays as it was."""
    written = []
    for field in filter(is_words, model._meta.concrete_fields):
        words = HOSTILE if (field.max_length or 10_000) >= len(HOSTILE) else SHORT
        if (field.max_length or 10_000) < len(words):
            continue
        try:
            with transaction.atomic():
                model._base_manager.update(**{field.name: words})
                written.append(f"{model.__name__}.{field.name}")
        except DatabaseError:
            continue
    return written


@pytest.fixture
def poisoned(record, editor_mois, coordinator):
    milestone = record.plans.get(slug="kr-5").commitments.get(number="4-1").milestones.first()
    make_public_report(milestone, editor_mois, coordinator, date(2021, 10, 1))
    written = []
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            written += poison(model)
    index.rebuild()
    return written


def test_the_words_stand_in_every_text_of_the_record(poisoned):
    assert len(poisoned) > 60, poisoned
    wanted = {"Commitment.title", "Milestone.title", "Institution.name", "Member.name", "StatusUpdate.what_was_done"}
    assert wanted <= set(poisoned)


def test_pages_show_them_as_words(poisoned, client):
    faults = []
    for place in [*RECORD, *LISTS, *ASSESSMENTS]:
        address = place[0] if isinstance(place, tuple) else place
        for path in (address, f"/ko{address}"):
            answer = client.get(path)
            faults += faults_of(path, answer.content)
            if b"49{%" in answer.content.replace(b" ", b""):
                faults.append(f"{path}: ran a template")
    assert not faults, "\n".join(sorted(set(faults))[:40])
    assert escape("<script>alert(1)</script>") in client.get("/plans/kr-5/").content.decode()


def test_the_admin_shows_them_as_words(poisoned, client, admin):
    client.force_login(admin)
    faults = []
    for model in ("commitments/member", "commitments/commitment", "milestones/milestone", "milestones/statusupdate"):
        listed = client.get(f"/admin/{model}/")
        row = apps.get_model(model.replace("/", "."))._base_manager.order_by("pk").last()
        one = client.get(f"/admin/{model}/{row.pk}/change/")
        assert (listed.status_code, one.status_code) == (200, 200)
        faults += faults_of(model, listed.content) + faults_of(f"{model}/{row.pk}", one.content)
    assert not faults, "\n".join(faults)


def test_feeds_calendars_and_catalogues_are_still_well_formed(poisoned, client):
    for path in ("/updates.atom", "/plans/kr-5/updates.atom", "/plans/kr-5/overdue.atom", "/plans/kr-5/stratml.xml"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        tree = etree.fromstring(b"".join(answer) if answer.streaming else answer.content)
        assert tree.xpath("count(//*[local-name()='script' or local-name()='b'])") == 0


def test_reports_as_pdf_are_made_of_them_as_words(poisoned, irm_reviewer):
    published = SelfAssessment.objects.get(slug="kr-2-end-of-term")
    freezing.freeze(published, None, HOSTILE)
    report = services.request_report(published, "en", irm_reviewer)
    source = rendering.compose(report.snapshot)
    assert escape("<script>alert(1)</script>") in source
    ran = [
        fault for fault in faults_of("report", source.encode()) if "script" in fault or "on" in fault.split("<")[1][:2]
    ]
    assert not ran


def test_mails_show_them_as_words(poisoned):
    call_command("send_reminders", date="2021-11-15", stdout=io.StringIO())
    sent = list(OutboxMail.objects.all())
    assert sent, "somebody is reminded"
    for found in sent:
        assert escape("<script>alert(1)</script>") in found.html
        assert "<script" not in found.html and "<b onmouseover" not in found.html
        assert "\n" not in found.subject


def test_files_hold_them_so_that_no_spreadsheet_runs_them(poisoned, client):
    answer = client.get("/milestones.csv?plan=kr-5")
    text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    cells = [cell for row in rows[1:] for cell in row]
    assert any("alert(1)" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_api_gives_them_as_json(poisoned, client):
    answer = client.get("/api/v1/commitments/?plan=kr-5")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert json.loads(answer.content)["results"][0]["title"] == HOSTILE
