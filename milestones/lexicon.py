"""The words that plans use in their date columns, in English and Korean, each with the token it stands for.

A token is a letter, which says what kind of word it is, and a value. ``wordings`` puts the letters together:

    Y year   N number of one or two digits   O ordinal   r Roman numeral   M month   q "quarter"   h "half"
    y 년   m 월   d 일   j "fiscal year"   L a fiscal year   w a stretch without its year   W a stretch with its year
    K place within what follows ("early")   k the same, after it ("말")   D a part of "the year"   I "year"
    u "about"   ? doubt   R "to", "-"   U "until"   T "by"   t 까지   B "before"   b 전   F "from"   f 부터
    A "onwards"   G "between"   , comma   C "and"   / slash   E "every"   Z how often
    p x v g previous, next, following, the same   P a part of the plan's period   n "not stated"
    o "to be continued"   c "ongoing"   a "throughout the year"   _ a day of the week

Words with an empty letter change nothing. A word that could mean two things is left out: its wording stays unreadable.
"""

import calendar
import re

from .spans import a_part, a_year, placed

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if number}
MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if number} | {"sept": 9}

ADJECTIVES = {
    "monthly": "monthly",
    "quarterly": "quarterly",
    "half yearly": "half_yearly",
    "biannual": "half_yearly",
    "bi annual": "half_yearly",
    "semiannual": "half_yearly",
    "semi annual": "half_yearly",
    "yearly": "yearly",
    "annual": "yearly",
    "biennial": "every_two_years",
    "bi ennial": "every_two_years",
}
UNITS = {
    "monthly": "month|calendar month",
    "quarterly": "quarter|calendar quarter|3 months|three months",
    "half_yearly": "half|half year|semester|6 months|six months",
    "yearly": "year|calendar year|12 months|twelve months",
    "every_two_years": "2 years|two years|second year|other year|24 months",
}


def words(code: str, text: str, value=None) -> dict:
    """Wordings, divided by "|", that are all the same token."""
    return dict.fromkeys(text.split("|"), (code, value))


def how_often() -> dict:
    """The words "every quarter", "once a year", "on a monthly basis" and their kin."""
    forms = ("every {}", "each {}", "once every {}", "once each {}", "once in {}", "once per {}", "once a {}")
    found = {
        form.format(unit): ("Z", cadence)
        for cadence, units in UNITS.items()
        for unit in units.split("|")
        for form in forms
    }
    for adjective, cadence in ADJECTIVES.items():
        for form in ("{}", "{}ly", "on a {} basis", "on an {} basis"):
            found[form.format(adjective)] = ("Z", cadence)
    return found


