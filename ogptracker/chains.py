"""Commitments carried forward from plan to plan: the whole chain, with each voice's state on a day."""

from collections import defaultdict
from collections.abc import Iterator

from commitments.models import Commitment, Member

from .progress import Row, rows_of


class Links:
    """Which commitments of a member continue which. One query."""

    def __init__(self, member: Member):
        self.earlier: dict[int, int] = {}
        self.later: dict[int, list[int]] = defaultdict(list)
        found = Commitment.objects.filter(plan__member=member).exclude(carried_from=None)
        for pk, earlier in found.values_list("pk", "carried_from"):
            self.earlier[pk] = earlier
            self.later[earlier].append(pk)

    def before(self, pk: int) -> Iterator[int]:
        """What the commitment continues, and what that continues; a circle is walked once."""
        seen = {pk}
        while (pk := self.earlier.get(pk)) and pk not in seen:
            seen.add(pk)
            yield pk

    def after(self, pk: int) -> set[int]:
        """What continues the commitment, and what continues that."""
        found, waiting = set(), [pk]
        while waiting:
            new = set(self.later.get(waiting.pop(), [])) - found - {pk}
            found |= new
            waiting += new
        return found

    def chains(self) -> list[set[int]]:
        """Every chain as a whole: a first commitment with all that continues it."""
        firsts = self.later.keys() - self.earlier.keys()
        return [{first} | self.after(first) for first in firsts]


def place(row: Row) -> tuple[int, int]:
    return row.commitment.plan.number, row.commitment.position


def in_time(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=place)


def chain_of(commitment: Commitment, on) -> list[Row]:
    """The commitment among those that it continues and that continue it, in order of time; empty when it stands
    alone."""
    links = Links(commitment.plan.member)
    others = {*links.before(commitment.pk), *links.after(commitment.pk)}
    if not others:
        return []
    return in_time(rows_of(Commitment.objects.filter(pk__in=others | {commitment.pk}), on))


def chains_of(member: Member, rows: list[Row]) -> list[list[Row]]:
    """The member's chains, made of rows at hand, those that began first foremost."""
    by_key = {row.commitment.pk: row for row in rows}
    found = [in_time([by_key[pk] for pk in keys if pk in by_key]) for keys in Links(member).chains()]
    return sorted((chain for chain in found if len(chain) > 1), key=lambda chain: place(chain[0]))
