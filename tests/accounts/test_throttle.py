"""Attempts are counted, by account and by network address; the answer tells nothing about accounts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import RequestFactory

from accounts import throttle
from accounts.addresses import client_address
from accounts.models import Attempt
from accounts.tasks import tidy
from tests.accounts.signing import DESK, NOON, is_signed_in, person, sign_in

pytestmark = pytest.mark.django_db
HERE, THERE = "192.0.2.1", "192.0.2.2"


def fail(account="kim", address=HERE, times=1, at=NOON):
    """How many of so many wrong passwords were looked at."""
    return sum(throttle.begin("password", account, address, at) is not None for _ in range(times))


def test_five_wrong_passwords_are_looked_at_and_no_sixth():
    assert fail(times=7) == 5


def test_after_fifteen_minutes_to_the_second_one_may_try_again():
    fail(times=5)
    assert fail(at=NOON + throttle.PAUSE - timedelta(seconds=1)) == 0
    assert fail(at=NOON + throttle.PAUSE) == 1


def test_refused_attempts_do_not_make_the_pause_longer():
    fail(times=5)
    fail(times=50, at=NOON + timedelta(minutes=14))
    assert fail(at=NOON + throttle.PAUSE) == 1


def test_the_same_name_in_other_letters_is_the_same_account():
    fail("Kim ", times=5)
    assert fail("kim") == 0


def test_another_account_and_another_address_are_not_kept_out():
    fail(times=5)
    assert fail("lee") == 1 and fail(address=THERE) == 1


def test_one_account_is_not_tried_from_ever_new_addresses():
    looked_at = sum(fail(address=f"198.51.100.{n}") for n in range(40))
    assert looked_at == throttle.LIMITS["password"].account


def test_one_address_does_not_try_ever_new_accounts():
    assert sum(fail(f"account{n}") for n in range(80)) == throttle.LIMITS["password"].address


def test_where_the_address_is_unknown_the_accounts_own_limit_holds_alone():
    assert fail(address="", times=40) == throttle.LIMITS["password"].account
    assert fail("lee", address="") == 1


def test_who_gets_in_starts_anew():
    fail(times=4)
    throttle.succeeded(throttle.begin("password", "kim", HERE, NOON))
    assert fail(times=7) == 5


@pytest.mark.django_db(transaction=True)
def test_many_attempts_at_once_do_not_pass_together():
    def attempt(_n):
        try:
            return fail()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) <= 5


# The page -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("username", ["kim", "nobody"])
@pytest.mark.parametrize("prefix", ["", "/ko"])
def test_the_page_refuses_alike_whether_or_not_the_account_exists(client, username, prefix):
    person("kim")
    pages = [client.post(f"{prefix}/admin/login/", {"username": username, "password": f"wrong {n}"}) for n in range(6)]
    assert [page.status_code for page in pages] == [200] * 5 + [429]
    assert pages[5]["Retry-After"] == "900"
    (error,) = pages[5].context["form"].non_field_errors()
    assert "15" in error and username not in error
    assert len({str(page.context["form"].errors) for page in pages[:5]}) == 1


def test_during_the_pause_the_right_password_is_refused_too(client, editor_mois):
    for _ in range(5):
        sign_in(client, "editor.mois", "wrong")
    assert sign_in(client, "editor.mois").status_code == 429
    assert not is_signed_in(client)


def test_a_form_without_a_password_is_no_attempt(client):
    sign_in(client, "kim", "")
    assert not Attempt.objects.exists()


def test_what_was_typed_as_the_account_is_not_kept(client):
    sign_in(client, "my secret password", "kim")
    (attempt,) = Attempt.objects.all()
    assert "secret" not in str(vars(attempt))


# Where from -----------------------------------------------------------------------------------------------------------
def asked(forwarded=None, direct="10.0.0.5"):
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=direct, **headers))


def test_without_a_proxy_what_the_reader_says_about_itself_is_not_believed(settings):
    settings.PROXY_COUNT = 0
    assert asked("198.51.100.7") == "10.0.0.5"


def test_behind_one_proxy_only_its_own_word_is_believed(settings):
    settings.PROXY_COUNT = 1
    assert asked("1.1.1.1, 198.51.100.7") == "198.51.100.7"
    assert asked(None) == "", "the proxy's own address would be everybody's"
    assert asked("rubbish") == ""


def test_behind_two_proxies_the_outer_ones_word_is_believed(settings):
    settings.PROXY_COUNT = 2
    assert asked("1.1.1.1, 198.51.100.7, 10.0.0.9") == "198.51.100.7"
    assert asked("10.0.0.9") == ""


def test_production_without_the_setting_knows_no_address(settings):
    settings.PROXY_COUNT, settings.PRODUCTION = 0, True
    assert asked("198.51.100.7") == ""


def test_a_network_of_ipv6_counts_as_one_address(settings):
    settings.PROXY_COUNT = 0
    assert asked(direct="2001:db8:1:2:3::9") == asked(direct="2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert asked(direct="2001:db8:1:3::1") != asked(direct="2001:db8:1:2::1")
    assert asked(direct="::ffff:192.0.2.1") == "192.0.2.1"


# Looking after --------------------------------------------------------------------------------------------------------
def test_attempts_are_forgotten_after_a_day():
    Attempt.objects.bulk_create(
        Attempt(kind="password", account=str(n), at=NOON - timedelta(hours=24, seconds=n)) for n in (-1, 0, 1)
    )
    assert {attempt.account for attempt in Attempt.objects.outdated(NOON)} == {"0", "1"}
    tidy()
    assert not Attempt.objects.exists()


def test_an_administrator_sees_the_attempts_and_lets_the_account_try_again(client, admin, editor_mois):
    fail("editor.mois", times=5)
    fail("who is that")
    client.force_login(admin)
    page = client.get("/admin/accounts/attempt/").content.decode()
    assert page.count("editor.mois") == 5 and HERE in page and "no account of that name" in page
    account = {"action": "lift_pause", "_selected_action": editor_mois.pk}
    assert client.post("/admin/accounts/user/", account).status_code == 302
    assert fail("editor.mois") == 1
    assert Attempt.objects.filter(account=throttle.key("who is that")).exists()


def test_nobody_else_sees_the_attempts(client, coordinator):
    client.force_login(coordinator)
    assert client.get("/admin/accounts/attempt/").status_code == 403
    assert client.get(DESK).status_code == 200
