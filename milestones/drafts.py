"""Writing a report before it is handed in, for programs. The form of the admin saves its own way; both count the
edition on, so that neither overwrites the other unseen."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from commitments.problems import Conflict, Outdated

from .models import Evidence, Milestone, StatusUpdate


@transaction.atomic
def begin(author, milestone: Milestone, **facts) -> StatusUpdate:
    """A new draft of an account that reports on the milestone. Raises ``ValidationError`` by field."""
    update = StatusUpdate(milestone=milestone, author=author, institution=author.institution, **facts)
    update.as_co_owner = author.is_co_owner
    update.full_clean()
    update.save()
    return update


def locked(update: StatusUpdate, author, editions: set[int] | None) -> StatusUpdate:
    """The draft as it is now, held until the transaction ends. *editions*: one of which it must still be.

    Raises ``PermissionDenied`` for a report of somebody else, ``Conflict`` for one that was handed in, ``Outdated`` for
    one that has been changed since."""
    found = StatusUpdate.objects.select_for_update(of=("self",)).get(pk=update.pk)
    if found.author_id != author.pk:
        raise PermissionDenied("Somebody else writes this report.")
    if editions is not None and found.version not in editions:
        raise Outdated
    if not found.is_open:
        raise Conflict("This report has been handed in: it stays as it is.")
    return found


def count_on(update: StatusUpdate, *fields: str):
    update.version += 1
    update.save(update_fields=[*fields, "version"])


@transaction.atomic
def change(update: StatusUpdate, author, editions: set[int] | None, **facts) -> StatusUpdate:
    """The draft with other facts, one edition on. Raises ``ValidationError`` by field."""
    found = locked(update, author, editions)
    for name, value in facts.items():
        setattr(found, name, value)
    found.full_clean()
    count_on(found, *facts)
    return found


@transaction.atomic
def add_evidence(update: StatusUpdate, author, editions: set[int] | None, evidence: Evidence) -> Evidence:
    """A checked link or file (``forms.EvidenceForm``) for the draft."""
    evidence.update = locked(update, author, editions)
    evidence.save()
    count_on(evidence.update)
    return evidence


@transaction.atomic
def remove_evidence(update: StatusUpdate, author, editions: set[int] | None, evidence: Evidence):
    found = locked(update, author, editions)
    evidence.delete()
    count_on(found)
