"""Filters that the pages and the API share: one definition, one set of error messages."""

from functools import cached_property

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.forms.utils import flatatt
from django.utils.choices import CallableChoiceIterator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .kept import kept, kept_rows
from .models import ActionPlan, Commitment, Institution, Member, OGPValue, PolicyArea, SourceDocument, Theme
from .templatetags.record import local_title

FEW_MEMBERS = 5
EMPTY = "---------"
# What a reader asks for by name may be fictional; what is merely listed may not.
NAMES_A_MEMBER = ("plan", "member")
WITHOUT_THEME = "none"
DIGITS_OF_AN_ID = 19  # of the largest that a database holds


class YesNoField(forms.NullBooleanField):
    """True, false or not asked. Anything else is an error: Django's own field would take it for "not asked"."""

    widget = forms.Select(choices=[("", EMPTY), ("true", _("Yes")), ("false", _("No"))])
    words = {"true": True, "1": True, "false": False, "0": False, "": None}

    def to_python(self, value):
        try:
            return self.words[str(value or "").lower()]
        except KeyError:
            raise ValidationError(_("Give true or false.")) from None


class YesNoFilter(filters.BooleanFilter):
    field_class = YesNoField


def leading_institutions(member: str = "") -> list[tuple[str, str]]:
    """The topmost bodies that lead commitments of real members, or of the member of that slug: key and name."""
    leads = Institution.objects.filter(involvements__role="lead")
    leads = leads.filter(member__slug=member) if member else leads.real()
    top = Coalesce("parent__parent", "parent", "pk")
    tops = Institution.objects.filter(pk__in=leads.annotate(top=top).values("top")).order_by("name")
    return [(row.key, local_title(row)) for row in tops]


class InstitutionField(forms.ChoiceField):
    """Takes the key of any institution, so that an address may name a division; ``Offer`` says what is offered."""

    def valid_value(self, value):
        return "\0" not in value and Institution.objects.filter(key=value).exists()  # PostgreSQL takes no such text


class InstitutionFilter(filters.CharFilter):
    field_class = InstitutionField


def themes_named(value: str):
    """The themes of that key (one a plan), or of that id."""
    named = Q(key=value)
    if value.isascii() and value.isdecimal() and len(value) < DIGITS_OF_AN_ID:
        named |= Q(pk=value)
    return Theme.objects.filter(named)


class ThemeField(forms.CharField):
    """A theme by its key, as addresses name it, or by its id; "none" asks for what stands under no theme."""

    def __init__(self, **options):
        super().__init__(max_length=80, **options)

    def validate(self, value):
        super().validate(value)
        if value not in ("", WITHOUT_THEME) and ("\0" in value or not themes_named(value).exists()):
            raise ValidationError(_("There is no such theme."))


class ThemeFilter(filters.CharFilter):
    field_class = ThemeField

    def filter(self, queryset, value):
        if not value:
            return queryset
        if value == WITHOUT_THEME:
            return queryset.filter(**{f"{self.field_name}__isnull": True})
        return queryset.filter(**{f"{self.field_name}__in": themes_named(value)})


class LongSelect(forms.Select):
    """A select of thousands of plain options: Django's own renders a template for each."""

    def use_required_attribute(self, initial):
        """No filter is required; Django would make all options to look at the first."""
        return False

    def render(self, name, value, attrs=None, renderer=None):
        chosen = self.format_value(value)
        rows = ((key, SafeString(" selected") if str(key) in chosen else "", label) for key, label in self.choices)
        options = format_html_join("", '<option value="{}"{}>{}</option>', rows)
        return format_html("<select{}>{}</select>", flatatt(self.build_attrs({"name": name}, attrs)), options)


class MemberSelect(LongSelect):
    """The select of all members, whose options are kept: with thousands of them they cost more than the list below."""

    def render(self, name, value, attrs=None, renderer=None):
        options = kept(("members to choose from", get_language()), lambda: super(MemberSelect, self).render(name, ""))
        for chosen in filter(None, self.format_value(value)):
            marked = format_html('<option value="{}" selected>', chosen)
            options = options.replace(format_html('<option value="{}">', chosen), marked, 1)
        _begins, _tag, inner = options.partition(">")
        return format_html("<select{}>{}", flatatt(self.build_attrs({"name": name}, attrs)), mark_safe(inner))


