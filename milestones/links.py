"""Checks the links of evidence, politely, and keeps a copy of what they showed.

``check_links`` takes links that are due, one after the other, each by a conditional UPDATE, so that two workers never
ask the same site for the same page; a killed worker's link comes up again when its lease ends. Between two requests to
one site lie ``PAUSE`` seconds. A page that fails is asked for again after an hour, then less and less often; it is
*broken* after three failures, or two when the site says that it is gone. A copy is kept where neither the site's
robots.txt nor the page itself asks not to.
"""

import hashlib
import logging
import time
from datetime import datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from django.core.files.base import ContentFile
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from .fetching import MOST_BYTES, NO_ADDRESS, PRIVATE, Page, Unreachable, fetch
from .models import Evidence, Link

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
PAUSE = 5  # seconds between two requests to one site
ROUND = 5 * 60  # seconds after which a round begins no further check
CHECK_AGAIN = timedelta(days=30)
BACK_OFF = [timedelta(hours=1), timedelta(hours=8), timedelta(days=1), timedelta(days=3), timedelta(days=7)]
LONGEST_WAIT = timedelta(days=7)  # of what a site asks for in Retry-After
BROKEN_AFTER = 3
GONE = {404, 410}
GONE_AFTER = 2
COPIED = {"text/html", "application/xhtml+xml", "text/plain", "application/pdf"}
LONGEST_TEXT = 200_000  # characters
AGENT = "OGP-tracker-link-check"
UNSEEN = {"script", "style", "noscript", "template", "head"}


# Which links there are ------------------------------------------------------------------------------------------------
def adopt():
    """Makes a row for each address that handed-in evidence names, and ties the evidence to it. Three queries."""
    elsewhere = Q(link=None) | ~Q(link__url=F("url"))  # new, or written anew since
    loose = Evidence.objects.filter(elsewhere).exclude(url="").exclude(update__review="draft")
    now = timezone.now()
    addresses = loose.order_by().values_list("url", flat=True).distinct()
    Link.objects.bulk_create((Link(url=url, next_check_at=now) for url in addresses), ignore_conflicts=True)
    same = Link.objects.filter(url=OuterRef("url")).values("pk")[:1]
    loose.update(link=Subquery(same))


def claim(now: datetime, passed_over: set[str]) -> Link | None:
    """Takes a due link of a site that may be asked, for as long as the lease; None when there is none."""
    for link in Link.objects.due(now).order_by("next_check_at", "pk")[:200]:
        if host_of(link.url) in passed_over:
            continue
        taken = Link.objects.filter(pk=link.pk, next_check_at=link.next_check_at).update(next_check_at=now + LEASE)
        if taken:
            return link
    return None


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


# What a check finds ---------------------------------------------------------------------------------------------------
def problem_of(page: Page) -> str:
    """What is wrong with an answer; "" when nothing is."""
    if page.status in GONE:
        return Link.Problem.NOT_FOUND
    if page.status >= 500:
        return Link.Problem.SERVER_ERROR
    return Link.Problem.REFUSED if page.status >= 400 else ""


def asked_pause(page: Page | None) -> timedelta:
    """How long the site asks to be left alone."""
    seconds = page.headers.get("retry-after", "") if page else ""
    return min(timedelta(seconds=int(seconds)), LONGEST_WAIT) if seconds.isdecimal() else timedelta()


def note_failure(link: Link, problem: str, now: datetime, page: Page | None = None):
    link.failures += 1
    link.problem, link.http_status = problem, page.status if page else None
    enough = GONE_AFTER if problem == Link.Problem.NOT_FOUND else BROKEN_AFTER
    link.state = Link.State.BROKEN if link.failures >= enough else Link.State.FAILING
    pause = BACK_OFF[min(link.failures, len(BACK_OFF)) - 1]
    link.next_check_at = now + max(pause, asked_pause(page))


def note_not_checked(link: Link, problem: str, now: datetime):
    """What no job may look at says nothing against the evidence."""
    link.state, link.problem, link.http_status, link.failures = Link.State.NOT_CHECKED, problem, None, 0
    link.next_check_at = now + CHECK_AGAIN


