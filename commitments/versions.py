"""The number of a row's edition: who saves an older one than is stored is shown what has changed since."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Versioned(models.Model):
    """``version`` grows by one whenever a person saves the row or its review moves on."""

    version = models.PositiveIntegerField(_("edition"), default=1, editable=False)

    class Meta:
        abstract = True
