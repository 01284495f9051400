"""A rule for passwords that Django does not have."""

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext


class MaximumLengthValidator:
    """Refuses what is longer than *max_length* characters: hashing a whole book would keep the server busy."""

    def __init__(self, max_length: int = 128):
        self.max_length = max_length

    def validate(self, password, user=None):
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self):
        return ngettext(
            "Your password may have %(n)s character at most.",
            "Your password may have %(n)s characters at most.",
            self.max_length,
        ) % {"n": self.max_length}
