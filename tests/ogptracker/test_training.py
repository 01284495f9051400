"""The training member: clearly fictional, under way on any day of the year, and apart from real members."""

import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from accounts.models import User
from assessments.models import Coding, IRMReview, Report, SelfAssessment, SelfAssessmentEntry, Snapshot
from commitments.change_models import RecordChange
from commitments.dates import local_date, six_months_before
from commitments.models import ActionPlan, Commitment, Institution, Member, Theme
from milestones.clock import flag_overdue
from milestones.models import Deadline, Evidence, Milestone, OverdueNotice, StatusUpdate
from milestones.querysets import stale
from milestones.services import amend_deadline
from ogptracker.training import KEPT_DAYS, dated, load_training, made_on, say
from tests.assessments.frozen import frozen

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TODAY = date(2024, 8, 9)
# First and last days of months, quarters, half-years and years, a leap day, and days in between.
DAYS = [
    *[date(2024, 2, 29), date(2023, 1, 1), date(2023, 3, 31), date(2023, 5, 15), date(2023, 7, 1), date(2023, 9, 30)],
    *[date(2023, 10, 31), date(2023, 12, 31), date(2024, 3, 1), TODAY],
]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Files of this test alone."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def training(db):
    """The training member, made around ``TODAY``."""
    assert load_training(TODAY)
    return Member.objects.get(code="XT")


def milestones():
    return Milestone.objects.filter(commitment__plan__slug="training-1")


def state(title):
    """The milestone of that title with its state on ``TODAY``."""
    return milestones().with_state(TODAY).get(title=title)


def everything():
    """Every row of every model of the record, by model and key; but for the notes of when it was written to."""
    parts = ("commitments", "milestones", "assessments")
    models = [model for part in parts for model in apps.get_app_config(part).get_models() if model is not RecordChange]
    return {model: {row["id"]: row for row in model.objects.values()} for model in models}


# Words ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "pattern, words",
    [
        ("{day -40}", "June 30, 2024"),
        ("{day 0}", "August 9, 2024"),
        ("{month 3}", "November 2024"),
        ("{month -8}", "December 2023"),
        ("{quarter 0}", "Third quarter of 2024"),
        ("{quarter 1}", "Fourth quarter of 2024"),
        ("{quarter -3}", "Fourth quarter of 2023"),
        ("{half 0}", "Second half of 2024"),
        ("{half 1}", "First half of 2025"),
        ("{year 0} (biennially)", "2024 (biennially)"),
        ("{month -7} {month 5}", "January 2024 January 2025"),
        ("To be continued", "To be continued"),
    ],
)
def test_dates_are_written_as_plans_write_them(pattern, words):
    assert dated({"end": [pattern]}, TODAY) == {"end": [words]}


def test_a_month_from_the_last_day_of_a_long_month_is_the_next_month():
    assert say("month", 1, date(2024, 1, 31)) == "February 2024"


# What there is --------------------------------------------------------------------------------------------------------
def test_the_member_says_that_it_is_fictional_wherever_it_is_named(training):
    assert training.is_fictional
    assert training not in Member.objects.real()
    for name in (training.name, training.plans.get().title, training.plans.get().document.title):
        assert "fictional" in name
    assert "가상" in training.name_ko and "가상" in training.plans.get().title_ko
    assert not Institution.objects.filter(member=training, parent=None).exclude(name__contains="(fictional)").exists()
    assert not Commitment.objects.filter(plan__member=training).exclude(ogp_id=None).exists()


@pytest.mark.parametrize("today", DAYS)
def test_on_any_day_there_is_a_plan_under_way_with_something_of_everything(today):
    load_training(today)
    its_plan_is_two_years_long_and_under_way(today)
    there_is_something_of_every_kind_of_wording()
    some_milestones_are_late_some_are_not_and_one_commitment_is_stale(today)


def its_plan_is_two_years_long_and_under_way(today):
    plan = ActionPlan.objects.with_counts().get(slug="training-1")
    assert plan.under_implementation(today)
    assert plan.starts_on.day == 1 and (plan.ends_on + timedelta(days=1)).day == 1
    assert (plan.ends_on - plan.starts_on).days in (729, 730)
    assert (plan.itemised_commitments, plan.forms, plan.themes.count()) == (8, 9, 3)


def there_is_something_of_every_kind_of_wording():
    assert 25 <= milestones().count() <= 32
    assert {"day", "month", "quarter", "half", "year"} <= set(milestones().values_list("due_precision", flat=True))
    cadences = set(milestones().values_list("cadence", flat=True))
    assert {"once", "quarterly", "half_yearly", "yearly", "every_two_years", "continuous"} <= cadences
    assert milestones().filter(open_ended=True).count() == 3
    assert [milestone.published_end for milestone in milestones().filter(readable=False)] == ["After the law is passed"]
    assert milestones().filter(reading_reason="no_end").count() == 1
    fairs = milestones().get(title="Hold budget fairs")
    assert fairs.deadlines.count() == 2


