"""The first steps of a new member: who it is, its institutions, and its first administrator, from a few answers.

One list of questions serves the person at a terminal and a file of answers: each answer is read by the same function,
and a wrong one is a ``ValueError`` that says what is expected. Everything is made in one transaction, or nothing.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from accounts.models import User
from commitments.countries import country_of, english_name, korean_name
from commitments.models import Institution, Member
from commitments.time_zones import known_zones
from milestones.conventions import country_of_zones

Answers = dict[str, object]
ONE_A_LINE = "One a line; a division as “Ministry / Division”"


# Reading an answer ----------------------------------------------------------------------------------------------------
def one_line(text: str, limit: int = 200) -> str:
    """A name. Raises ``ValueError`` when it is empty or longer than *limit* characters."""
    text = " ".join(str(text).split())
    if not 0 < len(text) <= limit:
        raise ValueError(f"Give a name of 1 to {limit} characters.")
    return text


def line_or_nothing(text: str) -> str:
    return one_line(text) if str(text).strip() else ""


def member_code(text: str) -> str:
    """A code that no member has yet."""
    code = str(text).strip().upper()
    if not re.fullmatch(r"[A-Z]{2,3}(-[A-Z0-9]{1,4})?", code):
        raise ValueError("Give two or three letters, such as GH; a region or city adds its own: GB-SCT.")
    if Member.objects.filter(code=code).exists():
        raise ValueError(f"{code} is in the record already: change it in the admin, below “Members”.")
    return code


def ogp_code(text: str) -> str:
    code = str(text).strip().upper()
    if not re.fullmatch(r"([A-Z]{2,8})?", code):
        raise ValueError("Give the code in OGP's data, mostly three letters such as GHA, or nothing.")
    if code and Member.objects.filter(ogp_code=code).exists():
        raise ValueError(f"Another member has the code {code}.")
    return code


def one_of(choices) -> Callable[[str], str]:
    def read(text: str) -> str:
        wanted = str(text).strip().lower()
        if wanted not in choices.values:
            raise ValueError(f"Give one of: {', '.join(choices.values)}.")
        return wanted

    return read


def time_zone(text: str) -> str:
    """A name of the time zone database: the member's days begin and end by it."""
    zone = str(text).strip()
    if zone not in known_zones():
        near = sorted(name for name in known_zones() if zone and zone.lower() in name.lower())[:5]
        raise ValueError("Give a name such as Africa/Accra." + (f" Near: {', '.join(near)}." if near else ""))
    return zone


def listed(given: str | Iterable, separator: str) -> list:
    return given.split(separator) if isinstance(given, str) else list(given)


def languages(given: str | Iterable[str]) -> list[str]:
    found = [str(tag).strip() for tag in listed(given, ",") if str(tag).strip()]
    if not found or not all(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag) for tag in found):
        raise ValueError("Give language tags, the plans' own first, separated by commas: fr, en.")
    return list(dict.fromkeys(found))


def institution(text: str) -> str:
    return one_line(text, 250)


def institution_paths(given: str | Iterable[str]) -> list[tuple[str, ...]]:
    """``Ministry / Division`` as a path of names; each must have all that stand above it, which need no line."""
    lines = [str(line) for line in listed(given or [], "\n") if str(line).strip()]
    return list(dict.fromkeys(tuple(institution(part) for part in re.split(r"\s/\s", line)) for line in lines))


def user_name(text: str) -> str:
    name = str(text).strip()
    try:
        User._meta.get_field("username").run_validators(name)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    if not name or User.objects.filter(username=name).exists():
        raise ValueError(f"“{name}” is taken: choose another name." if name else "Give a name to sign in with.")
    return name


def email(text: str) -> str:
    address = str(text).strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValueError("Give an e-mail address.") from error
    return address


# The questions --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Question:
    """``suggest`` makes an answer from the earlier ones; where it makes one, an empty line takes it. ``many``: as
    many lines as wanted."""

    key: str
    words: str
    read: Callable
    suggest: Callable[[Answers], str | None] = lambda earlier: None
    many: bool = False


def zone_of_country(earlier: Answers) -> str | None:
    """The time zone, where the country has a single one."""
    zones = [zone for zone, country in country_of_zones().items() if country == str(earlier["code"])[:2]]
    return zones[0] if len(zones) == 1 else None


def country(earlier: Answers) -> str:
    """The country's two letters, where the code is one's and the code in OGP's data names no other."""
    code, in_ogp = country_of(earlier["code"]), earlier["ogp_code"]
    return code if not in_ogp or country_of(in_ogp) == code else ""


def name_of_country(earlier: Answers) -> str | None:
    return english_name(country(earlier)) or None


def name_of_country_in_korean(earlier: Answers) -> str:
    return korean_name(country(earlier))


def nothing(earlier: Answers) -> str:
    return ""


def kind_of_code(earlier: Answers) -> str:
    return "local" if "-" in earlier["code"] else "national"


