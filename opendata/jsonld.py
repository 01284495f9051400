"""What search engines are told of a page, in schema.org's words: facts of the record alone, never a state.

A plan, and a commitment in it, is a ``CreativeWork``: a published text that a government made. An ``Action`` would be
nearer to what is promised, but its status would have to say, in one word, what four voices say differently. Who leads a
commitment is its ``provider``: who is to perform it.
"""

import json

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from commitments.models import ActionPlan, Commitment, Institution, Member, SourceDocument
from commitments.templatetags.record import local_title

from .bulk import FORMATS
from .catalog import MEDIA_TYPES
from .datapackage import package_description
from .file_views import STEM
from .licence import licence, publisher
from .models import WHOLE, DataFiles

CONTEXT = "https://schema.org"
SEARCH = "search"  # the page that searches for ?q=
OGP = {"@type": "Organization", "name": "Open Government Partnership", "url": "https://www.opengovpartnership.org/"}
# What an institution is. The others are plainly organizations: of what kind, the record does not say in these terms.
ORGANIZATIONS = {
    Institution.Kind.STATE_BODY: "GovernmentOrganization",
    Institution.Kind.LEGISLATURE: "GovernmentOrganization",
    Institution.Kind.JUDICIARY: "GovernmentOrganization",
    Institution.Kind.LOCAL_GOVERNMENT: "GovernmentOrganization",
    Institution.Kind.CSO: "NGO",
}
# Characters that could end the script, written so that JSON means the same.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def as_script(graph: list[dict]) -> SafeString:
    """The block of data for the page's head. It is never run: its type is no script's."""
    text = json.dumps({"@context": CONTEXT, "@graph": graph}, ensure_ascii=False, sort_keys=True)
    return mark_safe(f'<script type="application/ld+json">{text.translate(ESCAPES)}</script>')


def stated(facts: dict) -> dict:
    """Without what no source states."""
    return {name: value for name, value in facts.items() if value not in (None, "", [], {})}


def name_of(site: str, row, part: str) -> str:
    """What a thing is called in every language's page: its address in the main language."""
    with translation.override(settings.LANGUAGE_CODE):
        return f"{site}{row.get_absolute_url()}#{part}"


def other_name(row) -> str:
    """The name in the other language, when there is one."""
    field = "title" if hasattr(row, "title") else "name"
    names = {getattr(row, field), getattr(row, f"{field}_ko", "")} - {local_title(row), ""}
    return names.pop() if names else ""


