"""What can be wrong with a spreadsheet, in words: what it is, and how to mend it.

Kept are a code and its details; the words are made when they are read, in the language of the reader.
"""

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .models import Status
from .spreadsheet import COLUMNS

TITLES = {column.name: column.title for column in COLUMNS}

# Why a whole file is refused: nothing of it is read.
REFUSALS = {
    "empty": (_("The file holds nothing."), _("Download the form anew, fill it in, and upload that.")),
    "not_spreadsheet": (_("This is neither an XLSX nor a CSV file."), _("Save it as XLSX, or as CSV (UTF-8).")),
    "old_excel": (
        _("This is a file of an old Excel format, or one with a password."),
        _("Open it, remove the password, and save it as XLSX."),
    ),
    "damaged": (
        _("The file is damaged: it cannot be read as a spreadsheet."),
        _("Open it in your spreadsheet program, save it as XLSX again, and upload that."),
    ),
    "bomb": (
        _("Unpacked, this file would be larger than is taken (%(size)s MB)."),
        _("Download the form anew and copy your entries into it; leave out pictures and other sheets."),
    ),
    "unsafe": (
        _("The file holds something that no spreadsheet needs, and that could do harm."),
        _("Download the form anew and copy your entries into it as values."),
    ),
    "not_template": (
        _("No sheet of this file is the form: the first row has no column “%(key)s”."),
        _("Download the form, fill it in, and leave its first row as it is."),
    ),
    "old_template": (
        _("This form is of version %(version)s; now it is version %(now)s."),
        _("Download the form anew and copy your entries into it."),
    ),
    "unknown_column": (
        _("Column %(column)s, “%(title)s”, does not belong to the form."),
        _("Delete that column, or restore its title as the form has it."),
    ),
    "missing_columns": (
        _("Columns are missing: %(columns)s."),
        _("Download the form anew and copy your entries into it."),
    ),
    "column_twice": (_("The column “%(title)s” is there twice."), _("Delete one of the two.")),
    "encoding": (
        _("The characters of this CSV file cannot be read: it is neither UTF-8, UTF-16 nor CP949."),
        _("Save it as “CSV UTF-8”, or use XLSX."),
    ),
    "csv_broken": (
        _("The CSV file breaks off or is badly quoted near row %(row)s."),
        _("Mend that row, or use XLSX."),
    ),
    "too_many_rows": (
        _("The file has more than %(limit)s rows."),
        _("Delete the rows that you do not fill in, or split the file."),
    ),
    "too_many_merges": (_("The file has more than %(limit)s merged areas."), _("Undo the merging of cells.")),
    "stopped": (
        _("Reading was interrupted several times, or met an unexpected error."),
        _("Upload the file again. If that does not help, tell who runs the tracker; their log says more."),
    ),
}

# What is wrong in a row.
PROBLEMS = {
    "key_missing": (
        _("The row does not say which milestone it is about: its hidden first cell is empty."),
        _("Copy the whole row from a freshly downloaded form, and your entries into it."),
    ),
    "key_changed": (
        _("The hidden first cell was changed: it cannot be told which milestone the row is about."),
        _("Copy the whole row from a freshly downloaded form, and your entries into it."),
    ),
    "not_yours": (
        _("The row is about a milestone that your account does not report on."),
        _("Delete the row, or give it to the institution that leads the commitment."),
    ),
    "round_gone": (
        _("The row is about a deadline that is no longer in force."),
        _("Download the form anew: it has a row for each deadline that is."),
    ),
    "locked_changed": (
        _("This cell is locked and does not say what the tracker knows. Rows may have been moved or sorted in part."),
        _("Make sure that your entries stand beside the right milestone; copy them into a freshly downloaded form."),
    ),
    "merged": (_("The cells %(range)s are merged."), _("Undo that, and fill in each cell of its own.")),
    "formula": (_("The cell holds a formula."), _("Replace it by its value: copy, then paste as value.")),
    "error_value": (_("The cell holds an error value (%(value)s)."), _("Write the value itself.")),
    "stray": (
        _("There is an entry outside the columns of the form: “%(value)s”."),
        _("Move it into a column of the form, or delete it."),
    ),
    "date_missing": (_("The date is missing."), _("Write the day that the report is about, as 2021-11-15.")),
    "date_unreadable": (
        _("“%(value)s” cannot be read as one certain day."),
        _("Write year, month and day, as 2021-11-15."),
    ),
    "status_missing": (_("The status is missing."), _("Choose it from the list.")),
    "status_unknown": (_("“%(value)s” is not a status."), _("Choose one from the list: %(choices)s.")),
    "submit_unknown": (_("“%(value)s” is neither yes nor no."), _("Choose one from the list, or leave it empty.")),
    "evidence_half": (
        _("Evidence needs both a title and a link."),
        _("Fill in the other cell, or empty this one."),
    ),
    "url_wrong": (
        _("“%(value)s” is not an address."),
        _("Give the whole address, beginning with https:// or http://."),
    ),
    "too_long": (_("The text has more than %(limit)s characters."), _("Shorten it.")),
    "duplicate": (
        _("The milestone or round is filled in twice: row %(row)s is about it too."),
        _("Keep one of the two rows."),
    ),
    "rule": ("%(says)s", _("Fill it in, or change “Submit” to “no” to keep the row as a draft.")),
}


def column_title(name: str) -> str:
    return str(TITLES.get(name, ""))


def details(params: dict) -> dict:
    """The details with what depends on the language: column titles, and rules that are kept in every language."""
    made = dict(params)
    if "columns" in made:
        made["columns"] = ", ".join(f"“{column_title(name)}”" for name in made["columns"])
    if isinstance(made.get("says"), dict):
        made["says"] = made["says"].get(get_language()) or next(iter(made["says"].values()))
    return made | {"choices": ", ".join(str(label) for label in Status.labels)}


def words(code: str, params: dict, catalogue: dict = PROBLEMS) -> tuple[str, str]:
    """What is wrong, and how to mend it, in the reader's language."""
    what, mend = catalogue[code]
    made = details(params)
    return str(what) % made, str(mend) % made
