"""The record of the Republic of Korea as loaded: how much there is, where it comes from, and what it does not claim."""

import io
import re

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import F, Q

from assessments.models import (
    Coding,
    EntryResult,
    IRMReview,
    PlanRequirement,
    Recommendation,
    RecommendationUptake,
    SelfAssessment,
    SelfAssessmentEntry,
)
from commitments.change_models import RecordChange
from commitments.models import (
    ActionPlan,
    CoCreationStep,
    Commitment,
    Institution,
    Involvement,
    Member,
    OGPValue,
    PlanSection,
    Sourced,
    SourceDocument,
    Theme,
)
from milestones.models import Deadline, Evidence, Milestone, OverdueNotice, StatusUpdate
from ogptracker.management.commands.load_record import load_record

pytestmark = pytest.mark.django_db

APPS = ("commitments", "milestones", "assessments")
RECORD = [model for app in APPS for model in apps.get_app_config(app).get_models()]
# No source of Korea's says what the IRM found on the minimum requirements.
SOURCED = [model for model in RECORD if issubclass(model, Sourced) and model is not PlanRequirement]


def of_korea(model):
    """The rows of a model that belong to Korea, so that other rows in the database do not count."""
    return model.objects.filter(commitment__plan__member__code="KR")


def plan(slug):
    return ActionPlan.objects.with_counts().get(slug=slug)


# How much -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "slug, stated, commitments, forms, themes, milestones",
    [
        ("kr-1", 8, 8, 8, 3, 0),
        ("kr-2", 5, 5, 5, 3, 0),
        ("kr-3", 13, 0, 0, 0, 0),
        ("kr-4", 13, 13, 13, 0, 62),
        ("kr-5", 14, 14, 16, 3, 77),
    ],
)
def test_each_plan_has_what_its_document_has(record, slug, stated, commitments, forms, themes, milestones):
    loaded = plan(slug)
    assert loaded.stated_commitment_count == stated
    assert (loaded.itemised_commitments, loaded.forms) == (commitments, forms)
    assert loaded.themes.count() == themes
    assert Milestone.objects.filter(commitment__plan=loaded).count() == milestones


def test_korea_has_five_plans_and_only_the_third_is_not_itemised(record):
    plans = ActionPlan.objects.filter(member=record).order_by("number")
    assert list(plans.values_list("number", "slug")) == [(n, f"kr-{n}") for n in range(1, 6)]
    assert [loaded.number for loaded in plans if not loaded.is_itemised] == [3]


def test_the_first_four_plans_made_the_39_commitments_that_the_fifth_counts(record):
    stated = ActionPlan.objects.filter(member=record, number__lte=4).values_list("stated_commitment_count", flat=True)
    assert sum(stated) == 39


@pytest.mark.parametrize(
    "slug, numbers",
    [
        ("kr-1", "1-1 1-2 1-3 1-4 2-1 2-2 3-1 3-2"),
        ("kr-2", "1-a 1-b 2-c 2-d 3-e"),
        ("kr-4", "1 2 3 4 5 6 7 8 9 10 11 12 13"),
        ("kr-5", "1 2 2-1 2-2 3 4 4-1 4-2 5 6 7 8 9 10 11 12 13 14"),
    ],
)
def test_commitments_keep_their_numbers_and_order(record, slug, numbers):
    found = Commitment.objects.filter(plan__slug=slug).order_by("position")
    assert " ".join(found.values_list("number", flat=True)) == numbers


def test_two_commitments_of_plan_5_stand_on_forms_of_their_parts(record):
    parts = Commitment.objects.filter(plan__slug="kr-5").exclude(part_of=None).order_by("position")
    wholes = parts.values_list("number", "part_of__number")
    assert list(wholes) == [("2-1", "2"), ("2-2", "2"), ("4-1", "4"), ("4-2", "4")]
    without_form = Commitment.objects.filter(plan__member=record, is_form=False)
    assert sorted(without_form.values_list("plan__slug", "number")) == [("kr-5", "2"), ("kr-5", "4")]
    assert not Milestone.objects.filter(commitment__in=without_form).exists()


