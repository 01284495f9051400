"""Lists cost the same number of queries whether they hold one row, three or three hundred."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.world import make_user, make_world

pytestmark = pytest.mark.once  # how many queries a page makes does not depend on who answers them
SIZES = (1, 3, 300)

PUBLIC = [
    "/",
    "/plans/",
    "/plans/{plan}/?as_of=2021-11-15",
    "/plans/{plan}/commitments/{number}/?as_of=2021-11-15",
    "/plans/{plan}/commitments/{number}/milestones/{position}/?as_of=2021-11-15",
    "/plans/{plan}/themes/t0/?as_of=2021-11-15",
    "/milestones/?plan={plan}&theme=t0&status=limited&as_of=2021-11-15",
    "/milestones/?plan={plan}&unmet_after_end=true&as_of=2023-06-01",
    "/plans/{plan}/?as_of=2023-06-01",
    "/plans/{plan}/themes/t0/?as_of=2023-06-01",
    "/commitments/?plan={plan}&as_of=2023-06-01",
    "/plans/?member={member}&as_of=2023-06-01",
    "/members/?as_of=2021-11-15",
    "/members/{member}/?as_of=2021-11-15",
    "/members/compare/?member={member}&as_of=2021-11-15",
    "/assessments/?member={member}&as_of=2021-11-15",
    "/policy-areas/",
    "/commitments/?plan={plan}&as_of=2021-11-15",
    "/institutions/?member={member}&as_of=2021-11-15",
    "/institutions/{member}/{ministry}/?as_of=2021-11-15",
    "/overdue/?plan={plan}&as_of=2022-11-15",
    "/data/{member}/",
    "/plans/{plan}/commitments/{number}/card/?as_of=2021-11-15",
    "/plans/{plan}/changes/?since=2023-01-01&until=2023-01-01",
    "/members/{member}/changes/?since=2023-01-01&until=2023-01-01",
    "/institutions/{member}/{ministry}/changes/?since=2023-01-01&until=2023-01-01",
    "/plans/{plan}/overdue.atom",
    "/plans/{plan}/deadlines.ics?as_of=2021-11-15",
    "/plans/{plan}/follow/",
    "/api/v1/members/",
    "/api/v1/institutions/?page_size=200",
    "/api/v1/plans/?as_of=2021-11-15",
    "/api/v1/commitments/?plan={plan}&page_size=200&as_of=2021-11-15",
    "/api/v1/milestones/?plan={plan}&page_size=200&as_of=2021-11-15",
    "/api/v1/milestones/?plan={plan}&overdue=true&page_size=200&as_of=2022-11-15",
]

EVERYTHING = [
    "/commitments/",
    "/milestones/",
    "/members/",
    "/members/compare/",
    "/plans/",
    "/institutions/",
    "/assessments/",
    "/api/v1/milestones/",
    "/overdue/",
    "/data/",
]

DESK = [
    "/admin/",
    "/admin/milestones/milestone/",
    "/admin/milestones/statusupdate/",
    "/admin/milestones/deadline/",
    "/admin/commitments/commitment/",
    "/admin/commitments/institution/",
]


def queries(client, address: str) -> int:
    client.get(address)  # what is read once a process, such as content types, is not the page's
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, address
    return len(captured)


def address_in(world, address: str) -> str:
    plan, editor, _reviewer = world
    return address.format(
        plan=plan.slug,
        member=plan.member.slug,
        number=plan.commitments.first().number,
        position=plan.commitments.first().milestones.first().position,
        ministry=editor.institution.key,
    )


@pytest.fixture
def worlds(db):
    made = [make_world(size) for size in SIZES]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # rows that are not committed are counted by nobody else
    return made


def test_a_public_page_costs_the_same_for_1_3_and_300_rows(client, worlds):
    for address in PUBLIC:
        counts = [queries(client, address_in(world, address)) for world in worlds]
        assert len(set(counts)) == 1, (address, counts)


def test_an_editors_page_costs_the_same_for_1_3_and_300_rows(client, worlds):
    counts = {address: [] for address in DESK}
    for _plan, editor, _reviewer in worlds:
        client.force_login(editor)
        for address in DESK:
            counts[address].append(queries(client, address))
    uneven = {address: found for address, found in counts.items() if len(set(found)) > 1}
    assert not uneven, uneven


def test_a_list_of_everything_costs_the_same_when_it_grows(client, db):
    counts = []
    for size in SIZES:
        make_world(size)
        counts.append([queries(client, address) for address in EVERYTHING])
    assert counts[0] == counts[1] == counts[2]


def test_the_coordinators_review_list_costs_the_same_when_it_grows(client, db):
    counts = []
    for size in SIZES:
        plan, editor, _reviewer = make_world(size)
        coordinator = make_user("coordinator", editor.institution)
        client.force_login(coordinator)
        counts.append(queries(client, "/admin/milestones/statusupdate/"))
    assert len(set(counts)) == 1, counts
