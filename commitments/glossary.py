"""The field's words in plain ones. Each has the source of its rule where there is one; what the tracker itself decides
says so.

``key`` is the name in addresses and in ``{% term "starred" %}``; keys are stable once published.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OGP_RULE = _("Open Government Partnership")
IRM_METHOD = _("Independent Reporting Mechanism of OGP")
TRACKER = _("a rule of this tracker")


@dataclass(frozen=True)
class Term:
    """A word, what it means, and whose rule that is ("" for plain usage)."""

    key: str
    name: str | Promise
    text: str | Promise
    source: str | Promise = ""

    def get_absolute_url(self) -> str:
        return f"{reverse('glossary')}#{self.key}"


@dataclass(frozen=True)
class Chapter:
    key: str
    title: Promise
    terms: tuple[Term, ...]


PROMISES = (
    Term(
        "ogp",
        "OGP",
        _(
            "The Open Government Partnership: governments, national and local, that promise with civil society to be"
            " more transparent, accountable and open to participation, and write the promises into action plans."
        ),
    ),
    Term("member", _("Member"), _("A government in the Open Government Partnership, national or local.")),
    Term(
        "poc",
        _("Point of contact (POC)"),
        _("The ministry that coordinates the member's work in the partnership."),
        OGP_RULE,
    ),
    Term(
        "msf",
        _("Multi-stakeholder forum (MSF)"),
        _("The table at which government and civil society make and follow the action plan together."),
        OGP_RULE,
    ),
    Term(
        "co-creation",
        _("Co-creation"),
        _(
            "How a plan is made: government and civil society choose and write its commitments together. OGP asks for a"
            " reasoned response: why contributions were taken up or not."
        ),
        OGP_RULE,
    ),
    Term(
        "public-influence",
        _("Level of public influence"),
        _(
            "How much say the public had in making a plan, from “No consultation” over inform, consult, involve and"
            " collaborate to empower."
        ),
        _("IAP2 spectrum, as OGP uses it"),
    ),
    Term(
        "action-plan",
        _("Action plan"),
        _("A member's list of commitments for two or four years, made through co-creation."),
        OGP_RULE,
    ),
    Term(
        "theme",
        _("Theme"),
        _("A plan's own grouping of its commitments. Each plan has its own, or none."),
    ),
    Term(
        "policy-area",
        _("Policy area"),
        _("A tag that OGP gives to commitments in its data, the same for all members, such as “Open Data”."),
        OGP_RULE,
    ),
    Term(
        "commitment",
        _("Commitment"),
        _("One promise of a plan. Its number is text as printed, such as “4-1” or “1-a”."),
        OGP_RULE,
    ),
    Term(
        "form",
        _("Commitment form"),
        _(
            "The sheet on which a plan describes a commitment. A commitment in parts has a form for each part, so a"
            " plan can have 14 commitments on 16 forms: counts name their unit."
        ),
    ),
    Term(
        "values",
        _("OGP values"),
        _("Access to information, civic participation, public accountability, and technology and innovation."),
        OGP_RULE,
    ),
    Term(
        "lead",
        _("Lead institution"),
        _("The institution that answers for a commitment; there can be several. Others support it."),
        OGP_RULE,
    ),
    Term(
        "co-owner",
        _("Civil-society co-owner"),
        _(
            "A civil-society organisation that owns a commitment together with the ministry. What it reports stands"
            " beside what the ministry reports and never counts as that."
        ),
        TRACKER,
    ),
    Term(
        "carried-forward",
        _("Carried forward"),
        _("A commitment that continues one of an earlier plan of the same member."),
        OGP_RULE,
    ),
)
TIME = (
    Term(
        "milestone",
        _("Milestone"),
        _("A step of a commitment with a result that can be verified, with a start and an end date."),
        OGP_RULE,
    ),
    Term(
        "deadline",
        _("Deadline"),
        _(
            "The last day on which a milestone, or one round of it, is in time, read from the plan's own words. The"
            " words are kept and shown beside it."
        ),
        TRACKER,
    ),
    Term(
        "precision",
        _("Precision of a date"),
        _(
            "How exactly the plan's words name a date: to the day, month, quarter, half-year, season or year. A"
            " deadline in a month, quarter or year is met until its last day."
        ),
        TRACKER,
    ),
    Term(
        "open-ended",
        _("Open-ended"),
        _("A milestone without an end, such as “to be continued”. It is never overdue."),
        TRACKER,
    ),
    Term(
        "round",
        _("Round"),
        _("One turn of a milestone that recurs, such as “every July”. Each round has its own deadline."),
        TRACKER,
    ),
    Term(
        "amended",
        _("Amended deadline"),
        _("A deadline that was moved, with a reason. The earlier one stays to be seen."),
        TRACKER,
    ),
    Term(
        "overdue",
        _("Overdue"),
        _(
            "Its due date has passed, no approved report says that it was met, and the plan is still being"
            " implemented. A milestone due today is not overdue."
        ),
        TRACKER,
    ),
    Term(
        "met-late",
        _("Met late"),
        _(
            "A report of the ministry says that it was met, as of a day after its due date. The work may have been done"
            " some days before: a report names the day that it is about. Of several deadlines one is enough."
        ),
        TRACKER,
    ),
    Term(
        "unfinished",
        _("Unfinished at the plan's end"),
        _("The plan is over, and the last report says neither completed nor withdrawn."),
        TRACKER,
    ),
    Term(
        "not-reported",
        _("Not reported"),
        _("No report was received. That says nothing about whether the work was done."),
        TRACKER,
    ),
    Term(
        "stale",
        _("Stale"),
        _(
            "A commitment under implementation about which no report became public in six months. OGP's minimum"
            " requirement 2.2 wants the record updated at least twice a year."
        ),
        OGP_RULE,
    ),
    Term(
        "as-of",
        _("As it stood on a day"),
        _(
            "What was public on that day, about that day or an earlier one. The answer for a past day does not change"
            " when new reports come in."
        ),
        TRACKER,
    ),
)
VOICES = (
    Term(
        "report",
        _("Ministry reports"),
        _(
            "What the lead institution says of a milestone. It becomes public once somebody else than its author has"
            " approved it."
        ),
        TRACKER,
    ),
    Term(
        "evidence",
        _("Evidence"),
        _("A link or a file that shows what a report says."),
    ),
    Term(
        "self-assessment",
        _("Self-assessment"),
        _(
            "The government's own report on its plan, in the middle and at the end of the term, open to public"
            " comment for two weeks before it is final."
        ),
        OGP_RULE,
    ),
    Term(
        "completion-government",
        _("Completion, as the government says"),
        _("Not started, Limited, Substantial or Completed: the levels of the form for self-assessments."),
        OGP_RULE,
    ),
    Term(
        "irm",
        _("Independent Reporting Mechanism (IRM)"),
        _("OGP's reviewers, independent of governments. They assess action plans and make recommendations."),
        OGP_RULE,
    ),
    Term(
        "completion-irm",
        _("Completion, as the IRM finds"),
        _(
            "Withdrawn, No evidence available, Not started, Limited, Substantial or Complete. “Complete” of the IRM and"
            " “Completed” of the government are two judgements by two assessors."
        ),
        IRM_METHOD,
    ),
    Term(
        "coding",
        _("Coding"),
        _("What an IRM review finds of one commitment, value by value, by the codebook of its method."),
        IRM_METHOD,
    ),
    Term(
        "starred",
        _("Starred"),
        _(
            "A commitment that the IRM finds verifiable, relevant to access to information, civic participation or"
            " public accountability, of transformative potential impact, and substantially or completely carried out."
            " Not awarded under the method of 2021 on, which names promising commitments."
        ),
        IRM_METHOD,
    ),
    Term(
        "promising",
        _("Promising"),
        _("A commitment that the IRM's method of 2021 on names as promising."),
        IRM_METHOD,
    ),
    Term(
        "gap",
        _("Gap between claim and finding"),
        _(
            "By how many steps, from not started to complete, the government's own level lies above or below the"
            " IRM's. It is worked out only where both have said a level."
        ),
        TRACKER,
    ),
    Term(
        "not-stated",
        _("Not stated in the source"),
        _("The document that the record was read from does not say it. Nothing is filled in by guess."),
        TRACKER,
    ),
)
CHAPTERS = (
    Chapter("promises", _("What is promised, and by whom"), PROMISES),
    Chapter("time", _("When it is due"), TIME),
    Chapter("voices", _("What is said of it, and by whom"), VOICES),
)
TERMS = {term.key: term for chapter in CHAPTERS for term in chapter.terms}
