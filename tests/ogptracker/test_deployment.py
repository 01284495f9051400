"""What the files for production promise: services, health checks, secrets, settings, and a clean Django check."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from ogptracker import production

ROOT = Path(__file__).resolve().parents[2]
TRACKER_SERVICES = ("web", "worker", "beat", "migrate")
PRODUCTION = {
    "OGPTRACKER_MODE": "production",
    "SECRET_KEY": "kE7-zQ2vW9xT4mB1nR8sL5pY3cH6gJ0dF-uA_iO-eXwV7bN2mK9",
    "ALLOWED_HOSTS": "tracker.example.org",
    "DATABASE_URL": "postgres://tracker@127.0.0.1/tracker",
    "CELERY_BROKER_URL": "redis://127.0.0.1/0",
}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def settings_names():
    """Every name that the settings read from the environment."""
    text = (ROOT / "ogptracker" / "settings.py").read_text()
    return set(re.findall(r'(?:env\.\w+|required)\(\s*"([A-Z_]+)"', text))


def check_deploy(tmp_path, **changes):
    """``manage.py check --deploy`` in a process of its own, under production settings with *changes* (None: unset)."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
    )


@pytest.mark.once
def test_django_finds_nothing_to_warn_about_in_production(tmp_path):
    result = check_deploy(tmp_path)
    assert result.returncode == 0, result.stderr
    assert "no issues (0 silenced)" in result.stdout


@pytest.mark.once
@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CELERY_BROKER_URL"])
def test_production_does_not_start_without(name, tmp_path):
    result = check_deploy(tmp_path, **{name: None})
    assert result.returncode != 0
    assert f"{name} is missing or too short" in result.stderr


WEAK = [
    ("SECRET_KEY", "brief-one", "is missing or too short"),
    ("SECRET_KEY", "ab" * 40, "is easy to guess"),
    ("SECRET_KEY", "django-insecure-" + PRODUCTION["SECRET_KEY"], "is easy to guess"),
    ("ALLOWED_HOSTS", "*", "has to be names alone"),
    ("ALLOWED_HOSTS", "tracker.example.org, other.example.org", "without spaces"),
    ("ALLOWED_HOSTS", "https://tracker.example.org", "without spaces"),
    ("DATABASE_URL", "sqlite:////srv/db.sqlite3", "has to begin with postgres://"),
    ("DATABASE_URL", "postgres://tracker:hunter2@db/tracker", "has no password of 12 characters or more"),
    ("DATABASE_URL", "postgres://tracker:[@db/tracker", "cannot be read"),
    ("CELERY_BROKER_URL", "filesystem://localhost", "has to begin with redis://"),
    ("CELERY_BROKER_URL", "redis://redis:6379/0", "has no password of 12 characters or more"),
    ("DEBUG", "true", "is on"),
    ("SITE_URL", "http://tracker.example.org", "has to begin with https://"),
    ("EMAIL_URL", "filemail:", "has to begin with one of smtp"),
    ("OIDC_ISSUER", "http://id.example.org", "has to begin with https://"),
    ("METRICS_TOKEN", "1234", "is too short"),
]


@pytest.mark.parametrize(("name", "value", "complaint"), WEAK)
def test_what_is_weak_is_named_and_not_repeated(name, value, complaint):
    (told,) = production.problems(PRODUCTION | {name: value})
    assert told.startswith(f"{name} ") and complaint in told
    assert value not in told or name == "ALLOWED_HOSTS"


def test_what_is_sound_passes():
    more = {"SITE_URL": "https://tracker.example.org", "EMAIL_URL": "smtp+tls://user:word@mail.example.org:587"}
    far = {"DATABASE_URL": f"postgres://tracker:{'x' * 12}@db/tracker", "CELERY_BROKER_URL": f"redis://:{'x' * 12}@r/0"}
    assert production.problems(PRODUCTION | more | far) == []


@pytest.mark.once
def test_production_does_not_start_with_weak_settings_and_names_all_at_once(tmp_path):
    result = check_deploy(tmp_path, SECRET_KEY="short", DEBUG="true", SITE_URL="http://tracker.example.org")
    assert result.returncode != 0
    for complaint in ("SECRET_KEY is missing or too short", "DEBUG is on", "SITE_URL has to begin with https://"):
        assert complaint in result.stderr


