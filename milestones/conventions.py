"""How a member writes dates: what the words of its plans mean where they depend on who wrote them.

Known by the member's country: its code, or for a city or region the country of its time zone. Fiscal years are those of
the state's budget. What is not listed is not known, and words that need it stay unreadable.
"""

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

COUNTRIES_OF_ZONES = files("tzdata.zoneinfo") / "zone.tab"


@dataclass(frozen=True)
class Conventions:
    """``month_first``: whether 03/04/2021 is 4 March; None when both orders are in use. ``year_first``: whether
    21.3.4 begins with the year. ``hemisphere``: "north", "south", or "" where seasons have no common months.
    ``fiscal_month``: the month in which the fiscal year begins, 0 when not known; ``fiscal_name``: whether FY2026 is
    the one that "begins" or "ends" in 2026, "" when usage differs."""

    month_first: bool | None = False
    year_first: bool = False
    hemisphere: str = "north"
    fiscal_month: int = 0
    fiscal_name: str = ""


# The data that OGP publishes on all members, in English: the month first. It is what holds when no member is named.
OGP = Conventions(month_first=True)
ELSEWHERE = Conventions()  # most of the world: the day first

BY_THE_CALENDAR = {"fiscal_month": 1, "fiscal_name": "begins"}
OWN = {
    "AU": {"fiscal_month": 7, "fiscal_name": "ends"},
    "CA": {"month_first": None, "fiscal_month": 4},
    "GB": {"fiscal_month": 4},
    "JM": {"fiscal_month": 4},
    "KE": {"fiscal_month": 7},
    "KR": {"month_first": True, "year_first": True, **BY_THE_CALENDAR},
    "MN": {"month_first": True, "year_first": True, **BY_THE_CALENDAR},
    "NZ": {"fiscal_month": 7, "fiscal_name": "ends"},
    "PH": {"month_first": True, **BY_THE_CALENDAR},
    "PK": {"fiscal_month": 7, "fiscal_name": "ends"},
    "TT": {"fiscal_month": 10},
    "US": {"month_first": True, "fiscal_month": 10, "fiscal_name": "ends"},
    "ZA": {"fiscal_month": 4},
}
FISCAL_BY_THE_CALENDAR = frozenset(
    {"AL", "AM", "AR", "AZ", "BG", "BR", "CL", "CO", "CR", "CZ", "DE", "DO", "EC", "EE", "ES", "FI", "FR", "GE", "GR"}
    | {"GT", "HN", "HR", "IE", "IL", "IT", "KG", "LT", "LV", "MA", "MD", "ME", "MK", "MX", "NL", "NO", "PA", "PE"}
    | {"PT", "PY", "RO", "RS", "SE", "SK", "SN", "SV", "TN", "UA", "UY", "XK"}
)
SOUTH = frozenset({"AR", "AU", "BO", "CL", "LS", "MG", "MW", "NA", "NZ", "PE", "PG", "PY", "TL", "UY", "ZA", "ZM"})
ON_THE_EQUATOR = frozenset({"BR", "CO", "EC", "ID", "KE", "ST", "UG"})  # no season is the whole country's


def of_country(code: str) -> Conventions:
    hemisphere = "south" if code in SOUTH else "" if code in ON_THE_EQUATOR else "north"
    own = OWN.get(code, BY_THE_CALENDAR if code in FISCAL_BY_THE_CALENDAR else {})
    return replace(ELSEWHERE, hemisphere=hemisphere, **own)


@cache
def country_of_zones() -> dict[str, str]:
    """Time zone → code of the country, as the time zone database lists them."""
    rows = [line.split("\t") for line in COUNTRIES_OF_ZONES.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    return {row[2]: row[0] for row in rows}


def conventions_of(code: str, time_zone: str = "") -> Conventions:
    """What holds for a member: by its two-letter code where that is a country's, else by its time zone."""
    code = code.upper()
    countries = country_of_zones()
    if code in FISCAL_BY_THE_CALENDAR or code in countries.values():
        return of_country(code)
    return of_country(countries.get(time_zone, ""))
