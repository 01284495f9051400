"""Loads members, documents and plans from the reviewable files in ``fixtures/``.

Loading is idempotent: rows are found by their natural keys and brought to what the file says. A key that a file should
not have, or a name that leads nowhere, is a ``FixtureError`` that says where it stands.
"""

from datetime import date
from pathlib import Path

import yaml

from .models import (
    ActionPlan,
    CoCreationStep,
    Commitment,
    ForumMembership,
    Institution,
    Involvement,
    Member,
    PlanSection,
    SourceDocument,
    Theme,
)


class FixtureError(ValueError):
    """What a fixture says cannot be loaded."""


def read_yaml(path: Path) -> dict:
    """A fixture file's content."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def only(data: dict, known: str, where: str) -> dict:
    """*data*, unless it has keys other than the *known* ones: a misspelt key must not vanish in silence."""
    if unknown := set(data) - set(known.split()):
        raise FixtureError(f"{where}: unknown keys {sorted(unknown)}")
    return data


def find(model, where: str, **key):
    """The one row with this natural key, or an error that says who asked for it."""
    try:
        return model.objects.get(**key)
    except model.DoesNotExist:
        raise FixtureError(f"{where}: there is no {model._meta.verbose_name} {key}") from None


def document_of(data: dict, default: SourceDocument | None = None, name="document") -> SourceDocument | None:
    key = data.get(name)
    return find(SourceDocument, name, key=key) if key else default


def text(data: dict, key: str) -> str:
    """A text of the file; what is absent or null is empty: not stated."""
    return str(data.get(key) or "").strip()


def day(data: dict, key: str) -> date | None:
    """An ISO date of the file, or null: not stated."""
    return date.fromisoformat(str(data[key])) if data.get(key) else None


def replace_children(model, owner: dict, key: str, rows: list[dict]):
    """Brings the rows that belong to *owner* to what the file says, matched by *key*; drops the others."""
    for row in rows:
        model.objects.update_or_create(**owner, **{key: row[key]}, defaults=row)
    model.objects.filter(**owner).exclude(**{f"{key}__in": [row[key] for row in rows]}).delete()


def load_member(data: dict) -> Member:
    only(
        data,
        "code iso3 slug name name_ko kind region time_zone languages joined point_of_contact forum_name forum_since",
        f"member {data.get('code')}",
    )
    joined, forum = data.get("joined") or {}, data.get("forum_since") or {}
    sources = [
        {"fact": fact, "document": source["document"], "section": source["section"]}
        for fact, source in (("joined", joined), ("forum", forum))
        if source
    ]
    member, _ = Member.objects.update_or_create(
        code=data["code"],
        defaults={
            "iso3": text(data, "iso3"),
            "slug": data["slug"],
            "name": data["name"],
            "name_ko": text(data, "name_ko"),
            "kind": data["kind"],
            "region": text(data, "region"),
            "time_zone": data["time_zone"],
            "languages": data["languages"],
            "joined_year": joined.get("year"),
            "forum_name": text(data, "forum_name"),
            "forum_since": forum.get("year"),
            "sources": sources,
        },
    )
    return member


def load_point_of_contact(data: dict):
    """Apart from the member, because the institution comes with its plans."""
    if key := data.get("point_of_contact"):
        member = find(Member, "point of contact", code=data["code"])
        member.point_of_contact = find(Institution, f"member {member.code}", member=member, key=key)
        member.save(update_fields=["point_of_contact"])


def load_document(data: dict) -> SourceDocument:
    where = f"document {data.get('key')}"
    only(
        data,
        "key member title kind language published published_on published_precision sha256 link sections note",
        where,
    )
    document, _ = SourceDocument.objects.update_or_create(
        key=data["key"],
        defaults={
            "member": find(Member, where, code=data["member"]),
            "title": data["title"],
            "kind": data["kind"],
            "language": data["language"],
            "published_wording": text(data, "published"),
            "published_on": day(data, "published_on"),
            "published_precision": text(data, "published_precision"),
            "sha256": text(data, "sha256"),
            "link": text(data, "link"),
            "outline": data.get("sections") or [],
            "note": text(data, "note"),
        },
    )
    return document


def load_institutions(member: Member, rows: list[dict]) -> dict[str, Institution]:
    """Every institution of the member by key, after adding the file's; a parent stands before its divisions."""
    known = {i.key: i for i in Institution.objects.filter(member=member)}
    for row in rows:
        only(row, "key name name_ko kind parent", f"institution {row.get('key')}")
        if row.get("parent") and row["parent"] not in known:
            raise FixtureError(f"institution {row['key']}: its parent {row['parent']} is not listed before it")
        # Two plans may name the same body; what one of them does not know does not erase what the other does.
        defaults = {"name": row["name"], "kind": row["kind"]}
        defaults |= {"name_ko": row["name_ko"]} if row.get("name_ko") else {}
        defaults |= {"parent": known[row["parent"]]} if row.get("parent") else {}
        known[row["key"]], _ = Institution.objects.update_or_create(member=member, key=row["key"], defaults=defaults)
    return known


