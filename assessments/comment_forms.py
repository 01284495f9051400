"""Forms with which the public comments, and the ministry decides and answers."""

import re
import time

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import PublicComment

ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
MOST_ADDRESSES = 3
FEWEST_SECONDS = 3
MOST_SECONDS = 24 * 60 * 60
OPENED = "assessments.comment_forms.opened"


class CommentForm(forms.ModelForm):
    """A comment without an account. A field that people do not see catches simple machines, and so does the moment at
    which the form was opened: nobody reads and writes in ``FEWEST_SECONDS``."""

    opened = forms.CharField(required=False, widget=forms.HiddenInput)
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    class Meta:
        model = PublicComment
        fields = ["entry", "text", "name"]
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}
        help_texts = {
            "name": gettext_lazy("Shown with the comment. You may leave it empty. We ask for no e-mail address."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.assessment is None:
            del self.fields["entry"]
            self.fields["text"].label = _("Your question or comment")
        else:
            forms_of_it = self.instance.assessment.entries.select_related("commitment")
            self.fields["entry"].queryset = forms_of_it
            self.fields["entry"].empty_label = _("The whole self-assessment")
        self.fields["website"].label = _("Leave this field empty")
        self.fields["opened"].initial = signing.dumps(int(time.time()), salt=OPENED)
        if self.is_bound:  # who sent it too soon, or after a day, sends it again with a newer moment
            self.data = self.data.copy()
            self.sent, self.data["opened"] = self.data.get("opened", ""), self.fields["opened"].initial

    def clean(self):
        super().clean()
        try:
            opened = signing.loads(self.sent, salt=OPENED)
        except signing.BadSignature:
            opened = 0
        if not FEWEST_SECONDS <= time.time() - opened <= MOST_SECONDS:
            words = _("This was sent very soon after the form was opened, or a day later. Please send it once more.")
            raise forms.ValidationError(words)

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave this field empty."))
        return ""

    def clean_text(self):
        text = self.cleaned_data["text"].strip()
        if len(ADDRESS.findall(text)) > MOST_ADDRESSES:
            raise forms.ValidationError(
                _("A comment holds at most %(n)d links: so advertising is kept out.") % {"n": MOST_ADDRESSES}
            )
        return text


class ModerationForm(forms.Form):
    """A comment goes through, or is refused for a reason."""

    LET_THROUGH, REFUSE = "let_through", "refuse"

    decision = forms.ChoiceField(choices=[(LET_THROUGH, ""), (REFUSE, "")])
    refusal = forms.ChoiceField(
        label=gettext_lazy("Why it is refused"), required=False, choices=[("", "–"), *PublicComment.Refusal.choices]
    )


class ResponseForm(forms.ModelForm):
    """The government's answer, in one language or both."""

    class Meta:
        model = PublicComment
        fields = ["response", "response_ko"]
