"""Comments on a self-assessment from anybody, without an account."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts import throttle
from accounts.addresses import client_address
from accounts.models import Attempt

from . import comments
from .comment_forms import CommentForm
from .comment_models import PublicComment
from .models import SelfAssessment


def public_comments(assessment: SelfAssessment, on) -> dict:
    """What a page says of the comments: those let through with their responses, and how many of each kind there are."""
    rows = assessment.comments.public()
    return {
        "comments": rows.select_related("entry__commitment", "entry__lead", "responded_for"),
        "comment_count": rows.count(),
        "owed_count": rows.owed().count(),
        "overdue_count": rows.overdue(on).count(),
        "refused_count": assessment.comments.filter(state="refused").count(),
        "open_for_comment": assessment.open_for_comment(on),
    }


@sensitive_post_parameters("name", "text")
def comment(request, slug):
    """The form, and the comment sent with it. It is public once a person has let it through."""
    visible = SelfAssessment.objects.visible_to(request.user).select_related("plan__member")
    found = get_object_or_404(visible, slug=slug)
    if not found.open_for_comment(comments.today_of(found)):
        messages.error(request, _("The time for comments on this self-assessment is over."))
        return redirect(found)
    form = CommentForm(request.POST or None, instance=PublicComment(assessment=found), initial=request.GET.dict())
    if form.is_valid() and receive(request, form):
        messages.success(
            request, _("Thank you. Somebody will look at your comment; once it is public, it is owed a response.")
        )
        return redirect(found)
    context = {"form": form, "assessment": found, "plan": found.plan, "member": found.plan.member}
    return render(request, "assessments/comment.html", context, status=400 if form.is_bound else 200)


def receive(request, form: CommentForm) -> bool:
    """Keeps the comment; an error at the form when there were too many, or the time ran out meanwhile."""
    about = form.instance.assessment.slug
    if throttle.begin(Attempt.Kind.COMMENT, about, client_address(request), timezone.now()) is None:
        form.add_error(None, _("There were many comments from here in a short time. Try again in 15 minutes."))
        return False
    try:
        comments.receive(form.instance)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True
