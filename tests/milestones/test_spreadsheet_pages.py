"""The pages of an upload in a browser: with and without scripts, on a narrow screen, in the dark, for everybody."""

import pytest
from playwright.sync_api import expect

from milestones import upload_services
from milestones.models import Upload
from tests.forms_filled import content_of, fill, form_of
from tests.milestones.test_spreadsheet import SAID, World
from tests.world import make_public_report

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world():
    return World()


def filled(world) -> dict:
    """The form with a change, a first report and a problem, as a browser is given a file."""
    make_public_report(world.milestones[0], world.editor, world.head, SAID["on_date"], what_was_done="Begun.")
    book = form_of(world.editor)
    fill(book, 2, **SAID)
    fill(book, 3, **SAID)
    fill(book, 4, **SAID | {"status": "Nearly"})
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "filled.xlsx", "mimeType": kind, "buffer": content_of(book)}


def upload_in(page, file):
    page.goto("/admin/milestones/upload/add/")
    page.get_by_label("Filled-in file").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("progressbar", name="Progress").wait_for()


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_a_file_is_uploaded_looked_at_accepted_and_undone(page, sign_in, world, axe):
    sign_in(page, world.editor)
    page.goto("/admin/milestones/upload/add/")
    axe(page)
    upload_in(page, filled(world))
    axe(page)
    upload = Upload.objects.get()
    upload_services.work(upload.pk)
    page.get_by_role("heading", name="Rows").wait_for()  # the script has loaded the page anew
    expect(page.get_by_text("“Nearly” is not a status.")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Differs").click()
    expect(page.get_by_role("cell", name="Begun.")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Accept the good rows: 2 changes").click()
    page.get_by_role("progressbar").wait_for()
    upload_services.work(upload.pk)
    page.get_by_role("button", name="Undo this upload").click()
    page.get_by_role("progressbar").wait_for()
    upload_services.work(upload.pk)
    page.get_by_text("Undone", exact=True).wait_for()
    axe(page)


def test_the_pages_work_narrow_dark_and_without_scripts(open_page, sign_in, world, axe):
    page = open_page(viewport={"width": 360, "height": 740}, java_script_enabled=False, color_scheme="dark")
    sign_in(page, world.editor)
    upload_in(page, filled(world))
    upload_services.work(Upload.objects.get().pk)
    page.get_by_role("heading", name="Rows").wait_for()  # the page has renewed itself
    page.get_by_role("button", name="Accept the good rows: 2 changes").click()
    page.get_by_role("progressbar").wait_for()
    with_scripts = open_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
    sign_in(with_scripts, world.editor)
    for address in ("add/", f"{Upload.objects.get().pk}/change/", ""):
        with_scripts.goto(f"/admin/milestones/upload/{address}")
        fits(with_scripts)
        axe(with_scripts)
    upload_services.work(Upload.objects.get().pk)
    with_scripts.goto(f"/admin/milestones/upload/{Upload.objects.get().pk}/change/?show=all")
    fits(with_scripts)
    axe(with_scripts)