def load_plan_row(data: dict, member: Member) -> ActionPlan:
    influence = data.get("public_influence_source") or {}
    plan, _ = ActionPlan.objects.update_or_create(
        member=member,
        number=data["number"],
        defaults={
            "slug": data["slug"],
            "title": data["title"],
            "title_ko": text(data, "title_ko"),
            "ogp_id": text(data, "ogp_id"),
            "period_wording": text(data, "period_published"),
            "starts_on": day(data, "starts_on"),
            "ends_on": day(data, "ends_on"),
            "period_precision": text(data, "period_precision"),
            "period_basis": text(data, "period_basis"),
            "year": data.get("year"),
            "published_wording": text(data, "published"),
            "stated_commitment_count": data.get("stated_commitment_count"),
            "stated_commitment_count_basis": text(data, "stated_commitment_count_basis"),
            "is_itemised": data.get("itemised", True),
            "numbering_note": text(data, "numbering_note"),
            "public_influence": text(data, "public_influence"),
            "public_influence_document": document_of(influence),
            "public_influence_section": text(influence, "section"),
            "document": document_of(data),
            "section": text(data, "section"),
        },
    )
    return plan


def load_narrative(plan: ActionPlan, data: dict):
    """The plan's sections, its co-creation steps and the seats of its forum."""
    sections = [
        {
            "key": only(row, "key title body document section", f"{plan.slug} section")["key"],
            "position": position,
            "title": row["title"],
            "body": text(row, "body"),
            "document": document_of(row, plan.document),
            "section": text(row, "section"),
        }
        for position, row in enumerate(data.get("sections") or [], 1)
    ]
    replace_children(PlanSection, {"plan": plan}, "key", sections)
    steps = [
        {
            "position": position,
            "label": only(row, "label count unit dates detail section", f"{plan.slug} co-creation")["label"],
            "count": row.get("count"),
            "unit": text(row, "unit"),
            "dates_wording": text(row, "dates"),
            "detail": text(row, "detail"),
            "document": plan.document,
            "section": text(row, "section"),
        }
        for position, row in enumerate(data.get("cocreation") or [], 1)
    ]
    replace_children(CoCreationStep, {"plan": plan}, "position", steps)


def load_forum(plan: ActionPlan, rows: list[dict], institutions: dict[str, Institution]):
    seats = [
        {
            "institution": institutions[only(row, "institution side role", f"{plan.slug} forum")["institution"]],
            "side": row["side"],
            "role": text(row, "role"),
            "position": position,
        }
        for position, row in enumerate(rows, 1)
    ]
    replace_children(ForumMembership, {"plan": plan}, "institution", seats)


