"""What an import says about its commitments beside their words: who leads them, and their policy areas."""

from commitments.models import Commitment, Institution, Involvement

from . import ogp_cells
from .ogp_frame import Frame
from .ogp_work import Work

AREAS = Commitment.policy_areas.through


def put_leads(frame: Frame, work: list[Work]):
    """Institutions that lead, where the file's words are one name; on a change, the earlier lead goes."""
    for item in work:
        if item.before and item.before.lead and item.before.lead != item.parsed.lead:
            key = ogp_cells.institution_key(item.before.lead)
            item.commitment.involvements.filter(role="lead", institution__key=key).delete()
    leads = [item for item in work if item.parsed.lead and (item.is_new or lead_changed(item))]
    if not leads:
        return
    institutions = institutions_of(frame, leads)
    rows = [
        Involvement(
            commitment=item.commitment,
            institution=institutions[place_of_lead(frame, item)],
            role=Involvement.Role.LEAD,
        )
        for item in leads
    ]
    Involvement.objects.bulk_create(rows, ignore_conflicts=True)


def lead_changed(item: Work) -> bool:
    return bool(item.before) and item.before.lead != item.parsed.lead


def place_of_lead(frame: Frame, item: Work) -> tuple[int, str]:
    member = frame.members[item.parsed.identity.code]
    return member.pk, ogp_cells.institution_key(item.parsed.lead)


def institutions_of(frame: Frame, leads: list[Work]) -> dict[tuple[int, str], Institution]:
    """The institutions by member and key, made where there are none."""
    wanted = {place_of_lead(frame, item): item.parsed.lead for item in leads}
    members, keys = {member for member, _key in wanted}, {key for _member, key in wanted}
    found = {(i.member_id, i.key): i for i in Institution.objects.filter(member__in=members, key__in=keys)}
    new = [
        Institution(member_id=place[0], key=place[1], name=name) for place, name in wanted.items() if place not in found
    ]
    frame.count("institutions made", len(new))
    return found | {(i.member_id, i.key): i for i in Institution.objects.bulk_create(new)}


def put_areas(frame: Frame, work: list[Work]):
    """Adds the areas flagged since the last file, and takes away those that no longer are."""
    add, drop = [], []
    for item in work:
        before = set(item.before.areas) if item.before and item.before.identity else set()
        now = set(item.parsed.areas)
        add += [(item.commitment.pk, frame.areas[place].pk) for place in sorted(now - before)]
        drop += [(item.commitment.pk, frame.areas[place].pk) for place in before - now]
    AREAS.objects.bulk_create(
        [AREAS(commitment_id=commitment, policyarea_id=area) for commitment, area in add], ignore_conflicts=True
    )
    for commitment, area in drop:
        AREAS.objects.filter(commitment=commitment, policyarea=area).delete()
