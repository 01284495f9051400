"""The files of the open data: valid, the same in every format, enough to work out the site's figures, public alone."""

import csv
import gc
import io
import json
import sqlite3
import warnings
import zipfile
from datetime import date
from pathlib import Path

import frictionless
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import IRMReview, SelfAssessment
from commitments.models import Commitment, Institution, PolicyArea
from milestones.models import Evidence
from opendata import definitions
from opendata.bulk import make_files
from opendata.tables import TABLES
from opendata.writing import BrokenReference
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_plan,
    make_public_report,
    make_report,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


class Files:
    """What was made for a member, or for all, opened in each format."""

    def __init__(self, folder: Path, member=None):
        self.made = make_files(member)
        self.paths = {file.format: folder / file.path for file in self.made.files}

    def csv(self, table: str) -> list[dict]:
        with zipfile.ZipFile(self.paths["csv"]) as archive:
            text = archive.read(f"{table}.csv").decode("utf-8")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    def json(self) -> dict:
        return json.loads(self.paths["json"].read_text(encoding="utf-8"))

    def sql(self, question: str, *values) -> list[tuple]:
        database = sqlite3.connect(self.paths["sqlite"])
        try:
            return database.execute(question, values).fetchall()
        finally:
            database.close()

    def descriptor(self) -> dict:
        with zipfile.ZipFile(self.paths["csv"]) as archive:
            return json.loads(archive.read("datapackage.json"))


@pytest.fixture
def full(record):
    """The record with something in every table that the documents leave empty."""
    plan = record.plans.get(slug="kr-5")
    commitment = plan.commitments.get(number="5")
    milestone = commitment.milestones.get(position=1)
    body = Institution.objects.get(member=record, key="msit")
    editor, head = make_user("editor", body), make_user("head", body)
    text = 'It says "done",\r\nand = more; 완료 \u2028 ✓'
    report = make_public_report(milestone, editor, head, date(2021, 5, 3), status="completed", what_was_done=text)
    Evidence.objects.create(update=report, title="A link", url="https://example.org/a?b=c&d")
    commitment.policy_areas.add(PolicyArea.objects.create(slug="budget", name="Budget", position=1))
    return record


