"""The commitments of an import: made, joined with what the record has, and brought to what a newer file says."""

from commitments.models import Commitment

from .ogp_cells import fault
from .ogp_columns import COLUMNS
from .ogp_frame import Frame
from .ogp_work import Work

COLUMN_OF = {
    "number": "Commitment Number",
    "title": "Commitment Title",
    "description": "Full Text",
    "starts_wording": "Start Date",
    "ends_wording": "End Date",
    "others_as_stated": "Supporting Institution(s)",
}
FIELDS = tuple(COLUMN_OF)


def folded(title: str) -> str:
    """A title as it is compared: letters and digits alone."""
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def put_commitments(frame: Frame, work: list[Work]):
    ids = [item.parsed.identity.identifier for item in work]
    known = {c.ogp_id: c for c in Commitment.objects.filter(ogp_id__in=ids).select_related("plan")}
    strangers = [item for item in work if item.parsed.identity.identifier not in known]
    put_numbers(frame, strangers)
    alike = commitments_alike(frame, strangers)
    new, changed = [], []
    for item in work:
        identity = item.parsed.identity
        found = known.get(identity.identifier) or alike.get(identity.identifier)
        plan = frame.plans[identity.plan_id]
        if found is not None:
            if joins(frame, item, found) and update(item):
                changed.append(found)
        elif frame.is_own(plan) or not plan.is_itemised:
            new.append(new_commitment(frame, item))
        else:
            done = f"{plan.slug} is in the record and has no such commitment: the row is kept, not read."
            item.parsed.faults.append(fault(COLUMNS[0], identity.identifier, done))
    Commitment.objects.bulk_create(new)
    if changed:
        Commitment.objects.bulk_update(changed, [*FIELDS, "ogp_id", "ogp_id_inferred", "version"])
    frame.count("commitments made", len(new))
    frame.count("commitments changed", len(changed))


def put_numbers(frame: Frame, work: list[Work]):
    """A number that its plan has already, or that two rows claim, gives way to the identifier."""
    wanted = {(frame.plans[item.plan_id].pk, item.parsed.fields["number"]) for item in work}
    numbers = {number for _plan, number in wanted}
    plans = {plan for plan, _number in wanted}
    found = Commitment.objects.filter(plan__in=plans, number__in=numbers, ogp_id__isnull=False)
    taken = set(found.values_list("plan", "number"))
    for item in work:
        plan, number = frame.plans[item.plan_id].pk, item.parsed.fields["number"]
        if (plan, number) in taken:
            identifier = item.parsed.fields["number"] = item.parsed.identity.identifier
            done = f"Its plan has this number twice: {identifier} is used."
            item.parsed.faults.append(fault("Commitment Number", number, done))
        taken.add((plan, number))


def commitments_alike(frame: Frame, work: list[Work]) -> dict[str, Commitment]:
    """Commitments of the record without an OGP id that have the row's number and title in the row's plan."""
    plans = [plan.pk for plan in frame.plans.values() if not frame.is_own(plan)]
    if not plans:
        return {}
    numbers = {item.parsed.fields["number"] for item in work}
    found = Commitment.objects.filter(plan__in=plans, ogp_id=None, number__in=numbers).select_related("plan")
    by_place = {(c.plan_id, c.number, folded(c.title)): c for c in found}
    places = (
        (
            item,
            (frame.plans[item.plan_id].pk, item.parsed.fields["number"], folded(item.parsed.fields["title"])),
        )
        for item in work
    )
    return {item.parsed.identity.identifier: by_place[place] for item, place in places if place in by_place}


def new_commitment(frame: Frame, item: Work) -> Commitment:
    identity, plan = item.parsed.identity, frame.plans[item.plan_id]
    position = frame.positions[plan.pk] = frame.positions.get(plan.pk, 0) + 1
    item.is_new = True
    item.commitment = Commitment(
        plan=plan,
        position=position,
        ogp_id=identity.identifier,
        document=frame.documents[identity.code],
        section=f"row {identity.identifier}",
        **item.parsed.fields,
    )
    return item.commitment


def joins(frame: Frame, item: Work, found: Commitment) -> bool:
    """Whether the commitment with this id is the row's: not when it stands in another plan."""
    identity, plan = item.parsed.identity, frame.plans[item.plan_id]
    if found.plan_id != plan.pk:
        done = f"{identity.identifier} is in {found.plan.slug} in the record: the row is kept, not read."
        item.parsed.faults.append(fault("Action Plan ID", identity.plan_id, done))
        return False
    item.commitment = found
    item.joined = item.row.joined if item.row is not None else True
    return True


def update(item: Work) -> bool:
    """Brings a commitment to what its row says; whether it changed. One that was in the record before the first
    import keeps every word: only its id is filled in, and a title that differs is reported."""
    found, identity = item.commitment, item.parsed.identity
    if item.joined:
        return compare(item)
    changed = False
    for name in FIELDS:
        value, stored = item.parsed.fields[name], getattr(found, name)
        if value == stored or name == "number":
            continue
        if item.before is None or item.before.identity is None or item.before.fields[name] != stored:
            done = "The record was changed by hand: its words are kept."
            item.parsed.faults.append(fault(COLUMN_OF[name], value, done))
            continue
        setattr(found, name, value)
        changed = True
    if item.before and item.before.identity and item.before.fields["number"] != item.parsed.fields["number"]:
        done = f"The number is part of addresses: {identity.identifier} stays number {found.number}."
        item.parsed.faults.append(fault("Commitment Number", item.parsed.fields["number"], done))
    found.version += changed
    return changed


def compare(item: Work) -> bool:
    found, identity = item.commitment, item.parsed.identity
    alike = folded(found.title) == folded(item.parsed.fields["title"])
    if not alike:
        doubt = ", and its OGP id was inferred: look whether they are the same" if found.ogp_id_inferred else ""
        done = f"The record has “{found.title[:150]}”, which is kept{doubt}."
        item.parsed.faults.append(fault("Commitment Title", item.parsed.fields["title"], done))
    if found.ogp_id == identity.identifier and not (alike and found.ogp_id_inferred):
        return False
    found.ogp_id, found.ogp_id_inferred = identity.identifier, found.ogp_id_inferred and not alike
    found.version += 1
    return True
