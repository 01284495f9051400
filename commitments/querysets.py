"""Questions asked of many rows at once. A question about state takes the date it is about."""

import json

from django.apps import apps
from django.db import models
from django.db.models import Count, Func, IntegerField, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Coalesce


def counted(queryset, group):
    """A sub-query that counts the rows of *queryset* in the outer row's *group*; 0 when there are none. Unlike a count
    over a join it is worked out for the rows of a page alone."""
    counts = queryset.order_by().values(group).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


def as_list(value, _expression, _connection) -> list:
    return json.loads(value)


class Listed(Subquery):
    """The values of the one column of a sub-query, in its order, as a list; empty when it has no rows."""

    template = "ARRAY(%(subquery)s)"
    output_field = TextField()  # of each

    def as_sqlite(self, compiler, connection):
        whole = "(WITH listed(one) AS (%(subquery)s) SELECT json_group_array(one) FROM listed)"
        return self.as_sql(compiler, connection, template=whole)

    def get_db_converters(self, connection):
        return [as_list] if connection.vendor == "sqlite" else []


def joined(*parts) -> Func:
    """One text of several; null when one of them is."""
    return Func(*parts, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())


def whole_name(path: str) -> Func:
    """The name of an institution with the bodies that it belongs to: "Innovation Planning Division, Ministry of …"."""
    above = [f"{path}__parent__name", f"{path}__parent__parent__name"]
    return joined(f"{path}__name", *(Coalesce(joined(Value(", "), name), Value("")) for name in above))


class MemberQuerySet(models.QuerySet):
    def real(self):
        """Members of the partnership; the fictional training member is left out."""
        return self.filter(is_fictional=False)


class InstitutionQuerySet(models.QuerySet):
    def real(self):
        """Institutions of real members."""
        return self.filter(member__is_fictional=False)

    def tree_ids(self, institution_id) -> set[int]:
        """The keys of an institution and of everything below it, however deep, in one query of its member's."""
        children: dict[int, list[int]] = {}
        member = self.model.objects.filter(pk=institution_id).values("member")
        for pk, parent_id in self.filter(member__in=member).exclude(parent=None).values_list("pk", "parent_id"):
            children.setdefault(parent_id, []).append(pk)
        found, waiting = set(), [institution_id]
        while waiting:
            pk = waiting.pop()
            if pk not in found:
                found.add(pk)
                waiting += children.get(pk, [])
        return found


class ActionPlanQuerySet(models.QuerySet):
    def real(self):
        """Plans of real members."""
        return self.filter(member__is_fictional=False)

    def under_implementation(self, on):
        """Adopted plans whose period includes the date *on*. Plans whose period is not stated are left out."""
        return self.filter(starts_on__lte=on, ends_on__gte=on, stage="adopted")

    def with_counts(self):
        """Adds ``itemised_commitments`` (commitments, parts not counted) and ``forms`` (what has its own form)."""
        commitments = apps.get_model("commitments", "Commitment").objects.filter(plan=OuterRef("pk"))
        return self.annotate(
            itemised_commitments=counted(commitments.whole(), "plan"), forms=counted(commitments.forms(), "plan")
        )


class CommitmentQuerySet(models.QuerySet):
    def real(self):
        """Commitments of real members."""
        return self.filter(plan__member__is_fictional=False)

    def forms(self):
        """What is reported on: parts, and commitments without parts."""
        return self.filter(is_form=True)

    def whole(self):
        """Commitments, parts not counted."""
        return self.filter(part_of=None)

    def with_parties(self):
        """Adds ``lead_names``, of each lead with the bodies it belongs to, and ``area_slugs`` of its policy areas."""
        involved = apps.get_model("commitments", "Involvement").objects.filter(commitment=OuterRef("pk"), role="lead")
        leads = involved.order_by("position").annotate(whole_name=whole_name("institution")).values("whole_name")
        areas = self.model.policy_areas.through.objects.filter(commitment=OuterRef("pk"))
        slugs = areas.order_by("policyarea__position").values("policyarea__slug")
        return self.annotate(lead_names=Listed(leads), area_slugs=Listed(slugs))

    def led_by(self, institution_ids):
        """Commitments that any of these institutions leads."""
        return self.involving("lead", institution_ids)

    def involving(self, role, institution_ids):
        """Commitments in which any of these institutions has the role."""
        parts = self.model.institutions.through.objects.filter(role=role, institution__in=institution_ids)
        return self.filter(pk__in=parts.values("commitment"))
