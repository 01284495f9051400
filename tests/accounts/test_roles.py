"""Who may do what: the table in the code is the table in the docs, and the admin obeys it."""

from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import User
from accounts.roles import PERMISSIONS
from tests.world import make_user, make_world

DOCS = Path(__file__).parents[2] / "docs" / "roles.md"
ROLES = [role.value for role in User.Role]
ACTIONS = ("view", "add", "change", "delete", "review", "signoff")


def rows() -> list[str]:
    """The table of rights, as docs/roles.md has it."""
    models = sorted(
        {perm.split(".")[0] + "." + perm.split("_", 1)[1] for perms in PERMISSIONS.values() for perm in perms}
    )
    lines = [f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    for model in models:
        app, name = model.split(".")
        cells = []
        for role in ROLES:
            held = [action for action in ACTIONS if f"{app}.{action}_{name}" in PERMISSIONS[role]]
            cells.append(", ".join(held) or "–")
        lines.append(f"| {model} | {' | '.join(cells)} |")
    return lines


def test_the_table_in_the_docs_is_the_table_in_the_code():
    assert "\n".join(rows()) in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("role", ROLES)
def test_every_admin_list_and_form_is_open_to_whom_the_table_names(client, db, role):
    _plan, editor, _reviewer = make_world(1)
    user = make_user(role, editor.institution)
    client.force_login(user)
    for model in admin.site._registry:
        options = model._meta
        for page, action in (("changelist", "view"), ("add", "add")):
            response = client.get(reverse(f"admin:{options.app_label}_{options.model_name}_{page}"))
            closed = page == "add" and options.model_name in ("deadline", "report")
            allowed = f"{options.app_label}.{action}_{options.model_name}" in PERMISSIONS[role] and not closed
            chosen_first = allowed and (page, options.model_name) == ("add", "statusupdate")
            expected = 302 if chosen_first else 200 if allowed else 403
            assert response.status_code == expected, (role, options.label, page)


def test_an_account_that_is_closed_may_do_nothing(db):
    user = make_user("head", make_world(1)[1].institution, is_active=False)
    assert not user.has_perm("milestones.view_statusupdate")


def test_a_right_granted_by_hand_has_no_effect(db):
    user = make_user("viewer")
    user.user_permissions.add(Permission.objects.get(codename="change_commitment"))
    assert not user.has_perm("commitments.change_commitment")


def test_nobody_signed_out_reaches_the_admin(client, db):
    for model in admin.site._registry:
        options = model._meta
        response = client.get(reverse(f"admin:{options.app_label}_{options.model_name}_changelist"))
        assert response.status_code == 302
        assert "/admin/login/" in response["Location"]


def test_an_editor_sees_only_what_its_institution_leads(client, record, editor_msit):
    client.force_login(editor_msit)
    page = client.get("/admin/commitments/commitment/").content.decode()
    assert "Provide an online system for public institutions" in page
    assert "Protect whistleblowers" not in page
    other = record.plans.get(number=5).commitments.get(number="6")
    assert client.get(f"/admin/commitments/commitment/{other.pk}/change/").status_code == 302
    milestone = other.milestones.first()
    assert client.get(f"/admin/milestones/milestone/{milestone.pk}/change/").status_code == 302


def test_the_coordinating_ministry_sees_every_ministrys_milestones_of_its_member_only(client, record, coordinator):
    _plan, editor, _reviewer = make_world(1)
    client.force_login(coordinator)
    page = client.get("/admin/milestones/milestone/?q=").content.decode()
    assert "kr-5" in page
    foreign = editor.institution.member.plans.get().commitments.get().milestones.get()
    assert client.get(f"/admin/milestones/milestone/{foreign.pk}/change/").status_code == 302
