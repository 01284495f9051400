"""A row of OGP's file on its way into the record."""

from dataclasses import dataclass

from commitments.models import Commitment

from .models import OGPRow
from .ogp_cells import Parsed
from .ogp_file import Record


@dataclass
class Work:
    """A row that is new or differs, on its way into the record."""

    record: Record
    parsed: Parsed
    sha256: str
    row: OGPRow | None = None  # as it was imported before
    before: Parsed | None = None
    commitment: Commitment | None = None
    is_new: bool = False  # the commitment is made by this import
    joined: bool = False

    @property
    def plan_id(self) -> str:
        return self.parsed.identity.plan_id
