"""Which method and which product a report of OGP's commitment data is, by the indicators that are coded in its rows.

Never by the year: the years of the methods overlap. The file names neither the method nor the product.
"""

from collections.abc import Iterable

from .codebooks import BY_VERSION
from .models import IRMReview

Method, Product = IRMReview.Method, IRMReview.Product

OPENED = "did_it_open_government"
RELEVANCE = {"access_to_information", "civic_participation", "public_accountability", "technology_and_innovation"}
# What the results side takes over from the design side, so that stars are computed from what one coding holds.
CARRIED = ("specificity", "verifiability", *sorted(RELEVANCE), "open_government_lens", "potential_impact")
CARRIED += ("potential_for_results",)
PRODUCTS = {
    ("design", Method.Y2011): Product.PROGRESS_REPORT,
    ("design", Method.Y2014): Product.PROGRESS_REPORT,
    ("design", Method.Y2018): Product.DESIGN_REPORT,
    ("design", Method.Y2021): Product.ACTION_PLAN_REVIEW,
    ("results", Method.Y2011): Product.END_OF_TERM_REPORT,
    ("results", Method.Y2014): Product.END_OF_TERM_REPORT,
    ("results", Method.Y2018): Product.IMPLEMENTATION_REPORT,
    ("results", Method.Y2021): Product.RESULTS_REPORT,
}


def method_of(coded: Iterable[str], of_plan: Iterable[str]) -> Method:
    """The method whose codebook has every indicator *coded* in a report. *of_plan* are those of both its reports:
    specificity belongs to two methods, of which the later one asks whether the plan opened government."""
    coded, of_plan = set(coded), set(of_plan)
    if "specificity" in coded:
        return Method.Y2014 if OPENED in of_plan else Method.Y2011
    if "early_results" in coded:
        return Method.Y2021
    if coded & (RELEVANCE | {"potential_impact", OPENED}):
        return Method.Y2018
    if coded & {"potential_for_results", "open_government_lens"}:
        return Method.Y2021
    return method_of(of_plan, of_plan) if of_plan - coded else Method.Y2018


def product_of(side: str, method: Method, of_plan: Iterable[str]) -> Product:
    """The product that has such indicators. A plan whose design was graded by its potential for results ends with a
    Results Report, whatever else that codes."""
    if side == "results" and "potential_for_results" in set(of_plan):
        return Product.RESULTS_REPORT
    return PRODUCTS[side, method]


def held_by(method: str, values: dict) -> dict:
    """The values that the method's codebook has; what it lacks is kept in the row alone."""
    return {name: value for name, value in values.items() if BY_VERSION[method].allows(name, value)}
