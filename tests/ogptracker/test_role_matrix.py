"""Every address of the admin and of the API with every role: what is not allowed is refused, and what belongs to
another member does not exist. A new address fails here until the table below says who may use it."""

import re
from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts import tokens
from accounts.api_access import MayReport
from accounts.models import User
from accounts.roles import PERMISSIONS
from assessments.models import PublicComment, SelfAssessment
from milestones.models import OverdueNotice, StatusUpdate
from ogptracker.api import router
from tests.files import content
from tests.world import make_institution, make_member, make_public_report, make_report, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ROLES = [role.value for role in User.Role]
BOUND = [role for role in ROLES if role in ("editor", "head", "co_owner", "coordinator")]  # to an institution
OPEN_TO_ALL = {"login", "logout", "jsi18n"}
PAGES_OF_A_MODEL = ("changelist", "add", "change", "delete", "history")
EVERYBODY = set(ROLES)

# Addresses beside those that every model has, and the roles that may use them on what is theirs.
UPLOADERS = {role for role in ROLES if "milestones.add_upload" in PERMISSIONS[role]}
READERS = {role for role in ROLES if "milestones.view_milestone" in PERMISSIONS[role]}
REVIEWERS = {role for role in ROLES if "milestones.review_statusupdate" in PERMISSIONS[role]}
OWN_ADDRESSES = {
    "index": EVERYBODY,
    "accounts_user_mail": EVERYBODY,
    "password_change": EVERYBODY,
    "password_change_done": EVERYBODY,
    "milestones_milestone_mine_csv": UPLOADERS,
    "milestones_milestone_mine_xlsx": UPLOADERS,
}
OBJECT_ADDRESSES = {
    "assessments_irmreview_advance": ("irmreview", {"irm"}),
    "assessments_publiccomment_decide": ("publiccomment", {"coordinator"}),
    "assessments_publiccomment_respond": ("publiccomment", {"head", "coordinator"}),
    "assessments_selfassessment_step": ("selfassessment", {"coordinator"}),
    "assessments_selfassessmententry_sign_off": ("selfassessmententry", {"head", "coordinator"}),
    "milestones_deadline_amend": ("deadline", {"coordinator"}),
    "milestones_milestone_correct": ("milestone", {"coordinator"}),
    "milestones_milestone_reading": ("milestone", READERS),
    "milestones_statusupdate_review": ("statusupdate", REVIEWERS),
}
# Rows that only their own account may reach, whatever its role, and what administrators alone may: tested where they
# are made.
OF_ONE_ACCOUNT = re.compile(r"milestones_(upload|batch)_|operations_jobrun_run")
SHARED = {"app_list", "autocomplete", "view_on_site", "milestones_milestone_reading_new", ""}


def walk(patterns, prefix=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield pattern.name or "", prefix + str(pattern.pattern)


def admin_addresses() -> list[tuple[str, str]]:
    """``(name, address)`` of everything in the admin, keys filled in with 1."""
    found = sorted(set(walk(admin.site.urls[0])))
    filled = [(name, re.sub(r"<[^>]+>", "1", pattern)) for name, pattern in found if not pattern.startswith("^")]
    return [(name, f"/admin/{address}") for name, address in filled if not address.startswith("(")]


def is_page_of_a_model(name: str) -> bool:
    return name.endswith(PAGES_OF_A_MODEL) and name not in OWN_ADDRESSES


@pytest.fixture
def korean_rows(record):
    """A row of each model of the admin that belongs to Korea, where there is one."""
    milestone = record.plans.get(number=5).commitments.get(number="3").milestones.first()
    author, reviewer = make_user("viewer"), make_user("viewer")
    make_public_report(milestone, author, reviewer, date(2021, 5, 1))
    make_report(milestone, author, date(2021, 6, 1), review="submitted")
    OverdueNotice.objects.create(
        deadline=milestone.deadlines.first(), overdue_since=date(2021, 7, 1), flagged_on=date(2021, 7, 1)
    )
    assessment = SelfAssessment.objects.get(plan__member=record)
    day = date(2016, 9, 1)
    PublicComment.objects.create(
        assessment=assessment, plan=assessment.plan, text="Why?", received_on=day, respond_by=day
    )
    rows = {}
    for model in admin.site._registry:
        if model is not User and (row := model._default_manager.order_by("pk").first()):
            rows[model] = row
    return rows


def test_every_address_of_the_admin_is_in_a_table():
    known = OWN_ADDRESSES.keys() | OBJECT_ADDRESSES.keys() | OPEN_TO_ALL | SHARED
    unknown = [
        name
        for name, _address in admin_addresses()
        if name not in known and not is_page_of_a_model(name) and not OF_ONE_ACCOUNT.match(name)
    ]
    assert unknown == []


def test_without_signing_in_nothing_of_the_admin_is_seen(client):
    for name, address in admin_addresses():
        for method in (client.get, client.post):
            response = method(address)
            if name in OPEN_TO_ALL:
                continue
            sent_away = response.status_code == 302 and "/login/" in response["Location"]
            gone_on = response.status_code in (301, 302) and name == ""  # an old address of Django's, without a row
            assert sent_away or gone_on or response.status_code in (403, 404, 405), (name, response.status_code)


@pytest.mark.parametrize("role", ROLES)
def test_addresses_of_ones_own_answer_whom_the_table_names(client, role):
    institution = make_institution(make_member()) if role in BOUND else None
    client.force_login(make_user(role, institution))
    for name, roles in OWN_ADDRESSES.items():
        expected = {200} if role in roles else {403, 404}
        response = client.get(reverse(f"admin:{name}"))
        assert response.status_code in expected, name
        if response.streaming:
            content(response)


@pytest.mark.parametrize("role", BOUND)
def test_what_belongs_to_another_member_does_not_exist(client, role, korean_rows):
    client.force_login(make_user(role, make_institution(make_member())))
    assert len(korean_rows) >= 12
    for model, row in korean_rows.items():
        for page in ("change", "delete", "history"):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
            for method in (client.get, client.post):
                status = method(reverse(name, args=[row.pk])).status_code
                assert status in (302, 403, 404), (name, method.__name__, status)
    for name, (model_name, _roles) in OBJECT_ADDRESSES.items():
        (row,) = [row for model, row in korean_rows.items() if model._meta.model_name == model_name]
        for method in (client.get, client.post):
            assert method(reverse(f"admin:{name}", args=[row.pk])).status_code in (403, 404, 405), name


@pytest.mark.parametrize("role", BOUND)  # reviewers and viewers read every member's record, as their role says
def test_a_list_shows_nothing_of_another_member(client, role, korean_rows):
    client.force_login(make_user(role, make_institution(make_member())))
    for model in korean_rows:
        response = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        if response.status_code == 200:
            shown = response.context["cl"].queryset.filter(pk=korean_rows[model].pk)
            assert not shown.exists(), model


@pytest.mark.parametrize("role", ROLES)
def test_what_the_table_does_not_name_changes_nothing(client, role, korean_rows, record):
    """Posted to every form of rows that the account may see: its own member's, for the coordinating ministry."""
    client.force_login(make_user(role, record.point_of_contact if role in BOUND else None))
    for model, row in korean_rows.items():
        for page, action in (("change", "change"), ("delete", "delete")):
            permission = f"{model._meta.app_label}.{action}_{model._meta.model_name}"
            if permission in PERMISSIONS[role]:
                continue
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[row.pk])
            before = model._default_manager.filter(pk=row.pk).values().get()
            assert client.post(address, {"post": "yes"}).status_code in (302, 403, 404), (permission, page)
            assert model._default_manager.filter(pk=row.pk).values().get() == before, (permission, page)


