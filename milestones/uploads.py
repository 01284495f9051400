"""Which evidence files are taken: by what they contain, not by what they are called."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext as _

# The first bytes of each kind, and the endings that go with it. Old binary office formats may carry macros: refused.
SIGNATURES = [
    (b"%PDF-", {"pdf": "application/pdf"}),
    (b"\x89PNG\r\n\x1a\n", {"png": "image/png"}),
    (b"\xff\xd8\xff", {"jpg": "image/jpeg", "jpeg": "image/jpeg"}),
    (
        b"PK\x03\x04",
        {
            "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "odt": "application/vnd.oasis.opendocument.text",
            "ods": "application/vnd.oasis.opendocument.spreadsheet",
            "hwpx": "application/hwp+zip",
        },
    ),
]
TEXTS = {"txt": "text/plain", "csv": "text/csv"}
TYPES = {ending: kind for _signature, endings in SIGNATURES for ending, kind in endings.items()} | TEXTS
ENDINGS = sorted(TYPES)


def describe_limits() -> str:
    """What a person should know before choosing a file."""
    return _("Instead of a link. At most %(limit)s; taken are: %(endings)s.") % {
        "limit": filesizeformat(settings.EVIDENCE_MAX_BYTES),
        "endings": ", ".join(ENDINGS),
    }


file_help = lazy(describe_limits, str)()


def is_text(head: bytes) -> bool:
    """Whether the first bytes are UTF-8 text; a character cut at the end does not count against it."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
    return b"\x00" not in head


def content_type_of(upload) -> str:
    """The type of an uploaded file; ``ValidationError`` when it is too large, or not what its name says."""
    if upload.size > settings.EVIDENCE_MAX_BYTES:
        raise ValidationError(
            _("This file has %(size)s; at most %(limit)s are taken. Split it, or give a link to it.")
            % {"size": filesizeformat(upload.size), "limit": filesizeformat(settings.EVIDENCE_MAX_BYTES)}
        )
    ending = upload.name.rsplit(".", 1)[-1].lower() if "." in upload.name else ""
    upload.seek(0)
    head = upload.read(4096)
    upload.seek(0)
    for signature, endings in SIGNATURES:
        if head.startswith(signature) and ending in endings:
            return endings[ending]
    if ending in TEXTS and is_text(head):
        return TEXTS[ending]
    raise ValidationError(
        _("This kind of file is not taken, or its content is not what its name says. Taken are: %(endings)s.")
        % {"endings": ", ".join(ENDINGS)}
    )
