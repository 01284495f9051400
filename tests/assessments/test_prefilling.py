"""A self-assessment made from a plan: what the record says is filled in, and nothing that it does not say."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments import prefilling
from assessments.models import SelfAssessment
from commitments.models import Involvement
from milestones.models import Evidence
from tests.world import make_institution, make_milestone, make_public_report, make_report, make_user, make_world

MAKE = "/admin/assessments/selfassessment/add/"


@pytest.fixture
def world(db):
    return make_world(3)


@pytest.fixture
def coordinator(world):
    return make_user("coordinator", world[1].institution)


def made(plan) -> SelfAssessment:
    return prefilling.make(plan, "mid_term")[0]


def entry_of(plan):
    return made(plan).entries.order_by("commitment__position").first()


def test_one_press_makes_five_sections_and_a_form_for_each_commitment(client, world, coordinator):
    client.force_login(coordinator)
    answer = client.post(MAKE, {"plan": world[0].pk, "kind": "mid_term"})
    found = SelfAssessment.objects.get(plan=world[0])
    assert answer.url == reverse("admin:assessments_selfassessment_change", args=[found.pk])
    assert (found.stage, found.sections.count(), found.entries.count()) == ("draft", 5, 3)
    assert found.title.startswith("Mid-term self-assessment: ")
    assert found.title_ko.startswith("중간 ")
    assert client.get(answer.url).status_code == 200


def test_pressed_twice_it_is_made_once_and_what_was_written_stays(world, client, coordinator):
    entry = entry_of(world[0])
    type(entry).objects.filter(pk=entry.pk).update(main_objective="Written by hand.")
    client.force_login(coordinator)
    client.post(MAKE, {"plan": world[0].pk, "kind": "mid_term"})
    assert SelfAssessment.objects.get(plan=world[0]).entries.filter(main_objective="Written by hand.").count() == 1


def test_another_members_plan_cannot_be_chosen(client, world, coordinator):
    client.force_login(coordinator)
    other = make_world(1)[0]
    answer = client.post(MAKE, {"plan": other.pk, "kind": "mid_term"})
    assert answer.status_code == 400
    assert not SelfAssessment.objects.filter(plan=other).exists()


def test_the_latest_approved_report_is_the_result_and_earlier_ones_are_dated_facts(world):
    plan, editor, head = world
    milestone = plan.commitments.first().milestones.get()
    for day, words in ((2, "First."), (3, "Second.")):
        make_public_report(milestone, editor, head, date(2021, 8, day), what_was_done=words, challenges="")
    make_report(milestone, editor, date(2021, 9, 1), what_was_done="A draft that nobody approved.")
    result = entry_of(plan).results.get()
    assert (result.body, result.heading) == ("Second.", milestone.title)
    assert [fact["date"] for fact in result.facts] == ["2021-07-01", "2021-08-02"]
    assert result.facts[-1]["text"] == "Limited: First."
    assert result.update.what_was_done == "Second."


def test_a_report_in_korean_is_filled_into_the_korean_text(world):
    plan, editor, head = world
    milestone = plan.commitments.first().milestones.get()
    words = {"what_was_done": "법률안을 제출하였다.", "challenges": "", "next_step": "공청회를 연다."}
    make_public_report(milestone, editor, head, date(2021, 8, 2), **words)
    entry = entry_of(plan)
    assert (entry.results.get().body, entry.results.get().body_ko) == ("", "법률안을 제출하였다.")
    assert (entry.next_steps, entry.next_steps_ko) == ("", "공청회를 연다.")


def test_a_level_is_proposed_only_where_all_milestones_stand_alike(world):
    plan, editor, head = world
    commitment = plan.commitments.first()
    second = make_milestone(commitment, date(2021, 12, 31))
    entry = entry_of(plan)
    assert entry.completion_level == ""
    assert entry.completion_note == "2 milestones. Limited: 1, Not reported: 1."
    assert entry.completion_note_ko.startswith("세부과제 2")
    SelfAssessment.objects.all().delete()
    make_public_report(second, editor, head, date(2021, 8, 2), status="limited")
    assert entry_of(plan).completion_level == "limited"


def test_evidence_of_the_latest_reports_becomes_links_each_once(world):
    plan, editor, head = world
    milestone = plan.commitments.first().milestones.get()
    report = make_public_report(milestone, editor, head, date(2021, 8, 2))
    for title in ("One", "The same again"):
        Evidence.objects.create(update=report, title=title, url="https://example.org/law")
    assert list(entry_of(plan).links.values_list("label", "url")) == [("One", "https://example.org/law")]


def test_actors_are_parted_into_state_bodies_and_all_others(world):
    commitment = world[0].commitments.first()
    for name, kind in (("Archive", "state_body"), ("Watch", "cso")):
        body = make_institution(world[0].member, kind=kind, name=name)
        Involvement.objects.create(commitment=commitment, institution=body, role="supporting")
    entry = entry_of(world[0])
    assert (entry.government_actors, entry.other_actors) == ("Archive", "Watch")


def test_what_nobody_wrote_stays_empty(world):
    entry = entry_of(world[0])
    assert (entry.main_objective, entry.ambition, entry.document, entry.signed_off_at) == ("", "", None, None)


def test_it_takes_the_same_queries_for_1_3_and_30_commitments(db):
    counts = []
    for size in (1, 3, 30):
        plan = make_world(size)[0]
        with CaptureQueriesContext(connection) as captured:
            made(plan)
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts
