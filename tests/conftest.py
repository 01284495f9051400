"""What all tests share: the record in the database, accounts of every role, a browser that stays on this machine."""

import gc
import io
import os
import pickle
import shutil
import sqlite3
from contextlib import closing
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from tests.environment import DATA_DIR  # isort: skip (first: it sets what Django reads)

import psycopg2
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import translation
from playwright.sync_api import sync_playwright

from tests.migrated import kept, migrate_file, migrate_server

# The shell has the same engine without the windows, and takes a quarter less of the processor for the walks.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "::1"}
PASSWORD = "a phrase only the tests know"
LONGEST = (
    *("every_page", "serve", "days", "training", "query_counts", "ogp_processes", "schemathesis", "numbers"),
    *("every_page_made", "reports", "mail_processes", "releases", "exports", "image", "sweep_processes", "gunicorn"),
    *("budgets", "sign_in_browser", "audit", "whole"),
)


def pytest_configure(config):
    """Static files straight from their sources, cheap password hashes, and a database that several threads can open."""
    django_settings.STORAGES = {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"] = {**database.get("TEST", {}), "NAME": str(DATA_DIR / "tests.sqlite3")}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Several workers begin with the files that take longest, so that none is left alone with one at the end."""
    if hasattr(config, "workerinput"):
        places = {f"test_{name}": place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_collection_finish(session):
    """The collector walks less often over what is loaded and stays: it took 8 % of the tests' time."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture(autouse=True)
def in_english():
    """Each test begins in English: a request for a Korean page leaves its language to the thread."""
    with translation.override("en"):
        yield


# The record -----------------------------------------------------------------------------------------------------------
class SqliteCopy:
    """The whole database, kept in a file."""

    def __init__(self, path: Path):
        self.path = path

    def make(self):
        connection.ensure_connection()
        with closing(sqlite3.connect(self.path)) as copy:
            connection.connection.backup(copy)

    def restore(self):
        connection.ensure_connection()
        with closing(sqlite3.connect(self.path)) as copy:
            copy.backup(connection.connection)


WRITTEN_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'
"""


class PostgresCopy:
    """The rows of every table, kept in a file, and how far each sequence has counted."""

    def __init__(self, path: Path):
        self.path = path

    @cached_property
    def held(self) -> tuple[dict[str, bytes], list]:
        return pickle.loads(self.path.read_bytes())

    def make(self):
        rows = {}
        with connection.cursor() as cursor:
            for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
                cursor.execute(WRITTEN_COLUMNS, [table])
                names = ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall())
                copied = io.BytesIO()
                cursor.copy_expert(f'COPY "{table}" ({names}) TO STDOUT', copied)
                rows[f'"{table}" ({names})'] = copied.getvalue()
            cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
            self.path.write_bytes(pickle.dumps((rows, cursor.fetchall())))

    def restore(self):
        """Without triggers and checks of keys: the rows are as they were when all of these had passed."""
        rows, counted = self.held
        tables = ", ".join(target.split(" ")[0] for target in rows)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
            for target, copied in rows.items():
                if copied:
                    cursor.copy_expert(f"COPY {target} FROM STDIN", io.BytesIO(copied))
            cursor.executemany("SELECT setval(quote_ident(%s)::regclass, %s)", counted)
        apps.get_model("contenttypes", "ContentType").objects.clear_cache()


def run_sql(url: str, *statements: str):
    """Each statement by itself, as those that make a database have to be."""
    with closing(psycopg2.connect(url)) as server:
        server.autocommit = True
        for statement in statements:
            server.cursor().execute(statement)


class LoadedRecord:
    """The Korean record as committed to the test database, and the way back to it when a test emptied the tables: a
    copy that is put back in milliseconds. The first process of a run loads the record, the others copy it, too."""

    def __init__(self):
        kind = SqliteCopy if connection.vendor == "sqlite" else PostgresCopy
        with kept(f"record.{connection.vendor}") as path:
            self.copy = kind(path)
            if path.exists():
                self.copy.restore()
            else:
                call_command("load_record", stdout=io.StringIO())
                self.copy.make()

    def restore(self):
        self.copy.restore()


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The test database is made by ``django_db_modify_db_settings``."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """The test database under its final name, with all tables; gone at the end."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        migrate_file(Path(settings["TEST"]["NAME"]))
        yield
        return
    name = settings["TEST"]["NAME"] or f"test_{settings['NAME']}"
    server = os.environ["DATABASE_URL"]
    run_sql(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    migrate_server(f"{server.rpartition('/')[0]}/{name}")
    yield
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


LOADED = pytest.StashKey[LoadedRecord]()
BLOCKER = pytest.StashKey()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, request):
    """The test database, with the record in it before the first test."""
    stash = request.config.stash
    stash[BLOCKER] = django_db_blocker
    with django_db_blocker.unblock():
        stash[LOADED] = LoadedRecord()
    yield
    del stash[LOADED]


def commits(item):
    """Whether the test commits what it writes: pytest-django then empties all tables when it ends."""
    marker = item.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        return True
    return bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    """Brings the record back after a test that commits; after the last test there is no database left to fill."""
    try:
        return (yield)
    finally:
        stash = item.config.stash
        if commits(item) and LOADED in stash:
            with stash[BLOCKER].unblock():
                stash[LOADED].restore()


@pytest.fixture
def record(db):
    """The Republic of Korea, with everything the fixtures hold below it."""
    return apps.get_model("commitments", "Member").objects.get(code="KR")


# Accounts -------------------------------------------------------------------------------------------------------------
def account(username, role, institution=None, **more):
    """An active account that signs in with ``PASSWORD``; *institution* is the key of a Korean institution."""
    if institution:
        more["institution"] = apps.get_model("commitments", "Institution").objects.get(
            member__code="KR", key=institution
        )
    return get_user_model().objects.create_user(
        username=username, email=f"{username}@example.org", password=PASSWORD, role=role, is_staff=True, **more
    )


@pytest.fixture
def editor_mois(record):
    """Reports for the Ministry of the Interior and Safety."""
    return account("editor.mois", "editor", "mois")


@pytest.fixture
def editor_msit(record):
    """Reports for the Ministry of Science and ICT."""
    return account("editor.msit", "editor", "msit")


@pytest.fixture
def coordinator(record):
    """The coordinating ministry's account, which reviews every ministry's reports."""
    return account("poc", "coordinator", "mois")


@pytest.fixture
def irm_reviewer(record):
    return account("irm", "irm")


@pytest.fixture
def admin(record):
    return account("admin", "viewer", is_superuser=True)


# The browser ----------------------------------------------------------------------------------------------------------
def chromium():
    """The path of the system's Chromium (or of the one that ``CHROMIUM`` names)."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    assert path, "No Chromium on this machine: install the package chromium, or name the program in CHROMIUM."
    return path


@pytest.fixture(scope="session")
def live_browser():
    """One Chromium for all tests; each test gets its own context, so no cookie or cache passes between them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(live_browser, live_server):
    """``open_page(**context_options)``: a page on the running site, in a context of its own.

    The test fails at its end if any page asked another host for anything, raised a script error, or broke the content
    security policy. Options are Playwright's: ``viewport``, ``locale``, ``java_script_enabled``, ``color_scheme`` …
    """
    contexts, faults = [], []

    def on_request(request):
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in LOOPBACK:
            faults.append(f"asked another host: {request.url}")

    def on_console(message):
        # What a page does has an address; what the tests run in it has none (axe-core tries styles of its own).
        if message.type == "error" and "Content Security Policy" in message.text and message.location["url"]:
            faults.append(f"broke the content security policy: {message.text}")

    def opened(**options):
        context = live_browser.new_context(base_url=live_server.url, **{"locale": "en-GB", **options})
        context.set_default_timeout(30_000)
        context.on("request", on_request)
        context.on("console", on_console)
        context.on("weberror", lambda error: faults.append(f"script error: {error.error}"))
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(open_page):
    """A page in a desktop window, in English."""
    return open_page(viewport={"width": 1280, "height": 900})


@pytest.fixture
def sign_in(live_server):
    """``sign_in(page, user)``: gives the page's context the session of *user*, without the sign-in form."""

    def signed_in(page, user):
        client = Client()
        client.force_login(user)
        cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return page

    return signed_in


def described(fault):
    """One fault that axe-core found, with the first five elements that have it."""
    lines = [f"{fault['id']} ({fault['impact']}): {fault['help']}"]
    for node in fault["nodes"][:5]:
        lines += [f"    {node['html'][:200]}", f"    {node.get('failureSummary', '')}"]
    return "\n".join(lines)


def axe_faults(page, context=None, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds on the page as it stands, each fault readable; *rules*: names of the only ones to check."""
    # Preloading would copy style sheets into the page as inline styles, which the policy rightly refuses.
    options = {"preload": False, "resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    return [described(fault) for fault in Axe().run(page, context=context, options=options).response["violations"]]


@pytest.fixture
def axe():
    """``axe(page)``: fails with a readable list when axe-core finds an accessibility fault on the page as it stands;
    *context* and *rules* keep it to a part of the page and to some rules."""

    def check(page, context=None, rules=None):
        found = axe_faults(page, context, rules)
        assert not found, "\n".join([page.url, *found])

    return check
