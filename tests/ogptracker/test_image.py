"""The image's steps and the Compose file's commands on this machine, without a container engine, behind a real nginx.

What an engine would add is left out: namespaces, volumes, and the order of starting, which the test keeps by itself.
"""

import http.client
import json
import os
import re
import secrets
import ssl
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from string import Template

import pytest
import yaml

from tests.servers import free_port, postgres, redis, stop
from tests.tracker import ROOT, within

pytestmark = pytest.mark.once

NAME = "tracker.example.org"
ACCOUNT = 10001  # the image's, which needs no entry among the machine's accounts
# Where root's own Python is closed to others, as below /root, the services run as who runs the tests.
OPEN_TO_ALL = all(path.stat().st_mode & 0o001 for path in Path(os.path.realpath(sys.executable)).parents)
AS_ACCOUNT = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 and OPEN_TO_ALL else {}
NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-errors warn; worker_processes 1;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
uwsgi_temp_path {folder}; scgi_temp_path {folder}; include {folder}/tracker.conf; }}
"""


class Deployed:
    """The services of the Compose file as processes of this machine."""

    def __init__(self, folder, image, database, broker):
        self.folder, self.image = folder, image
        self.compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        self.written = self.secrets(database, broker)
        self.processes, self.said = [], ""

    def secrets(self, database, broker) -> dict[str, Path]:
        """Files as in ``secrets/``; a file ends with a line break, as editors leave it."""
        values = {"secret_key": secrets.token_hex(64), "database_url": database, "celery_broker_url": broker}
        values |= {"email_url": "smtp://127.0.0.1:9", "metrics_token": secrets.token_hex(32)}
        for name, value in values.items():
            (self.folder / name).write_text(value + "\n")
            (self.folder / name).chmod(0o644)
        return {name: self.folder / name for name in values}

    def environment(self, service) -> dict[str, str]:
        given = {"ALLOWED_HOSTS": NAME, "SITE_URL": f"https://{NAME}", "DEFAULT_FROM_EMAIL": f"tracker@{NAME}"}
        found = self.image["env"] | {"HOME": str(self.folder)}
        for name, value in self.compose[service]["environment"].items():
            value = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda m: given.get(m[1], m[2] or ""), value)
            found[name] = re.sub(r"^/run/secrets/(\w+)$", lambda m: str(self.written[m[1]]), value)
        return found

    def words(self, service, port=None) -> list[str]:
        command = self.compose[service].get("command", self.image["command"])
        return [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in command]

    def run(self, service, *more, command=None):
        """Runs the service's command, or another one in its place, to its end."""
        options = {"cwd": self.image["cwd"], "env": self.environment(service), "capture_output": True, "text": True}
        return subprocess.run([*(command or self.words(service)), *more], timeout=300, **options, **AS_ACCOUNT)

    def start(self, service, port=None):
        with (self.folder / f"{service}.log").open("ab") as log:
            options = {"cwd": self.image["cwd"], "env": self.environment(service), "stdout": log, "stderr": log}
            process = subprocess.Popen(self.words(service, port), process_group=0, **options, **AS_ACCOUNT)
        self.processes.append(process)
        return process

    def check(self, service, *more):
        """Whether the service's health check passes; what it last said is kept in ``said``."""
        kind, *words = self.compose[service]["healthcheck"]["test"]
        assert kind == "CMD"
        done = self.run(service, *more, command=words)
        self.said = done.stderr + (self.folder / f"{service}.log").read_text()[-3000:]
        return done.returncode == 0

    def stop(self):
        for process in self.processes:
            stop(process, 15)


