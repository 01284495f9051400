"""Walks over pages in a real browser: in English at a desk by day and by night, in Korean on a phone by day. axe finds
nothing, nothing is wider than a phone, nor than a window enlarged four times. A walk names every fault, not the first.
"""

from tests.conftest import axe_faults

# Colours are all that the night changes: the other rules hold by night as they do by day. A phone has the colours of
# the desk, whose pages show all that a phone shows and the drawings besides.
OF_COLOUR = ["color-contrast", "link-in-text-block"]


class Walk:
    """Opens pages and collects what is wrong with them, each fault with the page and the state it was seen in."""

    def __init__(self, open_page):
        self.desk = open_page(viewport={"width": 1280, "height": 900})
        self.phone = open_page(viewport={"width": 360, "height": 740}, locale="ko-KR")
        self.faults = []

    def both(self, places):
        """*places*: paths, or ``(path, status)`` where the answer is not 200; English at the desk, Korean by phone."""
        for place in places:
            address, status = place if isinstance(place, tuple) else (place, 200)
            self.at_the_desk(address, status)
            self.by_phone(f"/ko{address}", status)

    def open(self, page, address: str, status: int):
        answer = page.goto(address)
        if answer.status != status:
            self.faults.append(f"{address}: answered {answer.status}, not {status}")

    def at_the_desk(self, address: str, status: int = 200):
        self.open(self.desk, address, status)
        self.by_day_and_night(self.desk, address, "1280 px")

    def by_phone(self, address: str, status: int = 200):
        self.phone.set_viewport_size({"width": 360, "height": 740})
        self.open(self.phone, address, status)
        self.not_wider_than(360, address)
        self.by_day(self.phone, address, "360 px")
        self.phone.set_viewport_size({"width": 320, "height": 740})  # 1280 px enlarged to 400 %
        self.not_wider_than(320, address)

    def not_wider_than(self, width: int, address: str):
        wide = self.phone.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            self.faults.append(f"{address} at {width} px: {wide} px wide")

    def by_day(self, page, address: str, width: str):
        self.look(page, "light", f"{address} at {width}")

    def by_day_and_night(self, page, address: str, width: str):
        self.by_day(page, address, width)
        self.look(page, "dark", f"{address} at {width}", rules=OF_COLOUR)

    def look(self, page, scheme: str, place: str, rules: list[str] | None = None):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("document.getAnimations().forEach(each => each.finish())")  # colours that pass over slowly
        self.faults += [f"{place}, {scheme}: {fault}" for fault in axe_faults(page, rules=rules)]

    def end(self):
        assert not self.faults, "\n".join([f"{len(self.faults)} faults", *self.faults])


def answering(status: int, body: str | bytes):
    """A route of the browser's that answers with the page."""
    return lambda route: route.fulfill(status=status, content_type="text/html; charset=utf-8", body=body)
