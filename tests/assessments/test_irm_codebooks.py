"""The codebooks: what OGP's table of indicators says, the columns of codings, the pages and the API."""

import json

import pytest
from django.conf import settings

from assessments.codebooks import BY_VERSION, CODEBOOKS, INDICATORS, CodebookError, read
from assessments.models import Coding, IRMReview
from assessments.presentation import INDICATORS_OF_METHOD

# OGP's table, typed in here once more: values with their numeric codes, and the years of the plans it is used for.
OPENED = "Worsened 0, Did not change 1, Marginal 2, Major 3, Outstanding 4"
TABLE = {
    "specificity": ("None 0, Low 1, Medium 2, High 3", 2011, 2017),
    "verifiability": ("Yes, No", 2011, None),
    "access_to_information": ("Yes, No", 2011, 2019),
    "civic_participation": ("Yes, No", 2011, 2019),
    "public_accountability": ("Yes, No", 2011, 2019),
    "technology_and_innovation": ("Yes, No", 2011, 2019),
    "open_government_lens": ("Yes, No", 2020, None),
    "potential_impact": ("None 0, Minor 1, Moderate 2, Transformative 3", 2011, 2019),
    "potential_for_results": ("Unclear 0, Modest 1, Substantial 2", 2020, None),
    "completion": (
        "Withdrawn 0, No evidence available 1, Not started 2, Limited 3, Substantial 4, Complete 5",
        2011,
        None,
    ),
    "did_it_open_government": (OPENED, 2013, 2020),
    "did_it_open_government_access_to_information": (OPENED, 2013, 2020),
    "did_it_open_government_civic_participation": (OPENED, 2013, 2020),
    "did_it_open_government_public_accountability": (OPENED, 2013, 2020),
    "early_results": ("No notable results 0, Moderate 1, Significant 2", 2021, None),
    "promising": ("Yes, No", 2020, None),  # named by the method, not graded
}
YEARS = {"2011-13": (2011, 2013), "2014-17": (2014, 2017), "2018-20": (2018, 2020), "2021+": (2021, None)}


def written(indicator) -> str:
    return ", ".join(" ".join(map(str, filter(lambda x: x is not None, (v.label, v.code)))) for v in indicator.values)


def test_the_codebooks_are_ogps_table():
    assert {row.name: (written(row), row.first_year, row.last_year) for row in INDICATORS} == TABLE
    assert {book.version: (book.first_year, book.last_year) for book in CODEBOOKS} == YEARS


@pytest.mark.parametrize("version", YEARS)
def test_a_version_has_the_indicators_of_its_years(version):
    first, last = YEARS[version]
    of_years = {n for n, (_v, since, until) in TABLE.items() if since <= (last or 9999) and (until or 9999) >= first}
    assert set(BY_VERSION[version].names) == of_years
    assert INDICATORS_OF_METHOD[version] == BY_VERSION[version].names


def test_the_codebooks_are_the_columns_of_codings_with_their_choices_and_labels():
    assert {row.name for row in INDICATORS} == set(Coding.GRADED + Coding.YES_NO) - {"behind_schedule"}
    assert list(BY_VERSION) == IRMReview.Method.values
    for indicator in INDICATORS:
        field = Coding._meta.get_field(indicator.name)
        choices = field.choices or [(True, "Yes"), (False, "No")]
        assert [(row.value, row.label) for row in indicator.values] == [(key, str(label)) for key, label in choices]
        assert str(field.verbose_name).lower() == indicator.label.lower()
        assert indicator.definition and indicator.definition_ko and indicator.source


def content() -> dict:
    return json.loads((settings.FIXTURES_DIR / "codebooks.json").read_text(encoding="utf-8"))


def without_an_indicator(data):
    data["methods"][0]["indicators"].pop()


def with_a_foreign_indicator(data):
    data["methods"][3]["indicators"].append("specificity")


def with_an_unknown_indicator(data):
    data["methods"][3]["indicators"].append("ambition")


def with_a_value_twice(data):
    data["indicators"][0]["values"].append(data["indicators"][0]["values"][0])


def with_a_misspelt_key(data):
    data["indicators"][0]["first"] = 2011


@pytest.mark.parametrize(
    "damage",
    [
        without_an_indicator,
        with_a_foreign_indicator,
        with_an_unknown_indicator,
        with_a_value_twice,
        with_a_misspelt_key,
    ],
)
def test_a_codebook_that_does_not_hold_together_is_refused(damage):
    data = content()
    read(data)
    damage(data)
    with pytest.raises(CodebookError):
        read(data)


# Pages and API --------------------------------------------------------------------------------------------------------
def test_a_page_shows_which_version_has_which_indicators(client, db):
    page = client.get("/codebooks/").content.decode()
    for book in CODEBOOKS:
        assert f'href="/codebooks/{book.slug}/"' in page
    assert "6 indicators" in page and "14 indicators" in page


@pytest.mark.parametrize("book", CODEBOOKS, ids=lambda book: book.slug)
def test_each_codebook_has_a_page_with_its_values_and_codes_in_both_languages(client, db, book):
    english, korean = (client.get(f"{prefix}/codebooks/{book.slug}/").content.decode() for prefix in ("", "/ko"))
    for indicator in book.indicators:
        assert f'id="{indicator.name}"' in english
        assert indicator.definition_ko in korean
    assert "Complete <code>5</code>" in english
    assert ("Transformative" in english) == (book.version != "2021+")


def test_a_codebook_that_is_none_is_not_found(client, db):
    for address in ("/codebooks/2030-on/", "/codebooks/2021+/", "/api/v1/codebooks/2030-on/"):
        assert client.get(address).status_code == 404


def test_the_api_lists_the_codebooks_with_their_codes(client, db):
    answer = client.get("/api/v1/codebooks/").json()
    assert [row["method_version"] for row in answer["results"]] == list(YEARS)
    latest = client.get("/api/v1/codebooks/2021-on/").json()
    early = next(row for row in latest["indicators"] if row["name"] == "early_results")
    assert early["values"][2] == {"value": "significant", "label": "Significant", "code": 2}
    assert client.get("/api/v1/codebooks/?metod=2021").status_code == 400
    assert client.get("/api/v1/codebooks/?page=2").status_code == 404
    assert client.post("/api/v1/codebooks/").status_code == 405
