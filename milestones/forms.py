"""Forms of the desk: a milestone, a corrected reading, a report, its evidence, a review, an amended deadline."""

from calendar import monthrange
from datetime import date

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.template.defaultfilters import date as format_date
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commitments.models import DatePrecision
from commitments.scoping import DayInput

from .models import Deadline, Evidence, Milestone, StatusUpdate
from .uploads import ENDINGS, content_type_of, file_help

TITLE_LENGTH = Evidence._meta.get_field("title").max_length  # characters


def describe_files() -> str:
    """What a person should know before choosing several files."""
    return gettext("Choose one or several, or drop them here. Each at most %(limit)s; taken are: %(endings)s.") % {
        "limit": filesizeformat(settings.EVIDENCE_MAX_BYTES),
        "endings": ", ".join(ENDINGS),
    }


class FilesInput(forms.FileInput):
    """The browser's own field for several files, which may be chosen, or dropped on it."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files: a list, each looked at by Django as a single one would be."""

    widget = FilesInput

    def clean(self, data, initial=None):
        found, errors = [], []
        for upload in data or []:
            try:
                found.append(super().clean(upload, initial))
            except ValidationError as error:
                errors += [named(upload.name, words) for words in error.messages]
        if errors:
            raise ValidationError(errors)
        return found


def named(what: str, words: str) -> ValidationError:
    """An error of one thing among several."""
    return ValidationError("%(what)s: %(problem)s", params={"what": what, "problem": words})


def split_link(line: str) -> dict[str, str]:
    """Title and address of one line: "Title | https://…", or an address alone, which is then the title as well."""
    title, _bar, url = (part.strip() for part in line.rpartition("|"))
    return {"title": (title or url)[:TITLE_LENGTH], "url": url}


class StatusUpdateForm(forms.ModelForm):
    """A report. What is still missing is asked for when it is submitted, so that a draft can always be kept.

    ``missing``, on a class of its own, is what a draft lacked when it was to be submitted (field → what to do about
    it): a form that nothing was typed in yet shows it at its fields.

    ``new_evidence``, once the form is valid, holds a piece of evidence for each file and each line of links.
    """

    missing: dict[str, str] = {}
    files = FilesField(label=_("Files"), required=False, help_text=lazy(describe_files, str)())
    links = forms.CharField(
        label=_("Links"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 80}),
        help_text=_("One address a line. A title may stand before it: “Title | https://…”."),
    )

    class Meta:
        model = StatusUpdate
        fields = ["deadline", "on_date", "status", "what_was_done", "challenges", "next_step"]
        widgets = {
            name: forms.Textarea(attrs={"rows": 4, "cols": 80}) for name in ("what_was_done", "challenges", "next_step")
        }
        help_texts = {
            "what_was_done": _("A sentence or two: what happened, with figures. “Completed” needs it."),
            "challenges": _("What stands in the way. “Not started” and “Limited” need it once a due date has passed."),
            "next_step": _("What comes next, and when."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.new_evidence: list[Evidence] = []

    def full_clean(self):
        super().full_clean()
        if not self.is_bound and self.missing:
            self.cleaned_data = {}
            for name in self.fields.keys() & self.missing.keys():
                self.add_error(name, self.missing[name])

    def clean_files(self):
        uploads = self.cleaned_data["files"]
        self.take_evidence(
            (upload.name, EvidenceForm({"title": upload.name[:TITLE_LENGTH]}, {"file": upload})) for upload in uploads
        )
        return uploads

    def clean_links(self):
        lines = self.cleaned_data["links"].splitlines()
        self.take_evidence((line, EvidenceForm(split_link(line))) for line in map(str.strip, lines) if line)
        return self.cleaned_data["links"]

    def take_evidence(self, named_forms):
        """Takes the evidence of each form; ``ValidationError`` with what is wrong with those that are not valid."""
        wrong = []
        for what, form in named_forms:
            wrong += [named(what, words) for errors in form.errors.values() for words in errors]
            self.new_evidence.append(form.instance)
        if wrong:
            raise ValidationError(wrong)

    def save_evidence(self):
        for evidence in self.new_evidence:
            evidence.update = self.instance
            evidence.save()


class EvidenceForm(forms.ModelForm):
    """One link or one file."""

    url = forms.URLField(label=_("Link"), max_length=500, required=False, assume_scheme="https")
    file = forms.FileField(label=_("File"), required=False, widget=forms.FileInput, help_text=file_help)

    class Meta:
        model = Evidence
        fields = ["title", "url", "file"]

    def clean(self):
        data = super().clean()
        upload = data.get("file")
        if upload and "file" in self.changed_data:
            try:
                self.instance.file = upload
                self.instance.describe_file(content_type_of(upload))
            except ValidationError as error:
                self.add_error("file", error)
        return data


class ReviewForm(forms.Form):
    """Approve, or return with a reason."""

    APPROVE, RETURN = "approve", "return"

    decision = forms.ChoiceField(choices=[(APPROVE, _("Approve")), (RETURN, _("Return"))])
    return_reason = forms.CharField(
        label=_("Reason for returning it"), required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 60})
    )

    def clean(self):
        data = super().clean()
        if data.get("decision") == self.RETURN and not data.get("return_reason", "").strip():
            self.add_error("return_reason", _("Say why you return it."))
        return data


