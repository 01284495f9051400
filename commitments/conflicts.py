"""Two people save the same thing: the second one sees what the first one changed, field by field, and chooses.

A form carries the edition that it was opened with, and the values that it then had. Saving counts the edition on by an
UPDATE that names the old one: whoever comes second changes no row, everything is rolled back, and a page sets side by
side what was there before, what is stored now, and what was just typed.
"""

import json
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import models
from django.db.models import F
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

VERSION, BEFORE, TAKE, CHOOSE = "_version", "_before", "_take", "_choose-"
THEIRS, YOURS = "theirs", "yours"


class Outdated(Exception):
    """The row has been saved by somebody else since the form was opened."""


@dataclass(frozen=True)
class Stored:
    """One field of the form, or of a row below it, as it is stored: its values as a form would send them."""

    bound: forms.BoundField
    values: list[str]
    row: models.Model | None = None  # the row below that the field belongs to

    @property
    def label(self) -> str:
        """The field's name; below, with its row's. Asked for on the page of a conflict only: a row's name may cost a
        query."""
        below = f"{self.row._meta.verbose_name} “{self.row}”: " if self.row else ""
        return f"{below}{self.bound.label}"

    def shown(self, values: list[str]) -> str:
        """Values in the words that the form has for them."""
        field = self.bound.field
        if isinstance(field, forms.BooleanField):
            return _("yes") if values else _("no")
        if isinstance(field, forms.ModelChoiceField):
            keys = [value for value in values if value.isdecimal()]
            return ", ".join(str(row) for row in field.queryset.filter(pk__in=keys))
        labels = {str(value): str(label) for value, label in getattr(field, "choices", [])}
        return ", ".join(labels.get(value, value) for value in values)


@dataclass(frozen=True)
class Row:
    """One field whose stored and typed values differ. ``preset`` is empty when both people changed it."""

    key: str
    label: str
    before: str
    theirs: str
    yours: str
    preset: str


# Values ---------------------------------------------------------------------------------------------------------------
def plain(values: list[str]) -> list[str]:
    """Values without what a browser adds: other line ends, blanks at the end."""
    return [value.replace("\r\n", "\n").strip() for value in values if value.strip()]


def sent_values(bound: forms.BoundField) -> list[str]:
    """What a browser would send for a field that nobody has touched."""
    value = bound.value()
    if isinstance(bound.field, forms.BooleanField):
        return ["on"] if value else []
    formatted = bound.field.widget.format_value(value)
    if isinstance(formatted, list | tuple):
        return [str(item) for item in formatted]
    return [] if formatted is None else [str(formatted)]


def fields_of(form, hidden: set[str]) -> list[str]:
    """The fields that a person sees and that can be sent again: not keys, and not files."""
    return [
        name
        for name, field in form.fields.items()
        if name not in hidden
        and not isinstance(field, forms.FileField)
        and not isinstance(field.widget, forms.HiddenInput)
    ]


def formsets_of(model_admin, request, obj):
    """The rows below, as stored, of those inlines that the account may change."""
    for formset, inline in model_admin.get_formsets_with_inlines(request, obj):
        if inline.has_change_permission(request, obj):
            yield formset(instance=obj, prefix=formset.get_default_prefix(), queryset=inline.get_queryset(request))


def stored_values(model_admin, request, obj) -> dict[str, Stored]:
    """Each field of the form and of the rows below it. The key of a row's field is ``prefix#key of the row#field``."""
    form = model_admin.get_form(request, obj, change=True)(instance=obj)
    found = {name: Stored(form[name], sent_values(form[name])) for name in fields_of(form, set())}
    for formset in formsets_of(model_admin, request, obj):
        hidden = {formset.model._meta.pk.name, formset.fk.name, "DELETE"}
        for row in formset.initial_forms:
            for name in fields_of(row, hidden):
                key = f"{formset.prefix}#{row.instance.pk}#{name}"
                found[key] = Stored(row[name], sent_values(row[name]), row.instance)
    return found


def posted_names(data: QueryDict, keys) -> dict[str, str]:
    """Key of a field → its name in what was sent. A row below is found by the key that it was sent with."""
    places = {}
    for name, values in data.lists():
        prefix, _dash, end = name.rpartition("-")
        if end == "id" and values[0]:
            places[f"{prefix.rpartition('-')[0]}#{values[0]}"] = prefix
    found = {}
    for key in keys:
        row, _hash, name = key.rpartition("#")
        if not row:
            found[key] = name
        elif row in places:
            found[key] = f"{places[row]}-{name}"
    return found


