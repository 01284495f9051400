"""The second factor: codes as the standard has them, taken once, needed where the rules say so."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from accounts import second_factor, totp
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.second_factor import accepts
from tests.accounts.signing import DESK, NOON, give_second_factor, is_signed_in, person, present_code, sign_in
from tests.world import make_user

pytestmark = pytest.mark.django_db
PAGE = "/admin/account/second-factor/"
STEP = timedelta(seconds=30)
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", of RFC 6238, appendix B


@pytest.mark.parametrize(
    "seconds, code",
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert totp.code(RFC_SECRET, totp.step_at(datetime.fromtimestamp(seconds, UTC))) == code


@pytest.fixture
def kim():
    """An account with the standard's secret, set up an hour before noon."""
    user = person("kim")
    start = NOON - timedelta(hours=1)
    user.codes = second_factor.set_up(user, RFC_SECRET, code_at(start), start)
    return user


def code_at(moment):
    return totp.code(RFC_SECRET, totp.step_at(moment))


@pytest.mark.parametrize("steps, taken", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off_and_no_more(kim, steps, taken):
    assert accepts(kim, code_at(NOON + steps * STEP), NOON) is taken


def test_a_code_is_taken_once(kim):
    assert accepts(kim, code_at(NOON), NOON)
    assert not accepts(kim, code_at(NOON), NOON + timedelta(seconds=1))


def test_after_a_code_no_earlier_one_is_taken(kim):
    assert accepts(kim, code_at(NOON), NOON)
    assert not accepts(kim, code_at(NOON - STEP), NOON)
    assert accepts(kim, code_at(NOON + STEP), NOON)


def test_the_code_that_set_it_up_does_not_sign_in(kim):
    start = NOON - timedelta(hours=1)
    assert not accepts(kim, code_at(start), start)


@pytest.mark.parametrize("typed", ["", "000000", "28708", "２８７０８２", "x" * 40, "\x00"])
def test_anything_else_is_refused(kim, typed):
    assert not accepts(kim, typed, NOON)


def test_spaces_and_hyphens_do_not_matter(kim):
    code = code_at(NOON)
    assert accepts(kim, f" {code[:3]} {code[3:]} ", NOON)
    assert accepts(kim, kim.codes[0].upper().replace("-", " "), NOON)


def test_there_are_ten_recovery_codes_and_each_is_good_once(kim):
    assert len(set(kim.codes)) == 10
    assert accepts(kim, kim.codes[3], NOON)
    assert not accepts(kim, kim.codes[3], NOON)
    assert accepts(kim, kim.codes[4], NOON)
    assert kim.recovery_codes.count() == 8


def test_recovery_codes_are_not_stored(kim):
    stored = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
    assert not any(part in stored for code in kim.codes for part in (code, code.replace("-", "")))


def test_nobody_uses_the_recovery_code_of_another(kim):
    lee = person("lee")
    give_second_factor(lee)
    assert not accepts(lee, kim.codes[0], NOON)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["authenticator", "recovery"])
