"""The levels that can be followed, and a small world to follow."""

from datetime import date

from tests.following.reading import atom
from tests.world import (
    make_commitment,
    make_institution,
    make_member,
    make_milestone,
    make_plan,
    make_public_report,
    make_user,
)

LEVELS = [
    "/",
    "/members/kr/",
    "/plans/kr-5/",
    "/plans/kr-5/themes/civic-space/",
    "/institutions/kr/mois/",
    "/plans/kr-5/commitments/3/",
]


class World:
    """A commitment of Testland, which counts days as Seoul does, with one milestone due on 30 June 2021."""

    def __init__(self, **facts):
        self.member = make_member(**facts)
        self.ministry = make_institution(self.member, name="Ministry of <Tests> & Co")
        self.author, self.reviewer = make_user("editor", self.ministry), make_user("head", self.ministry)
        self.plan = make_plan(self.member)
        self.commitment = make_commitment(self.plan, self.ministry)
        self.milestone = make_milestone(self.commitment, date(2021, 6, 30), title="Publish a < b & c")

    def report(self, on, **facts):
        return make_public_report(self.milestone, self.author, self.reviewer, on, **facts)

    def feed(self, client, ending="updates.atom", prefix="", **question):
        address = f"{prefix}/plans/{self.plan.slug}/{ending}"
        return atom(client.get(address, question), "ko" if prefix else "en")
