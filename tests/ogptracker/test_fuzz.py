"""Any path, any query string, any day, any body: an answer in bounded time, and never an error 500."""

import re
import time
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db
MOST_SECONDS = 20  # of one answer, on a busy machine: what has no bound takes far longer
SIGNED_IN_ONLY = ("admin/", "healthz", "readyz", "metrics")
JUNK = [
    "", "0", "-1", "1", "2", "999999999999999999999999", "1e400", "NaN", "true", "false", "kr", "kr-5", "4-1",
    "6", "de", "2021-11-15", "0001-01-01", "9999-12-31", "2021-02-30", "2021-13-01", "yesterday",
    "\x00", "a\x00b", "%", "%00",
    "'", '"', "';--", "<script>", "{{7*7}}", "../../etc/passwd", "x" * 5000, "가" * 300, "정보 공개", "\u202eabc",
    "*", "budget OR 1=1", '"open data', "a*", "()", "NOT", "a & b", "a:b", "completed", "not_reported", "newest",
    "msit",
    "mois", "overdue", "csv", "[]", "null", "1,2,3", "+", "&", "=", "#", "?", "/",
]  # fmt: skip
WORST = [
    "",
    "-1",
    "999999999999999999999999",
    "0001-01-01",
    "9999-12-31",
    "a\x00b",
    "';--",
    "x" * 5000,
    '"open data',
    "*",
]
NAMES = [
    "q", "as_of", "since", "until", "page", "page_size", "member", "plan", "theme", "institution", "status", "overdue",
    "stale", "starred", "kind", "region", "sort", "order", "year", "value", "policy_area", "found", "claimed", "gap",
    "product", "number", "ogp_id", "commitment", "cadence", "readable", "open_ended", "answer", "format", "with", "zz",
    "members", "language", "entry",
]  # fmt: skip


def patterns(resolver=None, prefix="") -> list[str]:
    """Every address of the public site, with ``<…>`` where something is filled in."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += patterns(pattern, path)
        elif isinstance(pattern, URLPattern) and not path.startswith(SIGNED_IN_ONLY):
            found.append(path)
    return found


def filled(pattern: str, pieces: list[str]) -> str:
    """The address with pieces in its gaps; the regular expressions of the API's router become plain addresses."""
    plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern).replace("^", "").replace("$", "").replace("\\.", ".")
    plain = re.sub(r"[\\?]|/\.\(.*", "", plain)
    gaps = iter(pieces * 6)
    return "/" + re.sub(r"<[^>]+>", lambda _gap: quote(next(gaps), safe="/" if "path" in _gap[0] else ""), plain)


PATTERNS = sorted(set(patterns()))
pieces = st.lists(st.sampled_from(JUNK) | st.text(max_size=20), min_size=1, max_size=4)
query = st.dictionaries(
    st.sampled_from(NAMES) | st.text(max_size=8), st.sampled_from(JUNK) | st.text(max_size=30), max_size=4
)
settled = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def is_utf8(text: str) -> bool:
    """Lone surrogates are no characters: no client could send them."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def answered(send) -> int:
    """The status of the answer; a fault of the code is raised by the client itself."""
    begun = time.monotonic()
    response = send()
    if response.streaming:
        for _piece in response.streaming_content:
            pass
    assert time.monotonic() - begun < MOST_SECONDS
    assert response.status_code < 500, response.status_code
    return response.status_code


def test_there_are_addresses_to_try():
    assert len(PATTERNS) > 60
    assert "search/" in PATTERNS


@given(pattern=st.sampled_from(PATTERNS), pieces=pieces, query=query, korean=st.booleans())
@settled
def test_no_address_and_no_query_string_breaks_a_page(record, pattern, pieces, query, korean):
    if not all(map(is_utf8, [*pieces, *query, *query.values()])):
        return
    address = filled(pattern, pieces)
    address = f"/ko{address}" if korean and not address.startswith("/api") else address
    answered(lambda: Client().get(address, query))


@pytest.mark.parametrize("pattern", [pattern for pattern in PATTERNS if "<" not in pattern and "(" not in pattern])
def test_every_list_answers_every_kind_of_wrong_value(record, pattern):
    """Each value in each of the commonest parameters at once."""
    for junk in WORST:
        if is_utf8(junk):
            answered(
                lambda value=junk: Client().get(f"/{pattern}", dict.fromkeys(("q", "as_of", "page", "plan"), value))
            )


@given(
    pattern=st.sampled_from(PATTERNS),
    pieces=pieces,
    body=st.dictionaries(
        st.sampled_from(["text", "email", "name", "opened", "token", "website"]), st.text(max_size=60), max_size=4
    ),
)
@settings(settled, max_examples=60)
def test_no_posted_form_breaks_a_page(record, pattern, pieces, body):
    if all(map(is_utf8, [*pieces, *body.values()])):
        answered(lambda: Client().post(filled(pattern, pieces), body))


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_other_methods_are_refused_politely(record, method):
    for address in ("/", "/search/", "/plans/kr-5/", "/api/v1/plans/", "/api/v1/search/"):
        answered(lambda address=address: getattr(Client(), method)(address))
