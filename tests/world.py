"""Small worlds of any size, for tests that compare one row with three hundred."""

from datetime import date, timedelta
from itertools import count

from accounts.models import User
from commitments.models import ActionPlan, Commitment, Institution, Involvement, Member, Theme
from milestones import periods
from milestones.models import Deadline, Evidence, Milestone, StatusUpdate

numbers = count(1)
START, END = date(2021, 1, 1), date(2022, 12, 31)


def make_member(**facts) -> Member:
    n = next(numbers)
    defaults = {"code": f"T{n}", "slug": f"test-{n}", "name": f"Testland {n}", "time_zone": "Asia/Seoul"}
    return Member.objects.create(**{**defaults, **facts})


def make_institution(member: Member, parent=None, **facts) -> Institution:
    n = next(numbers)
    defaults = {"key": f"body-{n}", "name": f"Body {n}"}
    return Institution.objects.create(member=member, parent=parent, **{**defaults, **facts})


def make_plan(member: Member, **facts) -> ActionPlan:
    n = next(numbers)
    defaults = {
        "number": n,
        "slug": f"plan-{n}",
        "title": f"Plan {n}",
        "starts_on": START,
        "ends_on": END,
        "period_precision": "day",
    }
    return ActionPlan.objects.create(member=member, **{**defaults, **facts})


def make_commitment(plan: ActionPlan, lead: Institution, **facts) -> Commitment:
    n = next(numbers)
    defaults = {"position": n, "number": str(n), "title": f"Commitment {n}"}
    commitment = Commitment.objects.create(plan=plan, **{**defaults, **facts})
    Involvement.objects.create(commitment=commitment, institution=lead, role="lead")
    return commitment


def make_milestone(commitment: Commitment, *due: date, **facts) -> Milestone:
    """A milestone with one deadline for each due date, each known to the day."""
    n = next(numbers)
    defaults = {"position": n, "title": f"Milestone {n}", "published_end": ", ".join(day.isoformat() for day in due)}
    milestone = Milestone.objects.create(commitment=commitment, **{**defaults, **facts})
    for position, day in enumerate(due, 1):
        Deadline.objects.create(milestone=milestone, position=position, due_on=day, precision="day")
    refresh(milestone)
    return milestone


def refresh(milestone: Milestone):
    """What the services do after each change: for tests that write rows themselves."""
    periods.refresh(Milestone.objects.filter(pk=milestone.pk))


def make_user(role: str, institution: Institution | None = None, **facts) -> User:
    n = next(numbers)
    return User.objects.create(username=f"user-{n}", role=role, institution=institution, is_staff=True, **facts)


def make_report(milestone: Milestone, author: User, on: date, status="limited", **facts) -> StatusUpdate:
    """A draft report."""
    defaults = {"what_was_done": "Something.", "challenges": "Something else."}
    return StatusUpdate.objects.create(
        milestone=milestone,
        author=author,
        institution=author.institution,
        on_date=on,
        status=status,
        **{**defaults, **facts},
    )


def make_public_report(milestone, author, reviewer, on: date, published_on=None, **facts) -> StatusUpdate:
    """A report that somebody else approved."""
    report = make_report(
        milestone,
        author,
        on,
        review="approved",
        reviewed_by=reviewer,
        published_on=published_on or on,
        **facts,
    )
    refresh(milestone)
    return report


def make_world(size: int, fictional=False):
    """A member whose plan has *size* commitments of its own lead each, every one late and every one reported on."""
    member = make_member(is_fictional=fictional)
    ministry = make_institution(member)
    editor, reviewer = make_user("editor", ministry), make_user("head", ministry)
    plan = make_plan(member)
    themes = [Theme.objects.create(plan=plan, key=f"t{n}", position=n, title=f"Theme {n}") for n in range(min(size, 3))]
    for n in range(size):
        division = make_institution(member, parent=ministry)
        commitment = make_commitment(plan, division, theme=themes[n % len(themes)])
        milestone = make_milestone(commitment, date(2021, 6, 30), date(2022, 6, 30))
        report = make_public_report(milestone, editor, reviewer, date(2021, 7, 1) + timedelta(days=n % 30))
        Evidence.objects.create(update=report, title="A link", url="https://example.org/")
    return plan, editor, reviewer
