"""What OpenAPI cannot say: what is right by itself, and not together. Read by schemathesis."""

import re
import uuid

import schemathesis

PAGING = {"page", "page_size", "cursor"}
KEY = re.compile(r"[\x21-\x7e]{1,200}")


@schemathesis.hook
def filter_case(context, case):
    """Whole lists have no pages, and pages by a cursor no numbers."""
    query = dict(case.query or {})
    if query.get("format") in ("csv", "ndjson"):
        return not PAGING & set(query)
    return not ("cursor" in query and "page" in query)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Each request is a new one: a key that is right is not used for another."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
