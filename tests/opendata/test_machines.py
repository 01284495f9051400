"""What machines are told: the DCAT catalogue, schema.org on pages, StratML; each read by a program that knows it."""

import json
import re

import pytest
import rdflib
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import etree

from commitments.models import Commitment, Institution
from opendata import services
from opendata.jsonld import as_script
from opendata.models import DataFiles
from tests.world import make_commitment, make_institution, make_member, make_plan, make_world

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),  # inside rdflib itself
]
NAMES = {
    "dcat": rdflib.DCAT,
    "dct": rdflib.DCTERMS,
    "foaf": rdflib.FOAF,
    "vcard": rdflib.Namespace("http://www.w3.org/2006/vcard/ns#"),
    "spdx": rdflib.Namespace("http://spdx.org/rdf/terms#"),
    "xsd": rdflib.XSD,
    "s": rdflib.Namespace("https://schema.org/"),
}


@pytest.fixture
def made(settings, tmp_path, record, monkeypatch) -> DataFiles:
    """The files of the whole record and of Korea."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(services, "send_on_commit", lambda pk: None)
    for scope in ("all", "kr"):
        services.make(services.ask(scope).pk)
    return DataFiles.objects.get(scope="kr")


# DCAT -----------------------------------------------------------------------------------------------------------------
def catalogue(client) -> rdflib.Graph:
    answer = client.get("/data/catalog.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    return rdflib.Graph().parse(data=answer.content, format="json-ld")


MANDATORY = {  # DCAT 3, and what a national portal asks for
    "dcat:Catalog": "dct:title dct:description dct:publisher dct:license dct:language dct:modified dcat:dataset",
    "dcat:Dataset": "dct:title dct:description dct:identifier dct:publisher dcat:contactPoint dct:modified "
    "dct:language dct:accrualPeriodicity dct:license dcat:landingPage dcat:distribution dct:conformsTo dcat:keyword",
    "dcat:Distribution": "dcat:accessURL dcat:downloadURL dcat:mediaType dcat:byteSize spdx:checksum dct:license "
    "dct:title",
    "dcat:DataService": "dct:title dcat:endpointURL dcat:endpointDescription dcat:servesDataset",
    "spdx:Checksum": "spdx:algorithm spdx:checksumValue",
    "vcard:Organization": "vcard:fn vcard:hasURL",
}


@pytest.mark.parametrize(("kind", "properties"), MANDATORY.items())
def test_the_catalogue_says_of_each_thing_what_dcat_asks(client, made, kind, properties):
    graph = catalogue(client)
    things = graph.query(f"SELECT ?x WHERE {{ ?x a {kind} }}", initNs=NAMES)
    assert len(things) == {"dcat:Dataset": 2, "dcat:Distribution": 6, "spdx:Checksum": 6, "vcard:Organization": 2}.get(
        kind, 1
    )
    for name in properties.split():
        lacking = graph.query(f"SELECT ?x WHERE {{ ?x a {kind} FILTER NOT EXISTS {{ ?x {name} ?y }} }}", initNs=NAMES)
        assert not list(lacking), (kind, name)


def test_the_catalogue_names_files_that_are_there_with_their_size_and_digest(client, made):
    rows = catalogue(client).query(
        "SELECT ?url ?size ?sum WHERE { ?d a dcat:Distribution; dcat:downloadURL ?url; dcat:byteSize ?size;"
        " spdx:checksum/spdx:checksumValue ?sum }",
        initNs=NAMES,
    )
    listed = {str(sha) for _url, _size, sha in rows}
    assert listed == {file["sha256"] for row in DataFiles.objects.all() for file in row.files}
    for url, size, _sha in rows:
        assert size.datatype == rdflib.XSD.nonNegativeInteger
        answer = client.get(str(url).removeprefix("http://testserver"))
        assert len(b"".join(answer.streaming_content)) == int(size)


def test_the_catalogue_says_where_and_when_as_far_as_it_is_stated(client, made, record):
    (row,) = catalogue(client).query(
        "SELECT ?start ?end ?place WHERE { ?d a dcat:Dataset; dct:temporal [dcat:startDate ?start; dcat:endDate ?end];"
        " dct:spatial/dct:identifier ?place }",
        initNs=NAMES,
    )
    plans = record.plans.exclude(starts_on=None)
    assert plans.exists()
    assert [str(value) for value in row] == [plans.earliest("starts_on").starts_on.isoformat(), "2023-12-31", "KOR"]


def test_an_office_is_named_where_it_has_given_its_name(client, made, settings):
    settings.DATA_PUBLISHER, settings.DATA_CONTACT = "Open Government Office", "data@office.example"
    (row,) = catalogue(client).query(
        "SELECT DISTINCT ?fn ?mail WHERE { ?c a vcard:Organization; vcard:fn ?fn; vcard:hasEmail ?mail }", initNs=NAMES
    )
    assert [str(value) for value in row] == ["Open Government Office", "mailto:data@office.example"]


def test_the_catalogue_is_the_same_whatever_the_readers_language_and_costs_two_queries(client, made):
    with CaptureQueriesContext(connection) as captured:
        korean = client.get("/data/catalog.jsonld", headers={"accept-language": "ko"}).content
    assert len(captured) == 2
    assert korean == client.get("/data/catalog.jsonld").content


def test_an_empty_catalogue_is_a_catalogue(client, db):
    graph = catalogue(client)
    assert len(graph.query("SELECT ?x WHERE { ?x a dcat:Catalog; dct:title ?t }", initNs=NAMES)) == 2
    assert not list(graph.query("SELECT ?x WHERE { ?x a dcat:Dataset }", initNs=NAMES))


# schema.org -----------------------------------------------------------------------------------------------------------
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
OFFLINE = {"@vocab": "https://schema.org/", "url": {"@type": "@id"}, "item": {"@type": "@id"}}


def graph_of(client, address: str) -> rdflib.Graph:
    """The page's data, read with a context that stands for the remote one."""
    (text,) = BLOCK.findall(client.get(address).content.decode())
    data = json.loads(text)
    assert data["@context"] == "https://schema.org"
    return rdflib.Graph().parse(data=json.dumps(data | {"@context": OFFLINE}), format="json-ld")


