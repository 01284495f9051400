"""A member other than Korea begins: questions at the terminal or a file of answers, a plan from a file, its pages."""

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import User
from commitments.models import Commitment, Institution, Member
from milestones.models import Deadline, Milestone
from ogptracker.set_up import read_answers, set_up
from tests.migrated import migrate
from tests.tracker import ROOT, environment_in

MEMBER, PLAN = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "set-up.md").read_text(), re.DOTALL)
AT_THE_TERMINAL = """gb-sct
SCO
Scotland


europe
en
Scotland
London
Europe/London
Scottish Government
Scottish Government / Open Government Unit
Audit Scotland

Scotland's Open Government Network

root
root@example.org
"""  # the third try at the time zone is right

HOME = """
from django.conf import settings
from django.test import Client
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
for page in ("/", "/members/"):
    print(Client(SERVER_NAME="localhost").get(page).content.decode())
"""


def written(folder, text):
    path = Path(folder, "file.yaml")
    path.write_text(text, encoding="utf-8")
    return path


def run(*words):
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def ghana(db, tmp_path):
    """The member of the manual's example."""
    run("set_up", "--answers", written(tmp_path, MEMBER))
    return Member.objects.get(code="GH")


@pytest.mark.once
def test_the_questions_can_be_answered_at_the_terminal(tmp_path):
    environment = environment_in(tmp_path)
    manage = [sys.executable, "manage.py"]
    early = subprocess.run([*manage, "set_up"], cwd=ROOT, env=environment, input="", capture_output=True, text=True)
    assert early.returncode == 1 and "run manage.py migrate first" in early.stderr
    migrate(environment)

    broken_off = subprocess.run(
        [*manage, "set_up"], cwd=ROOT, env=environment, input="GH\n", capture_output=True, text=True
    )
    assert broken_off.returncode == 1 and "nothing was made" in broken_off.stderr

    done = subprocess.run(
        [*manage, "set_up"], cwd=ROOT, env=environment, input=AT_THE_TERMINAL, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "National or local [local]" in done.stdout
    assert "Near: Europe/London." in done.stdout
    assert "Scotland is set up, with 4 institutions." in done.stdout
    assert "/admin/account/invitation/" in done.stdout
    page = subprocess.run(
        [*manage, "shell", "-v", "0", "-c", HOME], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert "No plan in the record is under implementation today." in page.stdout
    assert "Scotland" in page.stdout and "Korea" not in page.stdout


def test_a_file_of_answers_makes_the_member_and_its_institutions(ghana):
    assert (ghana.slug, ghana.time_zone, ghana.languages, ghana.kind) == ("ghana", "Africa/Accra", ["en"], "national")
    assert (ghana.iso3, ghana.ogp_code) == ("GHA", "GHA")
    assert ghana.point_of_contact.name == "The ministry that coordinates"
    division = Institution.objects.get(name="Its division")
    assert division.parent.name == "A ministry"
    assert Institution.objects.get(name="An organisation").kind == "cso"


def test_the_administrator_chooses_a_password_by_the_link(db, tmp_path, client):
    told = run("set_up", "--answers", written(tmp_path, MEMBER))
    link = re.search(r"/admin/account/invitation/\S+", told)[0]
    assert not User.objects.get().has_usable_password()
    word = "a long enough phrase 5"
    client.post(link, {"new_password1": word, "new_password2": word}, follow=True)
    assert client.login(username="admin", password=word)
    assert client.get("/admin/").status_code == 200


def test_the_admin_refuses_a_time_zone_that_does_not_exist(ghana):
    ghana.time_zone = "Africa/Akkra"
    with pytest.raises(ValidationError, match="is not a time zone"):
        ghana.full_clean()


def test_a_second_member_needs_no_second_administrator(ghana, tmp_path):
    answers = yaml.safe_load(MEMBER) | {"code": "KE", "ogp_code": "KEN", "name": "Kenya", "time_zone": None}
    told = run("set_up", "--answers", written(tmp_path, yaml.safe_dump(answers)))
    assert "chooses a password" not in told
    assert Member.objects.get(code="KE").time_zone == "Africa/Nairobi", "the only one of the country"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, ("Ghana", "가나")),
        ({"name": None}, ("Ghana", "가나")),
        ({"name": "Republic of Ghana", "name_ko": "가나 공화국"}, ("Republic of Ghana", "가나 공화국")),
        ({"name": "Scotland", "code": "GB-SCT", "ogp_code": "SCO"}, ("Scotland", "")),
        ({"name": "Morocco", "code": "MO", "ogp_code": "MAR"}, ("Morocco", "")),  # MO is Macao: neither is offered
    ],
)
def test_the_names_of_the_country_are_offered(db, change, names):
    given = {name: value for name, value in (yaml.safe_load(MEMBER) | change).items() if value is not None}
    member, _administrator = set_up(read_answers(given))
    assert (member.name, member.name_ko) == names


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"code": "Ghana"}, "code: Give two or three letters"),
        ({"time_zone": "Accra"}, "time_zone: Give a name such as Africa/Accra. Near: Africa/Accra."),
        ({"region": "west"}, "region: Give one of: africa_middle_east"),
        ({"languages": "English"}, "languages: Give language tags"),
        ({"email": "nobody"}, "email: Give an e-mail address."),
        ({"name": None, "code": "GB-SCT", "ogp_code": "SCO"}, "name: An answer is missing."),
        ({"name": None, "code": "MO", "ogp_code": "MAR"}, "name: An answer is missing."),
        ({"name_ko": "나" * 201}, "name_ko: Give a name of 1 to 200 characters."),
        ({"colour": "red"}, "colour: there is no such question."),
        ({"code": "US", "time_zone": None}, "time_zone: An answer is missing."),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_made(db, tmp_path, change, complaint):
    answers = {name: value for name, value in (yaml.safe_load(MEMBER) | change).items() if value is not None}
    with pytest.raises(CommandError, match=re.escape(complaint)):
        run("set_up", "--answers", written(tmp_path, yaml.safe_dump(answers)))
    assert not Member.objects.exclude(code="KR").exists() and not User.objects.exists()


