"""Why an indicator of a coding is empty: three reasons that OGP's data keeps apart, and none of them is "No"."""

from django.utils.translation import gettext_lazy as _

REASONS = {
    "ND": _("Not coded under this method"),
    "NR": _("Not reviewed yet"),
    "NA": _("Not applicable"),
}


def reason(coding, name: str) -> str:
    """Why the indicator is empty, in the reader's language; empty where the source gives no reason of the three."""
    return str(REASONS.get(coding.absent.get(name), ""))
