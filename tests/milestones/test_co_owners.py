"""What a civil-society co-owner reports: public and marked as such, never counted as what the ministry says."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import User
from commitments.dates import local_date, six_months_before
from commitments.models import Commitment, Involvement
from milestones import periods, services
from milestones.models import Deadline, Event, Evidence, Link, Milestone, OverduePeriod, StatusUpdate
from milestones.querysets import stale
from milestones.spreadsheet import milestones_for
from milestones.upload_rows import Facts
from tests.files import content
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_report,
    make_user,
)

DUE = date(2021, 6, 30)
SAID = date(2021, 7, 15)
LATER = date(2021, 11, 15)


class World:
    def __init__(self):
        self.member = make_member()
        self.plan = make_plan(self.member)
        self.ministry = make_institution(self.member)
        self.society = make_institution(self.member, kind="cso", name_ko="시민모임")
        self.editor, self.head = make_user("editor", self.ministry), make_user("head", self.ministry)
        self.coordinator = make_user("coordinator", make_institution(self.member))
        self.co_owner = make_user("co_owner", self.society)
        self.colleague = make_user("co_owner", self.society)
        self.stranger = make_user("co_owner", make_institution(self.member, kind="cso"))
        self.commitment = make_commitment(self.plan, self.ministry)
        self.involve(self.commitment)
        self.milestone = make_milestone(self.commitment, DUE)

    def involve(self, commitment, institution=None):
        return Involvement.objects.create(
            commitment=commitment, institution=institution or self.society, role="co_owner"
        )

    def report(self, author=None, status="completed", **facts):
        return make_report(self.milestone, author or self.co_owner, SAID, status, **facts)

    def handed_in(self, author=None, status="completed"):
        report = self.report(author, status)
        Evidence.objects.create(update=report, title="What we saw", url="https://example.org/seen")
        services.submit(report)
        return report

    def public(self, author=None, on=SAID, **facts):
        return make_public_report(
            self.milestone, author or self.co_owner, self.coordinator, on, **{"status": "completed"} | facts
        )

    def page(self, client, language="en", on=LATER) -> str:
        with translation.override(language):
            return read(client, f"{self.commitment.get_absolute_url()}?as_of={on.isoformat()}")


@pytest.fixture
def world(db):
    return World()


def read(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def page_of(report, name="change") -> str:
    return reverse(f"admin:milestones_statusupdate_{name}", args=[report.pk])


def seen_by(user) -> set:
    return set(StatusUpdate.objects.visible_to(user))


def state_on(milestone, on) -> tuple:
    found = Milestone.objects.with_state(on).get(pk=milestone.pk)
    return found.status, found.status_on, found.overdue_due_on


# Who it is, and what it reports on ------------------------------------------------------------------------------------
def test_a_co_owner_acts_for_an_institution(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("co_owner")
    with pytest.raises(ValidationError, match="acts for an institution"):
        User(username="nobody", role="co_owner", password="x").full_clean()


def test_it_reports_on_the_milestones_of_what_it_co_owns_and_on_no_others(world):
    make_milestone(make_commitment(world.plan, world.ministry), DUE)
    led = make_milestone(make_commitment(world.plan, world.society), DUE)
    assert list(Milestone.objects.reported_by(world.co_owner)) == [world.milestone]
    assert not Milestone.objects.reported_by(world.stranger).exists()
    assert led not in Milestone.objects.reported_by(world.co_owner), "a co-owner speaks as co-owner alone"


def test_a_part_taken_by_a_body_below_it_counts_as_its_own(world):
    chapter = make_institution(world.member, parent=world.society)
    milestone = make_milestone(make_commitment(world.plan, world.ministry), DUE)
    world.involve(milestone.commitment, chapter)
    assert set(Milestone.objects.reported_by(world.co_owner)) == {world.milestone, milestone}


def test_an_editor_of_the_co_owning_institution_still_reports_on_what_it_leads_alone(world):
    editor = make_user("editor", world.society)
    assert not Milestone.objects.reported_by(editor).exists()
    assert list(Milestone.objects.reported_by(world.editor)) == [world.milestone]


def test_the_form_makes_a_report_in_the_co_owners_voice(client, world):
    client.force_login(world.co_owner)
    address = f"{reverse('admin:milestones_statusupdate_add')}?milestone={world.milestone.pk}"
    assert f"Civil-society co-owner: {world.society.name}" in read(client, address)
    empty = {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0"}
    response = client.post(address, {"on_date": SAID.isoformat(), "status": "limited", "_continue": "1"} | empty)
    assert response.status_code == 302
    report = StatusUpdate.objects.get()
    assert (report.as_co_owner, report.institution, report.author) == (True, world.society, world.co_owner)


def test_an_editors_form_makes_a_report_in_the_ministrys_voice(client, world):
    client.force_login(world.editor)
    address = f"{reverse('admin:milestones_statusupdate_add')}?milestone={world.milestone.pk}"
    assert "Civil-society co-owner" not in read(client, address)
    assert not world.report(world.editor).as_co_owner


def test_a_later_change_of_role_does_not_change_whose_voice_it_was(world):
    report = world.report()
    User.objects.filter(pk=world.co_owner.pk).update(role="editor")
    report = StatusUpdate.objects.get(pk=report.pk)
    report.what_was_done = "More."
    report.save()
    report.refresh_from_db()
    assert report.as_co_owner


def test_the_database_refuses_a_co_owners_report_without_its_institution(world):
    report = world.report()
    with pytest.raises(IntegrityError), transaction.atomic():
        StatusUpdate.objects.filter(pk=report.pk).update(institution=None)


def test_the_form_of_another_commitments_milestone_is_not_there(client, world):
    client.force_login(world.stranger)
    address = f"{reverse('admin:milestones_statusupdate_add')}?milestone={world.milestone.pk}"
    assert client.get(address).status_code == 404


def test_a_co_owners_report_follows_the_same_rules(world):
    report = world.report()
    assert set(services.problems(report, 0, LATER)) == {"status"}, "completed needs evidence"
    with pytest.raises(ValidationError, match="needs evidence"):
        services.submit(report)


# It never counts as what the ministry says ----------------------------------------------------------------------------
def test_the_state_of_the_milestone_stays_what_the_ministry_says(world):
    world.public(world.editor, SAID - timedelta(days=5), status="limited")
    before = state_on(world.milestone, LATER)
    world.public()
    assert state_on(world.milestone, LATER) == before == ("limited", SAID - timedelta(days=5), DUE)


def test_a_milestone_of_which_only_the_co_owner_reports_is_not_reported(world):
    world.public()
    assert state_on(world.milestone, LATER) == (None, None, DUE)


def test_the_deadline_stays_unmet_in_every_form_of_the_rule(world):
    world.public()
    (deadline,) = Deadline.objects.filter(milestone=world.milestone)
    assert deadline.report(LATER) is None
    assert deadline.is_unmet(LATER)
    assert deadline.is_overdue(LATER)
    rows = Deadline.objects.filter(pk=deadline.pk)
    assert rows.with_report(LATER).get().report_status is None
    assert rows.unmet(LATER).exists()
    assert not rows.met(LATER).exists()
    assert rows.overdue_by_facts(LATER).exists()
    assert rows.overdue(LATER).exists()


def test_the_day_on_which_it_was_met_is_the_ministrys(world):
    world.public(on=DUE - timedelta(days=30))
    world.public(world.editor)
    assert Deadline.objects.filter(milestone=world.milestone).met(LATER).get().met_on == SAID


def test_an_approval_by_the_service_leaves_the_stored_periods_as_they_were(world):
    before = periods.facts_of(OverduePeriod.objects.filter(milestone=world.milestone))
    services.approve(world.handed_in(), world.coordinator)
    assert periods.facts_of(OverduePeriod.objects.filter(milestone=world.milestone)) == before
    assert len(before) == 1
    assert not any(
        periods.disagreeing(on).exists() for on in (DUE, SAID, LATER, world.plan.ends_on, local_date("Asia/Seoul"))
    )


def test_a_ministrys_own_report_still_ends_the_period(world):
    world.public()
    world.public(world.editor)
    assert OverduePeriod.objects.get(milestone=world.milestone).until == SAID


def test_what_a_co_owner_reports_keeps_a_commitment_from_going_stale(world):
    def quiet(on):
        return stale(Commitment.objects.filter(pk=world.commitment.pk), on, six_months_before(on)).exists()

    assert quiet(LATER)
    world.public()
    assert not quiet(LATER)


# Review, and who sees what before it ----------------------------------------------------------------------------------
def test_the_coordinating_ministry_reviews_it(world):
    report = world.handed_in()
    services.approve(report, world.coordinator)
    assert (report.review, report.reviewed_by) == ("approved", world.coordinator)


def test_the_head_of_the_ministry_can_neither_approve_nor_return_it(client, world):
    report = world.handed_in()
    for decide in (
        lambda: services.approve(report, world.head),
        lambda: services.return_to_author(report, world.head, "We would rather not."),
    ):
        with pytest.raises(PermissionDenied, match="coordinating ministry"):
            decide()
    client.force_login(world.head)
    assert client.post(page_of(report, "review"), {"decision": "approve"}).status_code == 404
    report.refresh_from_db()
    assert report.review == "submitted"


def test_nobody_approves_their_own_even_with_another_role(world):
    report = world.handed_in()
    User.objects.filter(pk=world.co_owner.pk).update(role="coordinator")
    with pytest.raises(PermissionDenied, match="You wrote this report yourself"):
        services.approve(report, User.objects.get(pk=world.co_owner.pk))


def test_a_co_owner_reviews_nothing(world):
    report = world.handed_in()
    with pytest.raises(PermissionDenied, match="does not review"):
        services.approve(report, world.colleague)


def test_the_coordinating_ministry_approves_it_on_its_page(client, world):
    report = world.handed_in()
    client.force_login(world.coordinator)
    page = read(client, page_of(report))
    assert f"Civil-society co-owner: {world.society.name}" in page
    assert "Approve and publish" in page
    client.post(page_of(report, "review"), {"decision": "approve"})
    report.refresh_from_db()
    assert report.review == "approved"


@pytest.mark.parametrize("review", ["draft", "submitted"])
def test_before_approval_neither_sees_the_others_report(client, world, review):
    theirs, ministrys = world.report(review=review), world.report(world.editor, review=review)
    assert seen_by(world.co_owner) == seen_by(world.colleague) == {theirs}
    assert seen_by(world.editor) == seen_by(world.head) == {ministrys}
    assert seen_by(world.coordinator) == {theirs, ministrys}
    assert seen_by(world.stranger) == set()
    for user, hidden, own in ((world.editor, theirs, ministrys), (world.co_owner, ministrys, theirs)):
        client.force_login(user)
        assert client.get(page_of(hidden)).status_code == 302
        assert client.get(page_of(own)).status_code == 200


def test_the_milestones_page_in_the_admin_shows_no_report_of_the_other_voice(client, world):
    world.report(what_was_done="Seen by the society.")
    world.report(world.editor, what_was_done="Drafted by the ministry.")
    address = reverse("admin:milestones_milestone_change", args=[world.milestone.pk])
    for user, own, hidden in (
        (world.editor, "Drafted by the ministry.", "Seen by the society."),
        (world.co_owner, "Seen by the society.", "Drafted by the ministry."),
    ):
        client.force_login(user)
        page = read(client, address)
        assert own in page
        assert hidden not in page


def test_the_form_shows_as_previous_what_the_same_voice_said(client, world):
    world.public(what_was_done="Seen by the society.")
    world.public(world.editor, what_was_done="Done by the ministry.")
    address = f"{reverse('admin:milestones_statusupdate_add')}?milestone={world.milestone.pk}"
    for user, own, other in (
        (world.editor, "Done by the ministry.", "Seen by the society."),
        (world.co_owner, "Seen by the society.", "Done by the ministry."),
    ):
        client.force_login(user)
        page = read(client, address)
        assert own in page
        assert other not in page


def test_once_approved_the_ministry_sees_it_too(world):
    report = world.public()
    assert seen_by(world.editor) == seen_by(world.head) == {report}


def test_a_file_that_is_not_public_yet_is_the_co_owners_and_the_coordinating_ministrys(client, world):
    report = world.report(review="submitted")
    evidence = Evidence(update=report, title="Photograph", file=ContentFile(b"%PDF-1.4 seen", name="seen.pdf"))
    evidence.describe_file("application/pdf")
    evidence.save()
    expected = {world.co_owner: 200, world.coordinator: 200, world.editor: 404, world.head: 404, world.stranger: 404}
    for user, status in expected.items():
        client.force_login(user)
        response = client.get(reverse("evidence", args=[evidence.pk]))
        assert response.status_code == status, user.role
        if response.streaming:
            assert content(response) == b"%PDF-1.4 seen"


def test_handing_it_in_says_who_reviews_it(client, world):
    report = world.report(status="limited")
    client.force_login(world.co_owner)
    page = client.get(page_of(report)).context
    facts = {"on_date": SAID.isoformat(), "status": "limited", "what_was_done": "Some.", "challenges": "Money."}
    facts |= {"_version": page["edition"]["version"], "_before": page["edition"]["before"]}
    facts |= {"evidence-TOTAL_FORMS": "0", "evidence-INITIAL_FORMS": "0", "_submit": "1"}
    told = client.post(page_of(report), facts, follow=True).content.decode()
    assert "Once the coordinating ministry approves it, it is public." in told
    report.refresh_from_db()
    assert report.review == "submitted"


# What the public sees -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_marks_the_report_in_words_with_its_institution(client, world, language):
    report = world.public()
    page = world.page(client, language)
    shown = page.split(f'id="report-{report.pk}"')[1].split("</article>")[0]
    name = "시민모임" if language == "ko" else world.society.name
    with translation.override(language):
        mark = gettext("Civil-society co-owner")
    assert f"<strong>{mark}:</strong>" in shown
    assert name in shown.split("</strong>")[1].split("</p>")[0]


def test_a_ministrys_report_carries_no_such_mark(client, world):
    report = world.public(world.editor)
    shown = world.page(client).split(f'id="report-{report.pk}"')[1].split("</article>")[0]
    assert "co-owner" not in shown


def test_co_owners_stand_among_who_is_responsible(client, world):
    page = world.page(client).split('id="who"')[1].split("</section>")[0]
    assert page.count("Civil-society co-owner") == 1
    assert world.society.name in page.split("Civil-society co-owner")[1]
    world.commitment.involvements.filter(role="co_owner").delete()
    assert "co-owner" not in world.page(client).split('id="who"')[1].split("</section>")[0]


def test_it_stands_in_time_order_among_the_others(client, world):
    reports = [
        world.public(author, SAID + timedelta(days=days))
        for days, author in enumerate([world.editor, world.co_owner, world.editor])
    ]
    page = world.page(client)
    places = [page.index(f'id="report-{report.pk}"') for report in reports]
    assert places == sorted(places, reverse=True)


def test_the_state_column_the_ministrys_card_and_the_api_say_the_same_as_without_it(client, world):
    def parts():
        page = world.page(client)
        card = page.split('class="voices"')[1].split("</article>")[0]
        row = page.split('id="milestones"')[1].split("<tbody>")[1].split("</tbody>")[0]
        api = client.get(f"/api/v1/milestones/?plan={world.plan.slug}&as_of={LATER}").json()["results"]
        overdue = content(client.get(reverse("overdue-csv"), {"plan": world.plan.slug, "as_of": LATER}))
        return card, row, api, overdue

    before = parts()
    assert "No report received." in before[0]
    assert before[2][0]["status"] == "not_reported"
    world.public()
    assert parts() == before


def test_history_says_that_a_co_owner_said_it(client, world):
    report = world.handed_in()
    services.approve(report, world.coordinator)
    event = Event.objects.get(action="approved")
    assert event.changes["as_co_owner"] == [None, True]
    page = read(client, reverse("commitment-history", args=[world.plan.slug, world.commitment.number]))
    assert "By a civil-society co-owner" in page
    assert world.society.name in page


def test_history_compares_it_with_what_the_same_voice_said_before(world):
    world.public(world.editor, SAID - timedelta(days=1), status="limited")
    services.approve(world.handed_in(), world.coordinator)
    assert Event.objects.get(action="approved").changes["status"] == [None, "completed"]


def test_it_corrects_no_report_of_the_ministry_about_the_same_day(client, world):
    world.public(world.editor, status="limited")
    world.public()
    assert "It corrects the report" not in world.page(client)
    world.public(world.editor, status="substantial")
    assert "It corrects the report" in world.page(client)


def test_the_front_page_marks_it_among_the_latest_changes(client, world):
    world.public()
    assert "Completed (civil-society co-owner):" in read(client, "/")


def test_the_desk_tells_a_ministry_nothing_of_a_co_owners_report_before_it_is_approved(client, world):
    plan = world.plan
    plan.ends_on = local_date("Asia/Seoul") + timedelta(days=30)
    plan.save()
    periods.refresh(Milestone.objects.filter(pk=world.milestone.pk))
    report = world.handed_in()
    link = Link.objects.create(url="https://example.org/gone", state="broken", next_check_at=timezone.now())
    report.evidence.update(link=link)
    client.force_login(world.editor)
    page = read(client, "/admin/")
    assert "Nothing of yours is late." not in page
    assert "Submitted, waits for review" not in page
    assert "What we saw" not in page
    client.force_login(world.co_owner)
    page = read(client, "/admin/")
    assert "Submitted, waits for review" in page
    assert "What we saw" in page


def test_the_timeline_has_no_dot_for_it(client, world):
    world.public()
    (row,) = client.get(f"{world.commitment.get_absolute_url()}?as_of={LATER}").context["timeline"].rows
    assert row.dots == []


def test_the_ministrys_spreadsheet_holds_nothing_of_it(world):
    report = world.public()
    (milestone,) = milestones_for(world.editor)
    assert milestone.public == []
    facts = Facts(world.editor, [f"{world.milestone.pk}"])
    facts.milestones = {world.milestone.pk: world.milestone}
    assert report not in facts.known_reports()


def test_in_the_admin_a_co_owner_sees_the_commitments_that_it_co_owns(client, world):
    client.force_login(world.co_owner)
    listed = client.get(reverse("admin:commitments_commitment_changelist")).context["cl"].queryset
    assert list(listed) == [world.commitment]


# Size -----------------------------------------------------------------------------------------------------------------
def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        read(client, address)
    return len(captured)


@pytest.mark.parametrize("role", ["editor", "co_owner", "coordinator", None])
def test_pages_cost_the_same_with_2_and_20_reports_of_co_owners(client, world, role):
    addresses = [f"{world.commitment.get_absolute_url()}?as_of={LATER}"]
    if role:
        client.force_login(getattr(world, role))
        addresses += ["/admin/", reverse("admin:milestones_statusupdate_changelist")]
        addresses += [reverse("admin:milestones_milestone_change", args=[world.milestone.pk])]
    counts = []
    for number in (2, 18):
        for n in range(number):
            society = make_institution(world.member, kind="cso")
            world.involve(world.commitment, society)
            world.public(on=SAID + timedelta(days=n))
            world.public(make_user("co_owner", society), SAID + timedelta(days=n))
        counts.append([queries(client, address) for address in addresses])
    assert counts[0] == counts[1]


def test_loading_the_record_anew_keeps_the_co_owners_that_were_entered(record):
    commitment = Commitment.objects.get(plan__slug="kr-5", number="3")
    forum = make_institution(record, kind="cso")
    Involvement.objects.create(commitment=commitment, institution=forum, role="co_owner")
    call_command("load_record", verbosity=0)
    assert commitment.involvements.filter(institution=forum, role="co_owner").exists()
