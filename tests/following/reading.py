"""Feeds and calendars, read back by validators and by the rules that a grammar cannot say."""

from datetime import datetime
from pathlib import Path

import vobject
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


def atom(response, language: str):
    """The feed's root, once the grammar and RFC 4287's other rules hold."""
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(response.content)
    GRAMMAR.assertValid(feed)
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    entries = feed.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids), "4.1.1: an id once a feed"
    moments = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert moments == sorted(moments, reverse=True), "the newest first"
    if moments:
        assert datetime.fromisoformat(feed.findtext(f"{ATOM}updated")) == moments[0]
    for element in [feed, *entries]:
        links = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in element.findall(f"{ATOM}link")]
        assert len(set(links)) == len(links), "4.1.1: no two alternate links of one type and language"
        assert ("alternate", "text/html", language) in links
    assert len([link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]) == 1
    for link in feed.iter(f"{ATOM}link"):
        assert link.get("href").startswith("http://testserver/"), "whole addresses"
    return feed


def entries_of(feed) -> list:
    return feed.findall(f"{ATOM}entry")


def said(entry, name: str) -> str:
    return entry.findtext(f"{ATOM}{name}")


def author(entry) -> str:
    return entry.findtext(f"{ATOM}author/{ATOM}name")


def calendar(response):
    """The calendar, once vobject takes it and its lines are as RFC 5545 wants them."""
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    lines = response.content.split(b"\r\n")
    assert lines[-1] == b"" and not any(b"\n" in line or b"\r" in line for line in lines), "3.1: lines end with CRLF"
    assert max(map(len, lines)) <= 75, "3.1: no line of more than 75 octets"
    found = vobject.readOne(response.content.decode("utf-8"))
    assert found.validate(raiseException=True)
    events = events_of(found)
    assert len({event.uid.value for event in events}) == len(events), "3.8.4.7: a UID once a calendar"
    for event in events:
        assert event.dtstart.params["VALUE"] == ["DATE"] and event.dtend.params["VALUE"] == ["DATE"], "all day"
        assert (event.dtend.value - event.dtstart.value).days == 1
        assert event.url.value.startswith("http://testserver/")
    return found


def events_of(found) -> list:
    return list(getattr(found, "vevent_list", []))
