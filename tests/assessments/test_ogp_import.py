"""OGP's commitment data, in and out: what is kept, repaired, joined, reported and refused."""

import csv
import io
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments import ogp_import
from assessments.models import Coding, IRMReview, OGPFault, OGPImport, OGPRow
from assessments.ogp_columns import COLUMNS
from assessments.ogp_file import OGPFileError
from commitments.models import ActionPlan, Commitment, Institution, Involvement, Member, PolicyArea, SourceDocument
from tests.assessments.ogp_rows import NOT_CODED, Y2014, Y2018, Y2021, as_csv, korean, row, write
from tests.world import make_commitment, make_institution, make_member, make_plan

SAMPLE = Path(os.environ.get("OGP_DATA") or settings.BASE_DIR.parent / "shared" / "data") / "ogp_commitments_sample.csv"
needs_sample = pytest.mark.skipif(
    not SAMPLE.is_file() and "OGP_DATA" not in os.environ,
    reason="OGP's sample is not on this machine: set OGP_DATA to the folder that holds it.",
)
pytestmark = pytest.mark.django_db

TABLES = (Member, Institution, SourceDocument, PolicyArea, ActionPlan, Commitment, Involvement)
TABLES += (Commitment.policy_areas.through, IRMReview, Coding, OGPRow, OGPFault)


def imported(path, **options):
    """Imports the file; returns its run and what was found wrong."""
    found = []
    return ogp_import.import_file(path, tell=found.append, **options), found


def exported(path) -> bytes:
    call_command("export_ogp_commitments", str(path), stdout=io.StringIO())
    return path.read_bytes()


