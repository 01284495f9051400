"""Commitments carried forward: the whole chain on each of its pages and on the member's."""

from datetime import date

import pytest

from commitments.models import Commitment, Member
from ogptracker.chains import Links, chain_of, chains_of
from ogptracker.progress import rows_of
from tests.assessments.test_compare import assess
from tests.world import make_commitment, make_institution, make_member, make_plan

pytestmark = pytest.mark.django_db
ON = date(2023, 1, 1)


@pytest.fixture
def generations():
    """Four plans: one commitment that is carried on, then two that both continue it, then one that continues the last;
    and one that stands alone."""
    member = make_member()
    ministry = make_institution(member)
    plans = [make_plan(member) for _ in range(3)]
    first = make_commitment(plans[0], ministry, title="Open the register")
    twins = [make_commitment(plans[1], ministry, carried_from=first) for _ in range(2)]
    last = make_commitment(plans[2], ministry, carried_from=twins[1])
    alone = make_commitment(plans[2], ministry)
    return first, *twins, last, alone


def keys(rows) -> list[int]:
    return [row.commitment.pk for row in rows]


def test_a_commitment_sees_what_it_continues_and_what_continues_it(generations):
    first, one, other, last, alone = generations
    assert keys(chain_of(first, ON)) == [first.pk, one.pk, other.pk, last.pk]
    assert keys(chain_of(other, ON)) == [first.pk, other.pk, last.pk]
    assert keys(chain_of(one, ON)) == [first.pk, one.pk], "its twin's successor is none of its own"
    assert chain_of(alone, ON) == []


def test_a_circle_is_walked_once(generations):
    first, _one, _other, last, _alone = generations
    Commitment.objects.filter(pk=first.pk).update(carried_from=last)
    first.refresh_from_db()
    assert set(keys(chain_of(first, ON))) == {row.pk for row in generations[:4]}
    assert Links(first.plan.member).chains() == []


def test_the_page_shows_every_voice_of_every_link(client, generations):
    first, _one, other, last, _alone = generations
    assess(first.plan, ["completed"], ["limited"])
    page = client.get(f"{other.get_absolute_url()}?as_of=2023-06-01").content.decode()
    chain = page[page.index('class="chain"') : page.index("</ol>", page.index('class="chain"'))]
    assert chain.index("Open the register") < chain.index("this commitment") < chain.index(last.title)
    assert "Completed" in chain
    assert "Limited" in chain
    assert f'href="{first.get_absolute_url()}?as_of=2023-06-01"' in chain


def test_what_was_not_found_yet_is_not_shown(client, generations):
    first, *_others = generations
    assess(first.plan, ["completed"], ["limited"])
    page = client.get(f"{first.get_absolute_url()}?as_of=2022-01-01").content.decode()
    assert "None in the record" in page[page.index('class="chain"') :]


def test_the_member_lists_its_chains_and_a_commitment_alone_shows_none(client, generations):
    first, *_others, alone = generations
    member = Member.objects.get(pk=first.plan.member_id)
    rows = rows_of(Commitment.objects.filter(plan__member=member), ON)
    assert [keys(chain) for chain in chains_of(member, rows)] == [[row.pk for row in generations[:4]]]
    assert 'class="chain"' in client.get(member.get_absolute_url()).content.decode()
    assert 'class="chain"' not in client.get(alone.get_absolute_url()).content.decode()
