"""Every public page in a real browser, in both languages, on a desk and on a phone, by day and by night: axe finds
nothing, nothing is wider than a phone, nor than a window enlarged four times. A walk names every fault, not the first.
"""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.test import RequestFactory
from django.urls import LocalePrefixPattern, URLPattern, get_resolver, resolve, reverse
from django.utils import timezone, translation

from accounts import tokens
from accounts.models import Token
from assessments import comments, freezing, ogp_import, prefilling
from assessments import services as reports
from assessments.models import PublicComment, Report, SelfAssessment
from commitments.models import Commitment, PolicyArea
from following import links
from following.models import Subscription
from milestones.models import OutboxMail
from ogptracker import error_views
from opendata import services as data_files
from operations.jobs import noted
from operations.models import JobRun
from tests.assessments.ogp_rows import Y2014, row, write
from tests.conftest import account, axe_faults
from tests.world import make_user

pytestmark = pytest.mark.once
DAY = "as_of=2021-11-15"
PLAN, FORM = "/plans/kr-5", "/plans/kr-5/commitments/4-1"

RECORD = [
    "/",
    f"/?{DAY}",
    "/plans/",
    "/plans/kr-2/",
    "/plans/kr-3/",
    f"{PLAN}/?{DAY}",
    f"{PLAN}/themes/civic-space/?{DAY}",
    f"{PLAN}/commitments/4/",
    f"{PLAN}/commitments/5/?{DAY}",
    f"{FORM}/?{DAY}",
    "/plans/kr-2/commitments/2-d/",
    f"{FORM}/history/",
    f"{FORM}/milestones/1/?{DAY}",
    f"{FORM}/milestones/1/history/",
    f"{FORM}/card/?{DAY}",
    "/members/",
    "/members/kr/",
    "/members/compare/?member=kr",
    "/institutions/",
    f"/institutions/kr/mois/?{DAY}",
    "/policy-areas/",
    "/policy-areas/open-data/",
    "/documents/",
    "/documents/kr-5-plan/",
    "/glossary/",
]
LISTS = [
    "/commitments/?q=data",
    ("/commitments/?plan=nowhere", 400),
    f"/milestones/?plan=kr-5&overdue=true&{DAY}",
    ("/milestones/?status=unheard-of", 400),
    f"/overdue/?{DAY}",
    ("/overdue/?as_of=soon", 400),
    f"/stale/?{DAY}",
    ("/stale/?plan=nowhere", 400),
    "/search/",
    f"/search/?q=information&{DAY}",
    f"/search/?q=%EC%A0%95%EB%B3%B4&{DAY}",
    "/search/?q=zzzzzz",
    ("/search/?plan=nowhere", 400),
    "/search/changes/?q=information&since=2021-10-01&until=2021-11-15",
    "/search/follow/?q=information",
    f"{PLAN}/changes/?since=2021-10-01&until=2021-11-15",
    ("/changes/?since=2021-12-01&until=2021-11-01", 400),
    "/members/kr/changes/?since=2021-10-01&until=2021-11-15",
    "/institutions/kr/mois/changes/?since=2021-10-01&until=2021-11-15",
    f"{PLAN}/themes/civic-space/changes/?since=2021-10-01&until=2021-11-15",
    f"{FORM}/changes/?since=2021-10-01&until=2021-11-15",
    *(f"{level}/follow/" for level in ("", "/members/kr", PLAN, FORM, f"{PLAN}/themes/civic-space")),
    "/institutions/kr/mois/follow/",
    "/follow/asked/",
    "/data/",
    "/data/dictionary/",
    ("/commitments.csv?plan=nowhere", 400),
    ("/plans/kr-6/", 404),
    ("/no-such-page/", 404),
]
ASSESSMENTS = [
    "/assessments/",
    "/self-assessments/kr-2-end-of-term/",
    "/compare/",
    "/compare/?plan=kr-2&as_of=2016-12-31",
    ("/compare/?gap=wide", 400),
    "/irm-reviews/",
    "/irm-reviews/kr-2-irm-progress/",
    "/irm-codings/",
    "/codebooks/",
    "/codebooks/2018-20/",
    "/codebooks/2021-on/",
    "/questions/",
    "/questions/?q=zzzzzz",
    "/plans/kr-5/commitments/4-1/ask/",
]
WITHOUT_LANGUAGE = ["/api/v1/schema/docs/", "/admin/login/"]
# What the walks below make first leads to pages of these names.
MADE = {
    "comment-on-self-assessment",
    "assessment-versions",
    "assessment-version",
    "snapshot-versions",
    "snapshot-version",
    "report",
    "data-of-member",
    "follow-confirm",
    "follow-manage",
    "follow-stop",
}
# Not pages: they answer POST alone, or with a file.
BUTTONS = {
    *("request-report", "request-version-report", "request-review-report", "request-plan-report", "request-package"),
    *("request-commitment-report", "request-snapshot-report", "retry-report", "cancel-report"),
}
FILES = {"report-file", "evidence", "link-copy"}
FILE_ENDINGS = ("-csv", "-xlsx", "-json", "-updates", "-overdue", "-deadlines")

# Colours are all that the night changes: the other rules hold by night as they do by day.
OF_COLOUR = ["color-contrast", "link-in-text-block"]


