"""Codings: only the method's values, the method of the review, stars, and the forms on which the IRM writes them."""

from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.codebooks import BY_VERSION, INDICATORS
from assessments.models import Coding, IRMReview
from tests.assessments.irm_rows import make_coding, make_review, new_commitment

pytestmark = pytest.mark.django_db
METHODS = list(BY_VERSION)
EVERY_VALUE = [(indicator, row.value) for indicator in INDICATORS for row in indicator.values]


@contextmanager
def refused(words: str):
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        yield


# What the database holds ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", METHODS)
def test_the_database_takes_each_value_of_the_method_and_no_other(method):
    coding = make_coding(make_review(method_version=method))
    mine = Coding.objects.filter(pk=coding.pk)
    for indicator, value in EVERY_VALUE:
        empty = None if indicator.is_yes_no else ""
        if indicator in BY_VERSION[method].indicators:
            assert mine.update(**{indicator.name: value}) == 1
        else:
            with refused(f"coding_holds_{method[:4]}_values"):
                mine.update(**{indicator.name: value})
        mine.update(**{indicator.name: empty})


@pytest.mark.parametrize("name", [row.name for row in INDICATORS if not row.is_yes_no])
def test_the_database_takes_no_word_that_no_codebook_has(name):
    method = next(version for version, book in BY_VERSION.items() if name in book.names)
    coding = make_coding(make_review(method_version=method))
    with refused("coding_holds"):
        Coding.objects.filter(pk=coding.pk).update(**{name: "splendid"})


def test_the_governments_word_is_none_of_the_irms():
    coding = make_coding(make_review())
    with refused("coding_holds_2021_values"):
        Coding.objects.filter(pk=coding.pk).update(completion="completed")


def test_a_coding_takes_the_method_of_its_review_and_no_other():
    review = make_review(method_version="2018-20")
    coding = make_coding(review)
    assert coding.method_version == "2018-20"
    with refused("method of its review"):
        Coding.objects.filter(pk=coding.pk).update(method_version="2021+")
    with refused("method of its review"):
        make_coding(review, method_version="2014-17")
    with refused("method of its review"):
        Coding.objects.bulk_create([Coding(review=review, commitment=new_commitment(review.plan))])


def test_a_coding_does_not_go_over_to_a_review_of_another_method():
    coding, other = make_coding(make_review()), make_review(method_version="2014-17")
    with refused("method of its review"):
        Coding.objects.filter(pk=coding.pk).update(review=other)
    same = make_review(plan=coding.review.plan, product="midterm_review")
    assert Coding.objects.filter(pk=coding.pk).update(review=same) == 1


def test_a_review_keeps_the_method_that_its_commitments_are_coded_by():
    review = make_review(method_version="2018-20")
    IRMReview.objects.filter(pk=review.pk).update(method_version="2021+")
    make_coding(review, method_version="2021+")
    with refused("keeps the method"):
        IRMReview.objects.filter(pk=review.pk).update(method_version="2018-20")
    review.method_version = "2018-20"
    with pytest.raises(ValidationError, match="stays what it is"):
        review.full_clean()


def test_no_method_but_the_four_is_known():
    review = make_review(method_version="2030+")
    with refused("coding_has_a_known_method"):
        make_coding(review)


def test_one_coding_a_review_and_commitment():
    coding = make_coding(make_review())
    with refused("(?i)coding_once_a_review|unique"):
        Coding.objects.create(review=coding.review, commitment=coding.commitment)


def test_one_final_review_of_a_product_for_a_plan():
    review = make_review(stage="final")
    make_review(plan=review.plan)  # a draft may stand beside it
    make_review(plan=review.plan, stage="final", product="midterm_review")
    with refused("(?i)one_final_review_a_product_and_plan|unique"):
        make_review(plan=review.plan, stage="final")
    second = IRMReview(plan=review.plan, slug="x", title="X", product=review.product, method_version="2021+")
    second.stage = "final"
    with pytest.raises(ValidationError, match="has a final review of this product already"):
        second.full_clean()


def test_the_triggers_are_there_after_every_migration():
    tables = {"postgresql": "SELECT tgname FROM pg_trigger", "sqlite": "SELECT name FROM sqlite_master"}
    with connection.cursor() as cursor:
        cursor.execute(tables[connection.vendor])
        names = {name for (name,) in cursor.fetchall()}
    assert {"coding_has_its_reviews_method", "review_keeps_its_codings_method"} <= names


# In words -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", METHODS)
def test_python_says_the_same_at_the_field(method):
    review = make_review(method_version=method)
    for indicator, value in EVERY_VALUE:
        coding = Coding(review=review, method_version=method, **{indicator.name: value})
        foreign = indicator not in BY_VERSION[method].indicators
        assert (indicator.name in coding.foreign_values()) == foreign


def test_a_value_of_another_method_is_refused_in_words():
    review = make_review()
    coding = Coding(review=review, commitment=new_commitment(review.plan), potential_impact="transformative")
    with pytest.raises(ValidationError) as error:
        coding.full_clean()
    assert error.value.message_dict == {
        "potential_impact": ["“Transformative” is not a value of the method 2021 on."],
    }


