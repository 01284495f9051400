"""Under which licence the data may be reused, who gives it, and how it is to be cited: the office's own choice."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Licence:
    """*name* is the identifier of the SPDX list, if it has one."""

    name: str
    title: str
    url: str


def licence() -> Licence:
    return Licence(settings.DATA_LICENCE_ID, settings.DATA_LICENCE_TITLE, settings.DATA_LICENCE_URL)


def publisher() -> str:
    """The office that runs the tracker."""
    return settings.DATA_PUBLISHER or "OGP tracker"


SOURCES = (  # what the record is read from
    (_("Action plans, self-assessment reports and IRM reports; each row names its document and section."), ""),
    (_("OGP's commitment data, where it was imported"), "https://www.opengovpartnership.org/open-data/"),
)