# Walking --------------------------------------------------------------------------------------------------------------
class Walk:
    """Opens pages and collects what is wrong with them, each fault with the page and the state it was seen in."""

    def __init__(self, open_page):
        self.desk = open_page(viewport={"width": 1280, "height": 900})
        self.phone = open_page(viewport={"width": 360, "height": 740}, locale="ko-KR")
        self.faults = []

    def both(self, places):
        """*places*: paths, or ``(path, status)`` where the answer is not 200; English at the desk, Korean by phone."""
        for place in places:
            address, status = place if isinstance(place, tuple) else (place, 200)
            self.at_the_desk(address, status)
            self.by_phone(f"/ko{address}", status)

    def open(self, page, address: str, status: int):
        page.emulate_media(color_scheme="light")
        answer = page.goto(address)
        if answer.status != status:
            self.faults.append(f"{address}: answered {answer.status}, not {status}")

    def at_the_desk(self, address: str, status: int = 200):
        self.open(self.desk, address, status)
        self.by_day_and_night(self.desk, address, "1280 px")

    def by_phone(self, address: str, status: int = 200):
        self.phone.set_viewport_size({"width": 360, "height": 740})
        self.open(self.phone, address, status)
        self.not_wider_than(360, address)
        self.by_day_and_night(self.phone, address, "360 px")
        self.phone.set_viewport_size({"width": 320, "height": 740})  # 1280 px enlarged to 400 %
        self.not_wider_than(320, address)

    def not_wider_than(self, width: int, address: str):
        wide = self.phone.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            self.faults.append(f"{address} at {width} px: {wide} px wide")

    def by_day_and_night(self, page, address: str, width: str):
        self.faults += [f"{address} at {width}, light: {fault}" for fault in axe_faults(page)]
        page.emulate_media(color_scheme="dark")
        page.evaluate("document.getAnimations().forEach(each => each.finish())")  # colours that pass over slowly
        self.faults += [f"{address} at {width}, dark: {fault}" for fault in axe_faults(page, rules=OF_COLOUR)]

    def end(self):
        assert not self.faults, "\n".join([f"{len(self.faults)} faults", *self.faults])


def answering(status: int, body: str | bytes):
    """A route of the browser's that answers with the page."""
    return lambda route: route.fulfill(status=status, content_type="text/html; charset=utf-8", body=body)


@pytest.fixture
def walk(open_page, record) -> Walk:
    return Walk(open_page)


def test_the_record_is_for_everybody(walk, record):
    area = PolicyArea.objects.create(slug="open-data", name="Open Data", position=1)
    area.commitments.add(*record.plans.get(number=5).commitments.all())
    walk.both(RECORD)
    walk.end()


def test_lists_and_what_is_asked_of_them_are_for_everybody(walk):
    walk.both(LISTS)
    for address in WITHOUT_LANGUAGE:
        walk.at_the_desk(address)
        walk.by_phone(address)
    walk.end()


def test_assessments_are_for_everybody(walk):
    walk.both(ASSESSMENTS)
    walk.end()


def test_the_walks_see_a_fault_in_every_state(walk, live_server):
    """A page that is wrong in each way is named in each state: a walk that finds nothing has looked."""
    page = """<html lang="en"><title>x</title><meta name="color-scheme" content="light dark"><main><h1>x</h1>
        <p style="width: 340px; background: Canvas; color: #767676">grey by day</p><input></main></html>"""
    for browser in (walk.desk, walk.phone):
        browser.route("**/wrong/", answering(200, page))
    walk.at_the_desk("/wrong/", 404)
    walk.by_phone("/wrong/")
    told = "\n".join(walk.faults)
    assert "/wrong/: answered 200, not 404" in told and "/wrong/ at 320 px: " in told
    for width in ("1280 px", "360 px"):
        assert f"/wrong/ at {width}, light: label" in told
        assert f"/wrong/ at {width}, dark: color-contrast" in told


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
            walk.by_day_and_night(page, f"{prefix}{address} sent empty", width)
            page.goto(f"{prefix}{address}")
            page.context.clear_cookies()
            with page.expect_navigation() as sent:
                page.evaluate("document.querySelector('main form[method=post]').submit()")
            assert sent.value.status == 403, address
            walk.by_day_and_night(page, f"{prefix}{address} sent without its cookie", width)
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
            walk.by_day_and_night(page, f"{prefix}{TOKENS} with {mark}", width)
    walk.not_wider_than(360, f"{TOKENS} with a new token")
    walk.end()


# Nothing is left out --------------------------------------------------------------------------------------------------
def names_of_pages(resolver) -> set[str]:
    """The names of the resolver's pages, without the desk's and the files."""
    found = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            found.add(pattern.name)
        elif pattern.namespace is None:
            found |= names_of_pages(pattern)
    return {name for name in found if not name.endswith(FILE_ENDINGS)}


def test_every_page_of_the_site_is_walked():
    paths = [place if isinstance(place, str) else place[0] for place in RECORD + LISTS + ASSESSMENTS + WITHOUT_LANGUAGE]
    known = {resolve(path.split("?")[0]).url_name for path in paths if path != "/no-such-page/"}
    (in_a_language,) = [one for one in get_resolver().url_patterns if isinstance(one.pattern, LocalePrefixPattern)]
    assert names_of_pages(in_a_language) - known - MADE - BUTTONS - FILES == set()
