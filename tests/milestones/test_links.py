"""Links of evidence, against a real little web site: what is checked, how often, what is copied, and where no request
ever goes."""

import socket
import threading
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import override_settings
from django.utils import timezone

from milestones import fetching, links
from milestones.fetching import Unreachable, fetch, is_allowed
from milestones.models import Evidence, Link
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_report,
    make_user,
)

pytestmark = pytest.mark.django_db
HEAD = b"<html><head><title>Register</title><style>p {}</style></head>"
PAGE = HEAD + b"<body><p>The register\n is <b>open</b>.</p></body></html>"


class Site(BaseHTTPRequestHandler):
    """Answers what ``answers`` says of a path, and remembers what it was asked."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["User-Agent"]))
        status, headers, body = self.server.answers.get(self.path, (404, {}, b"nothing here"))
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@contextmanager
def serving():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.asked, server.answers = [], {"/page": (200, {}, PAGE)}
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site(settings, tmp_path):
    """A site on the loopback, which counts as the office's own network."""
    settings.LINK_CHECK_NETWORKS, settings.MEDIA_ROOT = ["127.0.0.1/32"], str(tmp_path)
    with serving() as server:
        yield server


@pytest.fixture
def report():
    ministry = make_institution(make_member())
    milestone = make_milestone(make_commitment(make_plan(ministry.member), ministry), date(2021, 6, 30))
    editor, head = make_user("editor", ministry), make_user("head", ministry)
    return make_report(
        milestone, editor, date(2021, 7, 1), review="approved", reviewed_by=head, published_on=date(2021, 7, 2)
    )


def named(report, url) -> Evidence:
    return Evidence.objects.create(update=report, title="The page", url=url)


def checked(link: Link, now=None) -> Link:
    links.check(link, now or timezone.now())
    link.refresh_from_db()
    return link


def due_again(url) -> Link:
    """The link, as if its pause had passed."""
    Link.objects.filter(url=url).update(next_check_at=timezone.now())
    return Link.objects.get(url=url)


# Where requests go ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    [
        *["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"],
        *["::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1"],
        *["2002:a00:1::1", "224.0.0.1", "255.255.255.255", "ff02::1", "::"],
    ],
)
def test_a_private_address_is_refused_however_it_is_dressed_up(address):
    assert not is_allowed(address, 443)


def test_a_public_address_is_allowed_on_the_ports_of_the_web_alone():
    assert is_allowed("211.214.0.1", 443) and is_allowed("2606:4700:4700::1111", 80)
    assert not is_allowed("211.214.0.1", 22) and not is_allowed("211.214.0.1", 6379)


@pytest.mark.parametrize(
    "url",
    [
        *["http://127.0.0.1:{port}/page", "http://localhost:{port}/page", "http://[::1]:{port}/page"],
        *["http://2130706433:{port}/page", "http://0x7f.1:{port}/page", "http://[::ffff:127.0.0.1]:{port}/page"],
    ],
)
def test_nothing_is_asked_of_this_machine(url):
    with serving() as site, pytest.raises(Unreachable) as refused:
        fetch(url.format(port=site.server_address[1]))
    assert refused.value.code in (fetching.PRIVATE, fetching.NO_HOST)
    assert site.asked == []


def test_a_redirect_into_a_private_network_is_not_followed(site):
    with serving() as inside:
        inside_port = inside.server_address[1]
        site.answers["/leads"] = (302, {"Location": f"http://localhost:{inside_port}/page"}, b"")
        site.answers["/metadata"] = (301, {"Location": "http://169.254.169.254/latest/"}, b"")
        with override_settings(LINK_CHECK_NETWORKS=[]), pytest.raises(Unreachable):
            fetch(f"{site.url}/leads")
        with pytest.raises(Unreachable, match="private"):
            fetch(f"{site.url}/metadata")
        assert inside.asked == []


def test_a_name_that_changes_its_address_in_between_gains_nothing(monkeypatch, site):
    """The name is looked up once for a connection: what was found allowed is what is connected to."""
    answers = iter(["127.0.0.1", "10.0.0.1"])
    own, port = socket.getaddrinfo, site.server_address[1]
    looked_up = []

    def lookup(host, *rest, **more):
        if host != "turncoat.example":
            return own(host, *rest, **more)
        looked_up.append(next(answers))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (looked_up[-1], port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert fetch(f"http://turncoat.example:{port}/page").status == 200
    assert looked_up == ["127.0.0.1"]
    with pytest.raises(Unreachable, match="private"):
        fetch(f"http://turncoat.example:{port}/page")


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("211.214.0.1", "192.168.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **more: found)
    with pytest.raises(Unreachable, match="private"):
        fetch("http://half.example/")


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "file:///etc/passwd", "http://user:word@127.0.0.1/", "http:///x"]
)
def test_what_is_no_plain_web_address_is_not_asked_for(url):
    with pytest.raises(Unreachable, match="no_address"):
        fetch(url)


def test_redirects_are_followed_to_an_end(site):
    site.answers |= {f"/{n}": (302, {"Location": f"/{n + 1}"}, b"") for n in range(10)}
    site.answers["/short"] = (301, {"Location": "/page"}, b"")
    assert fetch(f"{site.url}/short").url == f"{site.url}/page"
    with pytest.raises(Unreachable, match="redirects"):
        fetch(f"{site.url}/0")


