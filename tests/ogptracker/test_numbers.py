"""Every number on a page opens its rows: each link is followed, and the list that opens holds just as many."""

import re
from datetime import date
from urllib.parse import urlsplit

import pytest
from lxml import html

from commitments.models import PolicyArea
from ogptracker.training import load_training
from tests.assessments.test_compare import assess
from tests.world import make_commitment, make_institution, make_milestone, make_public_report, make_world

LISTS = re.compile(r"^(/ko)?/(milestones|commitments|plans|compare|overdue|stale)/$")
ON = "as_of=2021-11-15"


def numbers_of(client, address: str) -> list[tuple[int, str]]:
    """``(number, address of its rows)`` of each link of the page whose words hold a number and that leads to a list."""
    response = client.get(address)
    assert response.status_code == 200, address
    found = []
    for link in html.fromstring(response.content.decode()).xpath("//main//a[@href]"):
        words = re.findall(r"\d+", link.text_content())
        if LISTS.match(urlsplit(link.get("href")).path) and len(words) == 1:
            found.append((int(words[0]), link.get("href")))
    return found


class Reader:
    """Follows each number of a page; how many there were. What two pages lead to is opened once: *counts* may be those
    of other readers of the same rows."""

    def __init__(self, client, counts: dict[str, int]):
        self.client, self.counts = client, counts

    def count(self, rows: str) -> int:
        if rows not in self.counts:
            response = self.client.get(rows)
            assert response.status_code == 200, rows
            self.counts[rows] = response.context["rows"].paginator.count
        return self.counts[rows]

    def check(self, address: str) -> int:
        found = set(numbers_of(self.client, address))
        for number, rows in sorted(found):
            assert self.count(rows) == number, (address, rows)
        return len(found)


@pytest.fixture
def reader(client) -> Reader:
    return Reader(client, {})


@pytest.fixture(scope="module")
def counts_of_record() -> dict[str, int]:
    return {}


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "at_least"),
    [
        (f"/?{ON}", 6),
        (f"/plans/?{ON}", 8),
        (f"/plans/kr-5/?{ON}", 50),
        ("/plans/kr-2/", 1),
        (f"/plans/kr-5/themes/civic-space/?{ON}", 15),
        (f"/plans/kr-5/commitments/4-1/?{ON}", 1),
        (f"/members/?{ON}", 5),
        (f"/members/kr/?{ON}", 40),
        ("/members/compare/", 8),
        (f"/commitments/?{ON}", 36),
        ("/commitments/?plan=kr-5&unit=commitments", 10),
        (f"/institutions/?{ON}", 15),
        (f"/institutions/kr/mois/?{ON}", 10),
        ("/documents/kr-5-plan/", 2),
    ],
)
def test_the_numbers_of_the_record_open_as_many_rows(client, counts_of_record, record, address, at_least):
    assert Reader(client, counts_of_record).check(address) >= at_least


@pytest.mark.once
def test_the_numbers_of_a_plan_under_way_with_reports_open_as_many_rows(reader, record, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    load_training()
    assert reader.check("/ko/plans/training-1/") >= 15
    assert reader.check("/members/training/") >= 15


@pytest.fixture
def assessed(db):
    """A member of which everything is said: reports, a self-assessment, an IRM review with a star, a part, a tag."""
    plan, editor, reviewer = make_world(7)
    first, second = plan.commitments.order_by("position")[:2]
    claims = ["completed", "limited", "", None, "substantial", "not_started"]
    findings = ["limited", "limited", "complete", "withdrawn", "no_evidence", None]
    _own, review = assess(plan, claims, findings)
    starred = review.codings.get(completion="complete")
    starred.potential_impact, starred.verifiability, starred.civic_participation = "transformative", True, True
    starred.save()
    whole = make_commitment(plan, editor.institution, is_form=False)
    second.part_of = whole
    second.save()
    first.theme = None
    first.save()
    late = make_milestone(first, date(2021, 6, 30))
    make_public_report(late, editor, reviewer, date(2021, 10, 1), status="completed")
    area = PolicyArea.objects.create(slug="open-data", name="Open Data", position=1)
    area.commitments.add(first, second)
    return plan


@pytest.mark.once
@pytest.mark.parametrize("day", ["2022-07-15", "2023-06-01"])
def test_the_numbers_open_as_many_rows_whatever_was_said_by_the_day(reader, assessed, day):
    member, theme = assessed.member, assessed.themes.first()
    body = assessed.commitments.first().involvements.get().institution.parent
    pages = [
        f"/members/?q={member.code}&",
        member.get_absolute_url(),
        f"/members/compare/?member={member.slug}&",
        assessed.get_absolute_url(),
        theme.get_absolute_url(),
        body.get_absolute_url(),
        f"/institutions/?member={member.slug}&",
        "/policy-areas/",
        "/policy-areas/open-data/",
    ]
    for page in pages:
        address = f"{page}{'' if '?' in page else '?'}as_of={day}"
        assert reader.check(address) >= 1, address


def test_an_assessed_member_shows_shares_with_what_they_are_parts_of(client, assessed):
    page = client.get(f"/members/compare/?member={assessed.member.slug}&as_of=2023-06-01")
    (line,) = page.context["rows"]
    assert (line.carried_out.part, line.carried_out.whole, line.carried_out.percent) == (1, 5, 20)
    assert (line.starred.part, line.starred.whole) == (1, 5)
    assert (line.more.part, line.more.whole, line.more.percent) == (1, 2, 50)


def test_what_was_not_said_yet_is_counted_nowhere(client, assessed):
    page = client.get(f"/members/compare/?member={assessed.member.slug}&as_of=2022-05-31")
    (line,) = page.context["rows"]
    assert line.carried_out.percent is line.starred.percent is line.more.percent is None
    assert "none rated" in page.content.decode()


def test_a_commitment_led_by_a_body_and_its_division_is_counted_once(client, reader, db):
    plan, editor, _reviewer = make_world(1)
    commitment = plan.commitments.get()
    commitment.involvements.create(institution=editor.institution, role="lead")
    commitment.involvements.create(institution=make_institution(plan.member, parent=editor.institution), role="lead")
    page = client.get(editor.institution.get_absolute_url())
    assert page.context["forms"] == 1
    assert reader.check(f"{editor.institution.get_absolute_url()}?as_of=2022-07-15") >= 3
    assert reader.check(f"/institutions/?member={plan.member.slug}&as_of=2022-07-15") >= 2