def some_milestones_are_late_some_are_not_and_one_commitment_is_stale(today):
    overdue = set(milestones().overdue(today).values_list("title", flat=True))
    assert {
        "Publish the answering times of every office",
        "Train the petition officers of all offices",
        "Agree on one format with the regions",
        "Train those who keep the register",
        "Open a channel for reports without a name",
    } <= overdue
    assert not overdue & {
        "Run the first round and answer every proposal",
        "Open the map of spending",
        "Convert the old catalogue",
        "Publish a guide for officials",
        "Show the register on a phone",
        "Open the register for five ministries",
    }
    forms = Commitment.objects.filter(plan__slug="training-1")
    assert [form.number for form in stale(forms, today, six_months_before(today))] == ["4"]


def test_due_today_is_not_late_and_due_yesterday_would_be(training):
    guide = state("Publish a guide for officials")
    assert (guide.due_on, guide.overdue_due_on) == (TODAY, None)
    tomorrow = milestones().with_state(TODAY + timedelta(days=1)).get(pk=guide.pk)
    assert tomorrow.overdue_due_on == TODAY


def test_every_title_is_there_in_korean_too(training):
    for model, path in ((Milestone, "commitment__plan"), (Commitment, "plan"), (Theme, "plan")):
        titles = model.objects.filter(**{f"{path}__slug": "training-1"}).values_list("title_ko", flat=True)
        assert titles and all(re.search("[가-힣]", title) for title in titles)
    names = Institution.objects.filter(member=training).values_list("name_ko", flat=True)
    assert all(re.search("[가-힣]", name) for name in names)


# What is reported -----------------------------------------------------------------------------------------------------
def test_reports_are_in_every_state_of_review_by_several_authors(training):
    updates = StatusUpdate.objects.filter(milestone__in=milestones())
    assert set(updates.values_list("review", flat=True)) == {"draft", "submitted", "returned", "approved"}
    assert set(updates.values_list("status", flat=True)) == {
        "not_started",
        "limited",
        "substantial",
        "completed",
        "withdrawn",
    }
    assert updates.values("author").distinct().count() >= 4
    assert set(updates.exclude(reviewed_by=None).values_list("reviewed_by__username", flat=True)) == {
        "head.training",
        "poc.training",
    }
    assert updates.get(review="returned").return_reason


def test_authors_report_for_the_institution_that_leads(training):
    for update in StatusUpdate.objects.filter(milestone__in=milestones()):
        assert Milestone.objects.reported_by(update.author).filter(pk=update.milestone_id).exists(), update
        assert update.institution == update.author.institution


def test_reports_are_dated_in_their_own_past(training):
    for update in StatusUpdate.objects.filter(milestone__in=milestones(), review="approved"):
        assert update.on_date < update.published_on <= TODAY
        assert update.published_on - update.on_date == timedelta(days=2)
        assert update.submitted_at < update.reviewed_at
        assert update.on_date >= update.milestone.commitment.plan.starts_on
    waiting = StatusUpdate.objects.get(milestone__in=milestones(), review="submitted")
    assert (waiting.published_on, waiting.reviewed_at) == (None, None)


def test_one_milestone_was_met_late_and_keeps_its_earlier_report(training):
    first_round = state("Run the first round and answer every proposal")
    assert (first_round.status, first_round.overdue_due_on) == ("completed", None)
    assert first_round.status_on > first_round.due_on
    assert first_round.updates.count() == 2


def test_one_deadline_is_amended_with_its_reason(training):
    amended = Deadline.objects.exclude(amends=None).get(milestone__in=milestones())
    assert amended.reason and amended.due_on == TODAY + timedelta(days=60)
    assert amended.amends.withdrawn_on == amended.set_on == TODAY - timedelta(days=100)
    assert state("Open the map of spending").overdue_due_on is None


def test_evidence_is_links_to_nowhere_and_one_real_file(training, media):
    evidence = Evidence.objects.filter(update__milestone__in=milestones())
    assert all(url.startswith("https://example.org/") for url in evidence.filter(file="").values_list("url", flat=True))
    file = evidence.exclude(file="").get()
    assert (file.file_name, file.content_type) == ("waiting-time-measure.csv", "text/csv")
    assert file.size == Path(media, file.file.name).stat().st_size
    with file.file.open() as content:
        assert b"home care" in content.read()


