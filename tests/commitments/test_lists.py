"""Long lists: pages that cost the same however long the list, and filters that offer what a reader can look through."""

import re
from datetime import date

import pytest

from commitments.filters import FEW_MEMBERS
from commitments.pages import RowsByMember, RowsPaginator
from milestones.filters import OverdueFilter
from milestones.models import Milestone
from tests.world import make_commitment, make_institution, make_member, make_milestone, make_plan, make_world

pytestmark = pytest.mark.django_db
ON = "2022-07-15"


def options(page, name: str) -> list[str]:
    """The values that the select of that name offers."""
    select = re.search(rf'<select[^>]* name="{name}".*?</select>', page.content.decode(), re.S)[0]
    return re.findall(r'<option value="([^"]*)"', select)


def overdue_rows():
    return OverdueFilter({"overdue": "true", "as_of": ON}, queryset=Milestone.objects.all()).qs


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_the_pages_of_a_list_by_member_are_those_of_the_plain_list(size):
    for number in (3, 1, 4, 2):
        make_world(number)
    rows = overdue_rows()
    assert isinstance(rows.in_pages, RowsByMember)
    quick, plain = RowsPaginator(rows, size), RowsPaginator(rows.all(), size)
    assert quick.num_pages == plain.num_pages
    assert quick.count == plain.count >= 10
    for number in quick.page_range:
        assert list(quick.page(number)) == list(plain.page(number))


def test_two_members_of_one_name_are_kept_apart():
    for day in (1, 2, 3):
        member = make_member(name="Twinland")
        make_milestone(make_commitment(make_plan(member), make_institution(member)), date(2021, 6, day))
    quick, plain = RowsPaginator(overdue_rows(), 2), RowsPaginator(overdue_rows().all(), 2)
    assert [row.pk for page in quick for row in page] == [row.pk for page in plain for row in page]


def test_an_empty_list_has_one_empty_page(client):
    assert client.get("/overdue/?as_of=1999-01-01").context["rows"].paginator.count == 0


def test_a_further_step_forgets_the_quick_way():
    make_world(1)
    assert not hasattr(overdue_rows().filter(title="none"), "in_pages")


def test_with_few_members_every_plan_and_institution_is_offered(client, record):
    page = client.get("/overdue/?as_of=2021-11-15")
    assert {"kr-1", "kr-5"} <= set(options(page, "plan"))
    assert len(options(page, "institution")) > 5
    assert 'name="member"' not in page.content.decode(), "there is one member to choose from"


def test_with_many_members_one_is_chosen_first(client):
    plans = [make_world(1)[0] for _ in range(FEW_MEMBERS + 1)]
    page = client.get(f"/overdue/?as_of={ON}")
    assert {plan.member.slug for plan in plans} <= set(options(page, "member"))
    assert options(page, "plan") == options(page, "institution") == [""]
    assert "Choose a member first" in page.content.decode()
    chosen = client.get(f"/overdue/?as_of={ON}&member={plans[2].member.slug}")
    assert options(chosen, "plan") == ["", plans[2].slug]
    assert len(options(chosen, "institution")) == 2
    assert chosen.context["rows"].paginator.count == 1


def test_an_address_may_name_any_plan_and_keeps_it_chosen(client):
    plans = [make_world(1)[0] for _ in range(FEW_MEMBERS + 1)]
    page = client.get(f"/overdue/?as_of={ON}&plan={plans[3].slug}")
    assert page.context["rows"].paginator.count == 1
    assert options(page, "plan") == ["", plans[3].slug]
    assert re.search(rf'<option value="{plans[3].slug}" selected', page.content.decode())
