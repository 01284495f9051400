"""Holds the record against the documents it was read from: their own tables, taken apart here by other means.

The documents are not part of this repository. They are looked for in ``../shared/sources``, or where ``OGP_SOURCES``
says; without them these tests are skipped. Every difference that is meant stands in one of the lists below, as found
and as recorded, and a repair that is no longer needed fails too.
"""

import hashlib
import os
import re
from pathlib import Path

import pytest
from django.conf import settings

from assessments.models import EntryResult, SelfAssessmentEntry, SelfAssessmentSection
from commitments.models import ActionPlan, Commitment, SourceDocument, Theme
from milestones.models import Milestone

SOURCES = Path(os.environ.get("OGP_SOURCES") or settings.BASE_DIR.parent / "shared" / "sources")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not SOURCES.is_dir() and "OGP_SOURCES" not in os.environ,
        reason="The source documents are not on this machine: set OGP_SOURCES to the folder that holds their text.",
    ),
]

TABLE_HEAD = re.compile(r"Milestone Activity [^\n]*\tStart Date\tEnd Date\t*\n")
PERIOD = re.compile(r"^(?:Commitment Start and End Date\t)?(?:End Date\t)?\t?(\w+ \d+, \d{4}) ~ (\w+ \d+, \d{4})", re.M)

# Plan 5: scanning damage in titles, leads and the list of commitments.
PLAN_5_TITLES = {
    "Hold youth sessions, taking the opportunity to host the 7 th OGP Global Summit": (
        "Hold youth sessions, taking the opportunity to host the 7th OGP Global Summit"
    ),
    "Connect different participation platforms via Gwanghwamoon 1 st Street": (
        "Connect different participation platforms via Gwanghwamoon 1st Street"
    ),
    "Operate Gwanghwamoon 1 st Street Open Communication Forum": (
        "Operate Gwanghwamoon 1st Street Open Communication Forum"
    ),
    "Operate a 'pre-notification of policies for citizens to participate in'system": (
        "Operate a 'pre-notification of policies for citizens to participate in' system"
    ),
}
PLAN_5_COMMITMENTS = {
    "Leverage Big Data to address unfair practices in day-to- day life": (
        "Leverage Big Data to address unfair practices in day-to-day life"
    ),
}
MINISTRY_TWICE = ("Ministry of Interiorthe Interior and Safety", "Ministry of the Interior and Safety")
ACRONYM = " (ACRC)"

# Plan 4: a column of the third, eighth, tenth and eleventh table was cut, and cells have changed places.
PLAN_4_TITLES = {
    "Building a 2018 cultural heritage 3D c and 50 sets of printing / database – 50 sets of 3D scanning": (
        "Building a 2018 cultural heritage 3D database – 50 sets of 3D scanning and 50 sets of printing"
    ),
    "Building a cultural heritage 3D web p / ortal": "Building a cultural heritage 3D web portal",
    "Hosting a special exhibition using 3D (Gyeongju Hwabaek International Cor / "
    "content as part of HERITAGE KOREA 2018 evention Center, HICO)": (
        "Hosting a special exhibition using 3D content as part of HERITAGE KOREA 2018 "
        "(Gyeongju Hwabaek International Convention Center, HICO)"
    ),
    # What the lost letters were is not certain: kept as found.
    "Delivering a presentation on best pra technologies at the Digital Heritage 2 - 3D scanning and printing of "
    "cultura / 018 (San Francisco)": (
        "Delivering a presentation on best pra technologies at the Digital Heritage 2 - 3D scanning and printing of "
        "cultura 018 (San Francisco)"
    ),
    "Disclosing 1,000 sets of public data in cultural heritage / ncluding 3D modeling data of": (
        "Disclosing 1,000 sets of public data including 3D modeling data of cultural heritage"
    ),
}
PLAN_4_LEADS = {
    "Division of ICT Management, Culture Heritage Administration": (
        "Division of ICT Management, Cultural Heritage Administration"
    ),
    "NGO & Business Cooperation Division, Anti-corruption and Civil Rights Commission (ACRC)": (
        "NGO & Business Cooperation Division, Anti-Corruption and Civil Rights Commission"
    ),
}

