"""What the tests of attacks share: pages read as a browser would, and where they are."""

from lxml import html

DATA_SCRIPTS = {"application/ld+json", "application/json"}  # read by programs, never run
LOADING = {"script", "img", "iframe", "object", "embed", "source", "video", "audio"}


def faults_of(address: str, body: bytes) -> list[str]:
    """What of the page runs, styles or loads from elsewhere by its own words, against the content security policy."""
    page, found = html.document_fromstring(body), []
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        attributes = dict(element.attrib)
        if element.tag == "style" or "style" in attributes:
            found.append("a style of its own")
        if element.tag == "script" and "src" not in attributes and attributes.get("type") not in DATA_SCRIPTS:
            found.append("a script of its own")
        found += [f"{name}=" for name in attributes if name.startswith("on")]
        for name in ("href", "src", "action", "formaction", "data", "xlink:href"):
            value = attributes.get(name, "").strip().lower()
            if value.startswith(("javascript:", "vbscript:")) or (value.startswith("data:") and element.tag == "a"):
                found.append(f"{name}={value[:40]}")
        if element.tag in LOADING and attributes.get("src", "").startswith(("http:", "https:", "//")):
            found.append(f"loads {attributes['src'][:60]}")
    return [f"{address}: <{fault}>" for fault in found]
