"""The index follows the record: every way of writing a row that can be found is noted."""

from datetime import date

import pytest
from django.apps import apps
from django.db import connection

from assessments.models import EntryResult, PublicComment, SelfAssessment, SelfAssessmentEntry, SelfAssessmentSection
from commitments.models import ActionPlan, Commitment, Institution, Member, PlanSection, SourceDocument, Theme
from milestones.models import Milestone
from search import index, term_index, triggers
from search.models import Change, Entry
from search.words import question
from tests.assessments.irm_rows import make_coding, make_recommendations, make_review
from tests.world import make_institution, make_world

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return sorted(set(Entry.objects.exclude(plan__slug__startswith="kr-").values_list("kind", flat=True)))


def test_the_index_of_the_loaded_record_follows_from_it(record):
    assert not Change.objects.exists()
    assert Entry.objects.count() >= 150
    assert index.rebuild() == 0


def test_the_terms_of_entries_that_are_there_already_are_indexed_when_the_index_is_made_anew(record):
    """As when the site goes back to an earlier version and forth again: what is found, changes and goes as before."""
    asked = question("information")
    found = Entry.objects.matching(asked).count()
    assert found > 10
    editor = connection.schema_editor()
    term_index.drop(apps, editor)
    term_index.make(apps, editor)
    assert Entry.objects.matching(asked).count() == found
    Entry.objects.all().delete()
    assert not Entry.objects.matching(asked).exists()


@pytest.mark.parametrize("table", triggers.WATCHED)
def test_a_row_that_is_written_past_the_code_is_noted(record, table):
    """Each watched table, by an UPDATE in SQL; also where a later migration has made the table anew."""
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    if not model.objects.exists():
        make_row(model)
        index.refresh()
    assert not Change.objects.exists()
    key = model.objects.order_by("pk").values_list("pk", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id WHERE id = %s", [key])
    assert Change.objects.exists()


def make_row(model):
    """A row of a kind that the record has none of: reports, their evidence, questions."""
    commitment = make_world(1)[0].commitments.get()
    facts = {"received_on": date(2022, 1, 1), "respond_by": date(2022, 1, 31)}
    PublicComment.objects.create(plan=commitment.plan, commitment=commitment, text="When?", **facts)
    assert model.objects.exists()


def whole_world():
    """A member with a row of every kind that can be found."""
    plan, _editor, _reviewer = make_world(1)
    commitment = plan.commitments.get()
    PlanSection.objects.create(plan=plan, position=1, key="intro", title="Introduction", body="Of larks.")
    assessment = SelfAssessment.objects.create(
        plan=plan, slug=f"sa-{plan.slug}", kind="mid_term", title="Of ourselves", stage="published",
        published_on=date(2022, 1, 1),
    )  # fmt: skip
    SelfAssessmentSection.objects.create(assessment=assessment, position=1, key="a", title="A", body="Of wrens.")
    form = SelfAssessmentEntry.objects.create(assessment=assessment, commitment=commitment, main_objective="Robins.")
    EntryResult.objects.create(entry=form, position=1, heading="Of finches")
    review = make_review(plan, stage="final", published_on=date(2022, 2, 1))
    make_coding(review, summary="Of sparrows.")
    make_recommendations(review, 1)
    return plan


def test_every_kind_of_row_becomes_an_entry_and_goes_with_it(db):
    plan = whole_world()
    index.refresh()
    every = ["claim", "commitment", "finding", "milestone", "plan", "report", "review", "self_assessment"]
    assert kinds() == every
    assert index.rebuild() == 0

    plan.irm_reviews.get().delete()
    plan.self_assessments.get().delete()
    index.refresh()
    assert kinds() == ["commitment", "milestone", "plan", "report"]


def test_what_is_not_public_any_more_goes_from_the_index(db):
    plan = whole_world()
    index.refresh()
    plan.irm_reviews.update(stage="draft")
    plan.self_assessments.update(stage="draft")
    index.refresh()
    assert kinds() == ["commitment", "milestone", "plan", "report"]


def test_a_renamed_theme_is_found_by_its_new_name_with_its_plan(db):
    plan = whole_world()
    index.refresh()
    Theme.objects.filter(plan=plan).update(title="Nightingales")
    index.refresh()
    assert "nightingal" in Entry.objects.get(plan=plan, kind="plan").terms.split()


def test_entries_that_were_spoilt_are_mended(record):
    Entry.objects.filter(kind="plan").update(sha256="")
    Entry.objects.filter(kind="milestone").first().delete()
    spoilt = Entry.objects.filter(sha256="").count()
    assert index.rebuild() == spoilt + 1
    assert index.rebuild() == 0


def test_what_stands_below_a_changed_row_is_made_anew(db):
    """Names, titles and dates that an entry shows of another row: of its member, plan, commitment, milestone, a body
    above its institution, or the document that a review is."""
    plan = whole_world()
    commitment = Commitment.objects.get(milestones__updates__isnull=False, plan=plan)
    document = SourceDocument.objects.create(
        member=plan.member, key="review", title="A review", published_on=date(2022, 3, 1)
    )
    plan.irm_reviews.update(document=document, published_on=None)
    body = commitment.involvements.get().institution
    top = make_institution(plan.member, name="Larks")
    Institution.objects.filter(pk=body.pk).update(parent=make_institution(plan.member, parent=top))
    index.refresh()
    for rows, changes in (
        (Member.objects.filter(pk=plan.member_id), {"name": "Swallows"}),
        (Institution.objects.filter(pk=top.pk), {"name": "Swifts"}),
        (SourceDocument.objects.filter(pk=document.pk), {"published_on": date(2022, 4, 1)}),
        (Milestone.objects.filter(commitment=commitment), {"title": "Kites"}),
        (Commitment.objects.filter(pk=commitment.pk), {"title": "Terns"}),
        (ActionPlan.objects.filter(pk=plan.pk), {"slug": "gulls"}),
    ):
        assert rows.update(**changes) == 1
        index.refresh()
        assert index.rebuild() == 0, changes
