"""What is due, late or reported on a date.

``on`` is the day the question is about: a date, or an expression that gives each row its member's own day
(``commitments.dates.local_dates``). Every method that takes it adds it to the rows as ``as_of``. "Known on a day":
published by that day and about that day or earlier, so the answer for a past day never changes.
"""

from collections.abc import Iterator
from datetime import date

from django.apps import apps
from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat

from commitments.kept import kept_of
from commitments.models import Involvement, Member
from commitments.querysets import counted

ZONE_OF_COMMITMENT = "plan__member__time_zone"
ZONE_OF_MILESTONE = f"commitment__{ZONE_OF_COMMITMENT}"
ZONE_OF_DEADLINE = f"milestone__{ZONE_OF_MILESTONE}"
ZONE_OF_PERIOD = "member__time_zone"
CLOSING, ROUND = ("completed", "withdrawn"), "round_"  # of a report, and of a status that is only a round's
AS_OF = OuterRef("as_of")  # the day of the row that a sub-query belongs to


def rows(model: str):
    """The rows of another model of this app: models import this module, so it cannot import them."""
    return apps.get_model("milestones", model).objects


def day(on):
    """*on* as an expression with a type that both databases know."""
    return Value(on, output_field=DateField()) if isinstance(on, date) else ExpressionWrapper(on, DateField())


def may_review_co_owners(user) -> bool:
    """A ministry must not hold back what civil society says of it: the coordinating ministry reviews that."""
    return user.is_superuser or user.role == user.Role.COORDINATOR


def reports_on(deadline, milestone, as_of):
    """The ministries' reports known on the day about a deadline or its whole milestone."""
    known = rows("StatusUpdate").known(as_of).of_ministries()
    return known.filter(Q(deadline=None) | Q(deadline=deadline), milestone=milestone)


class StatusUpdateQuerySet(QuerySet):
    def approved(self):
        """Reports that the public sees."""
        return self.filter(review="approved")

    def known(self, on):
        """Approved reports that were public on the day and are about that day or an earlier one."""
        return self.approved().filter(published_on__lte=on, on_date__lte=on)

    def of_ministries(self):
        """What the ministries themselves say: the state of a milestone follows from these alone."""
        return self.filter(as_co_owner=False)

    def of_voice(self, update):
        """Reports of the same voice as *update*: the ministries', or those of its civil-society co-owner."""
        if not update.as_co_owner:
            return self.of_ministries()
        return self.filter(as_co_owner=True, institution=update.institution_id)

    def latest_first(self):
        """The order in which reports replace each other: the later day wins; of one day, the later report."""
        return self.order_by("-on_date", "-pk")

    def visible_to(self, user):
        """Reports that a signed-in account may see, of milestones that it may report on: all for the coordinating
        ministry; for a ministry its own, and a co-owner's once approved; for a co-owner those of its institution."""
        mine = self.filter(milestone__in=rows("Milestone").reported_by(user))
        if user.is_superuser or user.role == user.Role.COORDINATOR:
            return mine
        if user.is_co_owner:
            return mine.filter(as_co_owner=True, institution__in=user.institution_ids())
        return mine.filter(Q(as_co_owner=False) | Q(review="approved"))

    def awaiting_review(self):
        return self.filter(review="submitted")


