"""A snapshot made ready for the report's template: labels in the active language, table numbers, voices side by side.

Nothing is added to what the snapshot says: an empty value stays empty, and the template prints that it is not stated.
"""

import re
from itertools import count
from urllib.parse import urlsplit

from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from milestones.models import Link

from .charts import completion_charts, qr_code
from .codebooks import CODEBOOKS
from .models import Coding, IRMReview, SelfAssessment, SelfAssessmentEntry, Snapshot

# The indicators of each method: a blank one is "not stated", a foreign one is not mentioned (the IRM's codebooks).
INDICATORS_OF_METHOD = {book.version: book.names for book in CODEBOOKS}
NUMBER = re.compile(r"^[-+]?[\d.,\s]*\d\s?%?$")


def present(snapshot: Snapshot) -> dict:
    """The template's context. Tables are numbered in the order in which the template prints them."""
    data = snapshot.data
    table_numbers = count(1)
    sources = {document["key"]: number for number, document in enumerate(data["documents"], 1)}
    findings = findings_by_commitment(data["irm"], sources)
    overview_number = next(table_numbers)
    sections = [present_section(section, data["sections"], table_numbers, sources) for section in data["sections"]]
    reviews = [present_review(review, table_numbers, sources) for review in data["irm"]]
    entries = [
        {**present_entry(entry, findings, table_numbers, sources), "place": place}
        for place, entry in enumerate(data["entries"], 1)
    ]
    overview = overview_rows(entries, findings)
    return {
        "data": data,
        "title": data["assessment"]["title"],
        "sha256": snapshot.sha256,
        "frozen_on": snapshot.frozen_on,
        "version": snapshot.version,
        "address": address(data),
        "qr": qr_code(address(data)) if web_address(address(data)) else None,
        "kind": SelfAssessment.Kind(data["assessment"]["kind"]).label,
        "is_draft": data["assessment"]["stage"] != SelfAssessment.Stage.PUBLISHED,
        "page_words": page_words(),
        "overview": {"number": overview_number, "rows": overview},
        "charts": completion_charts(overview),
        "sections": sections,
        "reviews": reviews,
        "entries": entries,
        "findings_without_form": findings_without_form(entries, findings),
        "links": {"number": next(table_numbers), "rows": link_rows(entries)},
        "documents": [
            {**document, "number": number, "href": web_address(document["link"])}
            for number, document in enumerate(data["documents"], 1)
        ],
    }


def address(data: dict) -> str:
    """Where the snapshot is found; in data of the first shape, the page of the self-assessment."""
    return data.get("address") or data["assessment"]["address"]


def page_words() -> list[str]:
    """The words before, between and after the two page numbers: their order differs between languages."""
    # Translators: at the foot of each page. Keep %(page)s before %(pages)s.
    return _("Page %(page)s of %(pages)s").replace("%(page)s", "|").replace("%(pages)s", "|").split("|")


def cited(source: dict, sources: dict) -> dict:
    """A citation with the number under which its document stands in the list of sources."""
    return {"number": sources.get(source["document"]), "section": source["section"]}


def present_section(section: dict, sections: list[dict], table_numbers, sources: dict) -> dict:
    return {
        **section,
        "level": section_level(section["key"], [other["key"] for other in sections]),
        "tables": [present_table(table, table_numbers) for table in section["tables"]],
        "source": cited(section["source"], sources),
    }


def section_level(key: str, keys: list[str]) -> int:
    """1 for a chapter, 2 and 3 below it: ``plan-1-a`` stands below ``plan-1``, and that below ``plan``."""
    above = sum(key.startswith(f"{other}-") for other in keys)
    return min(above + 1, 3)


def present_table(table: dict, table_numbers) -> dict:
    """A table with its number; columns of figures are marked, and rows that only carry a sub-heading."""
    rows = [[str(cell) for cell in row] for row in table.get("rows", [])]
    width = max([len(table.get("columns", [])), *(len(row) for row in rows)], default=0)
    return {
        **table,
        "number": next(table_numbers),
        "width": width,
        "is_short": len(rows) <= 8 and sum(len(cell) for row in rows for cell in row) < 1000,  # kept on one page
        # Names beside figures read best close together, in the text column.
        "is_narrow": 1 < width <= 4 and all(column_is_figures(rows, place) for place in range(1, width)),
        "columns": [
            {"title": title, "is_figures": column_is_figures(rows, place)}
            for place, title in enumerate(table.get("columns", []))
        ],
        "rows": [present_row(row, rows, width) for row in rows],
    }


def present_row(row: list[str], rows: list[list[str]], width: int) -> dict:
    return {
        "is_heading": width > 1 and bool(row[0]) and not any(row[1:]),
        "cells": [{"text": text, "is_figures": column_is_figures(rows, place)} for place, text in enumerate(row)],
    }


