"""The data package's descriptor (Frictionless Data Package and Table Schema, version 1) from the definitions."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from commitments.models import Member

from .definitions import Field, Table, title_of
from .licence import SOURCES, licence, publisher

OTHERS = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


@dataclass(frozen=True)
class Listed:
    """A file of the package: its rows (the head not counted), its size in bytes, its digest."""

    rows: int
    size: int
    sha256: str


def in_languages(name: str, words) -> dict[str, str]:
    """A text in the package's main language, and as ``title@ko`` in the others. *words* makes it in the active one."""
    with translation.override(settings.LANGUAGE_CODE):
        found = {name: words()}
    for code in OTHERS:
        with translation.override(code):
            found[f"{name}@{code}"] = words()
    return {key: text for key, text in found.items() if text}


def descriptor(member: Member | None, tables: Iterable[Table], listed: dict[str, Listed]) -> dict:
    """The package of the whole record, or of one member's."""
    own = licence()
    given = {"name": own.name, "title": own.title, "path": own.url}
    return {
        "profile": "tabular-data-package",
        "name": package_name(member),
        "languages": [settings.LANGUAGE_CODE, *OTHERS],
        **in_languages("title", lambda: package_title(member)),
        **in_languages("description", lambda: package_description(member)),
        **({"homepage": f"{settings.SITE_URL}/data/"} if settings.SITE_URL else {}),
        "licenses": [{key: value for key, value in given.items() if value}],
        "contributors": [{"title": publisher(), "role": "publisher"}],
        "sources": sources(),
        "keywords": ["Open Government Partnership", "action plan", "commitment", "accountability"],
        "resources": [resource(table, listed[table.name]) for table in tables],
    }


def sources() -> list[dict[str, str]]:
    with translation.override(settings.LANGUAGE_CODE):
        return [{"title": str(title), **({"path": path} if path else {})} for title, path in SOURCES]


def package_name(member: Member | None) -> str:
    return f"ogp-tracker-{member.slug}" if member else "ogp-tracker"


def package_title(member: Member | None) -> str:
    if member is None:
        return _("OGP tracker: action plans of all members")
    korean = member.name_ko if translation.get_language() == "ko" else ""
    return _("OGP tracker: action plans of %(member)s") % {"member": korean or member.name}


def package_description(member: Member | None) -> str:
    return _(
        "What open government action plans promise, what ministries report, what is late, and what reviewers find: "
        "facts with their dates and sources."
    )


def resource(table: Table, listed: Listed) -> dict:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        **in_languages("title", lambda: title_of(table)),
        **in_languages("description", lambda: table_words(table)),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "bytes": listed.size,
        "hash": f"sha256:{listed.sha256}",
        "rows": listed.rows,
        "schema": schema(table),
    }


def table_words(table: Table) -> str:
    """What a row is, and what else there is to say of the table."""
    words = [_("A row is: %(row)s.") % {"row": table.row}]
    if table.is_derived:
        words.append(_("Derived: it follows from the other tables."))
    return " ".join([*words, str(table.description)]).strip()


def schema(table: Table) -> dict:
    keys = [foreign_key(table, column) for column in table.fields if column.refers_to]
    return {
        "fields": [described(column) for column in table.fields],
        "missingValues": [""],
        "primaryKey": list(table.key),
        **({"foreignKeys": keys} if keys else {}),
    }


def foreign_key(table: Table, column: Field) -> dict:
    """A table that refers to itself is named by an empty text, as the standard has it."""
    name = "" if column.refers_to == table.name else column.refers_to
    return {"fields": column.name, "reference": {"resource": name, "fields": "id"}}


def described(column: Field) -> dict:
    rules = {
        **({"required": True} if column.required else {}),
        **({"enum": [value for value, _words in column.values]} if column.values else {}),
    }
    return {
        "name": column.name,
        "type": column.type,
        **in_languages("title", lambda: title_of(column)),
        **in_languages("description", lambda: field_words(column)),
        **({"unit": str(column.unit)} if column.unit else {}),
        **({"constraints": rules} if rules else {}),
    }


def field_words(column: Field) -> str:
    """What is to be said of the column, and what its values mean."""
    values = "; ".join(f"{value}: {words}" for value, words in column.values)
    return " ".join(part for part in (str(column.description), values) if part)
