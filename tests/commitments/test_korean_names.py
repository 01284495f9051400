"""Names that Korean pages show where nobody has entered one: of countries by Unicode CLDR, of policy areas our own."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.ogp_columns import POLICY_AREAS
from assessments.ogp_import import import_file
from commitments.countries import korean_name_of
from commitments.models import ActionPlan, Member, PolicyArea
from commitments.policy_areas import IN_KOREAN
from search.index import refresh
from search.models import Change
from tests.assessments.ogp_rows import row, write

fill = import_module("commitments.migrations.0010_korean_names_filled").fill


def member(code, iso3, name, kind="national", **fields):
    return Member(code=code, iso3=iso3, slug=code.lower(), name=name, kind=kind, **fields)


@pytest.mark.once
@pytest.mark.parametrize(
    ("given", "korean"),
    [
        (member("KE", "KEN", "Kenya"), "케냐"),
        (member("CI", "CIV", "Cote d'Ivoire"), "코트디부아르"),
        (member("MO", "MAR", "Morocco"), "모로코"),  # OGP's own letters: MO is Macao's code
        (member("UK", "GBR", "United Kingdom"), "영국"),
        (member("PNG", "PNG", "Papua New Guinea"), "파푸아뉴기니"),
        (member("XK", "XKX", "Kosovo", "other"), "코소보"),
        (member("GH", "", "Ghana"), "가나"),
        (member("MO", "", "Morocco"), ""),
        (member("QA", "QAL", "Qaland"), ""),
        (member("QU", "QUU", "Quuland"), ""),  # a code that ISO leaves to its users, which CLDR gives to the Union
        (member("TBI", "", "Tbilisi, Georgia", "local"), ""),
        (member("GE", "GEO", "Georgia", "local"), ""),
        (member("KE", "KEN", "Kenya", is_fictional=True), ""),
    ],
    ids=lambda given: f"{given.code} {given.name}" if isinstance(given, Member) else None,
)
def test_a_country_has_its_korean_name_where_it_is_certain_which_one_it_is(given, korean):
    assert korean_name_of(given) == korean


@pytest.mark.once
def test_every_policy_area_of_ogps_data_has_a_korean_name_of_its_own():
    assert tuple(IN_KOREAN) == POLICY_AREAS
    assert len(set(IN_KOREAN.values())) == len(POLICY_AREAS)
    assert not [name for name in IN_KOREAN.values() if not re.match("[가-힣]", name)]


def test_what_came_before_is_filled_in_and_what_somebody_wrote_stays(record):
    kenya, chile = (member(*facts) for facts in (("KE", "KEN", "Kenya"), ("CL", "CHL", "Chile")))
    chile.name_ko = "칠레 공화국"
    Member.objects.bulk_create([kenya, chile])
    document = kenya.documents.create(key="ogp-data-ke", title="OGP commitment data: Kenya", kind="ogp_data")
    titles = {1: "Action plan 1 (2012–2014)", 2: "Action plan 2", 3: "Our third plan"}
    for number, title in titles.items():
        kenya.plans.create(number=number, slug=f"ke-{number}", title=title, document=document)
    PolicyArea.objects.create(slug="tax", name="Tax", position=1)
    PolicyArea.objects.create(slug="debt", name="Debt", name_ko="나랏빚", position=2)
    PolicyArea.objects.create(slug="own", name="An area of our own", position=3)
    korea = Member.objects.values_list("name", "name_ko").get(code="KR")
    Change.objects.all().delete()
    fill(apps, None)
    assert set(Member.objects.values_list("name", "name_ko")) >= {
        ("Kenya", "케냐"),
        ("Chile", "칠레 공화국"),
        korea,
    }
    assert dict(ActionPlan.objects.filter(member=kenya).values_list("number", "title_ko")) == {
        1: "제1차 실행계획 (2012–2014)",
        2: "제2차 실행계획",
        3: "",
    }
    assert list(PolicyArea.objects.values_list("name_ko", flat=True)) == ["조세", "나랏빚", ""]
    assert set(Change.objects.values_list("source", "key")) == {
        ("member", kenya.pk),
        *(("plan", plan.pk) for plan in kenya.plans.exclude(number=3)),
    }, "the search index follows"


KENYA = {"Country/Locality": "Kenya", "Code": "KEN", "Region": "Africa and the Middle East", "Open Data": "1"}


@pytest.fixture
def kenya(record, tmp_path):
    """A plan of two imported commitments, one of them about open data; 2016 to 2018."""
    import_file(write(tmp_path / "rows.csv", row("KE0001", **KENYA), row("KE0002", **KENYA | {"Open Data": "0"})))
    return Member.objects.get(code="KE")


def text_of(client, address) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize(
    ("address", "korean", "english"),
    [
        ("members/", ">케냐</a>", "Kenya"),
        ("members/kenya/", "<h1>케냐</h1>", "<h1>Kenya</h1>"),
        ("plans/", ">제1차 실행계획 (2016–2018)</a>", ">Action plan 1 (2016–2018)</a>"),
        ("plans/ke-1/", "<h1>제1차 실행계획 (2016–2018)</h1>", "<h1>Action plan 1 (2016–2018)</h1>"),
        ("plans/ke-1/commitments/1/", ">공공데이터 개방</a>", ">Open Data</a>"),
        ("policy-areas/", ">공공데이터 개방</a>", ">Open Data</a>"),
        ("policy-areas/open-data/", "<h1>공공데이터 개방</h1>", "<h1>Open Data</h1>"),
        ("commitments/", '<option value="open-data">공공데이터 개방<', '<option value="open-data">Open Data<'),
        ("commitments/", '<option value="ke-1">케냐: 제1차 실행', '<option value="ke-1">Kenya: Action plan 1'),
        ("commitments/", '<option value="kenya">케냐<', '<option value="kenya">Kenya<'),
        ("members/compare/", "케냐", "Kenya"),
    ],
)
def test_each_language_has_its_own_names(kenya, client, address, korean, english):
    in_korean, in_english = text_of(client, f"/ko/{address}"), text_of(client, f"/{address}")
    assert korean in in_korean and english in in_english
    assert english not in in_korean and korean not in in_english


def test_the_search_finds_a_country_by_its_korean_name_and_its_facets_are_korean(kenya, client):
    refresh()
    assert "/ko/plans/ke-1/" in text_of(client, "/ko/search/?q=케냐")
    narrowed = text_of(client, "/ko/search/?q=promise&member=kenya")
    assert "공공데이터 개방" in narrowed and "Open Data" not in narrowed
    assert "제1차 실행계획 (2016–2018)" in narrowed


def test_an_import_keeps_the_name_that_somebody_wrote(kenya, tmp_path):
    Member.objects.filter(pk=kenya.pk).update(name_ko="케냐 공화국")
    import_file(write(tmp_path / "rows.csv", row("KE0001", **KENYA), row("KE0003", **KENYA)))
    kenya.refresh_from_db()
    assert kenya.name_ko == "케냐 공화국"


IMPORTED = {
    "": ("From OGP's commitment data: 2 commitments were imported", "(imported from OGP's data, perhaps not"),
    "/ko": ("OGP 공약 데이터에서 공약 2개를 가져왔습니다.", "(OGP 데이터에서 가져온 것으로, 전부가 아닐 수 있음)"),
}


@pytest.mark.parametrize("language", ["", "/ko"])
def test_a_plan_of_imported_rows_says_so_wherever_its_commitments_are_counted(kenya, client, language):
    sentence, words = IMPORTED[language]
    plan = kenya.plans.get()
    plan.commitments.create(number="9", position=9, title="Entered by hand")
    assert sentence in text_of(client, f"{language}/plans/ke-1/"), "what was entered by hand was not imported"
    for address in ("/", "/plans/?member=kenya", "/members/kenya/"):
        assert words in text_of(client, f"{language}{address}"), address


@pytest.mark.parametrize("address", ["/plans/kr-5/", "/members/kr/", "/plans/?member=kr"])
def test_a_plan_of_which_that_is_not_known_says_nothing_of_it(record, client, address):
    assert "imported" not in text_of(client, address)


@pytest.mark.parametrize("address", ["/ko/", "/ko/plans/", "/ko/members/kenya/", "/ko/plans/ke-1/"])
def test_more_imported_plans_and_rows_cost_no_more_queries(kenya, client, tmp_path, address):
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    later = [row(f"KE010{n}", **KENYA | {"Action Plan Number": str(n)}) for n in (2, 3, 4)]
    chile = {"Country/Locality": "Chile", "Code": "CHL"}
    import_file(write(tmp_path / "rows.csv", *later, row("KE0003", **KENYA), row("CL0001", **chile)))
    client.get(address)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