class DeadlineQuerySet(QuerySet):
    def real(self):
        """Deadlines of real members."""
        return self.filter(milestone__commitment__plan__member__is_fictional=False)

    def in_force(self, on):
        """Deadlines that held on the day: published, or set by then, and not yet withdrawn."""
        return self.filter(Q(set_on=None) | Q(set_on__lte=on), Q(withdrawn_on=None) | Q(withdrawn_on__gt=on))

    def with_report(self, on):
        """Adds ``report_status`` and ``report_on`` of the ministry's latest report known on the day about this deadline
        or the whole milestone; null means that nothing was reported."""
        known = reports_on(OuterRef("pk"), OuterRef("milestone"), AS_OF).latest_first()
        return self.annotate(as_of=day(on)).annotate(
            report_status=Subquery(known.values("status")[:1]),
            report_on=Subquery(known.values("on_date")[:1]),
        )

    def unmet(self, on):
        """In force on the day, and neither reported completed nor withdrawn by then."""
        reported = self.with_report(on).in_force(F("as_of"))
        return reported.filter(Q(report_status=None) | ~Q(report_status__in=["completed", "withdrawn"]))

    def overdue(self, on):
        """Due before the day and unmet, while the plan is being implemented. Due on the day itself is not overdue.

        Looked up in the stored periods, which say on each day what ``overdue_by_facts`` says."""
        return self.annotate(as_of=day(on)).filter(
            overdue_periods__first_on__lte=F("as_of"), overdue_periods__until__gt=F("as_of")
        )

    def overdue_by_facts(self, on):
        """The rule of ``overdue`` itself, worked out from reports, deadlines and plans."""
        return self.unmet(on).filter(
            due_on__lt=F("as_of"),
            milestone__commitment__plan__stage="adopted",
            milestone__commitment__plan__starts_on__lte=F("as_of"),
            milestone__commitment__plan__ends_on__gte=F("as_of"),
        )

    def after_plan_end(self, on):
        """Unmet on the day, which lies after the end of the plan."""
        return self.unmet(on).filter(milestone__commitment__plan__ends_on__lt=F("as_of"))

    def unfinished_at_plan_end(self, on):
        """After the plan's end: reported on, but neither completed nor withdrawn."""
        return self.after_plan_end(on).filter(report_status__isnull=False)

    def not_reported(self, on):
        """After the plan's end: no report known at all."""
        return self.after_plan_end(on).filter(report_status=None)

    def met(self, on):
        """In force on the day, and completed by the ministry's latest report known then. Adds ``met_on``: the day that
        the first report is about which says so and which no other has taken back since."""
        known = reports_on(OuterRef("pk"), OuterRef("milestone"), AS_OF).filter(status="completed")
        others = reports_on(OuterRef(OuterRef("pk")), OuterRef("milestone"), OuterRef(AS_OF))
        later = Q(on_date__gt=OuterRef("on_date")) | Q(on_date=OuterRef("on_date"), pk__gt=OuterRef("pk"))
        first = known.exclude(Exists(others.filter(later).exclude(status="completed"))).order_by("on_date")
        completed = self.with_report(on).in_force(F("as_of")).filter(report_status="completed")
        return completed.annotate(met_on=Subquery(first.values("on_date")[:1]))

    def met_late(self, on):
        """Met by the day, as of a day after the due date, whatever phase the plan was in by then. ``met_on`` less
        ``due_on`` is by how much at most: a report is about a day on which the work was done, not the day it was."""
        return self.met(on).filter(met_on__gt=F("due_on"))


class OverduePeriodQuerySet(QuerySet):
    def on(self, on):
        """The periods that the day lies in: at most one of a deadline."""
        rows = self.annotate(as_of=day(on)).filter(first_on__lte=F("as_of"), until__gt=F("as_of"))
        if bounds := getattr(on, "bounds", None):  # which the index can look up, unlike each row's own day
            rows = rows.filter(first_on__lte=bounds[1], until__gt=bounds[0])
        return rows

    def of_milestones(self, on):
        """The same, one of each milestone that is overdue on the day: that of its earliest overdue deadline."""
        return self.on(on).filter(earliest=True)

    def real(self):
        """Periods of real members."""
        return self.exclude(member__in=Member.objects.filter(is_fictional=True))

    def by_member(self) -> Iterator[tuple[int, int]]:
        """``(member, number of periods)`` in the order of the members' names. Two queries, when first asked."""

        def found() -> list[tuple[int, int]]:
            numbers = dict(self.order_by().values_list("member").annotate(number=Count("*")))
            members = Member.objects.order_by("name", "pk").values_list("pk", flat=True)
            return [(member, numbers[member]) for member in members if member in numbers]

        yield from kept_of(self.order_by(), "by member", found, [])


