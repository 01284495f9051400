"""The job behind the files: asked for once, made by one worker, what was made stays until the new is whole."""

import hashlib
import io
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from commitments.models import ActionPlan
from opendata import services, tasks
from opendata.models import DataFiles
from tests.files import content
from tests.world import make_commitment, make_institution, make_member, make_plan, make_world

pytestmark = pytest.mark.django_db
State = DataFiles.State


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def sent(monkeypatch) -> list[int]:
    """The rows for which a worker was woken."""
    found = []
    monkeypatch.setattr(services, "send_on_commit", found.append)
    monkeypatch.setattr(services, "send", found.append)
    return found


def made(scope="kr") -> DataFiles:
    services.make(services.ask(scope).pk)
    return DataFiles.objects.get(scope=scope)


def age(row: DataFiles, **past):
    DataFiles.objects.filter(pk=row.pk).update(**{name: timezone.now() - delta for name, delta in past.items()})


def test_the_first_reader_has_the_files_made_and_later_ones_wake_nobody(client, record, sent):
    assert "The files are being made" in client.get("/data/kr/").content.decode()
    client.get("/data/kr/")
    assert len(sent) == 1
    assert tasks.make_data_files(sent[0]) is True
    page = client.get("/data/kr/").content.decode()
    assert "being made" not in page and 'href="/data/kr/ogp-tracker.csv.zip"' in page
    assert len(sent) == 1


def test_files_older_than_a_day_are_made_anew_while_the_old_ones_stay(client, record, sent):
    row = made()
    age(row, asked_at=timedelta(hours=25))
    page = client.get("/data/kr/").content.decode()
    assert sent[1:] == [row.pk] and "Newer files are being made" in page
    assert content(client.get("/data/kr/ogp-tracker.json"))


def test_the_night_has_every_members_files_made_and_forgets_who_is_gone(record, sent):
    make_world(1), make_world(1, fictional=True)
    DataFiles.objects.create(scope="gone", asked_at=timezone.now())
    assert tasks.renew_data_files() == 3
    assert {row.scope for row in DataFiles.objects.all()} == {"all", *services.scopes()[1:]} and len(sent) == 3


def test_one_of_two_workers_makes_the_files(record, sent):
    row = services.ask("kr")
    assert services.claim(row.pk) == 1
    assert services.claim(row.pk) is None and services.make(row.pk) is False


def test_a_worker_that_died_is_replaced_and_cannot_write_when_it_comes_back(record, sent):
    row = services.ask("kr")
    services.claim(row.pk)
    age(row, started_at=timedelta(minutes=21))
    assert tasks.requeue_data_files() == 1 and sent[-1] == row.pk
    assert services.make(row.pk) is True
    late = DataFiles.objects.filter(pk=row.pk, attempts=1, state=State.RUNNING)
    assert late.update(error="from the dead") == 0


def test_a_lost_message_is_sent_again(record, sent):
    row = services.ask("kr")
    assert tasks.requeue_data_files() == 0
    age(row, asked_at=timedelta(minutes=6))
    assert tasks.requeue_data_files() == 1


def test_what_goes_wrong_is_noted_and_leaves_the_old_files_alone(client, db, sent, caplog):
    plan = make_plan(make_member())
    row = made(plan.member.slug)
    before = row.files
    make_commitment(plan, make_institution(make_member()))  # led by another member's institution
    services.ask(plan.member.slug, anyway=True)
    assert services.make(row.pk) is False
    row.refresh_from_db()
    assert row.state == State.FAILED and row.error.startswith("BrokenReference") and row.files == before
    page = client.get(f"/data/{row.scope}/").content.decode()
    assert "could not be made" in page and "BrokenReference" not in page
    assert content(client.get(f"/data/{row.scope}/ogp-tracker.json"))


def test_the_same_bytes_keep_their_day_and_others_get_a_new_one(record, sent):
    row = made()
    DataFiles.objects.filter(pk=row.pk).update(changed_on=date(2026, 1, 2))
    services.ask("kr", anyway=True)
    assert made().changed_on == date(2026, 1, 2)
    ActionPlan.objects.filter(slug="kr-5").update(title="Renamed")
    services.ask("kr", anyway=True)
    assert made().changed_on == timezone.localdate()