PAGES = [
    ("/", "WebSite", "name url potentialAction"),
    ("/ko/", "WebSite", "name url potentialAction"),
    ("/data/", "Dataset", "name description license creator distribution dateModified"),
    ("/data/kr/", "Dataset", "name description license creator distribution dateModified"),
    ("/plans/kr-5/?as_of=2021-11-15", "CreativeWork", "name url creator temporalCoverage isBasedOn identifier"),
    ("/ko/plans/kr-2/commitments/2-d/", "CreativeWork", "name url creator isPartOf provider position"),
    ("/members/kr/", "GovernmentOrganization", "name url memberOf areaServed"),
    ("/institutions/kr/mois/", "GovernmentOrganization", "name url"),
]


@pytest.mark.parametrize(("address", "kind", "properties"), PAGES)
def test_a_page_says_in_schema_orgs_words_what_it_is(client, made, address, kind, properties):
    graph = graph_of(client, address)
    path = address.split("?")[0]
    asked = " ".join(f"?x s:{name} ?{name} ." for name in properties.split())
    found = graph.query(
        f"SELECT DISTINCT ?x WHERE {{ ?x a s:{kind}; s:url <http://testserver{path}> . {asked} }}", initNs=NAMES
    )
    assert len(found) == 1
    if path not in ("/", "/ko/"):
        trail = graph.query(
            "SELECT ?n ?item WHERE { ?l a s:ListItem; s:position ?n; s:item ?item } ORDER BY ?n", initNs=NAMES
        )
        items = [str(item).removeprefix("http://testserver") for _n, item in trail]
        assert items[-1] == path and [client.get(item).status_code for item in items] == [200] * len(items)


def test_no_page_says_a_state_in_schema_orgs_words(client, made):
    for address, _kind, _properties in PAGES:
        (text,) = BLOCK.findall(client.get(address).content.decode())
        assert "actionStatus" not in text and "completed" not in text.lower()


def test_an_inferred_id_is_not_given_as_the_commitments_id(client, record):
    assert '"identifier"' not in BLOCK.findall(client.get("/plans/kr-5/commitments/5/").content.decode())[0]
    assert '"identifier": "KR0036"' in BLOCK.findall(client.get("/plans/kr-4/commitments/1/").content.decode())[0]


def test_a_title_cannot_end_the_block_of_data(client, record):
    evil = "</script><script>alert(1)</script><!-- & \u2028"
    Commitment.objects.filter(plan__slug="kr-5", number="5").update(title=evil)
    page = client.get("/plans/kr-5/commitments/5/").content.decode()
    assert "<script>alert" not in page
    assert json.loads(BLOCK.findall(page)[0])["@graph"][0]["name"] == evil
    assert "<" not in as_script([{"name": evil}]).removeprefix("<script ").removesuffix("</script>")


# StratML --------------------------------------------------------------------------------------------------------------
STRATML = "{urn:ISO:std:iso:17469:tech:xsd:stratml_core}"
# What ISO 17469-1 has in an element, in its order: ? once or not at all, * any number, + at least one.
STRUCTURE = {
    "StrategicPlan": "Name Description? OtherInformation? StrategicPlanCore AdministrativeInformation?",
    "StrategicPlanCore": "Organization* Vision? Mission? Value* Goal+",
    "Organization": "Name? Acronym? Identifier? Description? Stakeholder*",
    "Value": "Name? Description?",
    "Vision": "Description? Identifier?",
    "Mission": "Description? Identifier?",
    "Goal": "Name Description Identifier? SequenceIndicator? Stakeholder* OtherInformation? Objective*",
    "Objective": "Name? Description? Identifier? SequenceIndicator? Stakeholder* OtherInformation?",
    "Stakeholder": "Name Description?",
    "AdministrativeInformation": "StartDate? EndDate? PublicationDate? Source? Submitter?",
}
TEXTS = ["Name", "Description", "OtherInformation", "Acronym", "SequenceIndicator"]
COUNTS = {"?": "optional", "*": "zeroOrMore", "+": "oneOrMore"}