def note_success(link: Link, page: Page, now: datetime):
    link.state, link.problem, link.http_status, link.failures = Link.State.REACHABLE, "", page.status, 0
    link.reachable_at, link.next_check_at = now, now + CHECK_AGAIN


def check(link: Link, now: datetime):
    """Asks for the page, notes what came of it, and keeps a copy of the first good answer where that is allowed."""
    link.checked_at = now
    try:
        page = fetch(link.url)
    except Unreachable as error:
        unseen = error.code in (PRIVATE, NO_ADDRESS)
        (note_not_checked if unseen else note_failure)(link, error.code, now)
    else:
        if problem := problem_of(page):
            note_failure(link, problem, now, page)
        else:
            note_success(link, page, now)
            if not link.copy and may_copy(page):
                keep_copy(link, page, now)
    link.save()


# The copy -------------------------------------------------------------------------------------------------------------
class Reader(HTMLParser):
    """The visible text of a page, and whether the page asks not to be archived."""

    def __init__(self):
        super().__init__()
        self.pieces: list[str] = []
        self.unseen = 0
        self.noarchive = False

    def handle_starttag(self, tag, attrs):
        self.unseen += tag in UNSEEN
        found = dict(attrs)
        if tag == "meta" and (found.get("name") or "").lower() == "robots":
            self.noarchive |= "noarchive" in (found.get("content") or "").lower()

    def handle_endtag(self, tag):
        self.unseen -= tag in UNSEEN and self.unseen > 0

    def handle_data(self, data):
        if not self.unseen and data.strip():
            self.pieces.append(" ".join(data.split()))


def decoded(page: Page) -> str:
    """The page's text in the encoding that it names; what cannot be read becomes a replacement character."""
    _type, _mark, charset = page.headers.get("content-type", "").partition("charset=")
    try:
        return page.body.decode(charset.strip(" \"'") or "utf-8", errors="replace")
    except LookupError:
        return page.body.decode("utf-8", errors="replace")


def read_page(page: Page) -> Reader:
    reader = Reader()
    if page.content_type == "text/plain":
        reader.pieces.append(decoded(page))
    elif page.content_type != "application/pdf":
        reader.feed(decoded(page))
        reader.close()
    return reader


def robots_allow(url: str) -> bool:
    """Whether the site's robots.txt lets the page be fetched. Without one everything is allowed (RFC 9309)."""
    parts = urlsplit(url)
    try:
        page = fetch(f"{parts.scheme}://{parts.netloc}/robots.txt")
    except Unreachable:
        return False
    if page.status >= 500:
        return False
    rules = RobotFileParser()
    rules.parse(decoded(page).splitlines() if page.status < 400 else [])
    return rules.can_fetch(AGENT, url)


def may_copy(page: Page) -> bool:
    if page.content_type not in COPIED or page.cut or not page.body or len(page.body) > MOST_BYTES:
        return False
    if "noarchive" in page.headers.get("x-robots-tag", "").lower() or read_page(page).noarchive:
        return False
    return robots_allow(page.url)


def keep_copy(link: Link, page: Page, now: datetime):
    link.copy_sha256 = hashlib.sha256(page.body).hexdigest()
    link.copy_type, link.copy_size, link.copied_at = page.content_type, len(page.body), now
    link.text = "\n".join(read_page(page).pieces)[:LONGEST_TEXT].replace("\x00", "")
    link.copy.save(link.copy_sha256, ContentFile(page.body), save=False)


# A round --------------------------------------------------------------------------------------------------------------
def check_links(pause: float = PAUSE) -> int:
    """Checks what is due, for some minutes at most; how many links that were."""
    adopt()
    ends, asked, done = time.monotonic() + ROUND, {}, 0
    while time.monotonic() < ends:
        resting = {host for host, when in asked.items() if time.monotonic() - when < pause}
        link = claim(timezone.now(), resting)
        if link is None and not (resting and Link.objects.due(timezone.now()).exists()):
            break
        if link is None:
            time.sleep(min(pause, 0.2))
            continue
        check(link, timezone.now())
        asked[host_of(link.url)] = time.monotonic()
        done += 1
    return done