def breadcrumbs(site: str, *steps: tuple[str, str]) -> dict:
    """``(name, path)`` from the home page down to this one."""
    found = [(_("OGP tracker"), reverse("home")), *steps]
    items = [
        {"@type": "ListItem", "position": n, "name": str(name), "item": f"{site}{path}"}
        for n, (name, path) in enumerate(found, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def step(row) -> tuple[str, str]:
    return local_title(row), row.get_absolute_url()


# Pages ----------------------------------------------------------------------------------------------------------------
def website(site: str) -> list[dict]:
    search = f"{site}{reverse(SEARCH)}?q={{search_term_string}}"
    return [
        {
            "@type": "WebSite",
            "@id": f"{site}/#website",
            "name": _("OGP tracker"),
            "url": f"{site}{reverse('home')}",
            "inLanguage": translation.get_language(),
            "publisher": {"@type": "Organization", "name": publisher()},
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": search},
                "query-input": "required name=search_term_string",
            },
        }
    ]


def government(site: str, member: Member) -> dict:
    """The member as others name it."""
    return {"@type": "GovernmentOrganization", "@id": name_of(site, member, "member"), "name": local_title(member)}


def member(site: str, row: Member) -> list[dict]:
    area = "Country" if row.kind == Member.Kind.NATIONAL else "AdministrativeArea"
    facts = government(site, row) | {
        "alternateName": other_name(row),
        "url": f"{site}{row.get_absolute_url()}",
        "identifier": row.iso3 or row.code,
        "areaServed": {"@type": area, "name": row.name},
        "memberOf": OGP,
    }
    return [stated(facts), breadcrumbs(site, step(row))]


def institution(site: str, row: Institution) -> list[dict]:
    upper = row.parent
    facts = {
        "@type": ORGANIZATIONS.get(row.kind, "Organization"),
        "@id": name_of(site, row, "institution"),
        "name": local_title(row),
        "alternateName": other_name(row),
        "url": f"{site}{row.get_absolute_url()}",
        "parentOrganization": upper and body(site, upper),
    }
    steps = [step(row.member), *([step(upper)] if upper else []), step(row)]
    return [stated(facts), breadcrumbs(site, *steps)]


def body(site: str, row: Institution) -> dict:
    kind = ORGANIZATIONS.get(row.kind, "Organization")
    return {"@type": kind, "@id": name_of(site, row, "institution"), "name": local_title(row)}


def document_of(site: str, document: SourceDocument | None) -> dict | None:
    """The document that a text was read from."""
    if document is None:
        return None
    return {
        "@type": "CreativeWork",
        "name": document.title,
        "inLanguage": document.language,
        "url": f"{site}{document.get_absolute_url()}",
    }


def years_of(plan: ActionPlan) -> str:
    return f"{plan.starts_on:%Y-%m-%d}/{plan.ends_on:%Y-%m-%d}" if plan.starts_on and plan.ends_on else ""


def plan(site: str, row: ActionPlan) -> list[dict]:
    facts = {
        "@type": "CreativeWork",
        "@id": name_of(site, row, "plan"),
        "name": local_title(row),
        "alternateName": other_name(row),
        "url": f"{site}{row.get_absolute_url()}",
        "identifier": row.ogp_id,
        "genre": "Open Government Partnership action plan",
        "creator": government(site, row.member),
        "temporalCoverage": years_of(row),
        "isBasedOn": document_of(site, row.document),
    }
    return [stated(facts), breadcrumbs(site, step(row.member), step(row))]


def commitment(site: str, row: Commitment, involvements) -> list[dict]:
    plan = row.plan
    leads = [part.institution for part in involvements if part.role == "lead"]
    facts = {
        "@type": "CreativeWork",
        "@id": name_of(site, row, "commitment"),
        "name": local_title(row),
        "alternateName": other_name(row),
        "url": f"{site}{row.get_absolute_url()}",
        "identifier": "" if row.ogp_id_inferred else row.ogp_id,
        "position": row.number,
        "abstract": row.description,
        "genre": "Open Government Partnership commitment",
        "isPartOf": {"@type": "CreativeWork", "@id": name_of(site, plan, "plan"), "name": local_title(plan)},
        "creator": government(site, plan.member),
        "provider": [body(site, lead) for lead in leads],
        "isBasedOn": document_of(site, row.document),
    }
    title = f"{row.number}. {local_title(row)}"
    steps = [step(plan.member), step(plan), (title, row.get_absolute_url())]
    return [stated(facts), breadcrumbs(site, *steps)]


def dataset(site: str, row: DataFiles, title: str, path: str) -> list[dict]:
    own = licence()
    downloads = [
        {
            "@type": "DataDownload",
            "contentUrl": f"{site}/data/{row.scope}/{STEM}{FORMATS[file['format']]}",
            "encodingFormat": MEDIA_TYPES[file["format"]],
            "contentSize": f"{file['size']} B",
            "sha256": file["sha256"],
        }
        for file in row.files
    ]
    facts = {
        "@type": "Dataset",
        "@id": f"{site}/data/{row.scope}/#dataset",
        "name": title,
        "description": package_description(None),
        "url": f"{site}{path}",
        "license": own.url or own.title,
        "creator": {"@type": "Organization", "name": publisher(), "url": f"{site}/"},
        "isAccessibleForFree": True,
        "inLanguage": [code for code, _name in settings.LANGUAGES],
        "dateModified": row.changed_on and row.changed_on.isoformat(),
        "distribution": downloads,
    }
    open_data = (_("Open data"), reverse("data"))
    steps = [open_data] if row.scope == WHOLE else [open_data, (title, path)]
    return [stated(facts), breadcrumbs(site, *steps)]


PAGES = {
    "website": website,
    "member": member,
    "institution": institution,
    "plan": plan,
    "commitment": commitment,
    "dataset": dataset,
}
