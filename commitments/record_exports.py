"""The columns of lists of members, institutions and source documents: facts of the record, the same on any day."""

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from .exports import Column
from .models import ActionPlan, Commitment, Institution, Member, SourceDocument
from .templatetags.record import local_title


def counted(rows, path: str):
    """How many of *rows* belong to the outer row that *path* leads to; 0 when none does."""
    counts = rows.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


def with_record_counts(members):
    """Adds ``plan_count`` and ``itemised_commitments`` (commitments in the record, parts not counted) to members."""
    return members.select_related("point_of_contact").annotate(
        plan_count=counted(ActionPlan.objects.all(), "member"),
        itemised_commitments=counted(Commitment.objects.whole(), "plan__member"),
    )


def with_leads(institutions):
    """Adds ``leads``, the commitment forms that an institution itself leads."""
    return institutions.select_related("member", "parent__parent__parent").annotate(
        leads=Count("involvements", filter=Q(involvements__role="lead", involvements__commitment__is_form=True))
    )


def body_name(institution: Institution | None) -> str:
    """A division with the body that it belongs to, in the reader's language."""
    names = []
    while institution is not None:
        names.append(local_title(institution))
        institution = institution.parent
    return ", ".join(names)


def member_columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        Column(gettext_lazy("Id"), lambda row: row.pk, 8),
        Column(gettext_lazy("Code"), lambda row: row.code, 8),
        Column(gettext_lazy("Three-letter code"), lambda row: row.iso3, 8),
        Column(gettext_lazy("Name"), local_title, 30),
        Column(gettext_lazy("Kind"), lambda row: row.get_kind_display(), 12),
        Column(gettext_lazy("Region"), lambda row: row.get_region_display(), 24),
        Column(gettext_lazy("Joined OGP"), lambda row: row.joined_year, 10),
        Column(gettext_lazy("Point of contact"), point_of_contact, 40),
        Column(gettext_lazy("Multi-stakeholder forum"), lambda row: row.forum_name, 40),
        Column(gettext_lazy("Languages"), lambda row: ", ".join(row.languages), 12),
        Column(gettext_lazy("Time zone of its deadlines"), lambda row: row.time_zone, 18),
        Column(gettext_lazy("Plans in the record"), lambda row: row.plan_count, 10),
        Column(gettext_lazy("Commitments in the record, parts not counted"), lambda row: row.itemised_commitments, 14),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{row.get_absolute_url()}", 60),
    ]


def point_of_contact(member: Member) -> str:
    return local_title(member.point_of_contact) if member.point_of_contact else ""


def institution_columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        Column(gettext_lazy("Id"), lambda row: row.pk, 8),
        Column(gettext_lazy("Member"), lambda row: local_title(row.member), 20),
        Column(gettext_lazy("Key"), lambda row: row.key, 20),
        Column(gettext_lazy("Name"), local_title, 50),
        Column(gettext_lazy("Kind"), lambda row: row.get_kind_display(), 24),
        Column(gettext_lazy("Part of"), lambda row: body_name(row.parent), 50),
        Column(gettext_lazy("Key of what it is part of"), lambda row: row.parent.key if row.parent else "", 20),
        Column(gettext_lazy("Commitment forms it leads itself"), lambda row: row.leads, 12),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{row.get_absolute_url()}", 60),
    ]


def document_columns(site: str) -> list[Column]:
    """*site* is the address that the pages' addresses begin with."""
    return [
        Column(gettext_lazy("Id"), lambda row: row.pk, 8),
        Column(gettext_lazy("Member"), lambda row: local_title(row.member), 20),
        Column(gettext_lazy("Key"), lambda row: row.key, 20),
        Column(gettext_lazy("Title"), lambda row: row.title, 60),
        Column(gettext_lazy("Kind"), lambda row: row.get_kind_display(), 24),
        Column(gettext_lazy("Language"), lambda row: row.language, 10),
        Column(gettext_lazy("Date, as printed"), lambda row: row.published_wording, 20),
        Column(gettext_lazy("Published on"), lambda row: row.published_on, 12),
        Column(gettext_lazy("Precision"), lambda row: row.get_published_precision_display(), 10),
        Column(gettext_lazy("SHA-256 of the text read"), lambda row: row.sha256, 66),
        Column(gettext_lazy("Link"), lambda row: row.link, 40),
        Column(gettext_lazy("Address of the page"), lambda row: f"{site}{row.get_absolute_url()}", 60),
    ]


def members_in_order():
    return with_record_counts(Member.objects.real()).order_by("name", "pk")


def institutions_in_order():
    return with_leads(Institution.objects.all()).order_by("member__name", "member_id", "name", "pk")


def documents_in_order():
    return SourceDocument.objects.select_related("member").order_by("member__name", "published_on", "key")
