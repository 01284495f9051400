"""What countries are called in English and in Korean: the names of Unicode CLDR, by way of Babel.

A country is known by its code in ISO 3166-1, of two letters or three. The letters with which OGP's identifiers begin
are not those: Morocco's are MO, which is Macao's code, and the United Kingdom's are UK.
"""

import re
from functools import cache

from babel import Locale
from babel.core import get_global

USER_ASSIGNED = re.compile(r"AA[A-Z]|Q[M-Z][A-Z]|X[A-Z]{2}|ZZ[A-Z]")  # ISO gives these to no country


@cache
def names(language: str) -> dict[str, str]:
    """The names in the language, by the two letters."""
    return dict(Locale(language).territories)


def country_of(code: str) -> str:
    """The two letters for a code of two or three; empty where it is no country's."""
    code = code.upper()
    if len(code) == 3:
        found = [] if USER_ASSIGNED.fullmatch(code) else get_global("territory_aliases").get(code, [])
        code = found[0] if len(found) == 1 else ""
    return code if len(code) == 2 and code in names("en") else ""


def english_name(code: str) -> str:
    return names("en").get(country_of(code), "")


def korean_name(code: str) -> str:
    return names("ko").get(country_of(code), "")


def korean_name_of(member) -> str:
    """The Korean name of a member's country, where it is certain which one that is: by the three letters of a national
    member, else by two letters whose English name is the member's own. Empty for cities and regions."""
    if member.kind == "local" or member.is_fictional:
        return ""
    if member.kind == "national" and country_of(member.iso3):
        return korean_name(member.iso3)
    return korean_name(member.code) if english_name(member.code) == member.name else ""