@pytest.mark.parametrize("role", ROLES)
def test_special_addresses_of_ones_own_rows_answer_whom_the_table_names(client, role, korean_rows, record):
    client.force_login(make_user(role, record.point_of_contact if role in BOUND else None))
    submitted = StatusUpdate.objects.filter(review="submitted").first()
    for name, (model_name, roles) in OBJECT_ADDRESSES.items():
        (row,) = [row for model, row in korean_rows.items() if model._meta.model_name == model_name]
        row = submitted if model_name == "statusupdate" else row
        status = client.get(reverse(f"admin:{name}", args=[row.pk])).status_code
        if role not in roles:
            assert status in (403, 404, 405), (name, status)
        elif role == "coordinator":
            assert status in (200, 405), (name, status)  # 405: it is there, and wants to be posted to


def is_open(viewset) -> bool:
    return MayReport not in viewset.permission_classes


# End points that only a token opens: the roles whose tokens may read, and write.
BY_TOKEN = {"status-updates": {"editor", "head", "co_owner", "coordinator"}}


def test_every_closed_end_point_of_the_api_is_in_the_table():
    assert {prefix for prefix, viewset, _name in router.registry if not is_open(viewset)} == BY_TOKEN.keys()


@pytest.mark.parametrize("role", ROLES)
def test_a_closed_end_point_opens_to_the_tokens_of_the_roles_in_the_table_and_to_no_session(client, role, record):
    user = make_user(role, record.point_of_contact if role in BOUND else None)
    now = timezone.now()
    scopes = tokens.scopes_for(user)
    shown = tokens.make(user, "tests", scopes, now + timedelta(days=1), now)[1]
    client.force_login(user)
    for prefix, roles in BY_TOKEN.items():
        address, bearer = f"/api/v1/{prefix}/", {"Authorization": f"Bearer {shown}"}
        assert client.get(address).status_code == 401
        assert client.get(address, headers=bearer).status_code == (200 if role in roles else 403)
        written = client.post(address, {}, content_type="application/json", headers=bearer)
        assert written.status_code == (400 if role in roles else 403)
        assert client.delete(address, headers=bearer).status_code in (403, 405)


@pytest.mark.parametrize("role", ROLES)
def test_the_api_answers_every_account_as_it_answers_the_public_and_takes_nothing(client, role, record):
    addresses = [f"/api/v1/{prefix}/" for prefix, viewset, _name in router.registry if is_open(viewset)]
    assert len(addresses) >= 6
    public = {address: client.get(f"{address}?page_size=5").content for address in addresses}
    client.force_login(make_user(role, record.point_of_contact if role in BOUND else None))
    for address in addresses:
        assert client.get(f"{address}?page_size=5").content == public[address]
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(address, content_type="application/json").status_code == 405, address


# Files of what the IRM found, and of whole plans: who may ask. A draft review's are in tests/assessments.
ASKED_FOR = {
    "request-plan-report": ["kr-2"],
    "request-commitment-report": ["kr-2", "2-c"],
    "request-review-report": ["kr-2-irm-progress"],
    "request-package": ["kr-2"],
}
EXPORTERS = {role for role in ROLES if "assessments.add_report" in PERMISSIONS[role]}


@pytest.mark.parametrize("role", ROLES)
def test_files_are_made_for_whom_the_table_names_and_refused_to_everybody_else(client, role, record):
    asked = {"language": "en", "format": "pdf"}
    for name, arguments in ASKED_FOR.items():
        address = reverse(name, args=arguments)
        client.logout()
        assert "/login/" in client.post(address, asked)["Location"], name
        client.force_login(make_user(role, record.point_of_contact if role in BOUND else None))
        answer = client.post(address, asked)
        assert answer.status_code == (302 if role in EXPORTERS else 403), name
        assert role not in EXPORTERS or answer["Location"].startswith("/reports/"), name
