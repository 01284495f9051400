#!/usr/bin/env python3
"""Makes the pictures of the public pages, the desk and the assessments in docs/screenshots/: starts a tracker of its
own, with the fictional training plan, in a throwaway folder, and walks through it in Chromium (the system's, or the
one that ``CHROMIUM`` names)."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
PASSWORD = "a phrase for the pictures only"
WINDOW = {"width": 1100, "height": 760}
TALL = {"width": 1100, "height": 2300}
PHONE = {"width": 360, "height": 740}
STARTS_WITHIN = 180  # seconds: the record is loaded first
DAY = "as_of=2021-11-15"  # the record's fifth plan is under way, and 20 of its milestones are overdue
DATA_WITHIN = 120  # seconds: the worker makes the files once somebody has asked for them
PUBLIC = {
    "home": f"/?{DAY}",
    "search": f"/search/?q=budget&{DAY}",
    "plan": f"/plans/kr-5/?{DAY}",
    "changes": "/plans/kr-5/changes/?since=2021-10-01&until=2021-11-15",
    "institution": f"/institutions/kr/moef/?{DAY}",
    "members-compared": "/members/compare/",
}
PARTICIPATION = "/plans/kr-5/commitments/4-1/"  # seven milestones, six of them overdue on the day
COLOURS = 64  # enough for a page, and a third of the size
OPTIONS = ["--no-sandbox", "--disable-gpu"]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(address: str):
    end = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            with urlopen(f"{address}/healthz", timeout=5):
                return
        except (URLError, OSError):
            if time.monotonic() > end:
                sys.exit("The tracker does not answer.")
            time.sleep(1)


@contextmanager
def tracker():
    """The address of a demo that keeps everything in a throwaway folder, with all its processes."""
    with tempfile.TemporaryDirectory(prefix="ogptracker-pictures-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        environment = {**os.environ, "DATA_DIR": folder, "DEMO_PASSWORD": PASSWORD, "TMPDIR": folder}
        command = [sys.executable, "manage.py", "demo", "--port", str(port)]
        quiet = {"stdout": subprocess.DEVNULL, "start_new_session": True}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, **quiet)
        try:
            wait_for(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def keep(page, name: str, whole=False):
    """Writes what the window shows, or the whole page, in few colours, rare ones (a red flag) among them."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=whole)))
    picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(PICTURES / f"{name}.png", optimize=True)
    print(f"docs/screenshots/{name}.png")


def reader(browser, address: str, **options):
    """The page of somebody who reads the public site."""
    return browser.new_context(base_url=address, **{"viewport": WINDOW, "locale": "en-GB", **options}).new_page()


def public_pages(browser, address: str):
    page = reader(browser, address)
    for name, path in PUBLIC.items():
        page.goto(path)
        keep(page, name)
    tall = reader(browser, address, viewport=TALL)
    tall.goto(f"{PARTICIPATION}?{DAY}")
    keep(tall, "commitment")
    phone = {"viewport": PHONE, "locale": "ko-KR", "color_scheme": "dark"}
    dark = reader(browser, address, **phone)
    dark.goto(f"/ko{PARTICIPATION}?{DAY}#late")
    keep(dark, "commitment-phone-ko-dark")
    card = reader(browser, address, viewport={"width": 600, "height": 360})
    card.goto(f"{PARTICIPATION}card/?{DAY}")
    keep(card, "card")


def open_data(browser, address: str):
    """The files of one member, once the worker has made them."""
    page = reader(browser, address)
    end = time.monotonic() + DATA_WITHIN
    page.goto("/data/kr/")
    while not page.locator(".data-files a[download]").count():
        if time.monotonic() > end:
            sys.exit("The files of the open data are not made.")
        time.sleep(2)
        page.reload()
    keep(page, "data")


def signed_in(browser, address: str, username: str, prefix=""):
    page = browser.new_context(base_url=address, viewport=WINDOW, locale="ko-KR" if prefix else "en-GB").new_page()
    page.goto(f"{prefix}/admin/login/")
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#login-form [type=submit]").click()
    page.wait_for_url(f"**{prefix}/admin/")
    return page


