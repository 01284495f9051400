"""A snapshot of what the IRM found, made ready for its report: labels in the active language, numbers of tables,
the three voices beside each finding.

Nothing is added to what the snapshot says: an empty value stays empty, and the template prints that it is not stated.
"""

from itertools import count

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commitments.models import PublicInfluence
from milestones.states import LABELS, ORDER

from .absence import REASONS
from .charts import qr_code
from .irm_models import Coding, IRMReview, PlanRequirement, value_label
from .models import SelfAssessment, SelfAssessmentEntry, Snapshot
from .presentation import cited, indicator_label, page_words, web_address


def present_irm(snapshot: Snapshot) -> dict:
    """The template's context. Tables are numbered in the order in which the template prints them."""
    data = snapshot.data
    numbers = count(1)
    sources = {document["key"]: number for number, document in enumerate(data["documents"], 1)}
    overview_number = next(numbers)
    voices = {row["commitment"]["number"]: present_voice(row, sources) for row in data["voices"]}
    codes = {book["method"]: codes_of(book) for book in data["codebooks"]}
    reviews = [
        present_review(review, place, voices, codes[review["method"]], numbers, sources)
        for place, review in enumerate(data["irm"], 1)
    ]
    return {
        "data": data,
        "title": title_of(data),
        "kind": _("What the IRM found"),
        "author": _("Independent Reporting Mechanism (IRM), as this tracker’s record has it"),
        "sha256": snapshot.sha256,
        "frozen_on": snapshot.frozen_on,
        "version": snapshot.version,
        "address": data["address"],
        "qr": qr_code(data["address"]) if web_address(data["address"]) else None,
        "is_draft": any(review["stage"] != IRMReview.Stage.FINAL for review in data["irm"]),
        "page_words": page_words(),
        "overview": {"number": overview_number, "rows": overview_rows(reviews, voices)},
        "reviews": reviews,
        "codebooks": [present_codebook(book, numbers) for book in data["codebooks"]],
        "documents": [
            {**document, "number": number, "href": web_address(document["link"])}
            for number, document in enumerate(data["documents"], 1)
        ],
    }


def title_of(data: dict) -> str:
    """What the report is called; the names are the record's."""
    commitment = data["commitment"]
    if commitment is None:
        return _("IRM assessment: %(plan)s") % {"plan": data["plan"]["title"]}
    words = {"number": commitment["number"], "title": commitment["title"]}
    return _("IRM assessment of commitment %(number)s: %(title)s") % words


# Voices ---------------------------------------------------------------------------------------------------------------
def present_voice(row: dict, sources: dict) -> dict:
    return {
        **row,
        "claims": [present_claim(claim, sources) for claim in row["claims"]],
        "milestones": present_milestones(row["milestones"]),
    }


def present_claim(claim: dict, sources: dict) -> dict:
    level = claim["completion_level"]
    return {
        **claim,
        "level": SelfAssessmentEntry.Completion(level).label if level else "",
        "kind": SelfAssessment.Kind(claim["kind"]).label,
        "on": claim["published"]["wording"] or claim["published"]["on"] or "",
        "source": cited(claim["source"], sources),
    }


def present_milestones(said: dict) -> dict:
    """The counts in the order of the states, from most done to not reported."""
    return {
        "total": said["total"],
        "counts": [(LABELS[mark], said["counts"][mark]) for mark in ORDER if mark in said["counts"]],
        "latest_on": parse_date(said["latest_on"] or ""),
        "known_on": parse_date(said["checked"]["on"]),
        "url": said["checked"]["address"],
        "href": web_address(said["checked"]["address"]),
    }


def overview_rows(reviews: list[dict], voices: dict) -> list[dict]:
    """One row a commitment: the findings of every review beside what the others say, in the plan's order."""
    found = {number: [] for number in voices}
    for review in reviews:
        for finding in review["findings"]:
            found[finding["commitment"]["number"]].append({**finding, "review": review})
    return [{**voices[number], "findings": findings} for number, findings in found.items()]


