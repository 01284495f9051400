"""Comments on self-assessments, and questions on commitments, from anybody, without an account."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts import throttle
from accounts.addresses import client_address
from accounts.models import Attempt
from commitments.models import Commitment

from . import comments
from .comment_forms import CommentForm
from .comment_models import PublicComment
from .models import SelfAssessment


def public_comments(assessment: SelfAssessment, on) -> dict:
    """What a page says of the comments: those let through with their responses, and how many of each kind there are."""
    rows = assessment.comments.public()
    return {
        "comments": rows.select_related("entry__commitment", "owed_by", "responded_for"),
        "comment_count": rows.count(),
        "owed_count": rows.owed().count(),
        "overdue_count": rows.overdue(on).count(),
        "refused_count": assessment.comments.filter(state="refused").count(),
        "open_for_comment": assessment.open_for_comment(on),
    }


def questions_on(commitment: Commitment, on: date) -> dict:
    """What the commitment's page says of its questions, as it stood on the day: those let through by then, each with
    the response that there was, and how many of each kind. Two queries."""
    rows = commitment.comments.all()
    counts = rows.aggregate(
        refused=Count("pk", filter=Q(state="refused")), waiting=Count("pk", filter=Q(state="waiting"))
    )
    shown = list(rows.known(on).select_related("owed_by__parent__parent", "responded_for"))
    for row in shown:
        row.answered_then = bool(row.responded_on and row.responded_on <= on)
    owed = [row for row in shown if not row.answered_then]
    return {
        "rows": shown,
        "owed": len(owed),
        "overdue": sum(row.respond_by < on for row in owed),
        "taken": comments.takes_questions(commitment.plan.member),
        **counts,
    }


@sensitive_post_parameters("name", "text")
def comment(request, slug):
    """The form, and the comment sent with it. It is public once a person has let it through."""
    visible = SelfAssessment.objects.visible_to(request.user).select_related("plan__member")
    found = get_object_or_404(visible, slug=slug)
    if not found.open_for_comment(comments.today_of(found.plan)):
        messages.error(request, _("The time for comments on this self-assessment is over."))
        return redirect(found)
    context = {"assessment": found, "plan": found.plan, "member": found.plan.member}
    return written(request, PublicComment(assessment=found), "assessments/comment.html", context)


@sensitive_post_parameters("name", "text")
def ask(request, slug, number):
    """The form for a question or comment on a commitment, and what is sent with it."""
    rows = Commitment.objects.select_related("plan__member__point_of_contact", "part_of")
    found = get_object_or_404(rows, plan__slug=slug, number=number)
    if not comments.takes_questions(found.plan.member):
        raise Http404(_("Questions on this commitment are not taken here."))
    question = PublicComment(commitment=found, plan=found.plan)
    context = {"commitment": found, "plan": found.plan, "member": found.plan.member, "office": question.office()}
    return written(request, question, "assessments/ask.html", context)


def written(request, new: PublicComment, template: str, context: dict):
    """The form for a new comment. One that is in order is kept, and its writer led back to what it is about."""
    initial = {"entry": request.GET["entry"]} if "entry" in request.GET else {}
    form = CommentForm(request.POST or None, instance=new, initial=initial)
    if form.is_valid() and receive(request, form):
        messages.success(
            request, _("Thank you. Somebody will look at your comment; once it is public, it is owed a response.")
        )
        return redirect(new.subject)
    return render(request, template, context | {"form": form}, status=400 if form.is_bound else 200)


def receive(request, form: CommentForm) -> bool:
    """Keeps the comment; an error at the form when there were too many, or the time ran out meanwhile."""
    about = form.instance.subject.get_absolute_url()
    if throttle.begin(Attempt.Kind.COMMENT, about, client_address(request), timezone.now()) is None:
        form.add_error(None, _("There were many comments from here in a short time. Try again in 15 minutes."))
        return False
    try:
        comments.receive(form.instance)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True