def test_a_self_assessment_and_an_irm_review_wait_in_draft(training):
    assessment = SelfAssessment.objects.get(plan__member=training)
    assert (assessment.stage, assessment.sections.count()) == ("draft", 4)
    levels = SelfAssessmentEntry.objects.filter(assessment=assessment).values_list("completion_level", flat=True)
    assert set(levels) == {"not_started", "limited", "substantial"}
    review = IRMReview.objects.get(plan__member=training)
    assert (review.stage, review.method_version) == ("draft", "2021+")
    assert Coding.objects.filter(review=review).exclude(potential_for_results="").count() == 4
    assert Coding.objects.with_starred().filter(review=review, starred=True).count() == 0
    assert review not in IRMReview.objects.public()


# Again ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("days", [0, 1, KEPT_DAYS, -KEPT_DAYS])
def test_within_thirty_days_everything_is_left_as_it_is(training, days):
    practised = StatusUpdate.objects.filter(milestone__in=milestones(), review="draft").get()
    practised.what_was_done = "Written while practising."
    practised.save()
    before = everything()
    assert load_training(TODAY + timedelta(days=days)) is False
    assert everything() == before


@pytest.mark.parametrize("days", [KEPT_DAYS + 1, 400, -KEPT_DAYS - 1])
def test_after_that_the_plan_is_made_anew_around_the_new_day(training, days, monkeypatch):
    new_day = TODAY - timedelta(days=500) + timedelta(days=days)
    load_training(TODAY - timedelta(days=500), rebuild=True)
    old = set(milestones().values_list("pk", flat=True))
    count = StatusUpdate.objects.count()
    assert load_training(new_day) is True
    assert made_on() == new_day
    assert not old & set(milestones().values_list("pk", flat=True))
    assert StatusUpdate.objects.count() == count
    assert ActionPlan.objects.get(slug="training-1").under_implementation(new_day)


def test_making_it_and_making_it_anew_touch_no_row_of_another_member(record):
    before = everything()
    assert sum(map(len, before.values())) > 500
    load_training(TODAY)
    load_training(TODAY, rebuild=True)
    after = everything()
    assert {model: {key: after[model].get(key) for key in rows} for model, rows in before.items()} == before


def test_making_it_anew_removes_what_practice_left_behind(training, media, django_capture_on_commit_callbacks):
    amended = Deadline.objects.exclude(amends=None).get(milestone__in=milestones())
    amend_deadline(amended, TODAY + timedelta(days=90), "Again.", set_on=TODAY)
    flag_overdue(TODAY)
    editor = User.objects.get(username="editor.training")
    milestone = milestones().first()
    StatusUpdate.objects.create(
        milestone=milestone, on_date=TODAY, status="limited", author=editor, institution=editor.institution
    )
    snapshot = frozen(SelfAssessment.objects.get(plan__member=training), version=None)
    snapshot.save()
    Report.objects.create(snapshot=snapshot, requested_by=editor)
    files = {path for path in media.rglob("*") if path.is_file()}
    with django_capture_on_commit_callbacks(execute=True):
        load_training(TODAY, rebuild=True)
    assert not Report.objects.exists() and not Snapshot.objects.exists()
    assert not OverdueNotice.objects.filter(deadline__milestone__in=milestones()).exists()
    assert Deadline.objects.exclude(amends=None).filter(milestone__in=milestones()).count() == 1
    now = {path for path in media.rglob("*") if path.is_file()}
    assert len(files) == len(now) == 1
    assert not files & now


def test_accounts_of_the_member_keep_their_password_and_cannot_sign_in_before_they_have_one(training):
    editor = User.objects.get(username="editor.training")
    assert not editor.has_usable_password() and not editor.is_staff
    editor.set_password("a password of the demo")
    editor.save()
    load_training(TODAY, rebuild=True)
    assert User.objects.get(username="editor.training").check_password("a password of the demo")


# The command ----------------------------------------------------------------------------------------------------------
def command(**options):
    out = io.StringIO()
    call_command("load_training", stdout=out, **options)
    return out.getvalue().strip()


def test_the_command_makes_it_around_today_and_says_so():
    today = local_date("Asia/Seoul")
    assert command() == f"The training member is made, around {today:%Y-%m-%d}."
    assert command() == f"The training member is left as it is: it was made around {today:%Y-%m-%d}."


def test_the_command_makes_it_around_another_day():
    assert command(date="2023-03-31") == "The training member is made, around 2023-03-31."
    assert made_on() == date(2023, 3, 31)


@pytest.mark.parametrize(
    "text, message", [("soon", "“soon” is no date"), ("2023-02-30", "no date"), ("2999-01-01", "lies in the future")]
)
def test_the_command_refuses_a_day_that_is_none_or_to_come(text, message):
    with pytest.raises(CommandError, match=message):
        command(date=text)
    assert not Member.objects.filter(code="XT").exists()


def test_the_file_is_beside_the_record_but_not_part_of_it(record):
    assert (django_settings.FIXTURES_DIR / "training.yaml").exists()
    call_command("load_record", stdout=io.StringIO())
    assert not Member.objects.filter(is_fictional=True).exists()
