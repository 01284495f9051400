"""The whole tracker at work: a reviewer asks for a PDF in the browser, a real worker makes it, the reviewer has it."""

import hashlib
import subprocess
import sys

import pypdf
import pytest
from playwright.sync_api import expect

from tests.migrated import migrate
from tests.tracker import COLLECT, ROOT, environment_in, served

pytestmark = pytest.mark.once

PASSWORD = "a phrase only the tests know"


@pytest.fixture
def environment(tmp_path):
    """A tracker with the record and the accounts."""
    environment = environment_in(tmp_path) | {"DEMO_PASSWORD": PASSWORD}
    migrate(environment)
    for words in (
        COLLECT,
        ["load_record"],
        ["load_training"],
    ):
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True)
    subprocess.run([sys.executable, "manage.py", "demo_accounts"], cwd=ROOT, env=environment, check=True)
    return environment


def test_a_reviewer_signs_in_asks_for_the_pdf_sees_its_progress_and_downloads_it(environment, live_browser, tmp_path):
    with served(environment) as (_supervisor, port):
        context = live_browser.new_context(base_url=f"http://127.0.0.1:{port}", locale="en-GB")
        page = context.new_page()
        page.goto("/plans/kr-2/")
        page.get_by_role("link", name="End-of-Term Self-Assessment Report").first.click()
        assert page.get_by_role("button", name="Make the file").count() == 0, "not for the public"
        page.goto("/admin/login/?next=/self-assessments/kr-2-end-of-term/")
        page.get_by_label("Username").fill("irm")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Make the file").click()
        expect(page.get_by_role("status")).to_be_visible()
        expect(page.get_by_text("The report is ready.")).to_be_visible(timeout=120_000)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the file").click()
        path = tmp_path / "report.pdf"
        download.value.save_as(path)
        shown = page.locator("dt", has_text="SHA-256 of the file").locator("xpath=following-sibling::dd").inner_text()
        context.close()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == shown
    reader = pypdf.PdfReader(path)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "2-d. Strengthening Public Service Ethics" in "".join(page.extract_text() for page in reader.pages)
