"""Pages that something has to happen for are for everybody as well (``walking``): what was assessed, asked, followed,
sent wrongly or broke, and what stands by itself at the desk.
"""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from accounts import tokens
from accounts.models import Token
from assessments import comments, freezing, ogp_import, prefilling
from assessments import services as reports
from assessments.models import PublicComment, Report, SelfAssessment
from commitments.models import Commitment
from following import links
from following.models import Subscription
from milestones.models import OutboxMail
from ogptracker import error_views
from opendata import services as data_files
from operations.jobs import noted
from operations.models import JobRun
from tests.assessments.ogp_rows import Y2014, row, write
from tests.conftest import account
from tests.ogptracker.pages import FORM, PLAN
from tests.ogptracker.walking import answering
from tests.world import make_user

pytestmark = pytest.mark.once


# What has to happen first ---------------------------------------------------------------------------------------------
def draft_open_to_comment(plan) -> SelfAssessment:
    """A self-assessment made from the plan, with a comment that was answered and one that is owed a response."""
    made = prefilling.make(plan, "end_of_term")[0]
    SelfAssessment.objects.filter(pk=made.pk).update(stage="public_comment", comment_from=date.today())
    poc = account("poc.of-it", "coordinator", "mois")
    for text in ("Which office is meant?", "도로대장은 언제 공개됩니까?"):
        made.refresh_from_db()
        comment = PublicComment(assessment=made, entry=made.entries.first(), text=text)
        comments.receive(comment)
        comments.let_through(PublicComment.objects.get(text=text), poc)
    comments.respond(PublicComment.objects.get(text=text), poc, "In spring.", "봄에 공개됩니다.")
    return made


@pytest.fixture
def assessed(record, tmp_path) -> list[str]:
    """Addresses of what has to happen first: a draft open to comment, a second version, an imported commitment, and a
    report that waits and one that failed."""
    draft = draft_open_to_comment(record.plans.get(slug="kr-5"))
    published = SelfAssessment.objects.get(slug="kr-2-end-of-term")
    freezing.freeze(published, None)
    entry = published.entries.get(commitment__number="2-d")
    entry.completion_level, entry.next_steps = "limited", "A yearly count."
    entry.save()
    freezing.freeze(published, None, "The tick was read from the scanned page.")
    arabic = {"Commitment Title": "نشر بيانات الميزانية المفتوحة", "Full Text": "تنشر الوزارة البيانات كل ثلاثة أشهر."}
    ogp_import.import_file(write(tmp_path / "rows.csv", row("QA0001", **Y2014, **arabic)), tell=lambda _fault: None)
    imported = Commitment.objects.get(ogp_id="QA0001")
    review = imported.codings.first().review
    reviewer = account("reader.of-it", "irm")
    waiting = reports.request_report(published, "en", reviewer)
    failed = reports.request_report(published, "ko", reviewer)
    Report.objects.filter(pk=failed.pk).update(state=Report.State.FAILED)
    of_plan = reports.request_irm_report(record.plans.get(slug="kr-2"), "en", reviewer)
    rows = [draft, published, imported, imported.plan, imported.plan.member, review, waiting, failed, of_plan]
    versions = [
        f"{published.get_absolute_url()}versions/",
        reverse("snapshot-versions", args=[of_plan.snapshot.subject]),
    ]
    more = [f"{draft.get_absolute_url()}comment/", *versions, *(f"{address}1/" for address in versions)]
    return [one.get_absolute_url() for one in rows] + more


def test_what_was_assessed_commented_on_changed_or_imported_is_for_everybody(walk, assessed):
    walk.both(assessed)
    walk.end()


def follower(email: str, plan, **facts) -> Subscription:
    return Subscription.objects.create(email=email, language="en", level="plan", plan=plan, **facts)


