"""What the tests of the whole site share."""

import pytest

from tests.ogptracker.walking import Walk


@pytest.fixture
def walk(open_page, record) -> Walk:
    return Walk(open_page)