def everything() -> dict:
    """Every row of every table that an import writes to."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def done_about(found, column: str) -> list[str]:
    return [finding.done for finding in found if finding.column == column]


@pytest.fixture
def take(record, tmp_path):
    """``take(row, …)``: imports a file with these rows."""

    def taken(*rows, **options):
        return imported(write(tmp_path / "rows.csv", *rows), **options)

    return taken


# The sample -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def sample(record):
    return imported(SAMPLE)


@needs_sample
def test_what_is_exported_is_the_sample_byte_for_byte(sample, tmp_path):
    assert exported(tmp_path / "out.csv") == SAMPLE.read_bytes()


@needs_sample
def test_importing_the_sample_again_changes_nothing(sample):
    before = everything()
    run, found = imported(SAMPLE)
    assert everything() == before
    assert run.counts == {"rows unchanged": 111}
    assert found == sample[1], "the faults are told again"


@needs_sample
def test_the_sample_makes_members_plans_and_commitments_with_their_faults_told(sample):
    run, found = sample
    assert Member.objects.exclude(ogp_code="").count() == 58
    assert ActionPlan.objects.exclude(ogp_id="").exclude(member__code="KR").count() == 93
    assert OGPRow.objects.exclude(commitment=None).count() == 111
    assert done_about(found, "Commitment Number") == ["Damaged by a spreadsheet: repaired to 4.1."]
    assert done_about(found, "_DIOGCP") == ["Contradicts “Marginal” (3), which is kept."]
    assert any("2019-03-01" in done for done in done_about(found, "Start Date"))
    assert run.fault_count == len(found) == OGPFault.objects.count()


@needs_sample
@pytest.mark.parametrize(
    ("column", "side", "star"),
    [
        ("Starred (Current Formula) Progress Report", "design", "starred"),
        ("Starred (Current Formula) End of Term", "results", "starred"),
        ("Starred (2015 Only)", "design", "starred_2015"),
    ],
)
def test_stars_as_computed_are_those_that_ogp_publishes(sample, column, side, star):
    products = {"design": ["progress_report", "design_report"], "results": ["end_of_term_report"]}[side]
    codings = Coding.objects.filter(review__product__in=products).with_starred()
    computed = dict(codings.values_list("commitment__ogp_id", star))
    place = COLUMNS.index(column)
    published = {r.identifier: r.cells[place] for r in OGPRow.objects.all() if r.cells[place] in ("0", "1")}
    assert len(published) >= 30
    assert {identifier: computed.get(identifier, False) for identifier in published} == {
        identifier: cell == "1" for identifier, cell in published.items()
    }
    assert "1" in published.values()


@pytest.mark.once
@needs_sample
@pytest.mark.parametrize("prefix", ["", "/ko"])
def test_every_page_of_what_the_sample_brought_opens(sample, client, prefix):
    rows = list(Member.objects.exclude(ogp_code=""))
    rows += list(ActionPlan.objects.select_related("member").exclude(ogp_id=""))
    rows += [r.commitment for r in OGPRow.objects.select_related("commitment__plan")]
    rows += list(IRMReview.objects.all()[:5]) + list(SourceDocument.objects.filter(kind="ogp_data")[:3])
    addresses = [f"{prefix}{r.get_absolute_url()}" for r in rows[:: 10 if prefix else 1]]
    failing = [address for address in addresses if client.get(address).status_code != 200]
    assert not failing


# Made-up rows ---------------------------------------------------------------------------------------------------------
STRANGE = {
    "Full Text": "Ћирилица, ქართული, العربية, 한국어 \u200f, \U0001f600\r\nsecond line\rthird\tend" + "x" * 300_000,
    "Short Title": '=HYPERLINK("http://example.org")',
    "Theme": " padded ",
    "Supporting Institution(s)": "with a NUL: \x00.",
}


@pytest.mark.parametrize(
    "options", [{}, {"lineterminator": "\n"}, {"quoting": csv.QUOTE_ALL}], ids=["CRLF", "LF", "all quoted"]
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_strange_cells_come_out_as_they_went_in(record, tmp_path, options, mark):
    if options.get("lineterminator") == "\n":
        rows = [row("QA0001", **STRANGE | {"Full Text": "no\r\ncarriage return, but “quotes” and a\nline"})]
    else:
        rows = [row("QA0001", **STRANGE)]
    path = tmp_path / "in.csv"
    path.write_bytes(mark + as_csv([*rows, row("QA0002")], **options))
    _run, found = imported(path)
    assert exported(tmp_path / "out.csv") == path.read_bytes()
    assert done_about(found, "Short Title") == ["Looks like a formula: kept as text."]
    assert any("NUL" in done for done in done_about(found, "Supporting Institution(s)"))
    assert "\x00" not in Commitment.objects.get(ogp_id="QA0001").others_as_stated


def test_the_second_import_changes_nothing(take):
    rows = [row("QA0001", **Y2014), row("QA0002", **Y2021, **{"Action Plan Number": "2"}), row("qa-0001")]
    take(*rows)
    before = everything()
    run, found = take(*rows)
    assert everything() == before
    assert run.counts == {"rows unchanged": 3}
    assert done_about(found, COLUMNS[0]) == ["Not an identifier of OGP: the row is kept as given, not read."]


def test_a_row_becomes_a_commitment_with_its_member_plan_lead_and_policy_areas(take):
    take(
        row(
            "QA0007",
            **{"Open Data": "1", "Tax": "1", "Justice": "ND"},
            **{"Code": "QALA", "National Or Local": "Legacy Local"},
        )
    )
    commitment = Commitment.objects.select_related("plan__member").get(ogp_id="QA0007")
    member, plan = commitment.plan.member, commitment.plan
    assert (member.code, member.slug, member.kind, member.region) == ("QA", "qaland", "local", "europe")
    assert (member.ogp_code, member.iso3, member.time_zone) == ("QALA", "", "UTC")
    assert (plan.slug, plan.ogp_id, plan.period_wording, plan.period_precision) == (
        "qa-1",
        "AP_QALA01",
        "2016–2018",
        "year",
    )
    assert commitment.starts_wording == "1/1/2017"
    assert [area.slug for area in commitment.policy_areas.all()] == ["tax", "open-data"]
    assert [i.institution.name for i in commitment.involvements.filter(role="lead")] == ["Ministry of Promises"]
    assert "UTC" in commitment.document.note


def test_leads_that_may_be_several_stay_words(take):
    take(row("QA0001", **{"Lead Institution": "Ministry of A, Ministry of B"}))
    commitment = Commitment.objects.get(ogp_id="QA0001")
    assert commitment.others_as_stated == "Lead institution(s), as stated: Ministry of A, Ministry of B"
    assert not commitment.involvements.exists()


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("8.1999999999999993", "8.2"),
        ("10", "10"),
        ("3.2.5", "3.2.5"),
        ("1/2", "QA0001"),
        ("NA", "QA0001"),
        ("..", "QA0001"),
    ],
)
def test_numbers_are_repaired_where_that_is_certain(take, client, given, number):
    _run, found = take(row("QA0001", **{"Commitment Number": given}))
    commitment = Commitment.objects.get(ogp_id="QA0001")
    assert commitment.number == number
    assert bool(done_about(found, "Commitment Number")) == (given != number)
    assert client.get(commitment.get_absolute_url()).status_code == 200


def test_a_number_that_two_rows_claim_is_given_to_one(take):
    _run, found = take(row("QA0001"), row("QA0002", **{"Commitment Number": "1"}))
    assert Commitment.objects.get(ogp_id="QA0002").number == "QA0002"
    assert done_about(found, "Commitment Number") == ["Its plan has this number twice: QA0002 is used."]


def test_not_coded_not_reviewed_and_not_applicable_stay_apart(take):
    take(row("QA0001", **Y2018), row("QA0002"), row("QA0003", **NOT_CODED))
    coding = Coding.objects.get(commitment__ogp_id="QA0001")
    assert (coding.potential_impact, coding.access_to_information, coding.civic_participation) == (
        "moderate",
        True,
        False,
    )
    assert coding.absent["specificity"] == "ND"
    assert coding.absent["completion"] == "NA"
    assert not Coding.objects.filter(commitment__ogp_id__in=["QA0002", "QA0003"]).exists()
    place = COLUMNS.index("Specificity")
    assert [r.cells[place] for r in OGPRow.objects.all()] == ["ND", "NR", "ND"]


@pytest.mark.parametrize(
    ("coded", "found"),
    [
        (Y2014, {("progress_report", "2014-17"), ("end_of_term_report", "2014-17")}),
        (
            Y2014 | {n: "ND" for n in Y2014 if "Open" in n or "End" in n or n.startswith("_DIOG")},
            {("progress_report", "2011-13")},
        ),
        (Y2018, {("design_report", "2018-20")}),
        (
            Y2018 | {"Completion (End Of Term)": "Limited", "_CompletionEndTerm": "3"},
            {("design_report", "2018-20"), ("implementation_report", "2018-20")},
        ),
        (Y2021, {("action_plan_review", "2021+")}),
        (
            Y2021
            | {
                "Completion (End Of Term)": "Limited",
                "_CompletionEndTerm": "3",
                "Early Results": "Moderate",
                "_Early Results": "1",
            },
            {("action_plan_review", "2021+"), ("results_report", "2021+")},
        ),
    ],
)
def test_the_method_is_told_by_what_is_coded_and_never_by_the_year(take, coded, found):
    take(row("QA0001", **{"Year Of Submission": "1999", "Action Plan End Year": "2035"}, **coded))
    assert set(IRMReview.objects.filter(slug__startswith="qa-1").values_list("product", "method_version")) == found


def test_the_end_of_term_star_is_computed_from_what_the_earlier_report_graded(take):
    take(row("QA0001", **Y2014))
    starred = dict(
        Coding.objects.filter(commitment__ogp_id="QA0001").with_starred().values_list("review__product", "starred")
    )
    assert starred == {"progress_report": False, "end_of_term_report": True}
    assert "carried over" in IRMReview.objects.get(slug="qa-1-end-of-term-report").note


def test_a_value_of_no_codebook_is_kept_as_its_wording_and_told(take):
    wording = "No early results to report yet"
    _run, found = take(row("QA0001", **Y2014 | {"Did It Open Government (Overall)": wording, "_OpenGovernment": "1"}))
    coding = Coding.objects.get(review__product="end_of_term_report", commitment__ogp_id="QA0001")
    assert (coding.did_it_open_government, coding.absent["did_it_open_government"]) == ("", wording)
    assert done_about(found, "Did It Open Government (Overall)") == [
        "No value of the codebook: kept as given, not coded."
    ]


def test_a_code_that_contradicts_its_words_is_told_and_the_words_are_kept(take):
    _run, found = take(row("QA0001", **Y2014 | {"_Specificity": "1"}))
    assert done_about(found, "_Specificity") == ["Contradicts “High” (3), which is kept."]
    assert set(Coding.objects.filter(commitment__ogp_id="QA0001").values_list("specificity", flat=True)) == {"high"}


# A newer file ---------------------------------------------------------------------------------------------------------
def test_a_newer_file_changes_what_the_older_one_said(take):
    take(row("QA0001", **Y2018, Tax="1"), row("QA0002"))
    newer = Y2018 | {
        "Potential Impact": "Transformative",
        "_Potential Impact": "3",
        "Completion (Progress Report)": "ND",
    }
    new = {"Commitment Title": "Another title", "Lead Institution": "Ministry of Others", "Debt": "1"}
    run, found = take(row("QA0001", **newer, **new), row("QA0002"))
    commitment = Commitment.objects.get(ogp_id="QA0001")
    assert (commitment.title, commitment.version) == ("Another title", 2)
    assert [area.slug for area in commitment.policy_areas.all()] == ["debt"]
    assert [i.institution.name for i in commitment.involvements.all()] == ["Ministry of Others"]
    coding = Coding.objects.get(commitment=commitment)
    assert (coding.potential_impact, coding.absent["completion"]) == ("transformative", "ND")
    assert run.counts["rows changed"] == run.counts["commitments changed"] == run.counts["codings changed"] == 1
    assert run.counts["rows unchanged"] == 1
    assert Commitment.objects.filter(plan__slug="qa-1").count() == 2


def test_what_a_person_changed_since_is_kept_and_told(take):
    take(row("QA0001", **Y2018))
    Commitment.objects.filter(ogp_id="QA0001").update(title="As an editor has it")
    Coding.objects.filter(commitment__ogp_id="QA0001").update(potential_impact="minor")
    newer = Y2018 | {"Potential Impact": "Transformative", "_Potential Impact": "3"}
    _run, found = take(row("QA0001", **newer, **{"Commitment Title": "Newer", "Full Text": "Newer text"}))
    commitment = Commitment.objects.get(ogp_id="QA0001")
    assert (commitment.title, commitment.description) == ("As an editor has it", "Newer text")
    assert Coding.objects.get(commitment=commitment).potential_impact == "minor"
    assert done_about(found, "Commitment Title") == ["The record was changed by hand: its words are kept."]
    assert done_about(found, "potential_impact") == ["The record has “minor”, which is kept."]


def test_a_row_that_vanished_is_told_and_kept_but_no_longer_exported(take, tmp_path):
    take(row("QA0001"), row("QA0002"))
    run, found = take(row("QA0002"))
    assert run.vanished == ["QA0001"]
    assert [f.done for f in found] == ["In an earlier file and not in this one: kept in the record."]
    assert Commitment.objects.filter(ogp_id="QA0001").exists()
    assert b"QA0001" not in exported(tmp_path / "out.csv")
    run, _found = take(row("QA0001"), row("QA0002"))
    assert not run.vanished
    assert b"QA0001" in exported(tmp_path / "out.csv")


# What is in the record already ----------------------------------------------------------------------------------------
def test_koreas_plan_keeps_the_ministrys_words_and_gets_the_irms_codings(take):
    before = {c.pk: c for c in Commitment.objects.filter(plan__slug="kr-5")}
    plan = ActionPlan.objects.filter(slug="kr-5").values().get()
    rows = [korean(f"KR{n:04d}", **Y2021, Tax="1") for n in range(49, 65)]
    _run, found = take(*rows)
    after = {c.pk: c for c in Commitment.objects.filter(plan__slug="kr-5")}
    kept = (
        "number",
        "title",
        "title_ko",
        "description",
        "starts_wording",
        "ends_wording",
        "others_as_stated",
        "position",
    )
    assert {pk: [getattr(c, n) for n in kept] for pk, c in after.items()} == {
        pk: [getattr(c, n) for n in kept] for pk, c in before.items()
    }
    assert ActionPlan.objects.filter(slug="kr-5").values().get() == plan | {"ogp_id": "AP_KOR05"}
    assert Coding.objects.filter(commitment__plan__slug="kr-5", review__method_version="2021+").count() == 16
    assert Commitment.objects.get(ogp_id="KR0052").policy_areas.get().slug == "tax"
    assert len([done for done in done_about(found, "Commitment Title") if "which is kept" in done]) == 16
    assert Member.objects.get(code="KR").name == "Republic of Korea"
    assert OGPRow.objects.filter(joined=True).count() == 16


def test_an_inferred_id_is_certain_once_ogp_has_the_same_title(take):
    commitment = Commitment.objects.filter(plan__slug="kr-5", ogp_id_inferred=True).first()
    take(korean(commitment.ogp_id, **{"Commitment Title": commitment.title.upper()}))
    commitment.refresh_from_db()
    assert not commitment.ogp_id_inferred


def test_a_commitment_that_an_itemised_plan_of_the_record_does_not_have_is_not_added(take):
    _run, found = take(korean("KR0099"))
    assert not Commitment.objects.filter(ogp_id="KR0099").exists()
    assert OGPRow.objects.get(identifier="KR0099").commitment is None
    assert any("no such commitment" in done for done in done_about(found, COLUMNS[0]))


def test_an_id_that_stands_in_another_plan_of_the_record_is_not_joined(take):
    _run, found = take(korean("KR0036", **Y2021))
    assert not Coding.objects.filter(commitment__ogp_id="KR0036").exists()
    assert any("kr-4" in done for done in done_about(found, "Action Plan ID"))


def test_a_review_that_the_irm_is_at_work_on_here_is_left_alone(take):
    plan = ActionPlan.objects.get(slug="kr-5")
    facts = {"product": "action_plan_review", "method_version": "2021+", "title": "In the making"}
    IRMReview.objects.create(plan=plan, slug="kr-5-apr", stage="draft", **facts)
    _run, found = take(korean("KR0052", **Y2021))
    assert not Coding.objects.filter(commitment__ogp_id="KR0052").exists()
    assert any("at work here" in finding.done for finding in found)


def test_codes_and_addresses_that_other_members_have_are_not_taken_twice(take):
    make_member(code="QA", slug="qaland")
    make_plan(Member.objects.get(code="QA"), slug="qa-1", number=9)
    take(row("QA0001"))
    member = Member.objects.get(ogp_code="QAL")
    assert (member.code, member.slug, member.plans.get().slug) == ("QAL", "qal", "qal-1")


# What is refused ------------------------------------------------------------------------------------------------------
def swapped(names):
    return [names[1], names[0], *names[2:]]


GOOD = as_csv([row("QA0001"), row("QA0002")])
REFUSED = {
    "cut in a row": (GOOD[:-40], "breaks off"),
    "cut in quotes": (GOOD[: GOOD.index(b"What QA0002") + 20], "Line 4"),
    "cut in the last cell": (GOOD[:-2], "its last line has no end"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "UTF-16"),
    "cp1252": (as_csv([row("QA0001", Theme="é")]).replace("é".encode(), b"\xe9"), "Line 2, byte"),
    "empty": (b"", "missing"),
    "titles alone": (as_csv([]), "no rows"),
    "a column missing": (as_csv([row()[:-1]], COLUMNS[:-1]), "column 171 “id” is missing"),
    "a column renamed": (GOOD.replace(b"Region", b"Regions", 1), "column 6 “Regions” is not known"),
    "a column doubled": (as_csv([[*row(), "1"]], (*COLUMNS, "Region")), "column 172 “Region” is there twice"),
    "columns reordered": (as_csv([swapped(row())], swapped(COLUMNS)), "column 1 is “Country/Locality”"),
    "a row too short": (as_csv([row("QA0001"), row("QA0002")[:-3], row("QA0003")]), "Line 4: 168 cells"),
    "a row too long": (as_csv([[*row("QA0001"), "more"]]), "Line 2: 172 cells"),
    "an empty line": (GOOD + b"\r\n", "Line 6: 0 cells"),
    "an identifier twice": (as_csv([row("QA0001"), row("QA0001")]), "Line 4, column “Commitment Unique Identifier”"),
    "a cell too long": (as_csv([row("QA0001", **{"Full Text": "x" * 1_000_001})]), "field larger than field limit"),
    "text after a quote": (GOOD.replace(b"Qaland", b'"Qa"land', 1), "Line 2"),
    "broken quotes": (GOOD.replace(b'"What QA0001', b'"What" QA0001', 1), "Line 2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_right_is_refused_whole_with_its_place(record, tmp_path, name):
    content, words = REFUSED[name]
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    before = everything()
    with pytest.raises(OGPFileError, match=words.replace("(", r"\(")):
        imported(path)
    assert everything() == before
    assert not OGPImport.objects.exists()


def test_an_error_half_way_leaves_nothing_behind(record, tmp_path, monkeypatch):
    monkeypatch.setattr(ogp_import, "BATCH", 2)
    path = write(tmp_path / "rows.csv", *(row(f"QA{n:04d}", **Y2014) for n in range(1, 8)))
    before = everything()

    def stop(done, total):
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imported(path, on_progress=stop)
    assert everything() == before
    run, _found = imported(path)
    assert run.counts["commitments made"] == 7


def test_a_dry_run_tells_everything_and_keeps_nothing(take):
    before = everything()
    run, found = take(row("QA0001", **{"Commitment Number": "4.0999999999999996"}), dry_run=True)
    assert run.counts["commitments made"] == 1
    assert found
    assert everything() == before
    assert not OGPImport.objects.exists()


# The commands ---------------------------------------------------------------------------------------------------------
def test_the_command_tells_the_faults_and_writes_them_down(record, tmp_path, admin):
    path = write(tmp_path / "rows.csv", row("QA0001", **{"Start Date": "=1+1", "Commitment Title": "=cmd"}))
    out, report = io.StringIO(), tmp_path / "faults.csv"
    call_command("import_ogp_commitments", str(path), report=report, user="admin", stdout=out)
    assert "1 rows: 1 changed" in out.getvalue()
    assert "Looks like a formula" in out.getvalue()
    rows = list(csv.DictReader(report.read_text(encoding="utf-8-sig").splitlines()))
    assert [(r["line"], r["identifier"], r["column"], r["value"]) for r in rows][0] == (
        "2",
        "QA0001",
        "Commitment Title",
        "'=cmd",
    )
    assert OGPImport.objects.get().imported_by == admin
    out = io.StringIO()
    call_command("import_ogp_commitments", str(path), stdout=out)
    assert "1 rows: 0 changed, 1 unchanged." in out.getvalue()


def test_the_commands_say_what_they_cannot_do(record, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(GOOD[:-40])
    with pytest.raises(CommandError, match="bad.csv is refused; nothing was imported. Line 4"):
        call_command("import_ogp_commitments", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_ogp_commitments", str(tmp_path / "none.csv"))
    (tmp_path / "kept.csv").write_text("kept")
    with pytest.raises(CommandError, match="No file of OGP's commitment data has been imported"):
        call_command("export_ogp_commitments", str(tmp_path / "kept.csv"))
    assert (tmp_path / "kept.csv").read_text() == "kept"


# Where readers meet it ------------------------------------------------------------------------------------------------
def test_policy_areas_stand_on_the_page_and_filter_the_list_and_the_api(take, client):
    take(row("QA0001", **{"Open Data": "1"}), row("QA0002"))
    commitment = Commitment.objects.get(ogp_id="QA0001")
    page = client.get(commitment.get_absolute_url()).content.decode()
    assert "Open Data" in page
    assert "OGP commitment data: Qaland" in page
    found = client.get("/commitments/?policy_area=open-data").content.decode()
    assert commitment.title in found
    assert "Promise QA0002" not in found
    rows = client.get("/api/v1/commitments/?policy_area=open-data").json()
    assert [(r["ogp_id"], r["policy_areas"]) for r in rows["results"]] == [("QA0001", ["open-data"])]
    assert client.get("/api/v1/commitments/?policy_area=nonsense").status_code == 400


def test_why_an_indicator_is_empty_stands_in_the_api(take, client):
    take(row("QA0001", **Y2018))
    (found,) = [r for r in client.get("/api/v1/irm-codings/").json()["results"] if r["ogp_id"] == "QA0001"]
    assert (found["completion"], found["absent"]["completion"], found["absent"]["specificity"]) == (None, "NA", "ND")


def test_administrators_read_imports_and_rows_and_nobody_else_does(take, admin, coordinator, client):
    take(row("QA0001", **{"Commitment Number": "1/2"}))
    pages = [reverse("admin:assessments_ogpimport_changelist"), reverse("admin:assessments_ogprow_changelist")]
    pages.append(reverse("admin:assessments_ogprow_change", args=[OGPRow.objects.get().pk]))
    client.force_login(coordinator)
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]
    client.force_login(admin)
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]
    assert "Promise QA0001" in client.get(pages[2]).content.decode()


def queries_of(path) -> int:
    with CaptureQueriesContext(connection) as captured:
        imported(path)
    return len(captured)


def test_rows_that_have_not_changed_cost_no_queries_of_their_own(take, tmp_path):
    few = write(tmp_path / "few.csv", *(row(f"QA{n:04d}", **Y2014) for n in range(1, 3)))
    more = write(tmp_path / "more.csv", *(row(f"QA{n:04d}", **Y2014) for n in range(1, 201)))
    imported(more)
    again = queries_of(more)
    imported(few)
    assert again == queries_of(few)


def test_commitments_made_by_hand_are_not_touched_by_an_import_of_others(take):
    member = make_member()
    own = make_commitment(make_plan(member), make_institution(member))
    take(row("QA0001"))
    own.refresh_from_db()
    assert own.version == 1