def relax_ng() -> etree.RelaxNG:
    """The standard's structure as a RELAX NG schema of our own."""
    data = {"StartDate": "date", "EndDate": "date", "PublicationDate": "date", "Source": "anyURI", "Identifier": "ID"}

    def part(word: str) -> str:
        name, mark = (word[:-1], word[-1]) if word[-1] in COUNTS else (word, "")
        own = f'<ref name="{name}"/>'
        return f"<{COUNTS[mark]}>{own}</{COUNTS[mark]}>" if mark else own

    rules = {name: "".join(map(part, words.split())) for name, words in STRUCTURE.items()}
    rules |= dict.fromkeys([*TEXTS, "Submitter"], "<text/>") | {
        name: f'<data type="{kind}"/>' for name, kind in data.items()
    }
    kinds = "".join(f"<value>{kind}</value>" for kind in ("Person", "Organization", "Generic_Group"))
    rules["Stakeholder"] = (
        f'<optional><attribute name="StakeholderTypeType" ns=""><choice>{kinds}</choice></attribute></optional>'
        + rules["Stakeholder"]
    )
    defined = "".join(
        f'<define name="{n}"><element name="{n}">{inner}</element></define>' for n, inner in rules.items()
    )
    text = (
        f'<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="{STRATML[1:-1]}" '
        'datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">'
        f'<start><ref name="StrategicPlan"/></start>{defined}</grammar>'
    )
    return etree.RelaxNG(etree.fromstring(text))


def stratml(client, slug: str):
    answer = client.get(f"/plans/{slug}/stratml.xml")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/xml"
    return etree.fromstring(answer.content)


@pytest.mark.parametrize("slug", ["kr-1", "kr-2", "kr-4", "kr-5"])
def test_a_plan_is_valid_stratml(client, record, slug):
    rules = relax_ng()
    assert rules.validate(stratml(client, slug)), rules.error_log


def test_the_check_of_stratml_finds_faults(client, record):
    for broken in ("Organization", "Name"):
        root = stratml(client, "kr-5")
        found = next(root.iter(f"{STRATML}{broken}"))
        found.getparent().append(found)  # out of order
        assert not relax_ng().validate(root), broken
    root = stratml(client, "kr-5")
    next(root.iter(f"{STRATML}StartDate")).text = "2021"
    assert not relax_ng().validate(root)


def test_stratml_has_each_theme_as_a_goal_and_each_form_as_an_objective(client, record):
    root = stratml(client, "kr-5")
    assert len(list(root.iter(f"{STRATML}Goal"))) == 3 and len(list(root.iter(f"{STRATML}Objective"))) == 16
    numbers = [row.findtext(f"{STRATML}SequenceIndicator") for row in root.iter(f"{STRATML}Objective")]
    assert numbers[:3] == ["1", "2-1", "2-2"]
    leads = [
        row.findtext(f"{STRATML}Name") for row in next(root.iter(f"{STRATML}Objective")).iter(f"{STRATML}Stakeholder")
    ]
    assert leads == ["Innovation Planning Division, Ministry of the Interior and Safety"]
    assert root.findtext(f".//{STRATML}StartDate") == "2021-01-01"


def test_what_the_plan_does_not_state_is_not_in_its_stratml(client, record):
    root = stratml(client, "kr-1")
    assert root.find(f".//{STRATML}StartDate") is None, "no source states the first plan's period to the day"
    assert root.findtext(f".//{STRATML}Vision/{STRATML}Description") == ""


def test_a_plan_that_is_not_itemised_or_not_there_has_no_stratml(client, record):
    for slug in ("kr-3", "nowhere"):
        assert client.get(f"/plans/{slug}/stratml.xml").status_code == 404


def test_stratml_holds_texts_that_xml_cannot(client, db):
    plan = make_plan(make_member(), title="Plan \x0b <&> \ud7ff")
    make_commitment(plan, make_institution(plan.member), title="Title \x1b & <b>")
    root = stratml(client, plan.slug)
    assert relax_ng().validate(root) and root.findtext(f"{STRATML}Name").endswith("<&> \ud7ff")


def test_stratml_is_the_same_in_every_language_and_for_any_size_costs_the_same(client, db):
    counts = []
    for size in (1, 3, 30):
        plan, *_others = make_world(size)
        with CaptureQueriesContext(connection) as captured:
            first = client.get(f"/plans/{plan.slug}/stratml.xml")
        counts.append(len(captured))
        again = client.get(f"/plans/{plan.slug}/stratml.xml", headers={"accept-language": "ko"})
        assert first.content == again.content
    assert len(set(counts)) == 1, counts
    assert Institution.objects.exists()
