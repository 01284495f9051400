"""The catalogue of the open data in W3C's DCAT 3, as JSON-LD with its own context: it is read without asking anybody.

One dataset a member and one of the whole record, each with a distribution a format.
"""

from datetime import date

from django.conf import settings
from django.db.models import Max, Min, Q
from django.http import JsonResponse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from commitments.models import Member

from .addresses import in_main_language, site_of
from .bulk import FORMATS
from .datapackage import package_description, package_title
from .file_views import STEM
from .licence import licence, publisher
from .models import WHOLE, DataFiles

JSON_LD = "application/ld+json"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA = "https://www.iana.org/assignments/media-types/"
MEDIA_TYPES = {"csv": "text/csv", "json": "application/json", "sqlite": "application/vnd.sqlite3"}
DAILY = "http://publications.europa.eu/resource/authority/frequency/DAILY"
LANGUAGE = "http://id.loc.gov/vocabulary/iso639-1/"
DATA_PACKAGE = "https://specs.frictionlessdata.io/tabular-data-package/"
CODES = [code for code, _name in settings.LANGUAGES]


@require_safe
def catalog(request):
    """The catalogue."""
    answer = JsonResponse(
        catalogue(site_of(request)), content_type=JSON_LD, json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    answer["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(answer, public=True, max_age=300)
    return answer


def catalogue(site: str) -> dict:
    """Everything that has files. Two queries, however many members."""
    made = [row for row in DataFiles.objects.order_by("scope") if row.is_made]
    scopes = [row.scope for row in made]
    members = {member.slug: member for member in members_with_periods().filter(slug__in=scopes)}
    datasets = [
        dataset(site, row, members.get(row.scope)) for row in made if row.scope == WHOLE or row.scope in members
    ]
    return {
        "@context": CONTEXT,
        "@id": f"{site}{in_main_language('data')}",
        "@type": "dcat:Catalog",
        "dct:title": in_all(lambda: package_title(None)),
        "dct:description": in_all(lambda: package_description(None)),
        "dct:publisher": agent(site),
        "dct:language": languages(),
        **license_of(),
        "foaf:homepage": iri(f"{site}{in_main_language('data')}"),
        **({"dct:modified": day(max(row.changed_on for row in made))} if made else {}),
        "dcat:dataset": datasets,
        "dcat:service": service(site, [row["@id"] for row in datasets]),
    }


def members_with_periods():
    """Real members with the first and the last day of their plans, as far as stated."""
    stated = Q(plans__starts_on__isnull=False, plans__ends_on__isnull=False)
    return Member.objects.real().annotate(
        first_day=Min("plans__starts_on", filter=stated), last_day=Max("plans__ends_on", filter=stated)
    )


# Parts ----------------------------------------------------------------------------------------------------------------
def iri(address: str) -> dict:
    return {"@id": address}


def day(value: date) -> dict:
    return {"@type": "xsd:date", "@value": value.isoformat()}


def in_all(words) -> list[dict]:
    """A text in every language of the site."""
    found = []
    for code in CODES:
        with translation.override(code):
            found.append({"@language": code, "@value": str(words())})
    return found


def languages() -> list[dict]:
    return [iri(f"{LANGUAGE}{code}") for code in CODES]


def license_of() -> dict:
    """An address as such; a licence that has none in its words."""
    own = licence()
    if own.url:
        return {"dct:license": iri(own.url)}
    return {"dct:license": {"@type": "dct:LicenseDocument", "dct:title": own.title}} if own.title else {}


def agent(site: str) -> dict:
    return {"@id": f"{site}/#publisher", "@type": ["foaf:Agent", "foaf:Organization"], "foaf:name": publisher()}


def contact(site: str) -> dict:
    """The office, never a person."""
    mail = {"vcard:hasEmail": iri(f"mailto:{settings.DATA_CONTACT}")} if settings.DATA_CONTACT else {}
    return {"@type": "vcard:Organization", "vcard:fn": publisher(), **mail, "vcard:hasURL": iri(f"{site}/")}


def dataset(site: str, row: DataFiles, member: Member | None) -> dict:
    page = in_main_language("data") if member is None else in_main_language("data-of-member", row.scope)
    return {
        "@id": f"{site}/data/{row.scope}/#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": f"{STEM}/{row.scope}",
        "dct:title": in_all(lambda: package_title(member)),
        "dct:description": in_all(lambda: package_description(member)),
        "dct:publisher": iri(f"{site}/#publisher"),
        "dcat:contactPoint": contact(site),
        "dcat:keyword": [{"@language": "en", "@value": "Open Government Partnership"}],
        "dct:language": languages(),
        "dct:modified": day(row.changed_on),
        "dct:accrualPeriodicity": iri(DAILY),
        "dct:conformsTo": iri(DATA_PACKAGE),
        "dcat:landingPage": iri(f"{site}{page}"),
        **license_of(),
        **(about_member(member) if member else {}),
        "dcat:distribution": [distribution(site, row, file, page) for file in row.files],
    }


def about_member(member: Member) -> dict:
    """Where, and over which time, as far as it is stated."""
    place = {"@type": "dct:Location", "rdfs:label": {"@language": "en", "@value": member.name}}
    if member.iso3:
        place["dct:identifier"] = member.iso3
    found = {"dct:spatial": place}
    if member.first_day and member.last_day:
        found["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": day(member.first_day),
            "dcat:endDate": day(member.last_day),
        }
    return found


def distribution(site: str, row: DataFiles, file: dict, page: str) -> dict:
    address = f"{site}/data/{row.scope}/{STEM}{FORMATS[file['format']]}"
    packed = {"dcat:packageFormat": iri(f"{MEDIA}application/zip")} if file["format"] == "csv" else {}
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": FORMATS[file["format"]].lstrip("."),
        "dcat:accessURL": iri(f"{site}{page}"),
        "dcat:downloadURL": iri(address),
        "dcat:mediaType": iri(f"{MEDIA}{MEDIA_TYPES[file['format']]}"),
        **packed,
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file["size"])},
        "dct:modified": day(row.changed_on),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": iri("spdx:checksumAlgorithm_sha256"),
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file["sha256"]},
        },
        **license_of(),
    }


def service(site: str, datasets: list[str]) -> dict:
    """The API, for the same rows one by one."""
    return {
        "@id": f"{site}/api/v1/#service",
        "@type": "dcat:DataService",
        "dct:title": {"@language": "en", "@value": "OGP tracker API"},
        "dcat:endpointURL": iri(f"{site}/api/v1/"),
        "dcat:endpointDescription": iri(f"{site}/api/v1/schema/"),
        "dct:publisher": iri(f"{site}/#publisher"),
        "dcat:servesDataset": [iri(name) for name in datasets],
        **license_of(),
    }
