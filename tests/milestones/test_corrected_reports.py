"""A later report about the same day corrects the earlier one: both stay, and the page says what changed."""

from datetime import date

import pytest

from milestones.templatetags.corrected import word_difference
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_user,
)

ON, FIRST, SECOND = date(2021, 11, 15), date(2021, 11, 20), date(2021, 12, 1)


class World:
    def __init__(self):
        plan = make_plan(make_member())
        self.ministry = make_institution(plan.member)
        self.commitment = make_commitment(plan, self.ministry)
        self.milestone = make_milestone(self.commitment, date(2021, 6, 30), date(2021, 10, 31))
        self.editor, self.head = make_user("editor", self.ministry), make_user("head", self.ministry)

    def public(self, published_on, words, on=ON, **facts):
        facts |= {"published_on": published_on, "what_was_done": words}
        return make_public_report(self.milestone, self.editor, self.head, on, **facts)

    def page(self, client, as_of) -> str:
        return client.get(self.commitment.get_absolute_url(), {"as_of": as_of.isoformat()}).content.decode()


@pytest.fixture
def world(db):
    return World()


def test_the_later_report_says_which_one_it_corrects_and_what_changed(client, world):
    first = world.public(FIRST, "Ten offices were opened.", status="limited")
    world.public(SECOND, "Twelve offices were opened.", status="substantial")
    page = world.page(client, SECOND)
    assert "It corrects the report that became public on 20 November 2021." in page
    assert f'href="#report-{first.pk}"' in page
    assert '<del><span class="visually-hidden">removed: </span>Limited</del>' in page
    assert '<ins><span class="visually-hidden">added: </span>Substantial</ins>' in page
    assert '<del><span class="visually-hidden">removed: </span>Ten </del>' in page
    assert '<ins><span class="visually-hidden">added: </span>Twelve </ins>offices were opened.' in page
    assert "<p>Ten offices were opened.</p>" in page, "the earlier report stays"
    assert page.count("It corrects the report") == 1, "the earlier report corrects nothing"


def test_before_the_correction_nobody_knew_of_it(client, world):
    world.public(FIRST, "Ten offices were opened.")
    world.public(SECOND, "Twelve offices were opened.")
    page = world.page(client, FIRST)
    assert "Twelve" not in page
    assert "It corrects" not in page


def test_a_report_about_another_day_or_another_round_corrects_nothing(client, world):
    first_round, second_round = world.milestone.deadlines.order_by("due_on")
    world.public(FIRST, "One.", deadline=first_round)
    world.public(SECOND, "Two.", deadline=second_round)
    world.public(SECOND, "Three.", on=date(2021, 11, 16), deadline=first_round)
    assert "It corrects" not in world.page(client, SECOND)


def test_what_people_wrote_is_text_in_the_difference_too():
    found = word_difference("<b>one</b> & two", "<i>one</i> & two")
    assert "<b>" not in found
    assert "&lt;b&gt;one&lt;/b&gt;" in found
    assert "&lt;i&gt;one&lt;/i&gt;" in found


def test_very_long_texts_are_set_side_by_side():
    found = word_difference("a " * 3000, "b " * 3000)
    assert (found.count("<del>"), found.count("<ins>")) == (1, 1)


def test_without_a_difference_nothing_is_marked():
    assert word_difference("The same words.", "The same words.") == "The same words."