QUESTIONS = (
    Question("code", "The member's code (ISO: GH; a local member adds its own: GB-SCT)", member_code),
    Question("ogp_code", "Its code in OGP's data, by which an import finds it (GHA)", ogp_code, nothing),
    Question("name", "Its name in English", one_line, name_of_country),
    Question("name_ko", "Its name in Korean, for the Korean pages", line_or_nothing, name_of_country_in_korean),
    Question("kind", "National or local", one_of(Member.Kind), kind_of_code),
    Question("region", f"Its region in OGP ({', '.join(Member.Region.values)})", one_of(Member.Region)),
    Question("languages", "The languages of its plans, the first one first (fr, en)", languages, lambda earlier: "en"),
    Question("time_zone", "Its time zone, by which its deadlines end", time_zone, zone_of_country),
    Question("coordinated_by", "The ministry that coordinates OGP (its point of contact)", institution),
    Question("state", f"Other ministries and state bodies. {ONE_A_LINE}", institution_paths, nothing, many=True),
    Question("civil_society", f"Civil-society organisations. {ONE_A_LINE}", institution_paths, nothing, many=True),
)
ADMINISTRATOR = (
    Question("administrator", "The administrator's name to sign in with", user_name),
    Question("email", "The administrator's e-mail address", email),
)


def questions() -> tuple[Question, ...]:
    """What has to be answered here: an administrator is asked for as long as there is none."""
    has_one = User.objects.open().filter(is_superuser=True).exists()
    return QUESTIONS if has_one else QUESTIONS + ADMINISTRATOR


def read_answers(given: dict) -> Answers:
    """The answers of a file, or a ``ValueError`` that names every wrong one. An administrator that is not asked for is
    passed over: the file of a second member may be a copy of the first's."""
    known = {question.key for question in QUESTIONS + ADMINISTRATOR}
    answers, wrong = {}, [f"{key}: there is no such question." for key in sorted(set(given) - known)]
    for question in questions():
        try:
            value = given[question.key] if given.get(question.key) is not None else question.suggest(answers)
            if value is None:
                raise ValueError("An answer is missing.")
            answers[question.key] = question.read(value)
        except KeyError:
            continue  # it rests on an answer that was wrong
        except ValueError as error:
            wrong.append(f"{question.key}: {error}")
    if wrong:
        raise ValueError("\n".join(wrong))
    return answers


# Making it ------------------------------------------------------------------------------------------------------------
def unused(wanted: str, taken) -> str:
    """*wanted*, or the first of wanted-2, wanted-3, … that is not taken."""
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found


def make_member(answers: Answers) -> Member:
    slugs = set(Member.objects.values_list("slug", flat=True))
    code = answers["ogp_code"]
    return Member.objects.create(
        code=answers["code"],
        ogp_code=code,
        iso3=code if len(code) == 3 and answers["kind"] == Member.Kind.NATIONAL else "",
        slug=unused(slugify(answers["name"])[:50] or answers["code"].lower(), slugs),
        name=answers["name"],
        name_ko=answers["name_ko"],
        kind=answers["kind"],
        region=answers["region"],
        languages=answers["languages"],
        time_zone=answers["time_zone"],
    )


def add_institutions(member: Member, paths: list[tuple[str, ...]], kind: str) -> list[Institution]:
    """Each path's last institution, after making what stands above it; what is there already is kept."""
    return [add_institution(member, path, kind) for path in paths]


def add_institution(member: Member, path: tuple[str, ...], kind: str) -> Institution:
    parent = None
    for name in path:
        found = Institution.objects.filter(member=member, parent=parent, name=name).first()
        parent = found or Institution.objects.create(
            member=member, parent=parent, name=name, kind=kind, key=key_of(member, parent, name)
        )
    return parent


def key_of(member: Member, parent: Institution | None, name: str) -> str:
    """An address name: readable where the name has Latin letters, else a number."""
    begin = f"{parent.key}-" if parent else ""
    key = (begin + (slugify(name) or "institution"))[:100].strip("-")
    return unused(key, set(Institution.objects.filter(member=member).values_list("key", flat=True)))


def make_administrator(answers: Answers) -> User | None:
    if "administrator" not in answers:
        return None
    user = User(username=answers["administrator"], email=answers["email"], is_staff=True, is_superuser=True)
    user.set_unusable_password()
    user.save()
    return user


@transaction.atomic
def set_up(answers: Answers) -> tuple[Member, User | None]:
    """Makes the member with its institutions, and the administrator when one was asked for."""
    member = make_member(answers)
    member.point_of_contact = add_institution(member, (answers["coordinated_by"],), Institution.Kind.STATE_BODY)
    member.save(update_fields=["point_of_contact"])
    add_institutions(member, answers["state"], Institution.Kind.STATE_BODY)
    add_institutions(member, answers["civil_society"], Institution.Kind.CSO)
    return member, make_administrator(answers)
