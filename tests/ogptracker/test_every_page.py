"""Every public page of the record is for everybody (``walking``), and no page of the site is left out."""

import pytest
from django.urls import LocalePrefixPattern, URLPattern, get_resolver, resolve

from commitments.models import PolicyArea
from tests.ogptracker.pages import ASSESSMENTS, LISTS, RECORD, WITHOUT_LANGUAGE
from tests.ogptracker.walking import answering

pytestmark = pytest.mark.once
# What the walks of test_every_page_made make first leads to pages of these names.
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
    assert "/wrong/ at 1280 px, dark: color-contrast" in told


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