def test_each_form_of_plans_4_and_5_has_its_milestones(record):
    def counts(slug):
        forms = Commitment.objects.forms().filter(plan__slug=slug).order_by("position")
        return [form.milestones.count() for form in forms]

    assert counts("kr-4") == [5, 3, 5, 2, 3, 4, 2, 6, 4, 8, 3, 4, 13]
    assert counts("kr-5") == [5, 4, 4, 6, 7, 6, 5, 2, 5, 5, 4, 5, 10, 2, 4, 3]


def test_ten_milestones_stand_under_three_sub_headings(record):
    grouped = of_korea(Milestone).exclude(group="")
    assert set(grouped.values_list("commitment__plan__slug", "commitment__number")) == {("kr-5", "11")}
    groups = list(grouped.order_by("position").values_list("group", flat=True))
    assert [groups.count(group) for group in dict.fromkeys(groups)] == [4, 3, 3]


@pytest.mark.parametrize(
    "slug, funnel",
    [
        (
            "kr-4",
            [
                (67, "proposed commitments"),
                (36, "proposed commitments"),
                (23, "proposed commitments"),
                (13, "commitments"),
            ],
        ),
        ("kr-5", [(140, "proposals"), (4, "groups"), (14, "commitments")]),
    ],
)
def test_co_creation_is_counted_with_its_units(record, slug, funnel):
    steps = CoCreationStep.objects.filter(plan__slug=slug).order_by("position")
    assert list(steps.values_list("count", "unit")) == funnel


def test_the_forum_of_plan_5_has_7_government_and_11_civil_society_members(record):
    seats = plan("kr-5").forum_seats
    assert [seats.filter(side=side).count() for side in ("government", "civil_society")] == [7, 11]
    assert ActionPlan.objects.filter(member=record).exclude(forum_seats=None).distinct().count() == 1


def test_ogp_ids_run_on_from_plan_4_to_plan_5_and_say_which_are_inferred(record):
    forms = Commitment.objects.filter(plan__slug__in=["kr-4", "kr-5"]).forms().order_by("plan__number", "position")
    assert [form.ogp_id for form in forms] == [f"KR{number:04}" for number in range(36, 65)]
    assert {(form.plan.number, form.ogp_id_inferred) for form in forms} == {(4, False), (5, True)}
    others = Commitment.objects.filter(plan__member=record).exclude(pk__in=forms)
    assert set(others.values_list("ogp_id", flat=True)) == {None}


def test_periods_are_those_that_the_documents_state(record):
    periods = ActionPlan.objects.filter(member=record).order_by("number").values_list("starts_on", "ends_on")
    assert [(str(first), str(last)) for first, last in periods] == [
        ("None", "None"),
        ("2014-01-01", "2016-12-31"),
        ("None", "None"),
        ("2018-09-01", "2020-08-31"),
        ("2021-01-01", "2023-12-31"),
    ]
    assert not ActionPlan.objects.filter(member=record, period_basis="").exists()


def test_every_form_of_plans_2_4_and_5_names_who_leads_it_and_plan_1_does_not(record):
    led = Commitment.objects.forms().filter(involvements__role="lead").distinct()
    assert led.filter(plan__slug__in=["kr-2", "kr-4", "kr-5"]).count() == 5 + 13 + 16
    assert not Involvement.objects.filter(commitment__plan__slug="kr-1", role="lead").exists()
    two = [form.number for form in led.filter(plan__slug="kr-5") if form.involvements.filter(role="lead").count() > 1]
    assert two == ["11"]


def test_standard_values_are_the_four_of_ogp_and_stand_beside_the_plans_own_words(record):
    forms = Commitment.objects.forms().filter(plan__member=record)
    assert {value for form in forms for value in form.values} == set(OGPValue.values)
    assert not forms.exclude(values=[]).filter(values_as_stated="", relevance="").exists()


# The assessment of plan 2 ---------------------------------------------------------------------------------------------
def test_the_self_assessment_of_plan_2_has_a_form_for_each_commitment(record):
    assessment = SelfAssessment.objects.get(plan__member=record)
    assert (assessment.plan.slug, assessment.kind, assessment.stage) == ("kr-2", "end_of_term", "published")
    assert (assessment.published_wording, assessment.published_precision) == ("September 2016", "month")
    entries = assessment.entries.order_by("commitment__position")
    assert list(entries.values_list("commitment__number", flat=True)) == ["1-a", "1-b", "2-c", "2-d", "3-e"]
    assert all(entry.results.exists() and entry.description for entry in entries)