# Reviews --------------------------------------------------------------------------------------------------------------
def present_review(review: dict, place: int, voices: dict, codes: dict, numbers, sources: dict) -> dict:
    """The tables are numbered in the order of the page: requirements, findings, recommendations."""
    requirements = present_requirements(review["requirements"], numbers, sources)
    findings = [
        present_finding(finding, codes, f"{place}-{n}", voices, numbers, sources)
        for n, finding in enumerate(review["findings"], 1)
    ]
    recommendations = [present_recommendation(row, sources) for row in review["recommendations"]]
    return {
        **review,
        "place": place,
        "product": IRMReview.Product(review["product"]).label,
        "method": IRMReview.Method(review["method"]).label,
        "stage": IRMReview.Stage(review["stage"]).label,
        "published_on": parse_date(review["published"]["on"] or ""),
        "comment_days": comment_days(review["comment"]),
        "public_influence": label_in(PublicInfluence, review["public_influence"]),
        "source": cited(review["source"], sources),
        "requirements": requirements,
        "findings": findings,
        "recommendations": recommendations,
        "number": next(numbers) if recommendations else None,
    }


def comment_days(comment: dict) -> str:
    first, last = parse_date(comment["from"] or ""), parse_date(comment["until"] or "")
    return f"{date_format(first)} – {date_format(last)}" if first and last else ""


def label_in(choices, value: str) -> str:
    return str(choices(value).label) if value else ""


def yes_or_no(value: bool | None) -> str:
    return "" if value is None else value_label("", value)


def present_requirements(rows: list[dict], numbers, sources: dict) -> dict | None:
    """Every minimum requirement in order; None when the review found nothing on any."""
    if not rows:
        return None
    found = {row["number"]: row for row in rows}
    return {
        "number": next(numbers),
        "rows": [present_requirement(label, found.get(code), sources) for code, label in PlanRequirement.Code.choices],
    }


def present_requirement(label: str, row: dict | None, sources: dict) -> dict:
    if row is None:
        return {"label": label, "met": "", "evidence": [], "source": None}
    source = cited(row["source"], sources)
    return {"label": label, "met": yes_or_no(row["met"]), "evidence": row["evidence"], "source": source}


def present_finding(finding: dict, codes: dict, place: str, voices: dict, numbers, sources: dict) -> dict:
    values = finding["indicators"]
    stated = [name for name, value in values.items() if value not in (None, "")]
    return {
        **finding,
        "place": place,
        "number": next(numbers),
        "stated": [
            {
                "name": name,
                "stored": values[name],
                "label": indicator_label(name),
                "value": value_label(name, values[name]),
                "code": codes.get((name, values[name])),
            }
            for name in stated
        ],
        "not_stated": [absent_label(name, finding["absent"]) for name in values if name not in stated],
        "star": star_words(finding),
        "schedule": schedule_words(finding["behind_schedule"]),
        "confidence": label_in(Coding.Confidence, finding["confidence"]),
        "evidence": [{**row, "url": row["link"], "href": web_address(row["link"])} for row in finding["evidence"]],
        "completion": values.get("completion", ""),
        "completion_label": value_label("completion", values["completion"]) if values.get("completion") else "",
        "voice": voices[finding["commitment"]["number"]],
        "source": cited(finding["source"], sources),
    }


def codes_of(book: dict) -> dict:
    """OGP's numeric code of each value, by indicator and value, as the snapshot's own codebook has it."""
    return {
        (row["name"], value["value"]): value["code"] for row in book["indicators_of_method"] for value in row["values"]
    }


def absent_label(name: str, absent: dict) -> str:
    """The label of an empty indicator, with the reason where the source gives one."""
    why = REASONS.get(absent.get(name))
    return f"{indicator_label(name)} ({why})" if why else indicator_label(name)


def star_words(finding: dict) -> str:
    if finding["starred"]:
        return _("Starred commitment")
    return _("Starred by the formula of 2015") if finding["starred_2015"] else ""


def schedule_words(behind: bool | None) -> str:
    if behind is None:
        return ""
    return _("said to be behind schedule") if behind else _("not said to be behind schedule")


def present_recommendation(row: dict, sources: dict) -> dict:
    return {
        **row,
        "source": cited(row["source"], sources),
        "response_source": cited(row["response_source"], sources),
        "uptakes": [{**uptake, "source": cited(uptake["source"], sources)} for uptake in row["uptakes"]],
    }


# Codebooks ------------------------------------------------------------------------------------------------------------
def present_codebook(book: dict, numbers) -> dict:
    return {
        "method": IRMReview.Method(book["method"]).label,
        "number": next(numbers),
        "rows": [present_indicator(row) for row in book["indicators_of_method"]],
        "sources": sorted({row["source"] for row in book["indicators_of_method"]}),
    }


def present_indicator(row: dict) -> dict:
    return {
        "label": indicator_label(row["name"]),
        "definition": row["definition"],
        "values": [
            {"label": value_label(row["name"], value["value"]), "code": value["code"]} for value in row["values"]
        ],
    }
