"""What a page may weigh at the first visit, measured on the wire from the real server: 100 kB and 12 requests, nothing
from elsewhere, nothing that needs a script."""

import subprocess
import sys

import pytest

from tests.migrated import migrate
from tests.tracker import COLLECT, ROOT, environment_in, served

pytestmark = pytest.mark.once
MOST_BYTES = 100_000  # as sent: compressed, heads of the answers included
MOST_REQUESTS = 12
DAY = "as_of=2021-11-15"
PAGES = [
    "/",
    f"/plans/kr-5/?{DAY}",
    f"/plans/kr-5/commitments/2-1/?{DAY}",
    f"/plans/kr-5/commitments/2-1/milestones/1/?{DAY}",
    "/plans/kr-2/",
    f"/members/kr/?{DAY}",
    f"/institutions/kr/mois/?{DAY}",
    f"/overdue/?{DAY}",
    f"/milestones/?plan=kr-5&{DAY}",
    "/compare/?as_of=2016-12-31",
    f"/search/?q=information&{DAY}",
    "/self-assessments/kr-2-end-of-term/",
    "/changes/?since=2021-01-01&until=2021-11-15",
    "/data/",
    "/glossary/",
    f"/ko/plans/kr-5/?{DAY}",
    f"/ko/search/?q=%EC%A0%95%EB%B3%B4&{DAY}",
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of a tracker with the record, served as an office would serve it."""
    environment = environment_in(tmp_path_factory.mktemp("budgets"))
    migrate(environment)
    for words in (["load_record"], COLLECT):
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    with served(environment) as (_supervisor, port):
        yield f"http://127.0.0.1:{port}"


def weigh(browser, address: str) -> tuple[int, list[str]]:
    """The bytes that came over the wire for a first visit, and what was asked for."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes, asked = [], []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="networkidle")
    context.close()
    return sum(sizes), [url for url in asked if not url.startswith("data:")]


def test_no_page_weighs_more_than_its_budget(live_browser, site):
    too_much = {}
    for address in PAGES:
        size, asked = weigh(live_browser, f"{site}{address}")
        assert all(url.startswith(site) for url in asked), asked
        assert size > 10_000, address  # something was measured
        if size > MOST_BYTES or len(asked) > MOST_REQUESTS:
            too_much[address] = size, len(asked)
    assert not too_much