def test_names_without_latin_letters_and_repeated_ones_get_addresses_of_their_own(db):
    answers = yaml.safe_load(MEMBER) | {"state": ["ክፍል", "ሌላ", "A / Unit", "B / Unit"], "name": "ኢትዮጵያ", "code": "ET"}
    read = read_answers(answers | {"ogp_code": "ETH"})
    assert read["state"] == [("ክፍል",), ("ሌላ",), ("A", "Unit"), ("B", "Unit")]
    member, _administrator = set_up(read)
    keys = set(member.institutions.values_list("key", flat=True))
    assert {"institution", "institution-2", "a-unit", "b-unit"} <= keys
    assert member.slug == "et"


def test_a_plan_from_a_file_is_on_the_pages(ghana, tmp_path, client):
    plan = written(tmp_path, PLAN)
    assert "gh-5: 1 commitments, 2 milestones." in run("load_plan", plan)
    run("load_plan", plan)  # safe to repeat
    assert Milestone.objects.filter(commitment__plan__slug="gh-5").count() == 2
    assert str(Deadline.objects.get(milestone__commitment__plan__slug="gh-5").due_on) == "2024-06-30"

    home = client.get("/?as_of=2024-09-01").content.decode()
    assert "The plan&#x27;s title" in home and "1 milestone overdue" in home
    page = client.get("/plans/gh-5/commitments/15/?as_of=2024-09-01").content.decode()
    assert "late by 63 days" in page
    assert client.get("/ko/members/ghana/").status_code == 200
    assert client.get("/api/v1/milestones/?plan=gh-5&overdue=true&as_of=2024-09-01").json()["count"] == 1


@pytest.mark.parametrize(
    ("words", "instead", "complaint"),
    [
        ("number: 5", "nummer: 5", "'number' is missing."),
        ("GH0056", "G56", "ogp_id_format"),
        ("kind: legislature", "kind: parliament", "'parliament' is not a valid choice"),
        ('"2024-01-01"', '"1 January"', "1 January"),
        ("leads: [parliament-of-ghana]", "leads: [parliament]", "there is no institution parliament"),
        ("member: GH", "member: XX", "there is no member"),
        ("plan:\n", "plan: [\n", "while parsing"),
    ],
)
def test_a_plan_with_a_fault_is_not_loaded_at_all(ghana, tmp_path, words, instead, complaint):
    assert words in PLAN
    with pytest.raises(CommandError) as refused:
        run("load_plan", written(tmp_path, PLAN.replace(words, instead)))
    assert complaint in str(refused.value)
    assert str(refused.value).endswith("Nothing was loaded.")
    assert not Commitment.objects.filter(plan__member=ghana).exists()
    assert not ghana.institutions.filter(kind="legislature").exists()
    assert not ghana.documents.exists()