def test_a_code_typed_eight_times_at_once_is_taken_once(kim, kind):
    typed = code_at(NOON) if kind == "authenticator" else kim.codes[0]

    def attempt(_n):
        try:
            return accepts(User.objects.get(pk=kim.pk), typed, NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


# Setting up -----------------------------------------------------------------------------------------------------------
def secret_on(client):
    page = client.get(PAGE)
    assert page.status_code == 200
    return page.context["secret"].replace(" ", "")


def test_it_is_set_up_with_a_code_and_shows_ten_recovery_codes_once(client, editor_mois):
    client.force_login(editor_mois)
    secret = secret_on(client)
    assert client.post(PAGE, {"code": "12345"}).status_code == 400
    assert not SecondFactor.objects.exists(), "nothing is set up before a code was right"
    page = client.post(PAGE, {"code": present_code(secret)})
    codes = page.context["codes"]
    assert len(codes) == 10 and all(code in page.content.decode() for code in codes)
    assert "no-store" in page["Cache-Control"]
    again = client.get(PAGE).content.decode()
    assert secret not in again and not any(code in again for code in codes)
    assert "10 recovery codes are left" in again


def test_the_picture_has_no_style_and_holds_the_secret(client, editor_mois):
    client.force_login(editor_mois)
    picture = client.get(PAGE).context["qr"]
    assert picture.startswith("<svg") and "style" not in picture
    assert totp.address("ABC", "a b@c", "OGP tracker") == (
        "otpauth://totp/OGP%20tracker:a%20b%40c?secret=ABC&issuer=OGP%20tracker&digits=6&period=30"
    )


def test_setting_it_up_ends_the_other_sessions(client, editor_mois):
    other = Client()
    for browser in (client, other):
        sign_in(browser, "editor.mois")
    client.post(PAGE, {"code": present_code(secret_on(client))})
    assert is_signed_in(client) and not is_signed_in(other)


def test_new_recovery_codes_and_removal_need_a_code(client, editor_mois):
    secret, codes = give_second_factor(editor_mois)
    client.force_login(editor_mois)
    assert client.post(PAGE, {"code": "000", "remove": "1"}).status_code == 400
    renewed = client.post(PAGE, {"code": present_code(secret), "renew": "1"}).context["codes"]
    assert not set(renewed) & set(codes)
    assert client.post(PAGE, {"code": codes[0], "remove": "1"}).status_code == 400, "earlier codes are void"
    assert client.post(PAGE, {"code": renewed[0], "remove": "1"}).status_code == 302
    assert not SecondFactor.objects.exists() and not RecoveryCode.objects.exists()
    assert is_signed_in(client)


# Signing in -----------------------------------------------------------------------------------------------------------
def test_the_password_alone_does_not_sign_in(client, editor_mois):
    secret, _codes = give_second_factor(editor_mois)
    answer = sign_in(client, "editor.mois")
    assert answer["Location"] == "/admin/account/code/"
    assert not is_signed_in(client)
    assert client.post("/admin/account/code/", {"code": "000000"}).status_code == 400
    assert not is_signed_in(client)
    assert client.post("/admin/account/code/", {"code": present_code(secret)})["Location"] == DESK
    assert is_signed_in(client)


def test_the_second_step_leads_where_one_wanted_to_go_and_not_to_other_sites(client, editor_mois):
    _secret, codes = give_second_factor(editor_mois)
    for wanted, reached in (("/admin/account/", "/admin/account/"), ("https://evil.example/", DESK)):
        client.post(
            "/admin/login/",
            {"username": "editor.mois", "password": "a phrase only the tests know", "next": wanted},
        )
        assert client.post("/admin/account/code/", {"code": codes.pop()})["Location"] == reached
        client.logout()


def test_the_second_step_is_closed_to_who_has_not_typed_the_password(client, editor_mois):
    give_second_factor(editor_mois)
    assert client.get("/admin/account/code/")["Location"] == "/admin/login/"


def test_codes_are_not_guessed(client, editor_mois):
    secret, _codes = give_second_factor(editor_mois)
    sign_in(client, "editor.mois")
    found = [client.post("/admin/account/code/", {"code": f"{n:06}"}).status_code for n in range(6)]
    assert found == [400] * 5 + [429]
    assert client.post("/admin/account/code/", {"code": present_code(secret)}).status_code == 429


def test_the_second_step_waits_ten_minutes(client, editor_mois):
    _secret, codes = give_second_factor(editor_mois)
    sign_in(client, "editor.mois")
    session = client.session
    session["waiting"] = session["waiting"] | {"since": session["waiting"]["since"] - 601}
    session.save()
    assert client.post("/admin/account/code/", {"code": codes[0]})["Location"] == "/admin/login/"


def test_a_password_changed_between_the_steps_means_beginning_anew(client, editor_mois):
    _secret, codes = give_second_factor(editor_mois)
    sign_in(client, "editor.mois")
    editor_mois.set_password("changed in between 5")
    editor_mois.save()
    client.post("/admin/account/code/", {"code": codes[0]})
    assert not is_signed_in(client)


# Where it is needed ---------------------------------------------------------------------------------------------------
@pytest.fixture
def required(settings):
    """As in production."""
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.mark.parametrize("prefix", ["", "/ko"])
@pytest.mark.parametrize("who", ["coordinator", "irm_reviewer", "admin"])
def test_who_reviews_or_administers_reaches_only_the_set_up_page(required, client, request, who, prefix):
    user = request.getfixturevalue(who)
    sign_in(client, user.username)
    for page in ("/admin/", "/admin/commitments/commitment/", "/admin/password_change/", "/plans/", "/nowhere/"):
        assert client.get(prefix + page)["Location"] == prefix + PAGE
    secret = client.get(prefix + PAGE).context["secret"].replace(" ", "")
    client.post(prefix + PAGE, {"code": present_code(secret)})
    assert client.get(f"{prefix}/admin/").status_code == 200


def test_a_head_of_institution_needs_it_and_may_sign_out(required, client, record):
    user = make_user("head", record.institutions.get(key="mois"))
    client.force_login(user)
    assert client.get(DESK)["Location"] == PAGE
    assert client.post("/admin/logout/").status_code == 200
    assert client.get("/plans/").status_code == 200


def test_an_editor_does_not_need_it(required, client, editor_mois):
    sign_in(client, "editor.mois")
    assert is_signed_in(client)


def test_where_it_is_not_required_nobody_needs_it(client, coordinator):
    sign_in(client, "poc")
    assert is_signed_in(client)


def test_an_editor_who_becomes_head_needs_it_from_the_next_page(required, client, editor_mois):
    sign_in(client, "editor.mois")
    User.objects.filter(pk=editor_mois.pk).update(role="head")
    assert client.get(DESK)["Location"] == PAGE


def test_a_session_that_never_showed_it_is_no_way_around_it(required, client, coordinator):
    give_second_factor(coordinator)
    client.force_login(coordinator)
    assert client.get(DESK)["Location"] == PAGE
    assert client.get(PAGE)["Location"] == "/admin/login/"
    assert not is_signed_in(client)


# Lost -----------------------------------------------------------------------------------------------------------------
LOST = {"action": "remove_second_factor"}


def test_an_administrator_removes_a_lost_one_and_the_account_is_told(client, admin, coordinator, mailoutbox):
    give_second_factor(coordinator)
    client.force_login(admin)
    asked = client.post("/admin/accounts/user/", LOST | {"_selected_action": coordinator.pk})
    assert asked.status_code == 200 and SecondFactor.objects.exists(), "it is asked first"
    client.post("/admin/accounts/user/", LOST | {"_selected_action": coordinator.pk, "confirmed": "1"})
    assert not SecondFactor.objects.exists() and not RecoveryCode.objects.exists()
    assert LogEntry.objects.get(object_id=str(coordinator.pk)).change_message == "Second factor removed."
    (told,) = mailoutbox
    assert told.to == ["poc@example.org"] and "poc" in told.body


def test_nobody_else_can(client, coordinator, editor_mois):
    give_second_factor(editor_mois)
    client.force_login(coordinator)
    client.post("/admin/accounts/user/", LOST | {"_selected_action": editor_mois.pk, "confirmed": "1"})
    assert SecondFactor.objects.exists()


def test_no_code_or_secret_is_logged(client, editor_mois, caplog):
    caplog.set_level(logging.DEBUG)
    client.force_login(editor_mois)
    secret = secret_on(client)
    client.post(PAGE, {"code": present_code(secret)})
    assert "set up a second factor" in caplog.text and secret not in caplog.text