@pytest.fixture
def folder():
    """A folder that the image's account can enter: pytest's own are closed to all but who runs it."""
    with tempfile.TemporaryDirectory(prefix="ogptracker-image-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture
def image(folder):
    words = [sys.executable, "scripts/image_steps.py", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    if AS_ACCOUNT:  # what the Dockerfile's chown does
        for name in ("DATA_DIR", "MEDIA_ROOT"):
            os.chown(found["env"][name], ACCOUNT, ACCOUNT)
    return found


@contextmanager
def proxied(folder, ports):
    """nginx with the project's configuration before the web services on *ports*: its ports for HTTP and HTTPS."""
    http_port, https_port = free_port(), free_port()
    certificate = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}"]
    certificate += ["-addext", f"subjectAltName=DNS:{NAME}"]
    files = ["-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
    subprocess.run(["openssl", "req", *certificate, *files], check=True, capture_output=True)
    upstream = f"127.0.0.1:{ports[0]}; " + " ".join(f"server 127.0.0.1:{port};" for port in ports[1:])
    given = {"SERVER_NAME": NAME, "UPSTREAM": upstream.strip("; "), "CERTIFICATES": str(folder)}
    text = Template((ROOT / "deployment" / "nginx.conf.template").read_text()).safe_substitute(given)
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)  # a machine may have no IPv6
    text = text.replace("listen 80;", f"listen 127.0.0.1:{http_port};")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{https_port} ssl")
    (folder / "tracker.conf").write_text(text)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    process = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        assert within(20, lambda: ask(http_port)[0] == 301)
        yield http_port, https_port
    finally:
        stop(process, 15)


def ask(port, path="/", trusting=None, **headers):
    """Status, headers and body of a GET for the tracker's name; by HTTPS when there is a certificate to trust."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    if trusting:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=30, context=ssl.create_default_context(cafile=trusting)
        )
        connection._context.check_hostname = False  # the address is the loopback's; the certificate is still checked
    try:
        connection.request("GET", path, headers={"Host": NAME} | headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    except OSError:
        return None, {}, b""
    finally:
        connection.close()


def test_the_image_starts_and_is_reached_through_the_proxy_alone(image, folder):
    with postgres() as database, redis() as broker:
        deployed = Deployed(folder, image, database, broker)
        try:
            migrated = deployed.run("migrate")
            assert migrated.returncode == 0, migrated.stderr
            ports = [free_port(), free_port()]
            first, _second = (deployed.start("web", port) for port in ports)
            deployed.start("worker")
            deployed.start("beat")
            for port in ports:
                assert within(240, lambda port=port: deployed.check("web", "--port", str(port))), deployed.said
            assert within(240, lambda: deployed.check("worker")), deployed.said
            assert within(240, lambda: deployed.check("beat")), deployed.said
            assert_metrics_are_read_from_inside(ports[0], (folder / "metrics_token").read_text().strip())
            with proxied(folder, ports) as (http_port, https_port):
                look_through_the_proxy(http_port, https_port, f"{folder}/fullchain.pem")
                # One of two web services ends: nobody notices.
                stop(first, 15)
                for _ in range(8):
                    assert ask(https_port, trusting=f"{folder}/fullchain.pem")[0] == 200
        finally:
            deployed.stop()


def assert_metrics_are_read_from_inside(port, token):
    assert ask(port, "/metrics")[0] == 404, "not even whether it is there is said"
    status, _headers, body = ask(port, "/metrics", Authorization=f"Bearer {token}")
    assert status == 200 and b"ogptracker_database_up 1" in body


def look_through_the_proxy(http_port, https_port, certificate):
    status, headers, _body = ask(http_port, "/plans/?page=2")
    assert (status, headers["Location"]) == (301, f"https://{NAME}/plans/?page=2")

    status, headers, body = ask(https_port, "/", certificate)
    assert status == 200, body[:300]
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "nginx/" not in headers["Server"], "no version"

    style = re.search(rb'href="(/static/[^"]+\.css)"', body)[1].decode()
    status, headers, _body = ask(https_port, style, certificate)
    assert (status, headers["Cache-Control"]) == (200, "max-age=315360000, public, immutable")

    # What a reader claims of the connection is replaced: without that, it would be taken for plain HTTP and redirected.
    assert ask(https_port, "/", certificate, **{"X-Forwarded-Proto": "http"})[0] == 200
    assert ask(https_port, "/", certificate, Host="elsewhere.example")[0] in (400, 421)
    assert ask(https_port, "/metrics", certificate)[0] in (401, 403, 404)
    assert ask(https_port, "/admin/login/", certificate)[0] == 200