# Plan 2: a service whose first letter was damaged, and what strayed into the column of services.
SERVICES = {
    '"lutsayi" service for reducing conflicts over noise between neighbors': (
        '"Iutsayi" service for reducing conflicts over noise between neighbors'
    ),
}
STRAY = " - It is a second"


class Repairs:
    """The differences that are meant; ``all_used`` fails when one of them no longer exists in the document."""

    def __init__(self, known: dict[str, str]):
        self.known, self.used = known, set()

    def __call__(self, found: str) -> str:
        if found in self.known:
            self.used.add(found)
        return self.known.get(found, found)

    def all_used(self):
        assert self.used == set(self.known)


def folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture(scope="module")
def texts():
    """The text of every document, by its SHA-256."""
    contents = [path.read_bytes() for path in SOURCES.glob("*.txt")]
    return {hashlib.sha256(content).hexdigest(): content.decode() for content in contents}


@pytest.fixture
def text(record, texts):
    """``text(key)``: the text that a source document of the record was read from."""
    return lambda key: texts[SourceDocument.objects.get(key=key).sha256]


def test_every_document_of_the_record_was_read_from_a_text_that_is_there(record, texts):
    assert set(SourceDocument.objects.values_list("sha256", flat=True)) == set(texts)


# Plan 5 ---------------------------------------------------------------------------------------------------------------
def plan_5_forms(text):
    """The text of each commitment form."""
    return re.split(r"^(?=Lead Implementing Agency/Actor[\t ])", text, flags=re.M)[1:]


def plan_5_milestones(form, repaired):
    """(sub-heading, title, start, end) of each row of a form's table; a row without dates is a sub-heading."""
    rows, group = [], ""
    for line in TABLE_HEAD.split(form)[1].split("\n\n")[0].splitlines():
        title, start, end = (folded(cell) for cell in line.split("\t"))
        if start or end:
            rows.append((group, repaired(title), start, end))
        else:
            group = title
    return rows


def recorded_milestones(commitment):
    return list(commitment.milestones.values_list("group", "title", "published_start", "published_end"))


def forms_of(plan):
    return list(Commitment.objects.forms().filter(plan__slug=plan).order_by("position"))


def test_plan_5_has_every_milestone_of_every_form_word_for_word(text):
    repaired = Repairs(PLAN_5_TITLES)
    printed, recorded = plan_5_forms(text("kr-5-plan")), forms_of("kr-5")
    assert len(printed) == len(recorded) == 16
    for form, commitment in zip(printed, recorded, strict=True):
        assert recorded_milestones(commitment) == plan_5_milestones(form, repaired), commitment
    repaired.all_used()
    assert Milestone.objects.filter(commitment__plan__slug="kr-5").count() == 77


def chain(institution):
    """An institution and what it belongs to, as the forms write it: "Division, Ministry"."""
    return institution.name + (f", {chain(institution.parent)}" if institution.parent else "")


def recorded_leads(commitment):
    leads = commitment.involvements.filter(role="lead").order_by("position")
    return " ".join(chain(involvement.institution) for involvement in leads)


def test_plan_5_has_the_lead_agency_of_every_form(text):
    printed = [form.splitlines()[0] for form in plan_5_forms(text("kr-5-plan"))]
    leads = [folded(line.removeprefix("Lead Implementing Agency/Actor")).removesuffix(ACRONYM) for line in printed]
    assert leads == [recorded_leads(commitment) for commitment in forms_of("kr-5")]


def test_plan_5_has_the_other_actors_of_every_form_as_stated(text):
    printed = re.findall(r"^Other Actors Involved[\t ](.*)$", text("kr-5-plan"), re.M)
    assert printed == [commitment.others_as_stated for commitment in forms_of("kr-5")]