LEXICON = (
    {name: ("M", number) for name, number in MONTHS.items()}
    # Parts of a year ----------------------------------------------------------------------------------------------
    | words("O", "first", 1)
    | words("O", "second", 2)
    | words("O", "third", 3)
    | words("O", "fourth", 4)
    | words("O", "last|final", -1)
    | {numeral: ("r", number) for number, numeral in enumerate(("i", "ii", "iii", "iv"), 1)}
    | words("q", "quarter|quarters|qtr|q|분기")
    | words("h", "half|half year|halves|semester|반기")
    | words("w", "상반기", a_part("half", 1))
    | words("w", "하반기", a_part("half", 2))
    | words("S", "spring|봄|봄철", 1)
    | words("S", "summer|여름|여름철", 2)
    | words("S", "autumn|fall|가을|가을철", 3)
    | words("S", "winter|겨울|겨울철", 4)
    | words("y", "년|년도|연도")
    | words("m", "월")
    | words("d", "일")
    | words("I", "year|calendar year")
    | words("j", "fy|fiscal year|financial year|budget year|회계연도|회계년도")
    # Where in it --------------------------------------------------------------------------------------------------
    | words("K", "early|early-|beginning of|start of", "early")
    | words("K", "mid|mid-|middle of", "mid")
    | words("K", "late|late-", "late")
    | words("K", "end|end-", "end")
    | words("k", "초|초순|상순|초반", "early")
    | words("k", "중순|중반", "mid")
    | words("k", "하순|후반", "late")
    | words("k", "말|말일", "end")
    | words("D", "연말|년말|year end|end of year", placed(a_year(), "end"))
    | words("D", "연초|년초", placed(a_year(), "early"))
    | words("D", "연내|년내|연도 내|within the year|during the year", a_year())
    | words("u", "about|around|approximately|approx|circa|tentatively|tentative|estimated|roughly|경|쯤|무렵|잠정")
    | words("?", "?")
    # From, to, and several ----------------------------------------------------------------------------------------
    | words("R", "to|-|~|에서")
    | words("U", "until|till|through|thru|up to|up until")
    | words("T", "by|by the latest|no later than|not later than|on or before|due|due by")
    | words("T", "completed by|to be completed by")
    | words("t", "까지|이전|이전까지|완료|까지 완료|종료|마감|at the latest|latest")
    | words("B", "before|prior to")
    | words("b", "전|전까지")
    | words("F", "from|since|starting|starting from|starting in|starting on|commencing|as of|as from")
    | words("F", "beginning in|beginning from|beginning on|with effect from")
    | words("f", "부터|착수|시작|개시")
    | words("A", "onwards|onward|and onwards|and onward|and beyond|and thereafter|이후|이후부터")
    | words("G", "between")
    | words(",", ",|;|、")
    | words("C", "and|&|및|와|과|·|ㆍ")
    | words("/", "/")
    # Again and again ----------------------------------------------------------------------------------------------
    | words("E", "every|each|매")
    | how_often()
    | words("Z", "매월|매달|월별|월별로|월 1회|월1회|매월 1회", "monthly")
    | words("Z", "four times a year|four times per year|4 times a year", "quarterly")
    | words("Z", "매분기|매 분기|분기별|분기별로|분기마다|분기 1회|분기별 1회|매분기 1회|연 4회|연4회", "quarterly")
    | words(
        "Z",
        "twice a year|twice per year|twice yearly|two times a year|two times per year|2 times a year",
        "half_yearly",
    )
    | words("Z", "매반기|매 반기|반기별|반기별로|반기마다|반기 1회|반기별 1회|연 2회|연2회|6개월마다", "half_yearly")
    | words("Z", "per year|per annum", "yearly")
    | words("Z", "매년|매년도|매해|매 년|해마다|연 1회|연1회|연례|연례적으로|매년 1회|1년마다", "yearly")
    | words("Z", "격년|격년제|격년으로|격년마다|2년마다|2년 주기|2년에 1회|2년에 한 번|매 2년", "every_two_years")
    # Seen from the other date -------------------------------------------------------------------------------------
    | words("p", "previous|previous year|preceding year|전년|전년도|직전년도|직전 연도|전 년도")
    | words("x", "next")
    | words("v", "following|following year|of the next year|익년|익년도|다음 해|다음해|이듬해|차년도|다음 연도")
    | words("g", "same year|that year|당해|당해년도|당해연도|당해 연도|같은 해|동년|그 해")
    # Without an end -----------------------------------------------------------------------------------------------
    | words("o", "to be continued|to be continued indefinitely|to continue|to continue indefinitely|open ended")
    | words("o", "in progress|already in progress|underway|under way|already under way|started|already started")
    | words("o", "진행 중|진행중|추진 중|추진중")
    | words("c", "ongoing|on going|continuous|continuously|continuing|continued|continual|continually|indefinitely")
    | words("c", "permanent|permanently|indefinite|no end date|until further notice|as needed|as required|as necessary")
    | words("c", "on an ongoing basis|on a continuous basis|on a permanent basis|at any time|permanent task")
    | words("c", "permanent activity|permanent process|continuous activity|continuous process|ongoing activity")
    | words("c", "ongoing process|계속|계속 추진|계속 시행|계속 사업|지속|지속 추진|지속적|지속적으로|무기한")
    | words("c", "수시|수시로|수시 추진|계속추진|계속사업|지속추진")
    | words("a", "throughout|throughout the year|throughout each year|year round|all year|all year round|all year long")
    | words("a", "all the year round|the whole year|연중|연중 상시|연중 수시|연중 계속|연중 내내|연중상시|연중수시")
    | words("a", "상시|상시 추진|상시 운영|상시추진|상시운영|상시적|상시적으로")
    # Nothing ------------------------------------------------------------------------------------------------------
    | words("P", "계획 기간|계획기간|이행 기간|이행기간", "both")
    | words("P", "계획 종료|계획 종료 시|계획기간 종료|이행기간 종료|계획 기간 말|계획기간 말", "last")
    | words("n", "na|n/a|n a|not applicable|not available|not stated|not specified|not defined|none|tbd|tbc|tba")
    | words("n", "to be determined|to be confirmed|to be defined|to be decided|to be announced")
    | words("n", "미정|추후 결정|추후결정|해당 없음|해당없음|없음|미기재")
    | words("", "of|the|in|on|at|during|within|month of|date|expected|planned|scheduled")
    | words("", "중|내|이내|동안|의|에|예정|추진|시행|실시|목표")
    | words("_", "monday|tuesday|wednesday|thursday|friday|saturday|sunday")
    | words("_", "mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun")
)


def pattern(phrase: str) -> str:
    """The phrase, with a hyphen allowed for a blank; an English one ends where its last word ends."""
    escaped = re.escape(phrase).replace(r"\ ", "[ -]")
    return escaped + ("(?![a-z])" if phrase[-1].isascii() and phrase[-1].isalpha() else "")


PHRASE = "|".join(pattern(phrase) for phrase in sorted(LEXICON, key=len, reverse=True))


def look_up(phrase: str) -> tuple:
    """The token of a phrase as it was found; a lone hyphen is a phrase of its own."""
    return LEXICON[phrase if phrase in LEXICON else phrase.replace("-", " ")]
