"""Invented names and texts by number: the same number always gives the same words. No place or body of that name is
known to exist."""

ZONES = [
    *("Asia/Seoul", "America/New_York", "Europe/Paris", "Africa/Nairobi", "America/Sao_Paulo", "Asia/Manila"),
    *("Europe/London", "America/Bogota", "Africa/Accra", "Asia/Jakarta", "Europe/Tallinn", "Pacific/Auckland"),
]
REGIONS = ["africa_middle_east", "americas", "asia_pacific", "europe"]
FIRST = [
    *("ba", "da", "fe", "ga", "ho", "ji", "ka", "lu", "me", "no"),
    *("pa", "ro", "se", "ta", "vi", "wo", "xa", "yu", "ze", "qui"),
]
LAST = [
    *("bor", "den", "fal", "gim", "hun", "jar", "kel", "lam", "mor", "nev"),
    *("pol", "rus", "sol", "tur", "vex", "wen", "yal", "zim", "cor", "dri"),
]
ACTIONS = [
    *("Publish the rules of", "Hold public hearings on", "Open the data of", "Train the staff of", "Evaluate"),
    *("Draft the law on", "Set up a help desk for", "Consult civil society on", "Translate the guide to", "Audit"),
]
OBJECTS = ["the register", "the budget portal", "the procurement system", "the complaint office", "the school councils"]
ACTIONS_KO = ["공개", "의견 수렴", "정보 개방", "교육", "평가", "법안 마련", "상담 창구 설치", "협의", "번역", "감사"]
SAID = [
    "The working group met and agreed on the next draft; its minutes are public.",
    "Three regions tried the service, and their offices reported few errors.",
    "The ministry published the text for comment and received answers from citizens.",
    "The contract was signed after an open tender, and the supplier began to work.",
    "Civil society organisations took part in a workshop and proposed changes.",
    "The data were cleaned, described and put on the portal under an open licence.",
    "The regulation passed its second reading and now waits for signature.",
]
HINDERED = [
    "Two offices are short of staff, so the work takes longer than planned.",
    "The budget was released late in the year.",
    "Parliament has not yet put the law on its agenda.",
]
NEXT = ["The next draft follows within a month.", "A pilot in further regions.", "The evaluation begins in spring."]
PROBLEM = (
    "Citizens cannot see how decisions on {about} are made, and complaints are answered late or not at all. "
    "Earlier reforms reached only the capital, and what was published could not be reused."
)
PROMISE = (
    "The government will rebuild {about} together with civil society, publish its data in open formats and report on "
    "progress twice a year. A steering group with equal numbers from both sides watches over the work."
)
CONTRIBUTION = "Whoever is affected by {about} can follow each step, take part before it is decided, and complain."


def name_of(number: int) -> str:
    """A name of its own for each number: "Babor", "Daden" …"""
    parts = [LAST[number % 20]]
    number //= 20
    while True:
        parts.insert(0, FIRST[number % 20])
        number //= 20
        if not number:
            return "".join(parts).capitalize()


def letters_of(number: int) -> str:
    """Three capital letters, of their own for each of 17,576 numbers."""
    return "".join(chr(ord("A") + number // 26**place % 26) for place in (2, 1, 0))


def subject_of(commitment: int) -> str:
    """What a commitment is about: "the budget portal of Babor"."""
    return f"{OBJECTS[commitment % len(OBJECTS)]} of {name_of(commitment)}"