class Offer:
    """What a filter form offers to choose from. With more than ``FEW_MEMBERS`` members, plans and institutions are
    offered once a member is chosen: nobody looks through thousands. An address may still name any."""

    def __init__(self, data):
        names = ("member", "plan", "institution", "theme")  # without NUL, which PostgreSQL takes in no text
        self.member, self.plan, self.institution, self.theme = (data.get(name, "").replace("\0", "") for name in names)

    @cached_property
    def members(self) -> list[Member]:
        return kept_rows(Member.objects.real().order_by("name").only("slug", "name", "name_ko"))

    @property
    def waits(self) -> bool:
        return len(self.members) > FEW_MEMBERS and not self.member

    @cached_property
    def of_members(self) -> list[tuple[str, str]]:
        return [("", EMPTY), *((member.slug, local_title(member)) for member in sorted(self.members, key=local_title))]

    @cached_property
    def of_plans(self) -> list[tuple[str, str]]:
        plans = ActionPlan.objects.select_related("member")
        if self.waits:
            plans = plans.filter(slug=self.plan)
        elif self.member:
            plans = plans.filter(member__slug=self.member)
        return [self.nothing, *((plan.slug, f"{local_title(plan.member)}: {local_title(plan)}") for plan in plans)]

    @cached_property
    def of_institutions(self) -> list[tuple[str, str]]:
        if self.waits:
            named = Institution.objects.filter(key=self.institution)[:1]
            return [self.nothing, *((row.key, local_title(row)) for row in named)]
        return [self.nothing, *leading_institutions(self.member)]

    @cached_property
    def of_themes(self) -> list[tuple[str, str]]:
        """The themes of the plan chosen; without one, only what the address itself names."""
        if self.plan:
            themes = Theme.objects.filter(plan__slug=self.plan).order_by("position")
            found = [(theme.key, local_title(theme)) for theme in themes]
        else:
            found = [(self.theme, local_title(theme)) for theme in themes_named(self.theme[:80])[:1]]
        known = {key for key, _title in found}
        if self.theme == WITHOUT_THEME and self.theme not in known:
            found.append((WITHOUT_THEME, _("Without a theme")))
        return [("", EMPTY if self.plan else _("Choose a plan first")), *found]

    @cached_property
    def of_policy_areas(self) -> list[tuple[str, str]]:
        return [("", EMPTY), *((area.slug, local_title(area)) for area in PolicyArea.objects.all())]

    @property
    def nothing(self) -> tuple[str, str]:
        return "", _("Choose a member first") if self.waits else EMPTY


class RecordFilterSet(filters.FilterSet):
    """Leaves the fictional training member out unless the reader names it or its plan."""

    real_path = "plan__member__is_fictional"

    @cached_property
    def offer(self) -> Offer:
        return Offer(self.data)

    @property
    def several_members(self) -> bool:
        return len(self.offer.members) > 1

    @cached_property
    def form(self):
        """The fields' choices are read when a page shows them, and never by the API."""
        form, offer = super().form, self.offer
        choices = {
            "member": lambda: offer.of_members,
            "plan": lambda: offer.of_plans,
            "institution": lambda: offer.of_institutions,
            "lead": lambda: offer.of_institutions,
            "theme": lambda: offer.of_themes,
            "policy_area": lambda: offer.of_policy_areas,
        }
        for name in choices.keys() & form.fields.keys():
            select = MemberSelect if name == "member" else LongSelect
            form.fields[name].widget = select(choices=CallableChoiceIterator(choices[name]))
        return form

    def filter_queryset(self, queryset):
        if not any(self.form.cleaned_data.get(name) for name in NAMES_A_MEMBER):
            queryset = self.real(queryset)
        return super().filter_queryset(queryset)

    def real(self, queryset):
        """What belongs to real members."""
        return queryset.filter(**{self.real_path: False})


def institution_tree(key: str) -> set[int]:
    """The institutions of that key (one a member), with everything below them."""
    found = set()
    for pk in Institution.objects.filter(key=key).values_list("pk", flat=True):
        found |= Institution.objects.tree_ids(pk)
    return found


class CommitmentFilter(RecordFilterSet):
    """Commitments by plan, member, theme, institution (with its divisions), OGP value and words."""

    q = filters.CharFilter(method="by_words", label=_("Words"))
    member = filters.ModelChoiceFilter(
        field_name="plan__member", queryset=Member.objects.all(), to_field_name="slug", label=_("Member")
    )
    plan = filters.ModelChoiceFilter(
        queryset=ActionPlan.objects.select_related("member"), to_field_name="slug", label=_("Plan")
    )
    theme = ThemeFilter(field_name="theme", label=_("Theme"))
    institution = InstitutionFilter(method="by_institution", label=_("Institution"))
    value = filters.ChoiceFilter(choices=OGPValue.choices, method="by_value", label=_("OGP value"))
    policy_area = filters.ModelChoiceFilter(
        field_name="policy_areas", queryset=PolicyArea.objects.all(), to_field_name="slug", label=_("Policy area")
    )
    region = filters.ChoiceFilter(field_name="plan__member__region", choices=Member.Region.choices, label=_("Region"))
    document = filters.ModelChoiceFilter(
        queryset=SourceDocument.objects.all(), to_field_name="key", label=_("Source document")
    )
    number = filters.CharFilter(field_name="number", label=_("Number"))
    ogp_id = filters.CharFilter(field_name="ogp_id", label=_("OGP id"))

    class Meta:
        model = Commitment
        fields = []

    def by_words(self, queryset, name, value):
        """Every word must occur in a title, a text or the name of an institution involved."""
        involved = Commitment.institutions.through.objects.filter(commitment=OuterRef("pk"))
        for word in value.split():
            queryset = queryset.filter(
                Q(title__icontains=word)
                | Q(title_ko__icontains=word)
                | Q(problem__icontains=word)
                | Q(description__icontains=word)
                | Q(contribution__icontains=word)
                | Exists(
                    involved.filter(
                        Q(institution__name__icontains=word)
                        | Q(institution__name_ko__icontains=word)
                        | Q(institution__parent__name__icontains=word)
                        | Q(institution__parent__name_ko__icontains=word)
                    )
                )
            )
        return queryset

    def by_institution(self, queryset, name, value):
        involved = Commitment.institutions.through.objects.filter(institution__in=institution_tree(value))
        return queryset.filter(pk__in=involved.values("commitment"))

    def by_value(self, queryset, name, value):
        # Values are a JSON list of whole words, none of which is part of another: a text match is exact on both
        # databases, where SQLite has no JSON "contains".
        return queryset.filter(values__icontains=f'"{value}"')
