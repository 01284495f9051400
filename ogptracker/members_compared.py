"""Members side by side: what they promised, how much the IRM found carried out, where claim and finding part.

Every share is shown with the number that it is a part of; nothing is added up over different methods of the IRM but the
level of completion, whose values all its methods have in common.
"""

from dataclasses import dataclass, field

from django import forms
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from assessments.figures import Figures, figures_by
from commitments.dates import shown_day
from commitments.kept import kept, kept_rows
from commitments.models import Commitment, Member
from commitments.pages import page_of, with_day
from commitments.templatetags.record import local
from milestones.member_lists import with_member_counts

ZONE_OF_MEMBER = "time_zone"
BOX = '<input type="checkbox" name="member" value="{}"{}>'


@dataclass(frozen=True)
class Share:
    """A part of a whole; a percentage only where there is a whole."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.part / self.whole) if self.whole else None

    @property
    def place(self) -> tuple:
        """The order of shares: the larger first, of equal ones the one that rests on more; those of nothing last."""
        return (self.whole == 0, -self.part / self.whole if self.whole else 0, -self.whole)


@dataclass(frozen=True)
class Line:
    """A member with its numbers."""

    member: Member
    figures: Figures = field(default_factory=Figures)

    @property
    def carried_out(self) -> Share:
        return Share(self.figures.carried_out, self.figures.rated)

    @property
    def starred(self) -> Share:
        return Share(self.figures.starred, self.figures.star_method)

    @property
    def more(self) -> Share:
        return Share(self.figures.more, self.figures.comparable)


ORDERS = {
    "name": (_("Name"), lambda line: (line.member.name, line.member.pk)),
    "plans": (_("Plans"), lambda line: (-line.member.plan_count, line.member.name)),
    "commitments": (_("Commitments"), lambda line: (-line.member.commitment_count, line.member.name)),
    "carried_out": (_("Share carried out"), lambda line: (*line.carried_out.place, line.member.name)),
    "starred": (_("Share starred"), lambda line: (*line.starred.place, line.member.name)),
    "more": (_("Share claimed above the finding"), lambda line: (*line.more.place, line.member.name)),
}


class ChoiceForm(forms.Form):
    """Which members to compare, and in which order. Nobody chosen means all of the region and kind."""

    region = forms.ChoiceField(required=False, choices=[("", _("All")), *Member.Region.choices], label=_("Region"))
    kind = forms.ChoiceField(required=False, choices=[("", _("All")), *Member.Kind.choices], label=_("Kind of member"))
    sort = forms.ChoiceField(
        required=False, choices=[(name, label) for name, (label, _key) in ORDERS.items()], label=_("Order")
    )
    member = forms.ModelMultipleChoiceField(
        required=False,
        queryset=Member.objects.all(),
        to_field_name="slug",
        label=_("Members"),
        error_messages={"invalid_choice": _("There is no member of the name %(value)s.")},
    )

    def members(self):
        """The members asked for: the fictional training member only when it is named."""
        chosen = self.cleaned_data
        rows = Member.objects.filter(pk__in=chosen["member"]) if chosen["member"] else Member.objects.real()
        for name in ("region", "kind"):
            rows = rows.filter(**{name: chosen[name]}) if chosen[name] else rows
        return rows

    @property
    def order(self):
        return ORDERS[self.cleaned_data["sort"] or "name"][1]


def lines_of(form: ChoiceForm, on) -> list[Line]:
    """A line for each member asked for. Two queries, however many members and commitments."""
    members = form.members()
    figures = figures_by(Commitment.objects.filter(plan__member__in=members.values("pk")), on, "plan__member")
    lines = [Line(member, figures.get(member.pk, Figures())) for member in kept_rows(with_member_counts(members, on))]
    return sorted(lines, key=form.order)


def choices(named: list[str]) -> SafeString:
    """A box for each member, those named ticked. The boxes are kept: of thousands they cost more than the table."""
    boxes = kept(("members to compare", get_language()), boxes_of_members)
    for slug in named:
        boxes = boxes.replace(format_html(BOX, slug, ""), format_html(BOX, slug, " checked"))
    return mark_safe(boxes)


def boxes_of_members() -> str:
    members = Member.objects.real().order_by("name")
    rows = ((format_html(BOX, member.slug, ""), local(member, "name")) for member in members)
    return format_html_join("", "<label>{} {}</label>", rows)


@require_safe
@with_day
def compare_members(request, asked):
    """Chosen members, or all of a region, in one table that can be sorted by each column."""
    form = ChoiceForm(request.GET)
    valid = form.is_valid()
    on = shown_day(asked, ZONE_OF_MEMBER)
    context = {
        "form": form,
        "valid": valid,
        "asked": asked,
        "on": on,
        "rows": page_of(request, lines_of(form, on)) if valid else None,
        "choices": choices(request.GET.getlist("member")),
        "named": request.GET.getlist("member"),
    }
    return render(request, "members/compare.html", context, status=200 if valid else 400)