def values_before(data: QueryDict) -> dict[str, list[str]]:
    """The values that the form was opened with, as it has sent them back. They are only shown."""
    try:
        found = json.loads(data.get(BEFORE, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def preset(before, theirs, yours) -> str:
    """Whose value stands when only one of the two changed it."""
    if before is None:
        return ""
    return YOURS if theirs == before else THEIRS if yours == before else ""


def rows_of(data: QueryDict, stored: dict[str, Stored]) -> list[Row]:
    """The fields in which what is stored and what was typed differ."""
    opened, found = values_before(data), []
    for key, name in posted_names(data, stored).items():
        theirs, yours = stored[key].values, data.getlist(name)
        if plain(theirs) == plain(yours):
            continue
        before = opened.get(key)
        before = plain([str(value) for value in before]) if isinstance(before, list) else None
        shown = stored[key].shown
        words = [shown(plain(values)) if values is not None else _("not known") for values in (before, theirs, yours)]
        found.append(Row(key, stored[key].label, *words, preset(before, plain(theirs), plain(yours))))
    return found


def with_choices(data: QueryDict, stored: dict[str, Stored]) -> QueryDict | None:
    """What was typed, with the stored value where the person chose it; None while a choice is missing."""
    names, chosen = posted_names(data, stored), data.copy()
    for row in rows_of(data, stored):
        choice = YOURS if data.get(TAKE) == YOURS else data.get(CHOOSE + row.key)
        if choice not in (THEIRS, YOURS):
            return None
        if choice == THEIRS:
            chosen.setlist(names[row.key], stored[row.key].values)
    return chosen


def kept(data: QueryDict) -> list[tuple[str, str]]:
    """Everything that was typed, to be sent again."""
    own = {VERSION, BEFORE, TAKE, "csrfmiddlewaretoken"}
    return [
        (name, value)
        for name, values in data.lists()
        if name not in own and not name.startswith(CHOOSE)
        for value in values
    ]


def as_json(stored: dict[str, Stored]) -> str:
    return json.dumps({key: one.values for key, one in stored.items()})


# The admin ------------------------------------------------------------------------------------------------------------
class GuardedAdmin:
    """Mixed into the admin of a ``Versioned`` model: nothing that somebody else saved is overwritten unseen."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        obj = self.get_object(request, object_id) if object_id else None
        if obj is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and (answer := self.before_saving(request, obj)):
            return answer
        context = {"edition": self.edition(request, obj)} | (extra_context or {})
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except Outdated:
            return self.conflict_page(request, self.get_object(request, object_id))

    def edition(self, request, obj) -> dict:
        """What the form carries: as it was opened, also when it is shown again with errors."""
        if request.method == "POST":
            return {"version": request.POST.get(VERSION, obj.version), "before": request.POST.get(BEFORE, "{}")}
        if not self.has_change_permission(request, obj):
            return {}
        return self.edition_now(request, obj)

    def edition_now(self, request, obj) -> dict:
        return {"version": obj.version, "before": as_json(stored_values(self, request, obj))}

    def before_saving(self, request, obj):
        """Puts the person's choices into what was typed, or answers when there is nothing to save."""
        if not self.has_change_permission(request, obj):
            outdated = VERSION in request.POST and request.POST[VERSION] != str(obj.version)
            visible = outdated and self.has_view_permission(request, obj)
            return self.conflict_page(request, obj, closed=True) if visible else None
        if request.POST.get(TAKE) == THEIRS:
            self.message_user(request, _("What was stored stays as it is; nothing of yours was saved."))
            return redirect(request.path)
        if TAKE not in request.POST:
            return None
        chosen = with_choices(request.POST, stored_values(self, request, obj))
        if chosen is None:
            words = _("Choose for each field that both of you changed.")
            self.message_user(request, words, level=messages.ERROR)
            return self.conflict_page(request, obj)
        request.POST = chosen
        return None

    def save_model(self, request, obj, form, change):
        if not change:
            super().save_model(request, obj, form, change)
            return
        sent = request.POST.get(VERSION, str(obj.version))
        rows = self.model._base_manager.filter(pk=obj.pk, version=int(sent) if sent.isdecimal() else 0)
        if not rows.update(version=F("version") + 1):
            raise Outdated
        columns = {field.name for field in self.opts.concrete_fields}
        obj.save(update_fields=[name for name in form.changed_data if name in columns])
        obj.refresh_from_db(fields=["version"])

    def conflict_page(self, request, obj, closed=False):
        """What was before, what is stored, what was typed. *closed*: it cannot be changed any more, only copied."""
        stored = stored_values(self, request, obj)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Somebody else has saved this in the meantime"),
            "original": obj,
            "rows": rows_of(request.POST, stored),
            "kept": kept(request.POST),
            "version": obj.version,
            "before": as_json(stored),
            "had_files": bool(request.FILES),
            "closed": closed,
        }
        return render(request, "admin/conflict.html", context, status=409)
