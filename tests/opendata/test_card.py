"""A commitment's card: what it says, on which day, and that other sites may show it, and nothing else, in a frame."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from playwright.sync_api import expect

from tests.world import make_world

CARD = "/plans/kr-5/commitments/4-1/card/"
DAY = "?as_of=2021-11-15"
pytestmark = pytest.mark.django_db


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL))


def test_a_card_says_number_title_lead_three_voices_lateness_and_its_day(client, record):
    words = words_of(client.get(f"{CARD}{DAY}").content.decode())
    for part in (
        "4-1 Expand Participatory Budgeting",
        "Participatory Budgeting Division, Ministry of Economy and Finance",
        "Ministry reports No report on any of its 7 milestones",
        "Government's self-assessment None in the record",
        "IRM finds None in the record",
        "6 milestones overdue",
        "As of 15 November 2021",
    ):
        assert part in words, part


def test_a_card_shows_what_had_been_said_by_its_day(client, record):
    address = "/plans/kr-2/commitments/2-c/card/"
    assert "IRM finds Limited" in words_of(client.get(f"{address}?as_of=2017-01-01").content.decode())
    assert "IRM finds None in the record" in words_of(client.get(f"{address}?as_of=2015-01-01").content.decode())


def test_a_card_leads_to_the_page_of_the_same_day(client, record):
    page = client.get(f"/ko{CARD}{DAY}").content.decode()
    assert f'href="/ko/plans/kr-5/commitments/4-1/{DAY}" target="_blank" rel="noopener"' in page


def test_only_the_card_may_be_framed_and_it_sets_no_cookie_and_has_no_script(client, record):
    card, page = client.get(CARD), client.get("/plans/kr-5/commitments/4-1/")
    assert "X-Frame-Options" not in card and page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors *" in card["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "default-src 'none'" in card["Content-Security-Policy"]
    assert not card.cookies and b"<script" not in card.content and b"style=" not in card.content


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/plans/kr-5/commitments/4/card/", 404),  # its parts carry the forms
        ("/plans/kr-5/commitments/99/card/", 404),
        ("/plans/kr-5/commitments/%00/card/", 404),
        ("/plans/nowhere/commitments/1/card/", 404),
        (f"{CARD}?as_of=soon", 400),
    ],
)
def test_a_card_that_is_not_there_says_so(client, record, address, status):
    assert client.get(address).status_code == status


def test_a_fictional_card_says_that_it_is(client, db):
    plan, *_others = make_world(1, fictional=True)
    assert "Fictional." in client.get(f"{plan.commitments.get().get_absolute_url()}card/").content.decode()


def test_the_commitments_page_has_the_code_to_copy(client, record):
    page = client.get(f"/plans/kr-5/commitments/4-1/{DAY}").content.decode()
    (code,) = re.findall(r"<textarea[^>]*readonly[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert escape(f'<iframe src="http://testserver{CARD}{DAY}" title="4-1. Expand Participatory Budgeting"') in code
    undated = client.get("/plans/kr-5/commitments/4-1/").content.decode()
    assert "card/?as_of" not in undated, "a card of today stays one of today"


def test_a_card_costs_the_same_number_of_queries_for_1_3_and_30_rows(client, db):
    counts = []
    for size in (1, 3, 30):
        plan, *_others = make_world(size)
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{plan.commitments.first().get_absolute_url()}card/")
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


@contextmanager
def other_site(body: str):
    """A web server on another port, and so another origin, with one page. Gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.once
def test_another_site_shows_the_copied_code_and_no_other_page_in_a_frame(open_page, live_server, record, axe):
    page = open_page(java_script_enabled=False, viewport={"width": 320, "height": 800})
    page.goto(f"/plans/kr-5/commitments/4-1/{DAY}")
    page.get_by_text("Embed this on another site").click()
    code = page.get_by_label("Code to copy").input_value()
    whole = f'<iframe id="whole" src="{live_server.url}/plans/kr-5/"></iframe>'
    with other_site(f"<!DOCTYPE html><title>A newspaper</title><p>We report:</p>{code}{whole}") as address:
        page.goto(address)
        frame = page.frame_locator("iframe[title^='4-1']")
        expect(frame.get_by_role("heading")).to_contain_text("Expand Participatory Budgeting")
        expect(frame.get_by_text("6 milestones overdue")).to_be_visible()
        shown = page.locator("iframe").first.bounding_box()
        assert shown["width"] <= 320
        expect(page.frame_locator("#whole").get_by_text("The 5th National Action Plan")).to_have_count(0)
    for scheme in ("light", "dark"):
        for width in (280, 600):
            card = open_page(viewport={"width": width, "height": 400}, color_scheme=scheme)
            card.goto(f"{CARD}{DAY}")
            assert card.evaluate("document.documentElement.scrollWidth") <= width
            axe(card)
