"""A small self-assessment of a made-up member, with the IRM's findings, and a report asked for."""

from datetime import date

import pytest
from django.contrib.auth import get_user_model

from assessments import services
from assessments.models import Coding, IRMReview, Recommendation, Report, SelfAssessment
from commitments.models import ActionPlan, Commitment, Institution, Member, SourceDocument, Theme

MEETINGS = {
    "title": "Meetings held",
    "unit": "number of meetings",
    "columns": ["Year", "Meetings", "Taking part"],
    "rows": [["Forum", "", ""], ["2014", "12", "1,300"], ["2015", "14", "1,420"]],
    "source": "The forum's yearbook",
    "note": "The yearbook has no figure for 2016.",
}


def make_assessment(forms=2) -> SelfAssessment:
    """A published self-assessment with two sections, *forms* appendix forms, and the IRM's finding on each."""
    member = Member.objects.create(code="XR", slug="reportland", name="Reportland", time_zone="Asia/Seoul")
    document = SourceDocument.objects.create(
        member=member, key="xr-1-report", title="The report", kind="self_assessment"
    )
    later = SourceDocument.objects.create(member=member, key="xr-2-plan", title="The next plan", kind="action_plan")
    ministry = Institution.objects.create(member=member, key="moi", name="Ministry of the Interior")
    division = Institution.objects.create(member=member, key="moi-d", name="Openness Division", parent=ministry)
    plan = ActionPlan.objects.create(
        member=member, number=1, slug="xr-1", title="1st Plan", period_wording="2014 to 2016", document=document
    )
    assessment = SelfAssessment.objects.create(
        plan=plan,
        slug="xr-1-end-of-term",
        kind="end_of_term",
        title="End-of-Term Report on the 1st Plan",
        stage="published",
        published_on=date(2016, 9, 1),
        published_wording="September 2016",
        document=document,
    )
    for position, (key, title, body) in enumerate(
        [
            ("intro", "I. Introduction", "It began in 2014.\n\n- first aim;\n- second aim."),
            ("intro-a", "A. Background", "x"),
        ]
    ):
        assessment.sections.create(
            position=position, key=key, title=title, body=body, tables=[MEETINGS], document=document, section=title
        )
    theme = Theme.objects.create(plan=plan, key="t", position=1, number="1", title="Better services")
    review = IRMReview.objects.create(
        plan=plan,
        slug="xr-1-irm",
        product="progress_report",
        method_version="2014-17",
        title="IRM Report",
        stage="final",
    )
    for position in range(forms):
        add_form(assessment, review, Commitment(plan=plan, theme=theme, position=position), division, document)
    Recommendation.objects.create(
        review=review, number=1, title="A forum", text="Set one up.", response="It met.", response_document=later
    )
    return assessment


def add_form(assessment, review, commitment, lead, document):
    commitment.number, commitment.title = f"1-{commitment.position + 1}", f"Promise {commitment.position + 1}"
    commitment.save()
    entry = assessment.entries.create(
        commitment=commitment,
        lead=lead,
        office="Deputy Director",
        main_objective="To listen.",
        description=[{"number": "1", "text": "Open a channel."}],
        document=document,
        section=f"Appendix {commitment.number}",
    )
    entry.results.create(
        position=0,
        number="1",
        heading="A website",
        body="It opened.",
        facts=[{"date": "May 2015", "text": "It opens."}],
        tables=[MEETINGS],
    )
    entry.links.create(position=0, label="The website", url="http://www.example.org/a?b=1")
    Coding.objects.create(
        review=review,
        commitment=commitment,
        summary="Only begun.",
        completion="limited",
        document=document,
        section="III",
    )


@pytest.fixture
def small_assessment():
    """``small_assessment(forms)``: makes the rows, in a test that opens the database itself."""
    return make_assessment


@pytest.fixture
def assessment(db, settings, tmp_path) -> SelfAssessment:
    settings.MEDIA_ROOT = tmp_path
    return make_assessment()


@pytest.fixture
def reviewer(db):
    return get_user_model().objects.create_user("xr.reviewer", role="irm")


@pytest.fixture
def requested(assessment, reviewer) -> Report:
    return services.request_report(assessment, "en", reviewer)
