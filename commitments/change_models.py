"""How far the record has come: what tells the API, in one cheap statement, whether anything has been written since."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DatabaseError, connection, models, transaction

FEW = 1000  # rows that are counted at no cost worth saving


@dataclass(frozen=True)
class State:
    """Two states are the same only if the record is: each transaction that wrote to it adds a row with a new key."""

    newest: int | None
    number: int
    at: datetime | None  # when the newest one was committed


class RecordChangeQuerySet(models.QuerySet):
    def state(self) -> State:
        """Asked before almost every answer, hence without Django's compiler, which takes longer than the database."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT MAX(id), COUNT(*), MAX(at) FROM {self.model._meta.db_table}")
            newest, number, at = cursor.fetchone()
        if isinstance(at, str):  # as SQLite has it
            at = datetime.fromisoformat(at).replace(tzinfo=UTC)
        return State(newest, number, at)

    def fold(self) -> int:
        """Replaces many rows by one; returns how many went. On PostgreSQL it waits for nobody: while a transaction that
        writes to the record is under way nothing is done, so that no row with a lower key can come afterwards."""
        if self.count() <= FEW:
            return 0
        try:
            with transaction.atomic():
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        cursor.execute(f"LOCK TABLE {self.model._meta.db_table} IN EXCLUSIVE MODE NOWAIT")
                state = self.state()
                self.create(at=state.at)  # a new key: no state from before the fold is ever met again
                return self.filter(pk__lte=state.newest).delete()[0]
        except DatabaseError:
            return 0


class RecordChange(models.Model):
    """One transaction that wrote to the record. Triggers add these (``commitments.changes``), so that no way of writing
    can forget to. SQLite, where writers queue, keeps the newest alone."""

    at = models.DateTimeField()

    objects = RecordChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "change of the record"
        verbose_name_plural = "changes of the record"
        ordering = ["pk"]

    def __str__(self):
        return f"{self.pk} ({self.at:%Y-%m-%d %H:%M:%S})"
