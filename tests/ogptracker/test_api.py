"""The API contract: names, counts, dates, problems."""

import pytest

from tests.world import make_world


def get(client, address: str, status: int = 200) -> dict:
    response = client.get(f"/api/v1/{address}")
    assert response.status_code == status, response.content
    return response.json()


LISTS = [
    "members",
    "institutions",
    "documents",
    "plans",
    "commitments",
    "milestones",
    "self-assessments",
    "irm-codings",
    "codebooks",
    "reports",
]


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_pages_and_every_row_has_an_id_and_its_own_address(client, record, name):
    answer = get(client, f"{name}/")
    assert set(answer) == {"count", "next", "previous", "results"}
    for row in answer["results"][:3]:
        assert client.get(row["url"]).json()["id"] == row["id"]


def test_plan_5_counts_commitments_forms_and_milestones(client, record):
    plan = get(client, "plans/kr-5/")
    assert plan["slug"] == "kr-5"
    assert (plan["commitment_count"], plan["form_count"], plan["milestone_count"]) == (14, 16, 77)
    assert (plan["starts_on"], plan["ends_on"], plan["period_precision"]) == ("2021-01-01", "2023-12-31", "year")


def test_plan_3_has_its_stated_count_and_nothing_that_no_source_states(client, record):
    plan = get(client, "plans/kr-3/")
    assert plan["commitment_count"] == 13
    assert plan["form_count"] is plan["milestone_count"] is plan["starts_on"] is None
    assert plan["is_itemised"] is False


def test_commitments_are_listed_a_form_each_with_their_lead_institutions(client, record):
    answer = get(client, "commitments/?plan=kr-5&as_of=2021-11-15")
    assert answer["count"] == 16
    rows = {row["number"]: row for row in answer["results"]}
    assert rows["4-1"]["ogp_id"] == "KR0053"
    assert rows["4-1"]["title"] == "Expand Participatory Budgeting"
    assert rows["4-1"]["part_of"]["number"] == "4"
    assert rows["4-1"]["lead_institutions"] == ["Participatory Budgeting Division, Ministry of Economy and Finance"]
    assert (rows["4-1"]["milestone_count"], rows["4-1"]["overdue_count"]) == (7, 6)
    assert len(rows["11"]["lead_institutions"]) == 2
    assert sum(row["milestone_count"] for row in rows.values()) == 77


def test_a_milestone_has_the_plans_words_and_its_deadlines(client, record):
    rows = get(client, "milestones/?plan=kr-5&commitment=4-1&as_of=2021-11-15")["results"]
    row = rows[0]
    assert (row["published_start"], row["published_end"]) == (
        "May 2020 August 2021 August 2022",
        "July 2021 July 2022 July 2023",
    )
    assert [(d["starts_on"], d["due_on"]) for d in row["deadlines"]] == [
        ("2020-05-01", "2021-07-31"),
        ("2021-08-01", "2022-07-31"),
        ("2022-08-01", "2023-07-31"),
    ]
    assert (row["starts_on"], row["due_on"], row["due_precision"]) == ("2020-05-01", "2023-07-31", "month")
    assert (row["status"], row["overdue"], row["days_overdue"]) == ("not_reported", True, 107)


def test_overdue_on_a_day_is_a_filter(client, record):
    assert get(client, "milestones/?plan=kr-5&overdue=true&as_of=2021-11-15")["count"] == 20
    assert get(client, "milestones/?plan=kr-5&overdue=false&as_of=2021-11-15")["count"] == 57
    assert get(client, "milestones/?plan=kr-5&overdue=true")["count"] == 0, "the plan is over"


def test_open_ended_recurring_and_unreadable_words_are_told_apart(client, record):
    rows = get(client, "milestones/?plan=kr-4&commitment=4")["results"]
    unreadable = rows[1]
    assert (unreadable["readable"], unreadable["cadence"], unreadable["due_on"]) == (False, "quarterly", None)
    yearly = get(client, "milestones/?plan=kr-5&cadence=yearly")["results"]
    assert {row["published_start"] for row in yearly} >= {"Every July", "Previous December"}
    assert get(client, "milestones/?plan=kr-4&commitment=1&open_ended=true")["count"] == 5


