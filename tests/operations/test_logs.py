"""Log lines: JSON where programs read them, the request's id in each, and nothing in them that is nobody's business."""

import io
import json
import logging
import logging.config
import uuid

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from commitments.requests import one_request
from following import links
from following.models import Subscription
from operations import logs

GIVEN = "6f2c1c3e-9a55-4b9e-8a3c-0a3f3d1f9a11"
TOLD = ("method", "path", "status", "account", "request_id")


@pytest.fixture
def lines():
    """The lines that loggers write as JSON from now on."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    form = logs.config("json", "INFO")["formatters"]["json"].copy()
    factory = logging.config.DictConfigurator({}).resolve(form.pop("()"))
    handler.setFormatter(factory(**form))
    handler.addFilter(logs.Context())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel("INFO")
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def requests_in(lines) -> list[tuple]:
    return [tuple(line[name] for name in TOLD) for line in lines() if line["logger"] == "tracker.requests"]


def test_a_request_is_one_line_without_its_query_and_without_names(lines, editor_mois):
    client = Client()
    client.force_login(editor_mois)
    client.get("/search/?q=my+secret", headers={"x-request-id": GIVEN})
    client.get("/admin/", headers={"x-request-id": GIVEN})
    assert requests_in(lines) == [
        ("GET", "/search/", 200, editor_mois.pk, GIVEN),
        ("GET", "/admin/", 200, editor_mois.pk, GIVEN),
    ]
    text = json.dumps(lines())
    assert "my+secret" not in text and "my secret" not in text and editor_mois.username not in text
    [line] = [line for line in lines() if line.get("path") == "/admin/"]
    assert line["level"] == "INFO" and 0 < line["seconds"] < 60 and line["time"].endswith("+0000")


@pytest.mark.django_db
def test_an_address_that_lets_in_whoever_knows_it_is_not_written_down(lines):
    follower = Subscription.objects.create(email="a@example.org", language="en", level="site")
    token = links.make(links.CONFIRM, follower).split("/")[-2]
    client = Client()
    assert client.get(reverse("follow-confirm", args=[token])).status_code == 200
    assert client.get("/admin/account/password/some-token/").status_code == 410
    shown = [path for _method, path, *_rest in requests_in(lines)]
    assert shown == ["/follow/confirm/<str:token>/", "/admin/account/password/<str:token>/"]
    assert token not in json.dumps(lines()) and "some-token" not in json.dumps(lines())


def test_a_path_stays_on_one_line():
    request = RequestFactory().get("/a%0Ab/")
    assert request.path == "/a\nb/" and logs.shown_path(request) == "/a%0Ab/"


@pytest.mark.django_db
def test_an_error_does_not_tell_a_secret_either(lines, monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("broken")

    monkeypatch.setattr("following.mail_views.links.read", broken)
    client = Client(raise_request_exception=False)
    assert client.get("/follow/manage/some-token/?q=private").status_code == 500
    [line] = [line for line in lines() if line["logger"] == "django.request"]
    assert line["message"] == "Internal Server Error: /follow/manage/<str:token>/"
    assert "private" not in json.dumps(line)


@pytest.mark.django_db
def test_an_error_bears_the_id_that_its_answer_names(lines, monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("broken")

    monkeypatch.setattr("ogptracker.home_views.render", broken)
    client = Client(raise_request_exception=False)
    response = client.get("/")
    assert response.status_code == 500
    [line] = [line for line in lines() if line["logger"] == "django.request"]
    assert line["request_id"] == response["X-Request-Id"] and "RuntimeError: broken" in line["exc_info"]


def test_lines_inside_of_a_job_name_it_and_the_request_that_asked_for_it(lines):
    log = logging.getLogger("a.job")
    with one_request(uuid.UUID(GIVEN)), logs.in_job("tasks.do", "message-1"):
        log.warning("done")
    log.warning("outside")
    inside, outside = lines()
    assert (inside["request_id"], inside["job"], inside["message_id"]) == (GIVEN, "tasks.do", "message-1")
    assert outside["request_id"] == "-" and "job" not in outside


def test_people_read_plain_lines():
    handler = logging.StreamHandler(io.StringIO())
    form = logs.config("line", "INFO")["formatters"]["line"]
    handler.setFormatter(logging.Formatter(form["format"], style=form["style"]))
    record = logging.LogRecord("a", logging.INFO, "", 1, "said", None, None)
    assert logs.Context().filter(record) and handler.format(record).endswith(" INFO a [-] said")