def test_tables_of_the_self_assessment_are_as_wide_as_their_heads(record):
    sections = SelfAssessment.objects.get(plan__member=record).sections.all()
    results = EntryResult.objects.filter(entry__assessment__plan__member=record)
    tables = [table for part in [*sections, *results] for table in part.tables]
    assert len(tables) >= 5
    assert all(len(row) == len(table["columns"]) for table in tables for row in table["rows"])


def test_the_irm_has_a_summary_of_each_commitment_and_five_recommendations(record):
    review = IRMReview.objects.get(plan__member=record)
    assert (review.plan.slug, review.product, review.method_version) == ("kr-2", "progress_report", "2014-17")
    assert review.codings.exclude(summary="").count() == 5
    assert list(review.recommendations.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_the_irms_words_are_coded_only_where_the_report_has_them(record):
    codings = Coding.objects.filter(review__plan__member=record).order_by("commitment__position")
    assert list(codings.values_list("commitment__number", "completion", "potential_impact", "behind_schedule")) == [
        ("1-a", "", "", True),
        ("1-b", "limited", "minor", True),
        ("2-c", "limited", "moderate", True),
        ("2-d", "not_started", "", True),
        ("3-e", "", "", False),
    ]
    unstated = codings.filter(specificity="", verifiability=None, did_it_open_government="", early_results="")
    assert unstated.filter(access_to_information=None, civic_participation=None).count() == 5


# Where it comes from --------------------------------------------------------------------------------------------------
def member_path(model):
    """The way from a row to its member, through the models that own it."""
    paths = {
        ActionPlan: "member",
        PlanSection: "plan__member",
        CoCreationStep: "plan__member",
        Theme: "plan__member",
        Commitment: "plan__member",
        Milestone: "commitment__plan__member",
        SelfAssessment: "plan__member",
        IRMReview: "plan__member",
        Coding: "review__plan__member",
        Recommendation: "review__plan__member",
        RecommendationUptake: "recommendation__review__plan__member",
    }
    return paths.get(model, "assessment__plan__member")


@pytest.mark.parametrize("model", SOURCED, ids=lambda model: model.__name__)
def test_every_record_names_its_document_and_section(record, model):
    rows = model.objects.filter(**{member_path(model): record})
    assert rows.exists()
    assert not rows.filter(Q(document=None) | Q(section="")).exists()
    assert not rows.exclude(document__member=record).exists()


def test_milestones_come_from_their_plans_own_document(record):
    assert not of_korea(Milestone).exclude(document=F("commitment__plan__document")).exists()


def test_documents_are_known_by_their_checksum_and_none_is_used_that_is_not_listed(record):
    documents = SourceDocument.objects.filter(member=record)
    assert set(documents.values_list("key", flat=True)) == {
        "kr-1-plan",
        "kr-2-end-of-term",
        "kr-4-plan",
        "kr-5-plan",
        "kr-co-chair-priorities",
    }
    assert all(re.fullmatch(r"[0-9a-f]{64}", document.sha256) for document in documents)
    assert all(document.outline for document in documents)


def test_the_themes_of_plan_5_point_to_the_co_chair_priorities(record):
    themes = plan("kr-5").themes
    assert set(themes.values_list("background_document__key", flat=True)) == {"kr-co-chair-priorities"}
    assert not themes.filter(Q(background_section="") | Q(background_note="")).exists()
    assert SourceDocument.objects.get(key="kr-co-chair-priorities").kind == "background"


def test_the_member_says_where_its_facts_come_from(record):
    assert {source["fact"] for source in record.sources} == {"joined", "forum"}
    documents = set(SourceDocument.objects.filter(member=record).values_list("key", flat=True))
    assert {source["document"] for source in record.sources} <= documents
    assert all(source["section"] for source in record.sources)
    assert record.point_of_contact.key == "mois"


# What it does not claim -----------------------------------------------------------------------------------------------
def test_nothing_is_reported_on_a_real_plan(record):
    assert not StatusUpdate.objects.filter(milestone__commitment__plan__member__is_fictional=False).exists()
    assert not Evidence.objects.filter(update__milestone__commitment__plan__member__is_fictional=False).exists()
    assert not OverdueNotice.objects.filter(deadline__milestone__commitment__plan__member=record).exists()
    amended = Deadline.objects.filter(milestone__commitment__plan__member=record)
    assert not amended.exclude(amends=None, set_on=None, withdrawn_on=None).exists()


def test_no_completion_level_is_invented_and_each_form_says_why_it_has_none(record):
    entries = SelfAssessmentEntry.objects.filter(assessment__plan__member=record)
    assert set(entries.values_list("completion_level", flat=True)) == {""}
    assert all(note.startswith("Not stated.") for note in entries.values_list("completion_note", flat=True))


def test_what_plan_3_would_need_is_not_filled_in(record):
    third = plan("kr-3")
    assert (third.starts_on, third.ends_on, third.period_wording, third.published_wording) == (None, None, "", "")
    assert third.stated_commitment_count_basis.startswith("Derived, not stated")


def test_no_fixture_holds_an_address_or_a_number_of_a_person():
    for path in sorted(settings.FIXTURES_DIR.glob("*.yaml")):
        content = path.read_text(encoding="utf-8")
        assert not re.findall(r"[\w.+-]+@[\w-]+\.\w+", content), path.name
        assert not re.findall(r"\+82|\b0\d{1,2}-\d{3,4}-\d{4}\b", content), path.name


def test_offices_are_posts_of_institutions(record):
    offices = set(Involvement.objects.filter(commitment__plan__member=record).values_list("office", flat=True)) - {""}
    assert offices
    posts = "Deputy Director", "Administrative Officer", "Assistant Director", "Director", "Division"
    assert all(any(post in office for post in posts) for office in offices)


# Loading again --------------------------------------------------------------------------------------------------------
def everything():
    """Every row of the record with every value, by model; but for the notes of when it was written to."""
    models = [model for model in RECORD if model is not RecordChange]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_loading_again_changes_no_row_and_no_key(record):
    before = everything()
    assert sum(map(len, before.values())) > 500
    call_command("load_record", stdout=io.StringIO())
    assert everything() == before


def test_loading_again_brings_changed_rows_back_and_keeps_their_keys(record):
    before = everything()
    Milestone.objects.filter(commitment__plan__slug="kr-5").update(title="Changed", published_end="June 2022")
    Commitment.objects.filter(plan__slug="kr-4").update(title="Changed")
    PlanSection.objects.filter(plan__slug="kr-5").update(body="Changed")
    Institution.objects.filter(member=record).update(name="Changed")
    assert everything() != before
    call_command("load_record", stdout=io.StringIO())
    assert everything() == before


def test_a_fixture_with_a_misspelt_key_is_refused_and_nothing_of_it_is_loaded(record, settings, tmp_path):
    for path in settings.FIXTURES_DIR.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    members, last = tmp_path / "members.yaml", tmp_path / "kr-2-irm.yaml"
    members.write_text(members.read_text(encoding="utf-8").replace("Republic of Korea", "Changed"), encoding="utf-8")
    last.write_text(last.read_text(encoding="utf-8").replace("product:", "produkt:"), encoding="utf-8")
    settings.FIXTURES_DIR = tmp_path
    with pytest.raises(CommandError, match="IRM review: unknown keys .*produkt"):
        call_command("load_record", stdout=io.StringIO())
    assert Member.objects.get(code="KR").name == "Republic of Korea"


def test_a_milestone_that_left_its_file_is_dropped_with_its_deadlines(record, settings, tmp_path):
    for path in settings.FIXTURES_DIR.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    file = tmp_path / "kr-5.yaml"
    content = file.read_text(encoding="utf-8")
    row = re.search(r"        - \{title: \"Host International Youth Summit\",.*?\}\n", content, re.S)[0]
    file.write_text(content.replace(row, ""), encoding="utf-8")
    load_record(tmp_path)
    assert Milestone.objects.filter(commitment__plan__slug="kr-5").count() == 76
    assert not Milestone.objects.filter(title="Host International Youth Summit").exists()
