"""Mails to followers, read as their readers do."""

import re

SITE = "https://tracker.example.org"


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


def link_in(message, purpose: str) -> str:
    """The path of the link, as a reader would open it."""
    (found,) = set(re.findall(rf"{SITE}(\S*/follow/{purpose}/\S+)", text_of(message)))
    return found