def test_what_plan_5_names_as_other_actors_are_the_institutions_involved(record):
    for commitment in forms_of("kr-5"):
        others = commitment.involvements.exclude(role="lead").order_by("role", "position")
        names = ", ".join(involvement.institution.name for involvement in others)
        assert (names or "N/A") == commitment.others_as_stated, commitment


def plan_5_list(text):
    """The table "List of Commitments": (theme, number, title, parts, agencies) of each row."""
    table = text.split("OGP Co-Chair VisionPriorities\t")[1].split("\n\n")[0]
    rows, theme = [], ""
    for line in table.splitlines()[1:]:
        first, entry, agencies = line.split("\t")
        theme = folded(first.split("<ul")[0]) or theme
        entry, _, parts = entry.partition("<ul")
        number, title = re.fullmatch(r"(\d+)\. (.*)", entry.strip()).groups()
        # The marks of the parts are lost in the text: they run together.
        parts = folded(re.sub(r"^[^>]*>|</?[a-z]+>", " ", parts))
        rows.append((theme, number, title, parts, agencies.strip().replace(*MINISTRY_TWICE)))
    return rows


def test_plan_5_has_the_themes_numbers_and_titles_of_its_list_of_commitments(text):
    repaired = Repairs(PLAN_5_COMMITMENTS)
    printed = plan_5_list(text("kr-5-plan"))
    whole = Commitment.objects.whole().filter(plan__slug="kr-5").order_by("position")
    assert [(theme, number, repaired(folded(title))) for theme, number, title, _, _ in printed] == [
        (commitment.theme.title, commitment.number, commitment.title) for commitment in whole
    ]
    repaired.all_used()
    for (_, _, _, parts, _), commitment in zip(printed, whole, strict=True):
        assert parts == " ".join(commitment.parts.order_by("position").values_list("title", flat=True))


def test_plan_5_names_the_parts_on_their_forms(text):
    printed = re.findall(r"^\((\d+-\d+)\. (.*)\)$", text("kr-5-plan"), re.M)
    parts = Commitment.objects.filter(plan__slug="kr-5").exclude(part_of=None).order_by("position")
    assert printed == [(part.number, part.title) for part in parts]


def ministry(institution):
    return ministry(institution.parent) if institution.parent else institution.name


def test_plan_5_has_the_ministries_of_its_list_of_commitments(text):
    for _, number, _, _, agencies in plan_5_list(text("kr-5-plan")):
        forms = Commitment.objects.forms().filter(plan__slug="kr-5", number__regex=rf"^{number}(-\d)?$")
        leads = {ministry(i.institution) for form in forms for i in form.involvements.filter(role="lead")}
        assert leads == set(agencies.split(", ")), number


def test_plan_5_has_the_members_of_the_forum_in_their_order(text):
    plan = ActionPlan.objects.get(slug="kr-5")
    for side, heading in (("government", "Government members"), ("civil_society", "Civil-sector members")):
        line = re.search(rf"^{heading}\t(.*)$", text("kr-5-plan"), re.M)[1]
        printed = re.split(r", (?![^(]*\))", line.replace("C.O.D.E.(", "C.O.D.E. ("))
        seats = plan.forum_seats.filter(side=side).order_by("position")
        assert printed == [f"{seat.institution.name} ({seat.role})".removesuffix(" ()") for seat in seats]


# Plan 4 ---------------------------------------------------------------------------------------------------------------
def plan_4_rows(table, repaired):
    """(title, start, end) of each row. A title that the scan cut in two is written "left / right" in the repairs."""
    rows = []
    for line in table.splitlines():
        if not line.strip() or "Contact Information" in line:
            break
        cells = [folded(cell) for cell in line.split("\t")]
        if cells[0] == "_":  # the left border of the table, read as a letter: the row is one cell further right
            title, (start, end) = cells[1], cells[2:4]
        else:
            cells = cells[:-2] if cells[-2:] == ["", ""] and len(cells) > 4 else cells
            cells = cells[:-1] if cells[-1] == "" and len(cells) > 4 else cells
            title, (start, end) = " / ".join(filter(None, cells[:-2])), cells[-2:]
        rows.append(("", repaired(title), start, end))
    return rows


