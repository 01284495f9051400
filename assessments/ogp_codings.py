"""What an import says the IRM found: the codings of both reports, made, filled in, and brought to a newer file."""

from collections.abc import Iterable

from . import corrections, ogp_frame, ogp_methods
from .models import Coding, IRMReview
from .ogp_cells import fault
from .ogp_frame import Frame
from .ogp_work import Work

CODED = (*Coding.GRADED, *Coding.YES_NO)


def put_codings(frame: Frame, work: list[Work]):
    """The codings of both reports, on the reviews that the frame has for them."""
    known = {(c.review_id, c.commitment_id): c for c in stored_codings(work)}
    new, changed = [], []
    for item in work:
        for side in ogp_frame.SIDES:
            review, read = frame.reviews.get((item.plan_id, side)), getattr(item.parsed, side)
            if review is None:
                continue
            stored = known.get((review.pk, item.commitment.pk))
            if stored is not None:
                if update_coding(frame, item, side, stored, read or ({}, {})):
                    changed.append(stored)
            elif read is not None:
                new.append(new_coding(frame, item, review, read))
    Coding.objects.bulk_create(new)
    if changed:
        corrections.keep_codings(changed)
        Coding.objects.bulk_update(changed, [*CODED, "absent", "since"])
    frame.count("codings made", len(new))
    frame.count("codings changed", len(changed))


def stored_codings(work: list[Work]) -> Iterable[Coding]:
    old = [item.commitment.pk for item in work if not item.is_new]
    return Coding.objects.filter(commitment__in=old) if old else ()


def held(review: IRMReview, values: dict, item: Work | None = None) -> dict:
    """What the review's method has of these values; the rest is reported."""
    held = ogp_methods.held_by(review.method_version, values)
    for name in values.keys() - held.keys() if item is not None else ():
        done = f"Not in the codebook of the review's method ({review.method_version}): kept in the row, not coded."
        item.parsed.faults.append(fault(name, str(values[name]), done))
    return held


def new_coding(frame: Frame, item: Work, review: IRMReview, read: tuple[dict, dict]) -> Coding:
    values, absent = read
    return Coding(
        review=review,
        method_version=review.method_version,
        commitment=item.commitment,
        absent=absent,
        document=frame.documents[item.parsed.identity.code],
        section=f"row {item.parsed.identity.identifier}",
        **held(review, values, item),
    )


def update_coding(frame: Frame, item: Work, side: str, stored: Coding, read: tuple[dict, dict]) -> bool:
    """Fills in what is empty, and brings what an earlier file said to what this one says."""
    review = frame.reviews[item.plan_id, side]
    values = held(review, read[0], item)
    was_read = getattr(item.before, side, None) if item.before else None
    before = held(review, was_read[0]) if was_read else {}
    changed = False
    for name in values.keys() | before.keys():
        empty = None if name in Coding.YES_NO else ""
        value, current = values.get(name, empty), getattr(stored, name)
        if value == current:
            continue
        if current != empty and (name not in before or current != before[name]):
            done = f"The record has “{current}”, which is kept."
            item.parsed.faults.append(fault(name, str(value), done))
            continue
        setattr(stored, name, value)
        changed = True
    if stored.absent != read[1] and review.pk not in frame.reviews_before:
        stored.absent, changed = read[1], True
    return changed
