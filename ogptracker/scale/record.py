"""A member of the invented world, its institutions, its accounts, and what its plans promise."""

from datetime import timedelta

from accounts.models import User
from assessments.models import PublicComment
from commitments.models import (
    ActionPlan,
    Commitment,
    Institution,
    Involvement,
    Member,
    OGPValue,
    SourceDocument,
    Theme,
)
from milestones.models import Link

from . import words
from .maker import (
    AREAS,
    BODIES,
    COORDINATOR,
    CSO,
    DIVISION,
    HEAD,
    MINISTRY,
    PARTS,
    ROLES,
    TAGS,
    THEMES,
    Maker,
    Promise,
)

VALUES = list(OGPValue.values)
ASKED_EVERY = 12  # commitments: one of so many was asked something, and two of three such questions were answered


def make_member(maker: Maker):
    maker.add(
        Member,
        id=maker.key,
        code=words.letters_of(maker.number),
        slug=maker.slug,
        name=maker.name,
        kind="national" if maker.number % 3 == 0 else "local",
        region=words.REGIONS[maker.number % 4],
        time_zone=words.ZONES[maker.number % len(words.ZONES)],
        languages='["en"]',
        joined_year=2011 + maker.number % 10,
        forum_name=f"Open Government Forum of {maker.name}",
        point_of_contact_id=maker.body(MINISTRY),
    )
    for place in range(BODIES):
        make_body(maker, place)
    for role in ROLES:
        make_account(maker, role)


def make_body(maker: Maker, place: int):
    if place < DIVISION:
        name, parent = f"Ministry of {words.name_of(place + 50)}, {maker.name}", None
    elif place < CSO:
        name, parent = f"Division {place} of {maker.name}", maker.body(place - DIVISION)
    else:
        name, parent = f"Citizens of {maker.name} for {words.name_of(place + 60)}", None
    kind = "cso" if place >= CSO else "state_body"
    facts = {"member_id": maker.key, "key": f"body-{place}", "name": name, "kind": kind, "parent_id": parent}
    maker.add(Institution, id=maker.body(place), **facts)


def make_account(maker: Maker, role: str):
    """An account that nobody can sign in to."""
    facts = {"username": f"{maker.slug}-{role}", "password": "!", "role": role, "is_staff": True}
    joined = f"{maker.terms[0].starts_on} 09:00:00"
    maker.add(User, id=maker.account(role), institution_id=maker.body_of(role), date_joined=joined, **facts)


def promises_of(maker: Maker, place: int) -> list[Promise]:
    """The commitments of the member's plan at that place: half of the member's."""
    numbers = maker.size.within("commitments", maker.number, "members")
    middle = len(numbers) // 2
    own = numbers[:middle] if place == 0 else numbers[middle:]
    where = (maker.plan(place), f"{maker.slug}-{place + 1}", maker.terms[place])
    return [Promise(number, position, *where) for position, number in enumerate(own, 1)]


def make_plan(maker: Maker, place: int):
    term, key, slug = maker.terms[place], maker.plan(place), f"{maker.slug}-{place + 1}"
    title = f"Action Plan {term.starts_on.year}–{term.ends_on.year}"
    document = {"key": slug, "title": f"{title}, {maker.name}", "kind": "action_plan", "published_precision": "day"}
    printed = str(term.starts_on - timedelta(days=30))
    maker.add(SourceDocument, id=key, member_id=maker.key, published_on=printed, **document)
    period = {"starts_on": str(term.starts_on), "ends_on": str(term.ends_on), "period_precision": "day"}
    facts = {"number": place + 1, "slug": slug, "title": title, "year": term.starts_on.year, "document_id": key}
    maker.add(ActionPlan, id=key, member_id=maker.key, **period, **facts)
    for n in range(THEMES):
        theme = {"key": f"theme-{n + 1}", "position": n + 1, "title": f"{words.ACTIONS[n]} the state"}
        maker.add(Theme, id=(key - 1) * THEMES + n + 1, plan_id=key, document_id=key, **theme)


def make_commitment(maker: Maker, promise: Promise):
    number = promise.number
    maker.add(
        Commitment,
        id=promise.key,
        plan_id=promise.plan,
        theme_id=(promise.plan - 1) * THEMES + number % THEMES + 1,
        position=promise.position,
        number=str(promise.position),
        title=f"Open up {promise.about}",
        title_ko=f"{words.name_of(number)} 개방" if number % 3 == 0 else "",
        ogp_id=f"{words.letters_of(maker.number)}{number % 10_000:04}",
        problem=words.PROBLEM.format(about=promise.about),
        description=words.PROMISE.format(about=promise.about),
        contribution=words.CONTRIBUTION.format(about=promise.about),
        values=f'["{VALUES[number % 4]}"]',
        document_id=promise.plan,
        section=f"Commitment {promise.position}",
    )
    make_parts(maker, promise)
    evidence = {"url": link_of(maker, promise), "next_check_at": f"{maker.on} 12:00:00"}
    maker.add(Link, id=promise.key, **evidence)
    make_question(maker, promise)


def link_of(maker: Maker, promise: Promise) -> str:
    """The page that the evidence of a commitment points to."""
    return f"https://{maker.slug}.example.org/{promise.number}"


def make_parts(maker: Maker, promise: Promise):
    """Who is involved, and what it is about."""
    number = promise.number
    parts = [(DIVISION + number % 5, "lead"), ((number + 1) % 5, "supporting"), (CSO, "co_owner")]
    for place, (body, role) in enumerate(parts):
        facts = {"institution_id": maker.body(body), "role": role, "position": place}
        maker.add(Involvement, id=number * PARTS + place + 1, commitment_id=promise.key, **facts)
    for place, area in enumerate({number % AREAS, (number * 7 + 1) % AREAS}):
        facts = {"commitment_id": promise.key, "policyarea_id": area + 1}
        maker.add(Commitment.policy_areas.through, id=number * TAGS + place + 1, **facts)


def make_question(maker: Maker, promise: Promise):
    number, place = promise.number, promise.number // ASKED_EVERY
    if number % ASKED_EVERY:
        return
    asked = maker.on - timedelta(days=place % 300 + 40)
    answer = {"response": words.SAID[place % 7], "responded_by_id": maker.account(HEAD)}
    answer |= {"responded_for_id": maker.body(MINISTRY), "responded_on": str(asked + timedelta(days=20))}
    looked_at = asked + timedelta(days=1)
    maker.add(
        PublicComment,
        id=place + 1,
        plan_id=promise.plan,
        commitment_id=promise.key,
        text=f"When will {promise.about} be open?",
        sha256=f"{number:064x}",
        received_on=str(asked),
        respond_by=str(asked + timedelta(days=30)),
        owed_by_id=maker.body(DIVISION + number % 5),
        public_on=str(looked_at),
        state="public",
        moderated_by_id=maker.account(COORDINATOR),
        moderated_at=f"{looked_at} 10:00:00",
        **(answer if place % 3 else {}),
    )