def plan_4_forms(text):
    """(title, lead, period) of each commitment form, in the order of the document; and what follows each table head."""
    body = text.split("\nCommitments\n", 1)[1]
    forms = []
    for form in TABLE_HEAD.split(body)[:-1]:
        head = re.search(r"^([^\t\n]+)\n+(?=Commitment Start and|Commitment Description)", form, re.M)
        lead = re.search(r"Lead Implementing.*?(?=\n\s*Commitment (?:Start|Desc)|\nWhat is the public)", form, re.S)
        labels = r"Lead Implementing|Age(?:nc|nd)y/Actor|Commitment Description"
        period = PERIOD.search(form[head.end() :])
        forms.append((head[1], folded(re.sub(labels, " ", lead[0])), period.groups()))
    return forms, TABLE_HEAD.split(body)[1:]


def test_plan_4_has_the_title_and_period_of_every_form_in_the_documents_order(text):
    forms, _ = plan_4_forms(text("kr-4-plan"))
    assert [(title, *period) for title, _, period in forms] == [
        (commitment.title, commitment.starts_wording, commitment.ends_wording) for commitment in forms_of("kr-4")
    ]
    assert [commitment.number for commitment in forms_of("kr-4")] == [str(number) for number in range(1, 14)]


def test_plan_4_has_the_lead_agency_of_every_form(text):
    repaired = Repairs(PLAN_4_LEADS)
    forms, _ = plan_4_forms(text("kr-4-plan"))
    assert [repaired(lead) for _, lead, _ in forms] == [recorded_leads(commitment) for commitment in forms_of("kr-4")]
    repaired.all_used()


def test_plan_4_has_every_milestone_of_every_form_word_for_word(text):
    repaired = Repairs(PLAN_4_TITLES)
    _, tables = plan_4_forms(text("kr-4-plan"))
    assert len(tables) == 13
    for table, commitment in zip(tables, forms_of("kr-4"), strict=True):
        assert recorded_milestones(commitment) == plan_4_rows(table, repaired), commitment
    repaired.all_used()
    assert Milestone.objects.filter(commitment__plan__slug="kr-4").count() == 62


def test_plan_4_counts_its_proposals_as_its_text_does(text):
    told = folded(text("kr-4-plan"))
    assert "thus, 67 commitments were proposed in total" in told
    assert "four rounds of working-level meetings and selected 36 of them" in told
    assert "23 of them were selected during the second round" in told
    steps = ActionPlan.objects.get(slug="kr-4").cocreation_steps.order_by("position")
    assert list(steps.values_list("count", flat=True)) == [67, 36, 23, 13]


# Plan 1 ---------------------------------------------------------------------------------------------------------------
def test_plan_1_has_the_themes_and_titles_of_its_headings(text):
    commitments = text("kr-1-plan").split("OGP COMMITMENTS")[1].split("\nCONCLUSION")[0]
    headings = re.findall(r"^(\d(?:-\d)?)\.? (.*?)\s*$", commitments, re.M)
    themes = Theme.objects.filter(plan__slug="kr-1").order_by("position")
    assert [heading for heading in headings if "-" not in heading[0]] == [(t.number, t.title) for t in themes]
    assert [heading for heading in headings if "-" in heading[0]] == [(c.number, c.title) for c in forms_of("kr-1")]
    for commitment in forms_of("kr-1"):
        assert commitment.number.startswith(f"{commitment.theme.number}-")


# Plan 2 ---------------------------------------------------------------------------------------------------------------
def recorded_table(title):
    """The rows of the table of that title, wherever the self-assessment has it."""
    tables = [table for section in SelfAssessmentSection.objects.all() for table in section.tables]
    tables += [table for result in EntryResult.objects.all() for table in result.tables]
    (table,) = (table for table in tables if table["title"] == title)
    return table["rows"]