def test_an_irm_coding_has_the_indicators_and_null_for_what_is_not_stated(client, record):
    rows = {row["commitment"]: row for row in get(client, "irm-codings/?plan=kr-2")["results"]}
    assert set(rows) == {"1-a", "1-b", "2-c", "2-d", "3-e"}
    assert (rows["1-b"]["completion"], rows["1-b"]["potential_impact"]) == ("limited", "minor")
    assert rows["2-d"]["completion"] == "not_started"
    assert rows["1-a"]["completion"] is rows["1-a"]["specificity"] is rows["1-a"]["verifiability"] is None
    assert not any(row["starred"] for row in rows.values())


def test_a_self_assessment_invents_no_completion_level(client, record):
    row = get(client, "self-assessments/?plan=kr-2")["results"][0]
    assert [entry["completion_level"] for entry in row["entries"]] == [None] * 5


def test_pages_are_of_the_size_asked_for(client, db):
    plan, *_others = make_world(3)
    answer = get(client, f"commitments/?plan={plan.slug}&page_size=2")
    assert len(answer["results"]) == 2
    assert len(client.get(answer["next"]).json()["results"]) == 1


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("milestones/?as_of=soon", 400, "as_of"),
        ("milestones/?plan=xx-9", 400, "plan"),
        ("milestones/?status=done", 400, "status"),
        ("milestones/?overdu=true", 400, "overdu"),
        ("milestones/?overdue=maybe", 400, "overdue"),
        ("commitments/?overdue=maybe", 400, "overdue"),
        ("irm-codings/?starred=maybe", 400, "starred"),
        ("milestones/?page_size=0", 400, "page_size"),
        ("milestones/?page_size=201", 400, "page_size"),
        ("commitments/?value=honesty", 400, "value"),
        ("plans/?number=five", 400, "number"),
        ("milestones/?institution=Ministry+of+Science", 400, "institution"),
        ("commitments/?institution=nobody", 400, "institution"),
        ("milestones/?page=99999", 404, None),
        ("milestones/?page=last-but-one", 404, None),
        ("plans/xx-9/", 404, None),
        ("milestones/999999999/", 404, None),
        ("no-such-list/", 404, None),
    ],
)
def test_a_bad_question_is_a_problem_that_names_its_field(client, record, address, status, field):
    response = client.get(f"/api/v1/{address}")
    problem = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert (response.status_code, problem["status"]) == (status, status)
    assert problem["title"] and problem["detail"]
    if field:
        assert [error["field"] for error in problem["errors"]] == [field]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, record, method):
    response = getattr(client, method)("/api/v1/plans/", content_type="application/json")
    assert response.status_code == 405
    assert response.json()["title"] == "Method Not Allowed"
    assert response["Content-Type"] == "application/problem+json"


def test_the_schema_names_every_list_and_parameter(client, record):
    response = client.get("/api/v1/schema/?format=json")
    schema = response.json()
    assert schema["openapi"].startswith("3.")
    for name in LISTS:
        assert f"/api/v1/{name}/" in schema["paths"]
    names = {p["name"] for p in schema["paths"]["/api/v1/milestones/"]["get"]["parameters"]}
    assert {"as_of", "plan", "commitment", "status", "overdue", "page", "page_size"} <= names


def test_the_readable_schema_page_has_every_address_and_loads_nothing_from_elsewhere(client, record):
    page = client.get("/api/v1/schema/docs/").content.decode()
    assert "/api/v1/milestones/" in page
    assert 'src="http' not in page and 'href="http' not in page.replace('href="http://testserver', "")


def test_the_page_of_the_description_tells_methods_apart_and_shows_code_as_code(client, record):
    page = client.get("/api/v1/schema/docs/").content.decode()
    assert page.count(">POST /api/v1/status-updates/</code></a>") == 1
    assert "<code>errors</code> names it." in page and "`" not in page