def test_a_commitment_of_another_plan_is_refused():
    coding = Coding(review=make_review(), commitment=new_commitment(make_review().plan))
    with pytest.raises(ValidationError, match="not in the plan"):
        coding.full_clean()


def test_a_part_of_a_commitment_can_be_coded(record):
    plan = record.plans.get(number=5)
    part = plan.commitments.get(number="4-1")
    coding = Coding(review=make_review(plan), commitment=part, completion="limited", confidence="high")
    coding.full_clean()
    coding.save()
    assert coding.commitment.part_of.number == "4"


@pytest.mark.parametrize(
    "evidence",
    [
        "https://example.org/",
        [{"title": "A", "link": "javascript:alert(1)"}],
        [{"title": "A", "link": "ftp://example.org/"}],
        [{"title": "", "link": "https://example.org/"}],
        [{"title": "A" * 301, "link": "https://example.org/"}],
        [{"title": "A"}],
        [{"title": "A", "link": None}],
        [{"title": "A", "link": "https://example.org/", "more": 1}],
        [["A", "https://example.org/"]],
        [{"title": "A", "link": "https://example.org/"}] * 51,
    ],
)
def test_evidence_is_titles_with_web_addresses(evidence):
    review = make_review()
    coding = Coding(review=review, commitment=new_commitment(review.plan), evidence=evidence)
    with pytest.raises(ValidationError) as error:
        coding.full_clean()
    assert list(error.value.message_dict) == ["evidence"]


# Stars ----------------------------------------------------------------------------------------------------------------
# Drawn more often, or hardly a row would be near a star.
FAVOURED = {"completion": ["substantial", "complete"], "potential_impact": ["moderate", "transformative"]}


def choices(name: str):
    indicator = next(row for row in INDICATORS if row.name == name)
    values = [None if indicator.is_yes_no else "", *(row.value for row in indicator.values)]
    return st.sampled_from(values + 5 * FAVOURED.get(name, []))


STARRED_BY = [
    "specificity",
    "verifiability",
    "access_to_information",
    "civic_participation",
    "public_accountability",
    "technology_and_innovation",
    "completion",
    "potential_impact",
]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries({name: choices(name) for name in STARRED_BY}), min_size=5, max_size=25))
@pytest.mark.parametrize("method", METHODS)
def test_stars_are_the_same_in_sql_and_in_python(method, rows):
    with transaction.atomic():
        review, commitment = starred_world(method)
        for row in rows:
            held = {name: value for name, value in row.items() if name in BY_VERSION[method].names}
            Coding.objects.filter(review=review, commitment=commitment).delete()
            coding = Coding.objects.create(review=review, commitment=commitment, **held)
            told = Coding.objects.with_starred().get(pk=coding.pk)
            assert (told.starred, told.starred_2015) == (coding.is_starred(), coding.is_starred_2015()), held
        transaction.set_rollback(True)


def starred_world(method):
    review = make_review(method_version=method)
    return review, new_commitment(review.plan)


BEST = {"verifiability": True, "civic_participation": True, "completion": "complete"}


@pytest.mark.parametrize(
    "method, more, starred, starred_2015",
    [
        ("2014-17", {"potential_impact": "transformative"}, True, True),
        ("2014-17", {"potential_impact": "moderate"}, False, True),
        ("2014-17", {"potential_impact": "minor"}, False, False),
        ("2014-17", {"potential_impact": "transformative", "completion": "substantial"}, True, True),
        ("2014-17", {"potential_impact": "transformative", "completion": "limited"}, False, False),
        ("2014-17", {"potential_impact": "transformative", "verifiability": False}, False, False),
        (
            "2014-17",
            {"potential_impact": "transformative", "verifiability": None, "specificity": "medium"},
            True,
            True,
        ),
        (
            "2014-17",
            {"potential_impact": "transformative", "civic_participation": False, "technology_and_innovation": True},
            False,
            False,
        ),
        ("2011-13", {"potential_impact": "transformative"}, True, True),
        ("2018-20", {"potential_impact": "moderate"}, False, True),
        ("2021+", {"civic_participation": None, "promising": True}, False, False),
    ],
)
def test_ogps_formula_for_starred_commitments(method, more, starred, starred_2015):
    coding = make_coding(make_review(method_version=method), **BEST | more)
    told = Coding.objects.with_starred().get(pk=coding.pk)
    assert (told.starred, told.starred_2015) == (starred, starred_2015)
    assert (coding.is_starred(), coding.is_starred_2015()) == (starred, starred_2015)


# The API --------------------------------------------------------------------------------------------------------------
def test_the_api_shows_what_final_reviews_found_and_why(client):
    review = make_review(stage="final", method_version="2018-20")
    evidence = [{"title": "The decree", "link": "https://example.org/decree"}]
    make_coding(review, promising=True, rationale="It was enacted.", evidence=evidence, confidence="high")
    make_coding(make_review(review.plan), promising=True)
    (row,) = client.get(f"/api/v1/irm-codings/?plan={review.plan.slug}&promising=true").json()["results"]
    assert row["evidence"] == evidence
    assert (row["stage"], row["rationale"], row["confidence"]) == ("final", "It was enacted.", "high")
    assert (row["promising"], row["starred"], row["starred_2015"]) == (True, False, False)
    assert row["did_it_open_government_civic_participation"] is None
