"""Closing an account: the person goes, what the account did stays."""

from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from . import second_factor, throttle
from .models import User

OWN = {"accounts", "admin"}  # rows about signing in, and the administrators' log: no history of the record


def has_history(user: User) -> bool:
    """Whether the account ever signed in, or something in the record points to it."""
    if user.last_login or user.closed_at:
        return True
    links = [link for link in User._meta.related_objects if link.related_model._meta.app_label not in OWN]
    return any(link.related_model._base_manager.filter(**{link.field.name: user}).exists() for link in links)


def close(user: User, now: datetime):
    """Ends the account for good. Names, address, password, second factor and sessions go; institution, role and all
    that it reported stay, under a name that tells nothing."""
    with transaction.atomic():
        throttle.lift(user.username)
        throttle.lift(user.email)
        second_factor.remove(user)
        user.tokens.all().delete()
        user.username, user.first_name, user.last_name, user.email = f"closed-{user.pk}", "", "", ""
        user.is_active = user.is_staff = user.is_superuser = False
        user.closed_at = user.closed_at or now
        user.set_unusable_password()
        user.save()
        about = ContentType.objects.get_for_model(User)
        LogEntry.objects.filter(content_type=about, object_id=str(user.pk)).update(object_repr=user.username)
