"""What every answer carries in production: a policy without exceptions, HTTPS for good, cookies for this site alone;
and where answers never lead: other hosts."""

import pytest
from django.contrib import admin as admin_site
from django.test import Client
from django.urls import reverse

from tests.ogptracker.pages import ASSESSMENTS, LISTS, RECORD, WITHOUT_LANGUAGE
from tests.ogptracker.security import faults_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PUBLIC = [place[0] if isinstance(place, tuple) else place for place in [*RECORD, *LISTS, *ASSESSMENTS]]
OTHER_ANSWERS = ["/api/v1/plans/", "/api/v1/nothing/", "/commitments.csv", "/updates.atom", "/robots.txt", "/healthz"]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@pytest.fixture
def production(settings):
    """The settings that production adds, with a client that comes by HTTPS."""
    settings.ALLOWED_HOSTS = ["tracker.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    settings.SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    return Client(SERVER_NAME="tracker.example.org", headers={"accept-language": "en"})


def policy_of(answer) -> dict[str, str]:
    parts = [part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")]
    return {name: value for name, value in parts}


def parts_of(value: str) -> list[str]:
    """What allows more than this site: ``unsafe-…``, another host, or all of them."""
    return [word for word in ("unsafe", "http", "*") if word in value]


def lacking(address, answer) -> list[str]:
    """Which of the headers are not as they should be."""
    wrong = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
    policy = policy_of(answer)
    wrong += [name for name in ("default-src", "base-uri") if policy.get(name) != "'none'"]
    framed_by = policy.pop("frame-ancestors", "not said")
    wanted = "*" if address.split("?")[0].endswith("/card/") else "'none'"  # other sites may show a commitment's card
    wrong += [] if framed_by == wanted else [f"frame-ancestors {framed_by}"]
    wrong += [f"{name} {value}" for name, value in policy.items() if parts_of(value)]
    return [f"{address}: {name}" for name in wrong]


def test_every_public_answer_has_the_headers_and_a_policy_without_exceptions(production, record):
    wrong = []
    for address in [*PUBLIC, *WITHOUT_LANGUAGE, *OTHER_ANSWERS]:
        answer = production.get(address, secure=True)
        wrong += lacking(address, answer)
        if answer.headers["Content-Type"].startswith("text/html"):
            wrong += faults_of(address, answer.content)
    assert not wrong, "\n".join(wrong)


def test_every_page_of_the_admin_has_them_as_well(production, admin):
    production.force_login(admin)
    wrong = []
    for model in admin_site.site._registry:
        for kind in ("changelist", "add"):
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}")
            answer = production.get(address, secure=True)
            assert answer.status_code in (200, 302, 403), address  # what nobody adds by hand; reports begin elsewhere
            wrong += lacking(address, answer)
            wrong += faults_of(address, answer.content) if answer.content else []
    for address in ("/admin/", "/admin/account/", "/ko/admin/", "/admin/password_change/"):
        answer = production.get(address, secure=True, follow=True)
        wrong += lacking(address, answer) + faults_of(address, answer.content)
    assert not wrong, "\n".join(wrong)


def test_plain_http_leads_to_https_and_nowhere_else(production, record):
    answer = production.get("/plans/?kind=national")
    assert (answer.status_code, answer.url) == (301, "https://tracker.example.org/plans/?kind=national")
    assert production.get("/healthz").status_code == 200, "asked from inside"


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "tracker.example.org.evil.example", "tracker.example.org:80@evil"]
)
def test_another_host_name_is_refused_and_not_repeated(production, record, host):
    for address in ("/", "/api/v1/plans/", "/admin/login/", "/sitemap.xml"):
        answer = production.get(address, secure=True, headers={"host": host})
        assert answer.status_code == 400, address
        assert host.encode() not in answer.content


def test_cookies_are_for_this_site_over_https_and_no_script(production, admin):
    page = production.get("/admin/login/", secure=True)
    production.post(
        "/admin/login/", {"username": "admin", "password": "a phrase only the tests know"}, secure=True, follow=True
    )
    assert page.cookies["csrftoken"]["secure"] and page.cookies["csrftoken"]["httponly"]
    session = production.cookies["sessionid"]
    assert session["secure"] and session["httponly"] and session["samesite"] == "Lax"


ELSEWHERE = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_to_another_host(production, admin, target):
    form = {"username": "admin", "password": "a phrase only the tests know", "next": target}
    answer = production.post(f"/admin/login/?next={target}", form, secure=True)
    assert "evil" not in answer.headers.get("Location", "") and "javascript" not in answer.headers.get("Location", "")
    page = Client(SERVER_NAME="tracker.example.org").get("/admin/login/", {"next": target}, secure=True)
    assert not [fault for fault in faults_of("login", page.content)]


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%5Cevil.example/", "/plans//evil.example", "/ko//evil.example/%2e%2e"]
)
def test_no_address_leads_to_another_host(production, record, path):
    answer = production.get(path, secure=True)
    assert not answer.headers.get("Location", "/").startswith(("//", "http:", "https://evil"))
