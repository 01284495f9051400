"""What the OpenAPI description says beyond what is read from the code: tokens, headers, errors, fields, examples."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from commitments.problems import PROBLEM

WITHOUT_NUL = r"^[^\u0000]*$"
LARGEST_KEY = 2**63 - 1
STRING = {"type": "string"}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api_access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        words = "A personal token, made on “My account”: `Authorization: Bearer ogpt_…`. Reading the record needs none."
        return {"type": "http", "scheme": "bearer", "description": words}


PROBLEM_SCHEMA = {
    "type": "object",
    "description": "A problem as RFC 9457 describes it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": STRING,
        "title": STRING,
        "status": {"type": "integer"},
        "detail": STRING,
        "errors": {
            "type": "array",
            "description": "What is wrong with which parameter or field.",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": STRING, "detail": STRING},
            },
        },
    },
}
ERRORS = {
    "400": "A parameter or a field is at fault: `errors` names it.",
    "401": "A token is needed, or the one that was sent does not hold.",
    "403": "The role of the account, or the scope of the token, does not allow this.",
    "404": "There is no such row or page; or the account may not see it.",
    "406": "None of the media types in `Accept` can be given.",
    "409": "The state of the report does not allow this, or a request with this key is being worked on.",
    "412": "The row has been changed since it was read.",
    "413": "The body is too large.",
    "415": "The body is of a type that is not taken.",
    "422": "The `Idempotency-Key` was used for another request.",
    "428": "`If-Match` is missing.",
    "429": "Too many requests: `Retry-After` says for how many seconds to wait.",
    "500": "The server failed. The fault has been logged.",
}
READING = ("400", "401", "404", "406", "412", "429", "500")
CLOSED = ("403",)
WRITING = ("400", "401", "403", "404", "406", "409", "412", "413", "415", "422", "428", "429", "500")
HEADERS = {
    "X-Request-Id": "Names this request, in the history of what it changed, too.",
    "RateLimit-Policy": "The limit: how many requests (`q`) in how many seconds (`w`). Absent where there is none.",
    "RateLimit": "What is left of it (`r`), and in how many seconds it is full again (`t`).",
    "ETag": "Of this answer; for `If-None-Match`, or `If-Match` when changing.",
    "Last-Modified": "When the record last changed; left out for a few seconds after a change.",
    "Retry-After": "Seconds to wait.",
    "WWW-Authenticate": "How to say who asks.",
    "Location": "The address of the new row.",
    "Idempotency-Replayed": "`true`: this is the answer to an earlier request with the same key.",
}
OF_ALL = ("X-Request-Id", "RateLimit-Policy", "RateLimit")
OF_STATUS = {
    "200": ("ETag", "Last-Modified"),
    "201": ("ETag", "Location", "Idempotency-Replayed"),
    "304": ("ETag", "Last-Modified"),
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After",),
}
MAY_BE_BLANK = (("Milestone", "due_precision"), ("Milestone", "reading_reason"))
DRAFT = {"milestone": 77, "on_date": "2023-06-30", "status": "substantial", "what_was_done": "The portal is open."}
EXAMPLES = {
    "status_updates_create": DRAFT | {"links": [{"title": "The portal", "url": "https://example.org/portal"}]},
    "status_updates_partial_update": {"status": "completed"},
    "status_updates_evidence_create": {"title": "Minutes of 30 June", "url": "https://example.org/minutes"},
}
EXAMPLES_OF_PARAMETERS = {"plan": "kr-5", "as_of": "2021-11-15", "member": "kr", "q": "budget"}


# Parameters -----------------------------------------------------------------------------------------------------------
def header(name: str, description: str, required=False, **schema) -> dict:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": STRING | schema,
    }


KEY = header(
    "Idempotency-Key",
    "Sent again with the same key within 24 hours, the request is not done again, and answered as the first time.",
    pattern=r"^[\x21-\x7e]{1,200}$",
)
IF_MATCH = "The `ETag` that was read: nothing is changed if somebody else has changed the row since."
IF_NONE_MATCH = header("If-None-Match", "The `ETag` that was read: 304 if nothing has changed since.")


def row_of(operation: dict, components: dict) -> dict:
    """The schema of one row of the answer."""
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    found = components.get(content.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
    items = found.get("properties", {}).get("results", {}).get("items", {})
    return components.get(items.get("$ref", "").rpartition("/")[2], found)


def fields_parameter(names: list[str]) -> dict:
    return {
        "name": "fields",
        "in": "query",
        "style": "form",
        "explode": False,
        "description": "Only these fields of a row, separated by commas.",
        "schema": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": names}},
    }


def tighten(parameter: dict):
    """What each kind of parameter takes at all."""
    schema, name = parameter["schema"], parameter["name"]
    if name == "page":
        schema |= {"minimum": 1}
    if name == "page_size":
        schema |= {"minimum": 1, "maximum": 200, "default": 50}
    if name in ("id", "evidence_id") and schema["type"] == "integer":
        schema |= {"minimum": 1, "maximum": LARGEST_KEY}
    if name == "milestone" and schema["type"] == "integer":
        schema |= {"minimum": 1, "maximum": LARGEST_KEY}
    if name == "year":
        parameter["schema"] = {"type": "integer", "minimum": 1900, "maximum": 2200}
    if schema.get("type") == "string" and not schema.keys() & {"enum", "format", "pattern"}:
        schema |= {"pattern": WITHOUT_NUL} | ({} if name == "cursor" else {"minLength": 1})
    if name in EXAMPLES_OF_PARAMETERS and parameter["in"] == "query":
        parameter["example"] = EXAMPLES_OF_PARAMETERS[name]


def add_parameters(path: str, method: str, operation: dict, components: dict):
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        tighten(parameter)
    if method == "get":
        row = row_of(operation, components)
        if names := sorted(row.get("properties", {})):
            parameters.append(fields_parameter(names))
            row.pop("required", None)  # with it, any field may be left out
        if path.endswith(("/plans/{id}/", "/commitments/{id}/", "/milestones/{id}/")):
            day = {"type": "string", "format": "date"}
            parameters.append({"name": "as_of", "in": "query", "description": "As it stood on.", "schema": day})
        if is_open(operation):
            parameters.append(IF_NONE_MATCH)
    else:
        parameters += [header("If-Match", IF_MATCH, required=method == "patch")] if "{id}" in path else []
        parameters.append(KEY)


# Answers --------------------------------------------------------------------------------------------------------------
def is_open(operation: dict) -> bool:
    return {} in operation.get("security", [{}])


def headers_of(status: str) -> dict:
    return {name: {"description": HEADERS[name], "schema": STRING} for name in (*OF_ALL, *OF_STATUS.get(status, ()))}


def error(status: str) -> dict:
    return {
        "description": ERRORS[status],
        "headers": headers_of(status),
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def add_responses(method: str, operation: dict):
    responses = operation["responses"]
    for status, response in responses.items():
        response["headers"] = headers_of(status)
        response["description"] = response.get("description") or {"201": "Made.", "204": "Gone."}.get(status, "Found.")
        for kind, content in response.get("content", {}).items():
            if kind != "application/json":
                content["schema"] = STRING | {"description": "All rows, a line each."}
    if method == "get" and is_open(operation):
        responses["304"] = {"description": "Nothing has changed.", "headers": headers_of("304")}
    named = READING if method == "get" else WRITING
    for status in sorted({*named, *(() if is_open(operation) else CLOSED)}):
        responses[status] = error(status)


def add_example(operation: dict):
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body and operation["operationId"] in EXAMPLES:
        body["example"] = EXAMPLES[operation["operationId"]]


def allow_blank(components: dict):
    """Values that may be empty, where nothing is stated, and that the code says are for reading alone."""
    for component, name in MAY_BE_BLANK:
        field = components[component]["properties"][name]
        field["oneOf"] = [*field.pop("allOf"), {"enum": [""]}]


def close_bodies(components: dict):
    """Bodies take no field that is not named, and no text a NUL."""
    for name in ("Draft", "PatchedChange", "Link", "FileBody"):
        components[name]["additionalProperties"] = False
        for field in components[name]["properties"].values():
            if field.get("type") == "string" and not field.keys() & {"format", "enum", "pattern"}:
                field["pattern"] = WITHOUT_NUL


def complete(result: dict, generator, request, public) -> dict:
    """Hook of drf-spectacular: called with the whole description."""
    components = result["components"]["schemas"]
    components["Problem"] = PROBLEM_SCHEMA
    close_bodies(components)
    allow_blank(components)
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            add_parameters(path, method, operation, components)
            add_responses(method, operation)
            add_example(operation)
    return result