def rows_by_year(text, columns):
    """Every row of the text that begins with a year and has this many columns."""
    return [row.split("\t") for row in re.findall(rf"^20\d\d(?:\t[\d.,%]+){{{columns - 1}}}$", text, re.M)]


def test_plan_2_has_the_figures_of_the_table_on_e_people(text):
    printed = rows_by_year(text("kr-2-end-of-term"), 9)
    assert [row[0] for row in printed] == ["2011", "2012", "2013", "2014", "2015"]
    title = "Public hearings, policy discussions and opinion polls on the e-People website, 2011-2015"
    assert recorded_table(title) == printed


def test_plan_2_has_the_figures_of_the_table_on_employment_limits(text):
    printed = rows_by_year(text("kr-2-end-of-term"), 4)
    assert len(printed) == 5
    assert recorded_table("Employment limit rate, 2011-2015") == printed


@pytest.mark.parametrize(
    "title, begins, ends",
    [
        ("Documents disclosed in original form, as of 2016", "As of 2016, ", " In addition, 12 types of information"),
        ("Documents of the 12 types approved for prior release", "prior release, including ", "\n"),
    ],
)
def test_plan_2_has_the_figures_that_its_text_lists_by_type_of_information(text, title, begins, ends):
    told = text("kr-2-end-of-term").split(begins)[1].split(ends)[0]
    printed = re.findall(r"([\d,]*\d),?(?: documents)? on ([a-z ]+?)(?: have been disclosed)?(?=[;.])", told)
    assert len(printed) == 12
    assert [(count, kind.lower()) for kind, count in recorded_table(title)] == printed


def services_listed(text):
    """The column of services in the first, cut part of the list as one text; the rows of its second part."""
    told = text.split("\nNo. Flagship service category")[1].split("## 2. Customized service development")[0]
    cut, whole = told.split("prospective local divica")
    column = folded(" ".join(line.split("\t")[1] for line in cut.splitlines() if "\t" in line)).replace(STRAY, "")
    rows = [[folded(cell) for cell in line.split("\t")] for line in whole.splitlines() if line.strip()]
    # A row without an agency repeats the column of services once more, cut short.
    rows = [[service, agency.replace("- ", "-")] for service, agency in rows if service and agency]
    return re.sub(r"(?<=\w)- (?!and )(?=\w)", "-", column), rows


def test_plan_2_has_the_50_services_of_its_list_in_their_order(text):
    column, rows = services_listed(text("kr-2-end-of-term"))
    for found, repaired in SERVICES.items():
        assert found in column
        column = column.replace(found, repaired)
    recorded = recorded_table("50 categories of customized services")
    assert [number for number, _, _ in recorded] == [str(number) for number in range(1, 51)]
    position = 0
    for _, service, _ in recorded[:26] + recorded[27:38]:  # of the 27th row, half is lost in the text
        assert service in column[position:]
        position = column.index(service, position) + len(service)
    assert [row[1:] for row in recorded[38:]] == rows


def test_plan_2_has_the_themes_and_titles_of_its_appendix(text):
    appendix = folded(text("kr-2-end-of-term").split("\nAppendix\n")[1])
    for commitment in forms_of("kr-2"):
        assert f"{commitment.number}. {commitment.title} " in appendix
        assert f"{commitment.theme.number}. {commitment.theme.title} " in appendix.replace("Resource ", "Resources ")


def test_plan_2_states_its_lead_agencies_as_recorded(text):
    appendix = text("kr-2-end-of-term").split("\nAppendix\n")[1]
    printed = re.findall(r"Lead implementing(?:\tig)? agency\s+(.+?)(?: \(ACRC\)| Persons|\t|\n)", appendix)
    leads = SelfAssessmentEntry.objects.order_by("commitment__position")
    assert printed == [ministry(entry.lead) for entry in leads]