class MilestoneQuerySet(QuerySet):
    def real(self):
        """Milestones of real members."""
        return self.filter(commitment__plan__member__is_fictional=False)

    def reported_by(self, user):
        """Milestones that an account reports on: of commitments that its institution, or one below it, leads (for a
        civil-society co-owner: co-owns); all of the member's for the coordinating ministry; none without an
        institution."""
        if user.is_superuser:
            return self
        if user.institution_id is None:
            return self.none()
        if user.role == user.Role.COORDINATOR:
            return self.filter(commitment__plan__member=user.institution.member_id)
        part = "co_owner" if user.is_co_owner else "lead"
        involved = Involvement.objects.filter(role=part, institution__in=user.institution_ids())
        return self.filter(commitment__in=involved.values("commitment"))

    def with_state(self, on):
        """Adds what was known on the day: ``status`` and ``status_on`` of the ministry's latest report (null when it
        reported nothing) and ``overdue_due_on``, the earliest due date that is overdue (null when none is).

        A report that says "completed" or "withdrawn" of one round speaks for the whole milestone once no other round
        is unmet; until then ``status`` is "round_completed" or "round_withdrawn"."""
        known = rows("StatusUpdate").known(AS_OF).of_ministries().filter(milestone=OuterRef("pk")).latest_first()
        unmet = rows("Deadline").unmet(AS_OF).filter(milestone=OuterRef("pk"))
        overdue = rows("OverduePeriod").of_milestones(AS_OF).filter(milestone=OuterRef("pk"))
        reported = self.annotate(as_of=day(on)).annotate(
            reported_status=Subquery(known.values("status")[:1]),
            reported_round=Subquery(known.values("deadline")[:1]),
            status_on=Subquery(known.values("on_date")[:1]),
            overdue_due_on=Subquery(overdue.order_by().values("deadline__due_on")[:1]),
        )
        # What costs least and decides most is asked first: each of these is a look-up of its own for every row.
        one_round = Q(reported_status__in=CLOSING) & Q(reported_round__isnull=False) & Exists(unmet)
        round_closed = When(one_round, then=Concat(Value(ROUND), F("reported_status")))
        return reported.annotate(
            one_round=Case(When(one_round, then=True), default=False),
            status=Case(round_closed, default=F("reported_status"), output_field=CharField()),
        )

    def in_state(self, status: str | None):
        """Of rows that ``with_state`` has annotated, those of this status; None is for what was not reported. Whether
        other rounds are open is asked only where a report closes one."""
        reported = status and status.removeprefix(ROUND)
        rows = self.filter(reported_status=reported)
        return rows.filter(one_round=status.startswith(ROUND)) if reported in CLOSING else rows

    def unmet_after_end(self):
        """Of rows that ``with_state`` has annotated, those whose plan's period is over on the day, and of which no
        report known by then says that they are completed or withdrawn (one row's form: ``State.unfinished_at_end``)."""
        unmet = Q(reported_status=None) | ~Q(reported_status__in=CLOSING) | Q(one_round=True)
        return self.filter(unmet, commitment__plan__ends_on__lt=F("as_of"))

    def met_late(self, late: bool = True):
        """Of rows that ``with_state`` has annotated, those with at least one deadline in force that was met late
        (``DeadlineQuerySet.met_late``), though others may be open or overdue; or those without."""
        found = Exists(rows("Deadline").met_late(AS_OF).filter(milestone=OuterRef("pk")))
        # As a value, which PostgreSQL works out for the rows of a page: it would join the deadlines of all members.
        value = Case(When(found, then=Value(True)), default=Value(False))
        return self.alias(was_met_late=value).filter(was_met_late=late)

    def with_met(self, on):
        """Brings along ``met``, the deadlines of each milestone that were met by the day, each with ``met_on``. One
        query."""
        met = rows("Deadline").met(on if isinstance(on, date) else on.below("milestone"))
        return self.prefetch_related(Prefetch("deadlines", met, to_attr="met"))

    def with_lead_name(self):
        """Adds ``lead_name``, the name of the topmost body of the first lead; null when no lead is stated."""
        top = Coalesce("institution__parent__parent__name", "institution__parent__name", "institution__name")
        leads = Involvement.objects.filter(role="lead")
        first = leads.filter(commitment=OuterRef("commitment")).order_by("position", "pk").annotate(top=top)
        return self.annotate(lead_name=Subquery(first.values("top")[:1]))

    def overdue(self, on):
        """Milestones with at least one overdue deadline on the day (``DeadlineQuerySet.overdue``)."""
        return self.with_state(on).filter(overdue_due_on__isnull=False)


def with_milestone_counts(commitments, on):
    """Adds ``milestone_count`` and ``overdue_count`` (milestones overdue on the day) to commitments."""
    milestones = rows("Milestone").filter(commitment=OuterRef("pk"))
    overdue = rows("OverduePeriod").of_milestones(AS_OF).filter(milestone__commitment=OuterRef("pk"))
    return commitments.annotate(as_of=day(on)).annotate(
        milestone_count=counted(milestones, "commitment"),
        overdue_count=counted(overdue, "milestone__commitment"),
    )


def with_plan_milestone_counts(plans, on):
    """Adds ``milestone_count`` and ``overdue_count`` (milestones overdue on the day) to plans."""
    milestones = rows("Milestone").filter(commitment__plan=OuterRef("pk"))
    overdue = rows("OverduePeriod").of_milestones(AS_OF).filter(plan=OuterRef("pk"))
    return plans.annotate(as_of=day(on)).annotate(
        milestone_count=counted(milestones, "commitment__plan"),
        overdue_count=counted(overdue, "plan"),
    )


def stale(commitments, on, since):
    """Commitments whose plan has been under implementation from *since* to *on* and about which no report became
    public after *since* (six months before, by OGP's minimum requirement 2.2). A commitment without milestones cannot
    be reported on here, so it is never stale: OGP's data brings thousands of them."""
    fresh = (
        rows("StatusUpdate")
        .known(AS_OF)
        .filter(milestone__commitment=OuterRef("pk"), published_on__gt=OuterRef("fresh_since"))
    )
    reportable = rows("Milestone").filter(commitment=OuterRef("pk"))
    return (
        commitments.annotate(as_of=day(on), fresh_since=day(since))
        .filter(
            Exists(reportable),
            is_form=True,
            plan__stage="adopted",
            plan__starts_on__lte=F("fresh_since"),
            plan__ends_on__gte=F("as_of"),
        )
        .exclude(Exists(fresh))
    )
