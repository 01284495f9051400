"""What a browser would send of the forms on a page, were nothing touched."""

from html.parser import HTMLParser

NOT_SENT = {"submit", "button", "file", "image", "reset"}


class Forms(HTMLParser):
    """Collects ``name → values`` of all forms on a page that are sent by POST to the page itself."""

    def __init__(self, page: str):
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.inside, self.area, self.select, self.words = False, "", "", ""
        self.feed(page)

    def add(self, name, value):
        self.sent.setdefault(name, []).append(value)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag == "form":
            self.inside = facts.get("method") == "post" and not facts.get("action")
        elif not self.inside:
            return
        elif tag == "input":
            self.handle_input(facts)
        elif tag == "textarea":
            self.area, self.words = facts["name"], ""
        elif tag == "select":
            self.select = facts["name"]
        elif tag == "option" and self.select and "selected" in facts:
            self.add(self.select, facts.get("value", ""))

    def handle_input(self, facts):
        kind = facts.get("type", "text")
        ticked = kind not in ("checkbox", "radio") or "checked" in facts
        if "name" in facts and ticked and kind not in NOT_SENT:
            self.add(facts["name"], facts.get("value") or ("on" if kind == "checkbox" else ""))

    def handle_data(self, data):
        if self.area:
            self.words += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            self.add(self.area, self.words.removeprefix("\n"))
            self.area = ""
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.inside = False


def sent_by(page: str) -> dict[str, list[str]]:
    return Forms(page).sent