class AmendForm(forms.ModelForm):
    """A new due date with its reason; the earlier one stays public beside it."""

    class Meta:
        model = Deadline
        fields = ["due_on", "set_on", "reason"]
        labels = {"due_on": _("New due date"), "set_on": _("Holds from")}
        help_texts = {"reason": _("It is public, beside the earlier deadline."), "set_on": ""}
        widgets = {
            "due_on": DayInput,
            "set_on": DayInput,
            "reason": forms.Textarea(attrs={"rows": 3, "cols": 60}),
        }

    def __init__(self, *args, deadline: Deadline, today: date, **kwargs):
        super().__init__(*args, initial={"set_on": today}, **kwargs)
        self.deadline, self.today = deadline, today
        self.fields["set_on"].required = True
        self.fields["reason"].required = True

    def clean_due_on(self):
        due_on, start = self.cleaned_data["due_on"], self.deadline.starts_on
        if start and due_on < start:
            raise ValidationError(_("The due date lies before the start, %(start)s.") % {"start": start.isoformat()})
        return due_on

    def clean_set_on(self):
        if self.cleaned_data["set_on"] < self.today:
            raise ValidationError(
                _("It holds from today on at the earliest: what earlier days showed stays as it was.")
            )
        return self.cleaned_data["set_on"]

    def validate_constraints(self):
        """The constraints are checked on the amendment itself, by the service that makes it."""


class MilestoneForm(forms.ModelForm):
    """A milestone's own words. Asked only how they are read, it keeps what was typed, and nothing is saved."""

    class Meta:
        model = Milestone
        fields = [
            "commitment",
            "position",
            "group",
            "title",
            "title_ko",
            "title_note",
            "document",
            "section",
            "published_start",
            "published_end",
        ]
        widgets = {
            name: forms.TextInput(attrs={"class": "vLargeTextField"}) for name in ("published_start", "published_end")
        }
        help_texts = {
            "published_start": _("Exactly as the plan has it."),
            "published_end": _("Exactly as the plan has it."),
        }

    @property
    def asks_reading(self) -> bool:
        return self.is_bound and "_read" in self.data

    def full_clean(self):
        if self.asks_reading:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def is_valid(self):
        return super().is_valid() and not self.asks_reading


def last_day(day: date, precision: str) -> date:
    """The last day of the month, season, quarter, half-year or year in which *day* lies; a season may end with any
    month."""
    months = {"month": 1, "season": 1, "quarter": 3, "half": 6, "year": 12}.get(precision)
    if months is None:
        return day
    month = (day.month + months - 1) // months * months
    return date(day.year, month, monthrange(day.year, month)[1])


class CorrectionForm(forms.Form):
    """What a person says that the words mean, and why. To take a correction back is offered where there is one."""

    DATE, OPEN, AS_READ = "date", "open", "as_read"

    says = forms.ChoiceField(
        label=_("The words mean"),
        choices=[(DATE, _("a due date")), (OPEN, _("no end: open-ended")), (AS_READ, _("what is read in them"))],
        widget=forms.RadioSelect,
    )
    due_on = forms.DateField(label=_("Due on"), required=False, widget=DayInput)
    precision = forms.ChoiceField(
        label=_("Precision"),
        choices=DatePrecision.choices,
        initial="day",
        help_text=_("How exactly the words name the date. A month or a year is due on its last day."),
    )
    starts_on = forms.DateField(label=_("Starts on"), required=False, widget=DayInput)
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("It is public, with your institution and the day. Your name is not."),
        error_messages={"required": _("Say why the words mean this.")},
    )

    def __init__(self, *args, corrected: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not corrected:
            self.fields["says"].choices = self.fields["says"].choices[:2]

    def clean(self):
        data = super().clean()
        if data.get("says") == self.DATE and "due_on" not in self.errors:
            self.check_due_date(data["due_on"], data.get("starts_on"), data.get("precision", ""))
        return data

    def check_due_date(self, due_on: date | None, starts_on: date | None, precision: str):
        """Names at the field what hinders the due date, if anything does."""
        if due_on is None:
            self.add_error("due_on", _("Give the last day on which it is in time."))
        elif starts_on and due_on < starts_on:
            message = _("The due date lies before the start, %(start)s.")
            self.add_error("due_on", ValidationError(message, params={"start": starts_on.isoformat()}))
        elif due_on != (last := last_day(due_on, precision)):
            message = _("With this precision it is due on the last day: %(last)s.")
            self.add_error("due_on", ValidationError(message, params={"last": format_date(last, "DATE_FORMAT")}))

    def facts(self) -> dict:
        """What ``services.correct_reading`` is told."""
        data = self.cleaned_data
        if data["says"] == self.AS_READ:
            return {"as_read": True}
        if data["says"] == self.OPEN:
            return {"open_ended": True, "starts_on": data["starts_on"]}
        return {name: data[name] for name in ("starts_on", "due_on", "precision")}