def validated(path: Path):
    """What the reference implementation says. It leaves a file of its own open, which is no fault of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        found = frictionless.validate(str(path))
        gc.collect()
    return found


# Valid ----------------------------------------------------------------------------------------------------------------
@pytest.mark.once
def test_the_archive_is_a_valid_data_package_with_types_keys_constraints_and_digests(folder, full):
    found = validated(Files(folder).paths["csv"])
    faults = [error.message for task in found.tasks for error in task.errors] + [e.message for e in found.errors]
    assert found.valid, faults
    assert found.stats["tasks"] == len(TABLES)


@pytest.mark.once
def test_a_damaged_archive_is_found_out(folder, full):
    """The checks of the test above can fail: a wrong type, a lost parent, another digest."""
    files = Files(folder)
    broken = folder / "broken.zip"
    with zipfile.ZipFile(files.paths["csv"]) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "deadlines.csv":
                part = part.replace(b",2021-04-30,", b",30 April,")
            if name == "commitments.csv":
                part = b"\r\n".join(part.split(b"\r\n")[:3]) + b"\r\n"
            new.writestr(name, part)
    kinds = {error.type for task in validated(broken).tasks for error in task.errors}
    assert {"type-error", "foreign-key", "hash-count"} <= kinds


def test_every_format_has_the_same_rows(folder, full):
    files = Files(folder)
    tables = files.json()["tables"]
    assert list(tables) == [table.name for table in TABLES]
    for table in TABLES:
        names = [column.name for column in table.fields]
        rows = tables[table.name]
        in_sql = files.sql(f'SELECT {", ".join(map(quoted, names))} FROM "{table.name}"')
        in_csv = files.csv(table.name)
        assert len(rows) == len(in_csv) == len(in_sql) == files.made.tables[table.name]["rows"]
        assert sorted(map(repr, in_sql)) == sorted(repr(tuple(map(as_sql, row.values()))) for row in rows)
        assert [list(row.values()) for row in in_csv] == [list(map(as_csv, row.values())) for row in rows]


def quoted(name: str) -> str:
    return f'"{name}"'


def as_sql(value):
    if isinstance(value, bool):
        return int(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, list | dict) else value


def as_csv(value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(as_sql(value))


def test_the_database_holds_its_own_keys_and_dictionary(folder, full):
    files = Files(folder)
    assert files.sql("PRAGMA foreign_key_check") == [] and files.sql("PRAGMA integrity_check") == [("ok",)]
    described = {(table, field) for table, field in files.sql("SELECT table_name, field FROM data_dictionary")}
    assert described == {(table.name, column.name) for table in TABLES for column in table.fields}
    assert dict(files.sql("SELECT name, value FROM about"))["licence"].startswith("Creative Commons")


def test_the_descriptor_says_title_licence_source_and_words_in_both_languages(folder, record):
    found = Files(folder, record).descriptor()
    assert found["name"] == "ogp-tracker-kr" and found["profile"] == "tabular-data-package"
    assert found["licenses"] == [
        {
            "name": "CC-BY-4.0",
            "title": "Creative Commons Attribution 4.0 International",
            "path": "https://creativecommons.org/licenses/by/4.0/",
        }
    ]
    assert found["sources"] and "Republic of Korea" in found["title"]
    plans = next(resource for resource in found["resources"] if resource["name"] == "plans")
    number = next(column for column in plans["schema"]["fields"] if column["name"] == "number")
    assert (number["title"], number["title@ko"]) == ("Number", "번호")
    assert {"fields": "member_id", "reference": {"resource": "members", "fields": "id"}} in plans["schema"][
        "foreignKeys"
    ]


def test_the_office_chooses_the_licence(folder, record, settings):
    settings.DATA_LICENCE_ID, settings.DATA_LICENCE_TITLE, settings.DATA_LICENCE_URL = "", "KOGL Type 1", ""
    files = Files(folder, record)
    assert files.descriptor()["licenses"] == [{"title": "KOGL Type 1"}]
    with zipfile.ZipFile(files.paths["csv"]) as archive:
        readme = archive.read("README.md").decode()
    assert "KOGL Type 1" in readme and "Creative Commons Attribution" not in readme


# Enough to work out the site's figures --------------------------------------------------------------------------------
def test_the_figures_of_a_plans_page_can_be_counted_in_the_csv_files_alone(folder, client, record):
    files = Files(folder)
    (plan,) = [row for row in files.csv("plans") if row["slug"] == "kr-5"]
    commitments = [row for row in files.csv("commitments") if row["plan_id"] == plan["id"]]
    ids = {row["id"] for row in commitments}
    whole = [row for row in commitments if not row["part_of_id"]]
    forms = [row for row in commitments if row["is_form"] == "true"]
    milestones = [row for row in files.csv("milestones") if row["commitment_id"] in ids]
    assert (len(whole), len(forms), len(milestones)) == (14, 16, 77)
    page = client.get("/plans/kr-5/?as_of=2021-11-15").content.decode()
    assert "14 commitments on 16 forms, 77 milestones" in page


OVERDUE_BY_FACTS = """
SELECT COUNT(DISTINCT m.id) FROM deadlines d
JOIN milestones m ON m.id = d.milestone_id
JOIN commitments c ON c.id = m.commitment_id
JOIN plans p ON p.id = c.plan_id
WHERE p.slug = :plan AND p.stage = 'adopted' AND :on BETWEEN p.starts_on AND p.ends_on AND d.due_on < :on
AND (d.set_on IS NULL OR d.set_on <= :on) AND (d.withdrawn_on IS NULL OR d.withdrawn_on > :on)
AND COALESCE((
  SELECT s.status FROM status_updates s
  WHERE s.milestone_id = m.id AND (s.deadline_id IS NULL OR s.deadline_id = d.id) AND NOT s.as_co_owner
  AND s.published_on <= :on AND s.on_date <= :on ORDER BY s.on_date DESC, s.id DESC LIMIT 1
), '') NOT IN ('completed', 'withdrawn')
"""
OVERDUE_BY_PERIODS = """
SELECT COUNT(*) FROM overdue_periods o JOIN plans p ON p.id = o.plan_id
WHERE p.slug = :plan AND o.earliest AND o.first_on <= :on AND o.until > :on
"""


@pytest.mark.parametrize("on", ["2021-04-30", "2021-05-01", "2021-11-15", "2023-12-31", "2024-01-01"])
def test_what_was_overdue_on_a_day_can_be_worked_out_from_the_database_alone(folder, client, full, on):
    files = Files(folder)
    asked = {"plan": "kr-5", "on": on}
    database = sqlite3.connect(files.paths["sqlite"])
    by_facts, by_periods = (
        database.execute(words, asked).fetchone()[0] for words in (OVERDUE_BY_FACTS, OVERDUE_BY_PERIODS)
    )
    database.close()
    on_site = client.get(f"/api/v1/milestones/?plan=kr-5&overdue=true&as_of={on}").json()["count"]
    assert by_facts == by_periods == on_site
    if on == "2021-11-15":
        assert on_site == 19, "20 by the documents; this record has a report that one of them was completed"


# The same bytes -------------------------------------------------------------------------------------------------------
def test_the_same_facts_give_the_same_bytes(folder, full):
    first, second = make_files(None), make_files(None)
    assert first == second
    assert sorted(path.name for path in (folder / "data").iterdir()) == sorted(
        Path(file.path).name for file in first.files
    ), "and nothing half-made is left"


def test_another_fact_gives_other_bytes(folder, full):
    before = make_files(full)
    Commitment.objects.filter(plan__slug="kr-5", number="5").update(title="Another title")
    after = make_files(full)
    assert not {file.sha256 for file in before.files} & {file.sha256 for file in after.files}


def test_a_row_that_names_what_is_not_there_stops_the_making(folder, db):
    stranger, plan = make_institution(make_member()), make_plan(make_member())
    make_commitment(plan, stranger)
    with pytest.raises(BrokenReference, match="involvements"):
        make_files(plan.member)
    assert not list((folder / "data").iterdir())


def test_the_making_costs_a_query_a_table_however_many_rows(folder, db, monkeypatch):
    monkeypatch.setattr(definitions, "CHUNK", 10)
    counts = []
    for size in (1, 3, 21):
        plan, *_others = make_world(size)
        with CaptureQueriesContext(connection) as captured:
            files = make_files(plan.member)
        assert files.tables["commitments"]["rows"] == size
        counts.append(len([row for row in captured if "SELECT" in row["sql"]]))
    assert counts[0] == counts[1] == counts[2] == len(TABLES)


# Public facts alone ---------------------------------------------------------------------------------------------------
def everything_in(files: Files) -> str:
    with zipfile.ZipFile(files.paths["csv"]) as archive:
        parts = "".join(archive.read(name).decode() for name in archive.namelist())
    rows = "\n".join(repr(files.sql(f'SELECT * FROM "{table.name}"')) for table in TABLES)
    return parts + files.paths["json"].read_text(encoding="utf-8") + rows


def test_no_account_draft_or_reviewer_and_nothing_fictional_is_in_the_files(folder, full):
    plan = full.plans.get(slug="kr-5")
    milestone = plan.commitments.get(number="6").milestones.first()
    body = Institution.objects.get(member=full, key="mois")
    writer = make_user("editor", body, first_name="Hong-Gildong", email="hong@example.org")
    head = make_user("head", body, last_name="Reviewing-Person")
    for review in ("draft", "submitted"):
        draft = make_report(milestone, writer, date(2021, 3, 1), review=review, what_was_done=f"SECRET {review}")
        Evidence.objects.create(update=draft, title="SECRET evidence", url="https://secret.example/")
    returned = {"review": "returned", "return_reason": "SECRET reason"}
    make_report(milestone, writer, date(2021, 3, 1), what_was_done="SECRET returned", **returned)
    make_public_report(milestone, writer, head, date(2021, 3, 2), what_was_done="Public words")
    SelfAssessment.objects.create(plan=plan, slug="kr-5-draft", kind="mid_term", title="SECRET assessment")
    IRMReview.objects.create(
        plan=plan, slug="kr-5-irm", product="results_report", method_version="2021+", title="SECRET review"
    )
    make_world(2, fictional=True)
    found = everything_in(Files(folder))
    assert "Public words" in found
    for private in ("SECRET", "Hong-Gildong", "hong@example.org", "Reviewing-Person", writer.username, head.username):
        assert private not in found, private
    assert "Testland" not in found and full.name in found


def test_no_column_is_about_an_account(db):
    words = ("author", "review_by", "reviewed", "assignee", "signed", "user", "mail", "return_reason")
    assert not [
        (table.name, column.name) for table in TABLES for column in table.fields if column.name.startswith(words)
    ]


def test_a_members_files_hold_that_member_alone(folder, full):
    make_world(2)
    files = Files(folder, full)
    assert [row["slug"] for row in files.csv("members")] == ["kr"]
    assert "Testland" not in everything_in(files)
    assert len(Files(folder).csv("members")) == 2