@pytest.mark.once
def test_a_secret_may_come_from_a_file(tmp_path):
    secret = tmp_path / "key"
    secret.write_text(PRODUCTION["SECRET_KEY"])
    assert check_deploy(tmp_path, SECRET_KEY=None, SECRET_KEY_FILE=str(secret)).returncode == 0


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = io.StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)  # ends the process when one is
    assert out.getvalue().strip() == "No changes detected"


@pytest.mark.parametrize("service", ["postgres", "redis", "web", "worker", "beat"])
def test_every_service_has_a_health_check(compose, service):
    check = compose["services"][service]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_the_tracker_waits_for_its_servers_and_for_the_migrations(compose, service):
    waits = {name: rule["condition"] for name, rule in compose["services"][service]["depends_on"].items()}
    assert waits == {
        "postgres": "service_healthy",
        "redis": "service_healthy",
        "migrate": "service_completed_successfully",
    }


def test_migrations_run_once_and_end(compose):
    migrate = compose["services"]["migrate"]
    steps = "python manage.py migrate --no-input && python manage.py refresh_overdue"  # test_grown_up runs them
    assert migrate["command"] == ["sh", "-c", steps]
    assert migrate["restart"] == "no"


def test_every_setting_that_the_services_get_is_one_that_the_tracker_reads(compose, settings_names):
    for service in TRACKER_SERVICES:
        for name in compose["services"][service]["environment"]:
            assert name.removesuffix("_FILE") in settings_names, f"{service}: {name}"


def test_secrets_come_from_files_alone(compose):
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if name.endswith("_FILE"):
                assert value.startswith("/run/secrets/")
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            else:
                assert not re.search("SECRET|PASSWORD|TOKEN|DATABASE_URL|BROKER_URL", name), f"{name} is given openly"
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())


def test_what_must_last_lies_on_volumes(compose):
    mounts = {name: service.get("volumes", []) for name, service in compose["services"].items()}
    assert mounts["postgres"] == ["postgres-data:/var/lib/postgresql/data"]
    assert mounts["redis"] == ["redis-data:/data"]
    assert mounts["web"] == mounts["worker"] == ["media:/srv/media"]
    assert set(compose["volumes"]) == {"postgres-data", "redis-data", "media"}


def test_only_the_proxy_on_this_machine_reaches_the_web_service(compose):
    ports = {name: service.get("ports") for name, service in compose["services"].items()}
    assert ports.pop("web") == ["127.0.0.1:${WEB_PORTS:-8000}:8000"]
    assert ports.pop("proxy") == ["80:80", "443:443"]
    assert compose["services"]["proxy"]["profiles"] == ["proxy"], "only for those who ask for it"
    assert not any(ports.values())


def test_the_image_runs_as_an_ordinary_user_and_holds_no_secret():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users and users[-1] not in ("root", "0")
    assert not any(line.startswith(("ENV", "ARG")) and re.search("SECRET|PASSWORD", line) for line in lines)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {"secrets", "var", ".git"} <= set(ignored)


def test_the_image_and_make_install_name_the_same_libraries():
    in_image = set(re.findall(r"(?<=\s)lib\S+", (ROOT / "Dockerfile").read_text()))
    in_script = set(re.findall(r"library \S+ (\S+)$", (ROOT / "scripts/system_packages.sh").read_text(), re.MULTILINE))
    assert "libpango-1.0-0" in in_script
    assert in_image == in_script | {"libharfbuzz-subset0"}


def test_the_manual_names_every_setting(settings_names):
    manual = (ROOT / "docs" / "deployment.md").read_text()
    assert {"SECRET_KEY", "DATABASE_URL", "LOG_LEVEL"} <= settings_names
    assert set(re.findall(r"^\| `([A-Z_]+)`", manual, re.MULTILINE)) == settings_names


def pins(lock):
    return set(re.findall(r"^([a-z0-9][\w.-]*==[^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_what_is_tested_is_what_runs():
    assert len(pins("requirements.lock")) > 30
    assert pins("requirements.lock") <= pins("requirements-test.lock")


def test_locks_hold_no_address_of_a_private_index():
    for lock in ("requirements.lock", "requirements-test.lock"):
        assert not re.search(r"^--(find-links|index-url|extra-index-url)", (ROOT / lock).read_text(), re.MULTILINE)
