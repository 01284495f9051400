"""Questions and comments on commitments: all of them, who owes a response, and since when."""

from dataclasses import dataclass

from django.views.decorators.http import require_safe

from commitments.pages import with_day
from milestones.dated_lists import DatedList

from .comment_models import PublicComment
from .question_exports import question_table
from .question_filters import QuestionFilter, by_office


def question_filter(request) -> QuestionFilter:
    return QuestionFilter(request.GET, queryset=PublicComment.objects.all())


@dataclass(frozen=True)
class QuestionList(DatedList):
    """The questions with what each office owes above them."""

    def of_page(self, filterset, rows) -> dict:
        offices, number = by_office(filterset.qs)
        return {"offices": offices, "offices_left_out": number - len(offices)}


QUESTIONS = QuestionList("questions", "questions.html", question_filter, question_table, "member__time_zone")


@require_safe
@with_day
def questions(request, asked):
    """The public questions, the newest first, as they stood on a day."""
    return QUESTIONS.page(request, asked)


@require_safe
@with_day
def questions_file(request, ending, asked):
    """The same questions as a file."""
    return QUESTIONS.file(request, asked, ending)
