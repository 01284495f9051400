"""Questions and comments of the public in the admin: the coordinating ministry looks at them, and whom they are about
answers."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.scoping import ScopedAdmin

from . import comments
from .comment_forms import ModerationForm, ResponseForm
from .comment_models import PublicComment


@admin.register(PublicComment)
class PublicCommentAdmin(ScopedAdmin):
    """What the public wrote is never changed: it goes through or is refused, and is answered."""

    list_display = ["beginning", "about", "received_on", "state", "respond_by", "answered"]
    list_filter = ["state", ("commitment", admin.EmptyFieldListFilter), ("responded_on", admin.EmptyFieldListFilter)]
    list_select_related = ["assessment", "entry__commitment", "commitment__plan"]
    search_fields = ["text", "name"]
    fields = ["about", "name", "text", "received_on", "owed_by", "respond_by", "state", "refusal"]
    readonly_fields = fields
    member_path = "plan__member"
    change_form_template = "admin/assessments/publiccomment/change_form.html"
    actions = ["take_names_off"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=PublicComment.objects.answerable_by(request.user))

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/decide/", view(self.decide_view), name="assessments_publiccomment_decide"),
            path("<int:pk>/respond/", view(self.respond_view), name="assessments_publiccomment_respond"),
        ]
        return [*own, *super().get_urls()]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(permissions=["change"], description=gettext_lazy("Take the name off, for who asks for it"))
    def take_names_off(self, request, queryset):
        for comment in queryset:
            comments.take_name_off(comment, request.user)
        words = _("The names are taken off. Their comments stay, without a name.")
        self.message_user(request, words, level=messages.SUCCESS)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        comment = self.get_object(request, object_id)
        context = {
            "comment": comment,
            "show_save": False,  # nothing of it is changed: it is decided and answered below
            "show_save_and_continue": False,
            "may_answer": self.has_change_permission(request, comment),
            "moderation": ModerationForm(),
            "response": ResponseForm(instance=comment),
        }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def act(self, request, pk, step):
        """Takes a step with the comment; says what came of it, and goes back to the comment."""
        comment = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            words = step(comment)
        except ValidationError as error:
            for message in error.messages:
                self.message_user(request, message, level=messages.ERROR)
        else:
            self.message_user(request, words, level=messages.SUCCESS)
        return redirect("admin:assessments_publiccomment_change", pk)

    def decide_view(self, request, pk):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])

        def step(comment):
            if request.POST.get("decision") == ModerationForm.LET_THROUGH:
                comments.let_through(comment, request.user)
                return _("The comment is public now. A response is owed.")
            comments.refuse(comment, request.user, request.POST.get("refusal", ""))
            return _("The comment is refused, and stays away from the public.")

        return self.act(request, pk, step)

    def respond_view(self, request, pk):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])

        def step(comment):
            comments.respond(
                comment, request.user, request.POST.get("response", ""), request.POST.get("response_ko", "")
            )
            return _("The response is public now.")

        return self.act(request, pk, step)

    @admin.display(description=gettext_lazy("comment"), ordering="text")
    def beginning(self, row):
        return Truncator(row.text).chars(80)

    @admin.display(description=gettext_lazy("about"))
    def about(self, row):
        """The commitment, or the self-assessment and its form."""
        if row.commitment:
            return f"{row.commitment.plan.slug}: {row.commitment}"
        return f"{row.assessment}: {row.entry}" if row.entry else str(row.assessment)

    @admin.display(description=gettext_lazy("answered"), boolean=True)
    def answered(self, row):
        return row.is_answered