def report(page):
    """Fills the form in for the first late milestone, and hands the report in."""
    page.locator('section[aria-labelledby="late"] a[href*="statusupdate/add"]').first.click()
    page.locator("#id_status").select_option("substantial")
    page.locator("#id_what_was_done").fill("The register is online; two of three ministries have entered their data.")
    page.locator("#id_links").fill("The register | https://example.org/register")
    keep(page, "report-form", whole=True)
    page.locator("[name=_submit]").click()


def review(page):
    page.locator('section[aria-labelledby="waiting"] li a').first.click()
    page.locator(".review-box").scroll_into_view_if_needed()
    keep(page, "review")


def filled(content: bytes) -> bytes:
    """The downloaded form with a report in its first row, and a date nobody can read in its second."""
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    head = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == "Status")
    columns = {cell.value: cell.column for cell in sheet[head]}
    for row, day in ((head + 1, "2026-01-15"), (head + 2, "soon")):
        sheet.cell(row, columns["Status"]).value = "Substantial"
        sheet.cell(row, columns["What was done"]).value = "The rules are drafted."
        sheet.cell(row, columns["Date it is about"]).value = day
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def dry_run(page):
    page.goto("/admin/milestones/upload/add/")
    link = page.locator('.desk a[href$="xlsx/"], .desk a[href$=".xlsx"]').first.get_attribute("href")
    content = filled(page.request.get(link).body())
    page.locator("[type=file]").set_input_files([{"name": "form.xlsx", "mimeType": "", "buffer": content}])
    page.locator("[type=submit].default").click()
    page.locator(".upload-row").first.wait_for(timeout=60_000)
    keep(page, "spreadsheet")


def second_factor(page):
    page.goto("/admin/account/second-factor/")
    page.locator(".qr-code svg").wait_for()
    keep(page, "second-factor")


def press(page, where: str):
    """Presses what leads to another page, and waits until it is there."""
    with page.expect_navigation():
        page.locator(where).first.click()


def self_assessment(page):
    """The end-of-term report, just made from the plan: a form with what was taken from approved reports."""
    page.goto("/admin/assessments/selfassessment/add/")
    page.locator("#id_kind").select_option("end_of_term")
    press(page, ".submit-row [type=submit]")
    keep(page, "self-assessment")
    press(page, ".stage tbody th a")
    page.locator("#results-group").evaluate("(it) => it.scrollIntoView()")
    keep(page, "prefilled-form")


def open_to_comment(page) -> str:
    """Takes the mid-term draft through its stages up to public comment; returns its public address."""
    page.goto("/admin/assessments/selfassessment/?kind__exact=mid_term")
    press(page, "#result_list tbody th a")
    stage = page.url
    press(page, '[name=step][value="ask"]')
    for form in [link.get_attribute("href") for link in page.locator(".stage tbody th a").all()]:
        page.goto(form)
        press(page, 'form[action$="/sign-off/"] button')
    page.goto(stage)
    press(page, '[name=step][value="open"]')
    press(page, ".viewsitelink")
    return page.url


def comment(browser, address: str, draft: str):
    page = reader(browser, address, viewport=PHONE)
    page.goto(draft)
    press(page, '.notice a[href$="/comment/"]')
    keep(page, "comment-phone")


def comparison(browser, address: str):
    page = reader(browser, address)
    page.goto("/compare/?plan=kr-2")
    page.locator("table.compare").evaluate("(it) => it.scrollIntoView()")
    keep(page, "compare")


def coding(page):
    page.goto("/admin/assessments/coding/?method_version__exact=2021%2B")
    press(page, "#result_list tbody th a")
    keep(page, "coding")


def main():
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with tracker() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        public_pages(browser, address)
        open_data(browser, address)
        editor = signed_in(browser, address, "editor.training")
        keep(editor, "desk")
        keep(signed_in(browser, address, "editor.training", "/ko"), "desk-ko")
        report(editor)
        review(signed_in(browser, address, "head.training"))
        dry_run(editor)
        second_factor(editor)
        ministry = signed_in(browser, address, "poc.training")
        self_assessment(ministry)
        comment(browser, address, open_to_comment(ministry))
        comparison(browser, address)
        coding(signed_in(browser, address, "irm"))
        browser.close()


if __name__ == "__main__":
    main()
