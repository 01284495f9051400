"""A mail server of a test's own, which keeps what the tracker sends it."""

import pytest

from tests.following.mailing import SITE
from tests.smtp import mail_server


@pytest.fixture
def server(settings):
    with mail_server() as found:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
        settings.EMAIL_TIMEOUT = 5
        settings.DEFAULT_FROM_EMAIL = "OGP tracker <tracker@example.org>"
        settings.SITE_URL = SITE
        yield found
