"""A report's file: rendered and stored by the worker that claimed its row (``services``).

Apart from ``services``, because the programs that make PDF and DOCX take longer to load than all that the web server
needs, which makes no such file.
"""

import hashlib
import logging
import os
from typing import IO

from django.core.files import File
from django.core.files.storage import Storage
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from . import exports
from .models import Report
from .rendering import ReportError
from .services import Claim, ClaimLost, Progress, claim_report, fail

log = logging.getLogger(__name__)


def render(pk: int) -> bool:
    """Makes the report's file. False when there was nothing to do, or it failed, was cancelled or taken over."""
    claim = claim_report(pk)
    if claim is None:
        return False
    report = Report.objects.select_related("snapshot").get(pk=pk)
    with translation.override(report.snapshot.language):
        try:
            make(report, claim)
        except ClaimLost:
            log.warning("Report %s was cancelled or taken over by another worker; attempt %s stops.", pk, claim.attempt)
        except ReportError as error:
            fail(claim, str(error))
        except OSError as error:
            log.exception("Report %s failed.", pk)
            fail(claim, _("The file could not be stored: %(reason)s.") % {"reason": error.strerror or error})
        except Exception:
            log.exception("Report %s failed.", pk)
            fail(claim, _("An unexpected error stopped the report. The log of the worker says more; try again."))
        else:
            return True
    return False


def make(report: Report, claim: Claim) -> None:
    """Renders and stores the file; the row points to it only once it is whole."""
    progress = Progress(claim)
    made = exports.export(report.snapshot, report.format, progress.step, progress.alive)
    progress.step("writing")
    with made.opened() as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.seek(0, os.SEEK_END)
        wanted = f"{report.snapshot.slug}-{report.snapshot.language}-{sha256}{report.ENDINGS[report.format]}"
        name = store(report.file.storage, report.file.field.generate_filename(report, wanted), content)
    claim.update(
        state=Report.State.DONE,
        progress=100,
        step="",
        file=name,
        file_sha256=sha256,
        file_size=size,
        pages=made.pages,
        finished_at=timezone.now(),
    )


def store(storage: Storage, name: str, content: IO[bytes]) -> str:
    """Stores the content under its name, and returns the name it got: another when a killed worker left half a file."""
    if storage.exists(name):
        content.seek(0)
        with storage.open(name) as stored:
            if hashlib.file_digest(stored, "sha256").digest() == hashlib.file_digest(content, "sha256").digest():
                return name
    content.seek(0)
    return storage.save(name, File(content))