@pytest.fixture
def followed(record) -> list:
    """The pages that a follower gets by mail: to begin, to change, to stop, and what is over."""
    plan = record.plans.get(slug="kr-5")
    new = follower("new@example.org", plan)
    old = follower("old@example.org", plan, confirmed_at=timezone.now(), told_until=date.today())
    gone = follower("gone@example.org", plan)
    links_of_gone = [(links.path_of(links.MANAGE, gone), 410), links.path_of(links.STOP, gone)]
    gone.delete()
    begun = [links.path_of(purpose, row) for purpose, row in [("confirm", new), ("manage", old), ("stop", old)]]
    return [*begun, *links_of_gone]


def test_a_followers_own_pages_are_for_everybody(walk, followed):
    walk.both(followed)
    walk.end()


def test_the_files_of_a_member_are_for_everybody(walk, record):
    walk.both(["/data/kr/"])
    assert data_files.make(data_files.ask("kr").pk)
    walk.both(["/data/kr/"])
    walk.end()


def test_forms_that_were_filled_in_wrongly_or_too_late_are_for_everybody(walk):
    for page, prefix, width in ((walk.desk, "", "1280 px"), (walk.phone, "/ko", "360 px")):
        for address in (f"{PLAN}/follow/", f"{FORM}/ask/"):
            page.goto(f"{prefix}{address}")
            with page.expect_navigation() as sent:
                page.evaluate("document.querySelector('main form[method=post]').submit()")
            assert sent.value.status == 400, address
            walk.by_day(page, f"{prefix}{address} sent empty", width)
            page.goto(f"{prefix}{address}")
            page.context.clear_cookies()
            with page.expect_navigation() as sent:
                page.evaluate("document.querySelector('main form[method=post]').submit()")
            assert sent.value.status == 403, address
            walk.by_day(page, f"{prefix}{address} sent without its cookie", width)
    walk.end()


def test_the_pages_of_what_broke_are_for_everybody(walk):
    """The server is made to break by the browser's own route: the page is the site's, with its own style sheets."""
    broken = {"/broken/": (error_views.server_error, 500), "/unreadable/": (error_views.bad_request, 400)}
    for page, language in ((walk.desk, "en"), (walk.phone, "ko")):
        for path, (view, status) in broken.items():
            with translation.override(language):
                body = view(RequestFactory().get(path)).content
            page.route(f"**{path}", answering(status, body))
    for path, (_view, status) in broken.items():
        walk.at_the_desk(path, status)
        walk.by_phone(path, status)
    walk.end()


# The desk: what stands by itself there --------------------------------------------------------------------------------
TOKENS, JOBS = "/admin/account/tokens/", "/admin/operations/jobrun/"


@pytest.fixture
def administrator(db):
    """With a token that holds, one that was revoked and one that is over; jobs that ended well, failed and go on, and a
    mail that waits."""
    found, now = make_user("viewer", is_superuser=True), timezone.now()
    for began in (now, now - timedelta(days=1), now - timedelta(days=60)):
        tokens.make(found, "Program", tokens.scopes_for(found), began + timedelta(days=30), began)
    tokens.revoke(Token.objects.filter(pk=Token.objects.order_by("pk")[1].pk), now)
    with noted("milestones.tasks.flag_overdue", None):
        pass
    with suppress(RuntimeError), noted("milestones.tasks.send_mail", None):
        raise RuntimeError("The mail server refuses: " + "x" * 200)
    JobRun.objects.create(job="search.tasks.refresh_search", began_at=now)
    OutboxMail.objects.create(user=found, day=now.date(), message_id="1", subject="a", created_at=now)
    return found


def test_the_pages_of_tokens_and_of_jobs_are_for_everybody(walk, sign_in, administrator):
    for page in (walk.desk, walk.phone):
        sign_in(page, administrator)
    walk.both([TOKENS, JOBS])
    for page, prefix, width in ((walk.desk, "", "1280 px"), (walk.phone, "/ko", "360 px")):
        for name, mark in (("", ".errorlist"), ("Another program", ".about code")):
            page.goto(f"{prefix}{TOKENS}")
            page.locator("#id_name").fill(name)
            page.locator(".submit-row input").click()
            assert page.locator(mark).count() == 1
            walk.by_day(page, f"{prefix}{TOKENS} with {mark}", width)
    walk.not_wider_than(360, f"{TOKENS} with a new token")
    walk.end()
