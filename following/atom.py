"""Atom feeds (RFC 4287) of dated facts: one entry a fact, in pages (RFC 5005), in one language.

The id of an entry is a ``tag:`` URI (RFC 4151) of the fact and the language, the same in every feed that has the fact.
``updated`` is the moment of the fact, never that of the request: the same facts make the same feed.
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from commitments.templatetags.record import local, local_title

from .answers import authority
from .facts import Fact

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
NAMESPACE = "http://www.w3.org/2005/Atom"
TAGGED = "2026"  # a year in which the site had its name (RFC 4151 wants one)
BEGINNING = datetime(2011, 9, 20, tzinfo=UTC)  # OGP's first day: no fact about it is older. For feeds without entries
LONGEST_TITLE = 300
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Feed:
    """A page of a feed. Addresses are whole ones; ``links`` are relation → address, beside self and alternate."""

    title: str
    address: str  # of the feed's first page: it names the feed
    here: str  # of this page of it
    page: str  # what it is about, for people
    site: str
    facts: list[Fact]
    links: dict[str, str]


def clean(text: str) -> str:
    """What XML can hold of it."""
    return NOT_XML.sub("", str(text))


def moment(value: datetime) -> str:
    """As RFC 3339 has it, in UTC."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def newest(facts: Iterable[Fact]) -> datetime:
    return max((fact.moment for fact in facts), default=BEGINNING)


def entry_id(fact: Fact, site: str) -> str:
    return f"tag:{authority(site)},{TAGGED}:{get_language()}/{fact.key}"


def entry_title(fact: Fact) -> str:
    title = f"{fact.what}: {local_title(fact.about)}"
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def place(fact: Fact) -> str:
    """Which plan and commitment it is about, in words."""
    plan = f"{local_title(fact.member)}, {local_title(fact.plan)}"
    if fact.commitment is None:
        return plan
    words = _("%(plan)s, commitment %(number)s: %(title)s")
    return words % {"plan": plan, "number": fact.number, "title": local_title(fact.commitment)}


def body(fact: Fact) -> str:
    """The fact as HTML. Words of the record are marked with their language where it is not the feed's."""
    lines = [f"<strong>{escape(fact.what)}</strong>: {local(fact.about, 'title')}"]
    lines += [escape(fact.detail)] if fact.detail else []
    lines += [escape(place(fact)), escape(f"{fact.day_words} · {fact.who}")]
    return "".join(f"<p>{line}</p>" for line in lines)


class Writer:
    """Writes elements of one document, one inside the other."""

    def __init__(self):
        self.out = io.BytesIO()
        self.xml = SimplerXMLGenerator(self.out, "utf-8", short_empty_elements=True)

    def element(self, name: str, text: str = "", **attributes: str):
        self.xml.startElement(name, {key: clean(value) for key, value in attributes.items()})
        self.xml.characters(clean(text))
        self.xml.endElement(name)

    def link(self, rel: str, href: str, **more: str):
        self.element("link", rel=rel, href=href, **more)

    def author(self, name: str):
        self.xml.startElement("author", {})
        self.element("name", name)
        self.xml.endElement("author")


def write(feed: Feed) -> bytes:
    writer = Writer()
    writer.xml.startDocument()
    writer.xml.startElement("feed", {"xmlns": NAMESPACE, "xml:lang": get_language()})
    writer.element("id", feed.address)
    writer.element("title", feed.title)
    writer.element("updated", moment(newest(feed.facts)))
    writer.author(_("OGP tracker"))
    writer.link("self", feed.here, type="application/atom+xml")
    writer.link("alternate", feed.page, type="text/html", hreflang=get_language())
    for relation, address in feed.links.items():
        writer.link(relation, address, type="application/atom+xml")
    for fact in sorted(feed.facts, key=lambda fact: fact.moment, reverse=True):
        write_entry(writer, fact, feed.site)
    writer.xml.endElement("feed")
    writer.xml.endDocument()
    return writer.out.getvalue()


def write_entry(writer: Writer, fact: Fact, site: str):
    writer.xml.startElement("entry", {})
    writer.element("id", entry_id(fact, site))
    writer.element("title", entry_title(fact))
    writer.element("updated", moment(fact.moment))
    writer.element("published", moment(fact.moment))
    writer.author(fact.who)
    writer.link("alternate", f"{site}{fact.address}", type="text/html", hreflang=get_language())
    writer.element("category", term=fact.kind, label=fact.what)
    writer.element("content", body(fact), type="html")
    writer.xml.endElement("entry")