def test_what_no_row_names_is_cleared_away_after_two_days(record, folder, sent):
    row = made()
    old, young, own = (folder / "data" / name for name in ("old.json", "young.json", Path(row.files[0]["path"]).name))
    for path in (old, young):
        path.write_text("{}")
    stamp = (timezone.now() - timedelta(days=3)).timestamp()
    for path in (old, own):
        os.utime(path, (stamp, stamp))
    assert services.clear_away() == 1
    assert not old.exists() and young.exists() and own.exists()


# Serving --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("ogp-tracker.csv.zip", "application/zip"),
        ("ogp-tracker.json", "application/json"),
        ("ogp-tracker.sqlite", "application/vnd.sqlite3"),
        ("datapackage.json", "application/json"),
        ("commitments.csv", "text/csv; charset=utf-8"),
        ("README.ko.md", "text/markdown; charset=utf-8"),
    ],
)
def test_a_file_says_type_size_and_name_and_is_sent_once(client, record, sent, name, media_type):
    row = made()
    answer = client.get(f"/data/kr/{name}")
    body = content(answer)
    assert answer["Content-Type"] == media_type and int(answer["Content-Length"]) == len(body)
    assert f"-kr-{row.changed_on:%Y-%m-%d}." in answer["Content-Disposition"]
    assert "Set-Cookie" not in answer and answer["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"/data/kr/{name}", headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert client.get(f"/data/kr/{name}", headers={"if-modified-since": answer["Last-Modified"]}).status_code == 304
    assert client.post(f"/data/kr/{name}").status_code == 405


def test_the_page_prints_the_digest_of_the_file_that_is_sent(client, record, sent):
    made("all")
    page = client.get("/data/").content.decode()
    for name in ("ogp-tracker.csv.zip", "ogp-tracker.json", "ogp-tracker.sqlite"):
        assert hashlib.sha256(content(client.get(f"/data/all/{name}"))).hexdigest() in page


@pytest.mark.parametrize("address", ["/data/", "/ko/data/", "/data/kr/", "/ko/data/kr/"])
def test_the_page_counts_each_table_in_its_unit(client, record, sent, address):
    made("all"), made("kr")
    page = client.get(address).content.decode()
    for row in (">139</td>", ">44</td>", 'rel="license"', "Creative Commons Attribution 4.0"):
        assert row in page


@pytest.mark.parametrize(
    "address",
    [
        "/data/nowhere/",
        "/data/nowhere/ogp-tracker.json",
        "/data/kr/passwords.csv",
        "/data/kr/..%2F..%2Fdb.sqlite3",
        "/data/kr/%00.csv",
        "/data/all/",
    ],
)
def test_what_there_is_not_is_not_found(client, record, sent, address):
    assert client.get(address).status_code == 404


def test_a_fictional_member_has_no_files(client, db, sent):
    member = make_world(1, fictional=True)[0].member
    for address in (f"/data/{member.slug}/", f"/data/{member.slug}/ogp-tracker.json"):
        assert client.get(address).status_code == 404
    assert not DataFiles.objects.filter(scope=member.slug).exists() and not sent


def test_a_file_that_is_gone_from_the_disk_is_made_anew(client, record, folder, sent):
    row = made()
    for file in row.files:
        (folder / file["path"]).unlink()
    assert client.get("/data/kr/ogp-tracker.json").status_code == 404
    assert sent[-1] == row.pk and services.make(row.pk) is True
    assert content(client.get("/data/kr/ogp-tracker.json"))


# The command ----------------------------------------------------------------------------------------------------------
def test_the_command_makes_one_members_files_or_all(record, sent):
    out = io.StringIO()
    call_command("make_bulk_data", member="kr", stdout=out)
    assert out.getvalue().startswith("kr: ") and DataFiles.objects.get().scope == "kr"
    call_command("make_bulk_data", stdout=out)
    assert DataFiles.objects.get(scope="all").state == State.DONE
    with pytest.raises(CommandError, match="There is no member 'nowhere'"):
        call_command("make_bulk_data", member="nowhere")