def test_a_page_without_end_is_cut(site, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_BYTES", 1000)
    site.answers["/long"] = (200, {}, b"x" * 5000)
    page = fetch(f"{site.url}/long")
    assert page.cut and len(page.body) == 1000


# What is checked ------------------------------------------------------------------------------------------------------
def test_links_of_handed_in_reports_are_checked_once_each(site, report):
    first, second = named(report, f"{site.url}/page"), named(report, f"{site.url}/page")
    draft = make_report(report.milestone, report.author, date(2021, 8, 1))
    untouched = named(draft, f"{site.url}/draft")
    assert links.check_links(pause=0) == 1
    for evidence in (first, second, untouched):
        evidence.refresh_from_db()
    assert first.link == second.link and first.link.state == "reachable" and untouched.link is None
    assert [path for path, _agent in site.asked].count("/page") == 1
    assert all("OGP-tracker-link-check" in agent for _path, agent in site.asked)
    assert links.check_links(pause=0) == 0, "not due again for a month"


def test_an_address_that_is_written_anew_is_another_link(site, report):
    evidence = named(report, f"{site.url}/page")
    links.adopt()
    Evidence.objects.filter(pk=evidence.pk).update(url=f"{site.url}/other")
    links.adopt()
    evidence.refresh_from_db()
    assert evidence.link.url == f"{site.url}/other"


def test_a_page_that_is_gone_is_broken_at_the_second_failure_and_whole_again_when_it_is_back(site):
    link = Link.objects.create(url=f"{site.url}/gone", next_check_at=timezone.now())
    assert checked(link).state == "failing"
    assert (checked(link).state, link.problem, link.http_status, link.failures) == ("broken", "not_found", 404, 2)
    site.answers["/gone"] = (200, {}, PAGE)
    assert (checked(link).state, link.problem, link.failures) == ("reachable", "", 0)


def test_a_site_that_fails_is_asked_less_and_less_often(site):
    site.answers["/fails"] = (500, {}, b"")
    link, now = Link.objects.create(url=f"{site.url}/fails", next_check_at=timezone.now()), timezone.now()
    pauses = []
    for _ in range(6):
        checked(link, now)
        pauses.append(link.next_check_at - now)
    assert pauses == [*links.BACK_OFF, links.BACK_OFF[-1]]
    assert (link.state, link.problem) == ("broken", "server_error")


def test_a_site_that_asks_for_patience_gets_it(site):
    site.answers["/busy"] = (503, {"Retry-After": "86400"}, b"")
    link, now = Link.objects.create(url=f"{site.url}/busy", next_check_at=timezone.now()), timezone.now()
    assert checked(link, now).next_check_at - now == timedelta(days=1)


def test_a_link_into_a_private_network_is_not_called_broken():
    link = checked(Link.objects.create(url="http://192.168.0.7/minutes", next_check_at=timezone.now()))
    assert (link.state, link.problem, link.failures) == ("not_checked", "private", 0)


def test_one_site_is_not_asked_twice_in_a_row(site, report):
    named(report, f"{site.url}/page")
    named(report, f"{site.url}/other")
    begun = timezone.now()
    assert links.check_links(pause=1) == 2
    assert timezone.now() - begun >= timedelta(seconds=1)


def test_a_link_that_another_worker_holds_is_left_to_it(site, report):
    named(report, f"{site.url}/page")
    links.adopt()
    assert links.claim(timezone.now(), set()) is not None
    assert links.claim(timezone.now(), set()) is None
    due_again(f"{site.url}/page")  # its lease has ended: the worker was killed
    assert links.claim(timezone.now(), set()) is not None


# The copy -------------------------------------------------------------------------------------------------------------
def test_the_first_good_answer_is_kept_with_its_text_and_digest(site):
    link = checked(Link.objects.create(url=f"{site.url}/page", next_check_at=timezone.now()))
    with link.copy.open("rb") as copy:
        assert copy.read() == PAGE
    assert (link.copy_type, link.copy_size, link.text) == ("text/html", len(PAGE), "The register is\nopen\n.")
    kept = link.copy_sha256
    site.answers["/page"] = (200, {}, b"<p>Something else</p>")
    assert checked(link).copy_sha256 == kept, "the copy shows what the report pointed to"


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/page", {"/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /page\n")}),
        ("/page", {"/robots.txt": (503, {}, b"")}),
        ("/header", {"/header": (200, {"X-Robots-Tag": "noarchive"}, PAGE)}),
        ("/meta", {"/meta": (200, {}, b'<meta name="Robots" content="noindex, NoArchive"><p>x</p>')}),
        ("/video", {"/video": (200, {"Content-Type": "video/mp4"}, b"x")}),
    ],
)
def test_no_copy_is_kept_where_the_site_or_the_page_asks_not_to(site, path, answers):
    site.answers |= answers
    link = checked(Link.objects.create(url=f"{site.url}{path}", next_check_at=timezone.now()))
    assert (link.state, link.copy.name) == ("reachable", "")


def test_the_copy_is_a_download_of_an_approved_report_alone(client, site, report):
    named(report, f"{site.url}/page")
    links.check_links(pause=0)
    link = Link.objects.get()
    response = client.get(link.get_absolute_url())
    assert b"".join(response.streaming_content) == PAGE
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")
    type(report).objects.filter(pk=report.pk).update(review="submitted", reviewed_by=None, published_on=None)
    assert client.get(link.get_absolute_url()).status_code == 404


def test_the_public_page_says_what_the_checks_found(client, site, report):
    named(report, f"{site.url}/page")
    named(report, f"{site.url}/gone")
    links.check_links(pause=0)
    due_again(f"{site.url}/gone")
    links.check_links(pause=0)
    page = client.get(f"{report.milestone.commitment.get_absolute_url()}?as_of=2021-08-01").content.decode()
    assert "reachable on " in page and "Copy of " in page
    assert "Broken: The page does not exist any more." in page
