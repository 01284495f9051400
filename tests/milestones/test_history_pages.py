"""The public history: what changed, when, by which institution and role, and why; never by which person."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from commitments.dates import local_date
from milestones import services
from milestones.models import Event
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_report,
    make_user,
)


def today() -> date:
    return local_date("Asia/Seoul")


class World:
    def __init__(self, milestones=2):
        plan = make_plan(make_member())
        self.ministry = make_institution(plan.member)
        self.ministry.name = "Ministry of Testing"
        self.ministry.save()
        self.commitment = make_commitment(plan, self.ministry)
        self.milestones = [make_milestone(self.commitment, date(2021, 10, 31)) for _n in range(milestones)]
        names = {"first_name": "Gildong", "last_name": "Hong-Secret"}
        self.editor = make_user("editor", self.ministry, **names)
        self.head = make_user("head", self.ministry, first_name="Chunhyang", last_name="Seong-Secret")

    @property
    def address(self):
        return f"{self.commitment.get_absolute_url()}history/"

    def approved(self, milestone):
        report = make_report(milestone, self.editor, date(2021, 11, 15))
        services.submit(report)
        services.approve(report, self.head)
        return report

    def amended(self, milestone):
        deadline = milestone.deadlines.get()
        services.amend_deadline(deadline, date(2022, 3, 31), "The tender failed.", today(), by=self.head)


@pytest.fixture
def world(db):
    return World()


def read(client, address, **query) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_says_what_when_by_which_institution_and_role_old_new_and_why(client, world):
    world.amended(world.milestones[0])
    page = read(client, world.address)
    assert "Deadline amended" in page
    assert f'<time datetime="{today().isoformat()}">' in page
    assert "Ministry of Testing, head of institution" in page
    assert "before: </span>31 October 2021</del>" in page
    assert "after: </span>31 March 2022</ins>" in page
    assert "The tender failed." in page


def test_it_never_names_a_person(client, world):
    world.approved(world.milestones[0])
    world.amended(world.milestones[1])
    services.assign(world.milestones[0], world.editor, world.head)
    for address in (
        world.address,
        f"{world.commitment.get_absolute_url()}milestones/{world.milestones[0].position}/history/",
    ):
        page = read(client, address)
        assert "Report approved and published" in page
        for user in (world.editor, world.head):
            for secret in (user.username, user.first_name, user.last_name):
                assert secret not in page


def test_drafts_submissions_and_returns_are_not_public(client, world):
    report = make_report(world.milestones[0], world.editor, date(2021, 11, 15), what_was_done="Half a thought.")
    services.submit(report)
    services.return_to_author(report, world.head, "A private reason.")
    page = read(client, world.address)
    assert "No change is recorded by this day." in page
    assert "Half a thought." not in page
    assert "A private reason." not in page
    assert Event.objects.count() == 2, "they are in the log all the same"


def test_the_newest_comes_first_and_a_milestone_has_its_own_page(client, world):
    world.approved(world.milestones[0])
    world.amended(world.milestones[1])
    page = read(client, world.address)
    assert page.index("Deadline amended") < page.index("Report approved and published")
    own = read(client, f"{world.commitment.get_absolute_url()}milestones/{world.milestones[0].position}/history/")
    assert "Report approved and published" in own
    assert "Deadline amended" not in own


def test_as_of_an_earlier_day_nothing_later_is_told(client, world):
    world.approved(world.milestones[0])
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert "No change is recorded by this day." in read(client, world.address, as_of=yesterday)
    assert "Report approved" in read(client, world.address, as_of=today().isoformat())
    assert client.get(world.address, {"as_of": "yesterday"}).status_code == 400


def test_the_commitments_page_and_the_milestones_lead_to_theirs_and_the_day_is_kept(client, world):
    page = read(client, world.commitment.get_absolute_url(), as_of="2021-11-15")
    milestone = f"{world.commitment.get_absolute_url()}milestones/{world.milestones[0].position}/"
    assert f'href="{world.address}?as_of=2021-11-15"' in page
    assert f'href="{milestone}?as_of=2021-11-15"' in page
    assert f'href="{milestone}history/?as_of=2021-11-15"' in read(client, milestone, as_of="2021-11-15")


def test_there_is_a_korean_page(client, world):
    world.amended(world.milestones[0])
    with translation.override("en"):  # a request leaves its language behind
        assert '<html lang="ko">' in read(client, f"/ko{world.address}")


def test_what_does_not_exist_is_not_found(client, world):
    base = world.commitment.get_absolute_url()
    assert client.get(f"{base}milestones/99999/history/").status_code == 404
    assert client.get(f"{base[:-1]}-none/history/").status_code == 404


def test_what_comes_from_people_is_text_and_no_markup(client, world):
    deadline = world.milestones[0].deadlines.get()
    services.amend_deadline(deadline, date(2022, 3, 31), "<script>alert(1)</script>", today(), by=world.head)
    assert "<script>alert" not in read(client, world.address)


def test_a_long_history_is_in_pages(client, world):
    for _n in range(51):
        services.correct_reading(world.milestones[0], world.head, "Again.", open_ended=True)
    assert "Page 1 of 2" in read(client, world.address)
    assert "Page 2 of 2" in read(client, world.address, page=2)
    assert client.get(world.address, {"page": 3}).status_code == 404


def test_the_page_costs_the_same_for_1_and_30_changes(client, db):
    counts = []
    for size in (1, 30):
        world = World(size)
        for milestone in world.milestones:
            world.approved(milestone)
        read(client, world.address)
        with CaptureQueriesContext(connection) as captured:
            read(client, world.address)
        counts.append(len(captured))
    assert counts[0] == counts[1]
