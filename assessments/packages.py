"""What the files of office programs need to be safe and the same each time: clean texts, fixed dates."""

import io
import re
import zipfile
from datetime import date

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment a ZIP archive can name
REPLACEMENT = "\ufffd"
# XML 1.0 forbids the control characters and surrogates. The marks that turn a line's direction could make a reader see
# another text than the one that is there.
NOT_PLAIN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")


def plain(text) -> str:
    """The text with a replacement character for each that the format forbids or that deceives the eye."""
    return NOT_PLAIN.sub(REPLACEMENT, str(text))


def repacked(content: bytes, modified_on: date) -> bytes:
    """The same package without a trace of when it was made: entries in their order, dated 1980, and *modified_on* as
    the day on which the document was last changed."""
    stamp = f"{modified_on:%Y-%m-%d}T00:00:00Z".encode()
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            new.writestr(entry, part, compresslevel=6)
    return made.getvalue()
