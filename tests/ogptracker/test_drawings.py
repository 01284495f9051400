"""What is drawn is what the tables say: a mark each, a bar each, a column each."""

from datetime import date
from itertools import pairwise

import pytest

from milestones.models import Deadline, Milestone, StatusUpdate
from ogptracker.columns import columns_of
from ogptracker.training import load_training
from tests.assessments.test_compare import assess
from tests.world import make_world

DAY = date(2021, 11, 15)


@pytest.mark.parametrize("day", [DAY, date(2022, 7, 1), date(2024, 1, 1)])
def test_the_plans_timeline_has_a_row_a_form_and_a_bar_a_deadline(client, record, day):
    plan = record.plans.get(number=5)
    drawing = client.get(f"/plans/kr-5/?as_of={day}").context["timeline"]
    with_milestones = plan.commitments.filter(milestones__isnull=False).distinct().order_by("position")
    assert [row.number for row in drawing.rows] == list(with_milestones.values_list("number", flat=True))
    bars = [bar for row in drawing.rows for bar in row.bars]
    deadlines = Deadline.objects.filter(milestone__commitment__plan=plan).in_force(day).count()
    late = Milestone.objects.filter(commitment__plan=plan).overdue(day).count()
    assert sum(bar.kind in ("day", "span") for bar in bars) == deadlines
    assert sum(bar.kind == "late" for bar in bars) == late
    assert bool(late) == (day.year < 2024)
    assert not [bar for bar in bars if bar.width < 0]


def test_the_training_plans_timeline_has_a_dot_a_report(client, record, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    load_training()
    drawing = client.get("/plans/training-1/").context["timeline"]
    reports = StatusUpdate.objects.approved().of_ministries()
    reports = reports.filter(milestone__commitment__plan__slug="training-1")
    assert sum(len(row.dots) for row in drawing.rows) == reports.count() > 5


def test_the_list_of_days_holds_every_deadline_and_report_in_order(client, db):
    plan, *_people = make_world(1)
    commitment = plan.commitments.get()
    assess(plan, ["limited"], ["limited"])
    days = client.get(f"{commitment.get_absolute_url()}?as_of=2023-06-01").context["chronicle"]
    assert [entry.kind for entry in days] == ["begins", "due", "report", "assessed", "found", "due", "ends", "today"]
    assert all(one.on <= other.on for one, other in pairwise(days))
    early = client.get(f"{commitment.get_absolute_url()}?as_of=2021-06-15").context["chronicle"]
    assert [entry.kind for entry in early] == ["begins", "today", "due", "due", "ends"]


def test_a_members_columns_are_the_numbers_of_its_table(client, db):
    plan, *_people = make_world(5)
    assess(plan, [], ["complete", "limited", "withdrawn", "no_evidence"])
    page = client.get(f"{plan.member.get_absolute_url()}?as_of=2023-06-01")
    (line,), (block,) = page.context["lines"], page.context["columns"].blocks
    reported, found = block.lines
    assert len(reported.cells) == line.tally.total == 5
    assert [cell.kind for cell in found.cells] == ["whole", "whole", "dashed", "struck", "none"]
    assert [cell.done for cell in found.cells] == [True, False, False, False, False]
    assert line.figures.rated == 4
    assert all(one.x < other.x for one, other in pairwise(found.cells))


@pytest.mark.once
def test_three_hundred_columns_fit_into_the_drawing(client, db):
    plan, *_people = make_world(300)
    drawing = client.get(plan.member.get_absolute_url()).context["columns"]
    last = drawing.blocks[0].lines[0].cells[-1]
    assert last.x + drawing.cell <= drawing.width


def test_without_anything_to_count_there_is_no_drawing(client, db):
    assert columns_of([]) is None
