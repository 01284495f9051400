"""A plan whose period is over: nothing is overdue any more, and tables say what was not reported as met, not "0"."""

from datetime import date

import pytest
from lxml import html

from commitments.models import PolicyArea
from tests.world import make_commitment, make_milestone, make_public_report, make_user, make_world

pytestmark = pytest.mark.django_db
LAST, OVER = "2022-12-31", "2023-01-01"


@pytest.fixture
def plan():
    """Six commitments whose milestones were last reported limited; of the first one also: completed, withdrawn, silent,
    without a date. One commitment has been met as a whole."""
    plan, editor, _reviewer = make_world(6)
    first, met = plan.commitments.order_by("position")[:2]
    for status in ("completed", "withdrawn"):
        report(make_milestone(first, date(2021, 9, 30)), status)
    make_milestone(first, date(2021, 9, 30))
    make_milestone(first)
    report(met.milestones.get(), "completed")
    make_commitment(plan, editor.institution)  # without a milestone
    area = PolicyArea.objects.create(slug="open-data", name="Open Data", position=1)
    area.commitments.add(first, met)
    return plan


def report(milestone, status):
    author, reviewer = make_user("viewer"), make_user("viewer")
    make_public_report(milestone, author, reviewer, date(2022, 9, 30), status=status)


def cells(client, address: str) -> list[str]:
    """What the column "Overdue" says, without the members' and institutions' sums."""
    page = html.fromstring(client.get(address).content.decode())
    found = page.xpath("//main//td[@data-label='Overdue']")
    return [" ".join(cell.text_content().split()) for cell in found]


FIRST, MET = "plan over: 3 not reported as met", "plan over: all reported as met or withdrawn"
ONE = "plan over: 1 not reported as met"


def test_a_list_of_plans(client, plan):
    address = f"/plans/?member={plan.member.slug}&as_of="
    assert cells(client, address + LAST) == ["6"]
    assert cells(client, address + OVER) == ["plan over: 7 not reported as met"]


def test_lists_of_commitments(client, plan):
    address = f"/commitments/?plan={plan.slug}&as_of="
    assert cells(client, address + LAST) == ["2", "0", "1", "1", "1", "1", "–"]
    assert cells(client, address + OVER) == [FIRST, MET, ONE, ONE, ONE, ONE, "–"]
    assert cells(client, f"/policy-areas/open-data/?as_of={OVER}") == [FIRST, MET]
    assert "계획 종료:" in client.get(f"/ko/commitments/?plan={plan.slug}&as_of={OVER}").content.decode()


def test_the_member_and_its_institutions(client, plan):
    """A row of one plan says what was not met; one that sums over plans keeps its number, with what it leaves out."""
    address = f"{plan.member.get_absolute_url()}?as_of="
    assert cells(client, address + LAST)[0] == "6"
    assert cells(client, address + OVER) == ["plan over: 7 not reported as met", "0"]
    for page in (address, "/members/?as_of=", "/institutions/?as_of=", "/policy-areas/?as_of="):
        assert "count nothing as overdue any more" in client.get(page + OVER).content.decode(), page


def test_the_plan_and_its_themes(client, plan):
    assert cells(client, f"{plan.get_absolute_url()}?as_of={LAST}") == ["6"]
    assert cells(client, f"{plan.get_absolute_url()}?as_of={OVER}") == ["plan over: 7 not reported as met"]
    theme = plan.themes.first()  # that of the first commitment and of the fourth
    assert cells(client, f"{theme.get_absolute_url()}?as_of={OVER}") == ["plan over: 4 not reported as met"]


def test_the_filter_finds_them_and_the_others(client, plan):
    def found(day: str, value: str) -> int:
        asked = {"plan": plan.slug, "as_of": day, "unmet_after_end": value}
        return client.get("/api/v1/milestones/", asked).json()["count"]

    assert [found(LAST, "true"), found(LAST, "false")] == [0, 10]
    assert [found(OVER, "true"), found(OVER, "false")] == [7, 3]


def test_a_milestone_of_which_a_round_is_open_was_not_met(client, plan):
    milestone = plan.commitments.order_by("position")[2].milestones.get()
    deadline = milestone.deadlines.first()
    milestone.updates.update(status="completed", deadline=deadline)
    row = client.get(f"/api/v1/milestones/{milestone.pk}/?as_of={OVER}").json()
    assert row["status"] == "round_completed"
    assert "plan over: 7 not reported as met" in cells(client, f"/plans/?member={plan.member.slug}&as_of={OVER}")
    assert cells(client, f"{plan.get_absolute_url()}?as_of={OVER}") == ["plan over: 7 not reported as met"]


def test_a_report_after_the_end_still_counts(client, plan):
    update = plan.commitments.order_by("position")[2].milestones.get().updates.get()
    type(update).objects.filter(pk=update.pk).update(status="completed", published_on=date(2023, 3, 1))
    address = f"/plans/?member={plan.member.slug}&as_of="
    assert cells(client, f"{address}2023-02-28") == ["plan over: 7 not reported as met"]
    assert cells(client, f"{address}2023-03-01") == ["plan over: 6 not reported as met"]