def load_themes(plan: ActionPlan, rows: list[dict]) -> dict[str, Theme]:
    themes = {}
    for row in rows:
        only(row, "key position number title title_ko description background section", f"{plan.slug} theme")
        background = row.get("background") or {}
        themes[row["key"]], _ = Theme.objects.update_or_create(
            plan=plan,
            key=row["key"],
            defaults={
                "position": row["position"],
                "number": text(row, "number"),
                "title": row["title"],
                "title_ko": text(row, "title_ko"),
                "description": text(row, "description"),
                "background_document": document_of(background),
                "background_section": text(background, "section"),
                "background_note": text(background, "note"),
                "document": plan.document,
                "section": text(row, "section"),
            },
        )
    return themes


COMMITMENT_TEXTS = [
    "problem",
    "description",
    "contribution",
    "values_as_stated",
    "relevance",
    "others_as_stated",
    "peer_learning",
    "additional_information",
]
COMMITMENT_KEYS = (
    "number title title_ko theme section ogp_id ogp_id_inferred parts_only part_of leads supporting supporting_other "
    "office values starts ends promises milestones " + " ".join(COMMITMENT_TEXTS)
)


def load_commitment(plan: ActionPlan, position: int, data: dict, themes: dict[str, Theme]) -> Commitment:
    where = f"{plan.slug} commitment {data.get('number')}"
    only(data, COMMITMENT_KEYS, where)
    part_of = find(Commitment, where, plan=plan, number=data["part_of"]) if data.get("part_of") else None
    commitment, _ = Commitment.objects.update_or_create(
        plan=plan,
        number=data["number"],
        defaults={
            "position": position,
            "title": data["title"],
            "title_ko": text(data, "title_ko"),
            "theme": themes[data["theme"]] if data.get("theme") else None,
            "part_of": part_of,
            "is_form": not data.get("parts_only", False),
            "ogp_id": data.get("ogp_id"),
            "ogp_id_inferred": data.get("ogp_id_inferred", False),
            "starts_wording": text(data, "starts"),
            "ends_wording": text(data, "ends"),
            "values": data.get("values") or [],
            "promises": data.get("promises") or [],
            "document": plan.document,
            "section": text(data, "section"),
        }
        | {name: text(data, name) for name in COMMITMENT_TEXTS},
    )
    return commitment


def load_involvements(commitment: Commitment, data: dict, institutions: dict[str, Institution]):
    """Who leads, supports and takes part; the office stands with the first lead, as the form has one line for it.
    Co-owners, whom no fixture names, stay as they were entered."""
    roles = {"leads": "lead", "supporting": "supporting", "supporting_other": "other"}
    wanted = {}
    for name, role in roles.items():
        for position, key in enumerate(data.get(name) or []):
            if key not in institutions:
                raise FixtureError(f"{commitment.plan.slug} {commitment.number}: there is no institution {key}")
            office = text(data, "office") if (role, position) == ("lead", 0) else ""
            wanted[(institutions[key].pk, role)] = {"position": position, "office": office}
    for (institution, role), defaults in wanted.items():
        Involvement.objects.update_or_create(
            commitment=commitment, institution_id=institution, role=role, defaults=defaults
        )
    for row in Involvement.objects.filter(commitment=commitment, role__in=roles.values()):
        if (row.institution_id, row.role) not in wanted:
            row.delete()


def load_plan(content: dict) -> list[tuple[Commitment, list[dict]]]:
    """Loads one plan file; returns its commitments, each with the milestone rows that the file gives for it."""
    data = content["plan"]
    where = f"plan {data.get('slug')}"
    only(content, "institutions plan", where)
    member = find(Member, where, code=data["member"])
    institutions = load_institutions(member, content.get("institutions") or [])
    plan = load_plan_row(data, member)
    load_narrative(plan, data)
    load_forum(plan, data.get("forum") or [], institutions)
    themes = load_themes(plan, data.get("themes") or [])
    loaded = []
    for position, row in enumerate(data.get("commitments") or [], 1):
        commitment = load_commitment(plan, position, row, themes)
        load_involvements(commitment, row, institutions)
        loaded.append((commitment, row.get("milestones") or []))
    return loaded
