"""Signing in with a second factor in Chromium: by keyboard, without a fault that axe-core finds, in both languages."""

import pytest

from accounts.models import SecondFactor
from tests.accounts.signing import give_second_factor, present_code
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
NARROW = {"width": 360, "height": 780}
LANGUAGES = pytest.mark.parametrize("prefix, locale", [("", "en-GB"), ("/ko", "ko-KR")])


def type_and_enter(page, *words):
    """Types each word into the next field, then presses Enter."""
    for n, word in enumerate(words):
        if n:
            page.keyboard.press("Tab")
        page.keyboard.type(word)
    page.keyboard.press("Enter")


def is_wider_than_its_window(page) -> bool:
    """Whether something is cut off on the right: of the page, or of the box that signing in has."""
    boxes = "[document.documentElement, document.querySelector('#container')]"
    return page.evaluate(f"{boxes}.some((box) => box.scrollWidth > box.clientWidth)")


@LANGUAGES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_with_a_second_factor_by_keyboard(open_page, axe, editor_mois, prefix, locale, scheme):
    secret, _codes = give_second_factor(editor_mois)
    page = open_page(viewport=NARROW, locale=locale, color_scheme=scheme)
    page.goto(f"{prefix}/admin/login/")
    axe(page)
    page.locator("#id_username").focus()
    type_and_enter(page, "editor.mois", PASSWORD)
    page.wait_for_url(f"**{prefix}/admin/account/code/")
    axe(page)
    assert page.evaluate("document.activeElement.id") == "id_code", "the field is ready to type in"
    type_and_enter(page, "000000")
    page.locator(".errorlist").wait_for()
    axe(page)
    assert not is_wider_than_its_window(page)
    type_and_enter(page, present_code(secret))
    page.wait_for_url(f"**{prefix}/admin/")


@LANGUAGES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_setting_a_second_factor_up(open_page, axe, sign_in, editor_mois, prefix, locale, scheme):
    page = sign_in(open_page(viewport=NARROW, locale=locale, color_scheme=scheme), editor_mois)
    page.goto(f"{prefix}/admin/account/")
    axe(page)
    page.locator(f'a[href="{prefix}/admin/account/second-factor/"]').click()
    page.locator(".qr-code svg").wait_for()
    axe(page)
    assert not is_wider_than_its_window(page)
    page.locator("#id_code").focus()
    type_and_enter(page, present_code(page.locator(".secret").inner_text().replace(" ", "")))
    page.locator(".recovery-codes li").last.wait_for()
    axe(page)
    assert not is_wider_than_its_window(page)
    shown = [code.strip() for code in page.locator(".recovery-codes li").all_inner_texts()]
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert download.value.path().read_text().split() == shown and len(shown) == 10
    page.goto(f"{prefix}/admin/account/second-factor/")
    axe(page)
    assert SecondFactor.objects.filter(user=editor_mois).exists()


def test_without_scripts_one_signs_in_as_well(open_page, editor_mois):
    _secret, codes = give_second_factor(editor_mois)
    page = open_page(java_script_enabled=False)
    page.goto("/admin/login/")
    page.locator("#id_username").fill("editor.mois")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#id_code").fill(codes[0])
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")


@LANGUAGES
def test_asking_for_a_new_password(open_page, axe, record, prefix, locale):
    page = open_page(viewport=NARROW, locale=locale)
    page.goto(f"{prefix}/admin/account/forgotten/")
    axe(page)
    assert not is_wider_than_its_window(page)
    type_and_enter(page, "nobody@example.org")
    page.locator("#id_email").wait_for(state="detached")
    axe(page)
    page.goto(f"{prefix}/admin/account/invitation/rubbish/")
    axe(page)


@LANGUAGES
def test_inviting_and_closing(open_page, axe, sign_in, admin, editor_mois, prefix, locale):
    page = sign_in(open_page(viewport=NARROW, locale=locale), admin)
    page.goto(f"{prefix}/admin/accounts/user/add/")
    axe(page)
    page.goto(f"{prefix}/admin/accounts/user/")
    page.locator(f'input[name="_selected_action"][value="{editor_mois.pk}"]').check()
    page.locator("select[name=action]").select_option("close_accounts")
    page.locator("button[name=index]").click()
    page.locator("input[name=confirmed]").wait_for()
    axe(page)
