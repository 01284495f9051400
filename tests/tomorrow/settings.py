"""The settings of a version to come, which has one migration more."""

from ogptracker.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.tomorrow"]  # noqa: F405