def column_is_figures(rows: list[list[str]], place: int) -> bool:
    """Whether everything written in the column is a number; the first column names its row and never counts."""
    written = [row[place] for row in rows if len(row) > place and row[place]]
    return place > 0 and bool(written) and all(NUMBER.match(text) for text in written)


def present_entry(entry: dict, findings: dict, table_numbers, sources: dict) -> dict:
    level = entry["completion_level"]
    return {
        **entry,
        "completion_label": SelfAssessmentEntry.Completion(level).label if level else "",
        "scale": completion_scale(level),
        "results": [
            {**result, "tables": [present_table(table, table_numbers) for table in result["tables"]]}
            for result in entry["results"]
        ],
        "links": [present_link(link) for link in entry["links"]],
        "source": cited(entry["source"], sources),
        "findings": findings.get(entry["commitment"]["number"], []),
    }


def present_link(link: dict) -> dict:
    """The link with what its last check before freezing found; ``checked_on`` is None when it was never checked."""
    checked = link.get("checked") or {}
    return {
        **link,
        "href": web_address(link["url"]),
        "checked_on": parse_date(checked.get("on", "")),
        "state": Link.State(checked["state"]).label if checked else _("not checked"),
    }


def completion_scale(level: str) -> list[dict]:
    """The form's four levels in their order, each with its place on the drawn row, in millimetres from the left."""
    return [
        {"code": code, "label": label, "is_stated": code == level, "left": place * 31}
        for place, (code, label) in enumerate(SelfAssessmentEntry.Completion.choices)
    ]


def web_address(url: str) -> str:
    """The address if it may become a link: whole, and http or https. Else empty, and the address is printed only."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc and not re.search(r"\s", url) else ""


def findings_by_commitment(reviews: list[dict], sources: dict) -> dict[str, list[dict]]:
    """The IRM's findings under each commitment's number, one a review."""
    found = {}
    for review in reviews:
        for finding in review["findings"]:
            found.setdefault(finding["commitment"]["number"], []).append(present_finding(finding, review, sources))
    return found


def present_finding(finding: dict, review: dict, sources: dict) -> dict:
    values = finding["indicators"]
    method = INDICATORS_OF_METHOD.get(review["method"], ())
    stated = [name for name in values if values[name] not in (None, "")]
    return {
        **finding,
        "review": review["title"],
        "product": IRMReview.Product(review["product"]).label,
        "stated": [(indicator_label(name), indicator_value(name, values[name])) for name in stated],
        "not_stated": [indicator_label(name) for name in method if name not in stated],
        "completion": values["completion"],
        "completion_label": indicator_value("completion", values["completion"]),
        "potential_impact_label": indicator_value("potential_impact", values["potential_impact"]),
        "source": cited(finding["source"], sources),
    }


def indicator_label(name: str) -> str:
    return capfirst(Coding._meta.get_field(name).verbose_name)


def indicator_value(name: str, value) -> str:
    """The value in the IRM's own words; empty when it is not stated."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(dict(Coding._meta.get_field(name).choices).get(value, "")) if value else ""


def present_review(review: dict, table_numbers, sources: dict) -> dict:
    return {
        **review,
        "product": IRMReview.Product(review["product"]).label,
        "method": IRMReview.Method(review["method"]).label,
        "published_on": parse_date(review["published_on"] or ""),
        "source": cited(review["source"], sources),
        "number": next(table_numbers) if review["recommendations"] else None,
        "recommendations": [
            {
                **recommendation,
                "source": cited(recommendation["source"], sources),
                "response_source": cited(recommendation["response_source"], sources),
            }
            for recommendation in review["recommendations"]
        ],
    }


def overview_rows(entries: list[dict], findings: dict) -> list[dict]:
    """One row a commitment that has a form or a finding: the government's level beside each of the IRM's."""
    rows = [{"commitment": entry["commitment"], "entry": entry, "findings": entry["findings"]} for entry in entries]
    for finding in findings_without_form(entries, findings):
        rows.append({"commitment": finding["commitment"], "entry": None, "findings": [finding]})
    return rows


def findings_without_form(entries: list[dict], findings: dict) -> list[dict]:
    """The IRM's findings on commitments that the self-assessment holds no form of."""
    with_form = {entry["commitment"]["number"] for entry in entries}
    return [finding for number, group in findings.items() if number not in with_form for finding in group]


def link_rows(entries: list[dict]) -> list[dict]:
    """Every link of every form, numbered through."""
    numbers = count(1)
    return [
        {**link, "number": next(numbers), "commitment": entry["commitment"]["number"], "place": entry["place"]}
        for entry in entries
        for link in entry["links"]
    ]
