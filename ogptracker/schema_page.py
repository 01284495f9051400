"""A readable page of the API's OpenAPI description, made on the server: no script, nothing from elsewhere."""

import re

from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from . import schema as described  # noqa: F401 (what it registers)


def resolve(schema: dict, components: dict) -> dict:
    """A schema or the component that it points to."""
    reference = schema.get("$ref") or (schema.get("allOf") or [{}])[0].get("$ref")
    return components[reference.rsplit("/", 1)[1]] if reference else schema


def with_code(text: str) -> SafeString:
    """Words in which what stands between backticks is shown as code."""
    return mark_safe(re.sub(r"`+([^`]+)`+", r"<code>\1</code>", escape(text)))


def type_words(schema: dict) -> str:
    """A type in a few words: "date or null", "list of string"."""
    if schema.get("type") == "array":
        return f"list of {type_words(schema['items'])}"
    if reference := schema.get("$ref") or (schema.get("allOf") or [{}])[0].get("$ref"):
        words = reference.rsplit("/", 1)[1]
    elif "oneOf" in schema:
        words = " or ".join(sorted({type_words(s) for s in schema["oneOf"]}))
    else:
        words = schema.get("format") or schema.get("type", "any")
    return f"{words} or null" if schema.get("nullable") else words


def fields_of(schema: dict, components: dict) -> list[dict]:
    """Name, type and description of each field of a row."""
    resolved = resolve(schema, components)
    if "results" in resolved.get("properties", {}):
        resolved = resolve(resolved["properties"]["results"]["items"], components)
    return [
        {
            "name": name,
            "type": type_words(field),
            "description": with_code(field.get("description", "")),
            "required": name in resolved.get("required", []),
        }
        for name, field in resolved.get("properties", {}).items()
    ]


def parameters_of(operation: dict) -> list[dict]:
    return [
        {
            "name": parameter["name"],
            "type": type_words(parameter["schema"]),
            "values": parameter["schema"].get("enum", []),
            "description": with_code(parameter.get("description", "")),
        }
        for parameter in operation.get("parameters", [])
    ]


def bodies_of(operation: dict, components: dict) -> list[dict]:
    """What may be sent: each media type with its fields."""
    content = operation.get("requestBody", {}).get("content", {})
    return [{"kind": kind, "fields": fields_of(body["schema"], components)} for kind, body in content.items()]


def operations(schema: dict) -> list[dict]:
    """Every address with its parameters and the fields of its answer, in the order of the schema."""
    components = schema.get("components", {}).get("schemas", {})
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            responses = operation["responses"]
            answer = (responses.get("200") or responses.get("201") or {}).get("content", {}).get("application/json", {})
            found.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "id": operation["operationId"],
                    "description": with_code(operation.get("description", "")),
                    "parameters": parameters_of(operation),
                    "bodies": bodies_of(operation, components),
                    "fields": fields_of(answer.get("schema", {}), components),
                    "errors": [
                        (code, with_code(told["description"])) for code, told in responses.items() if code >= "400"
                    ],
                    "needs_token": {} not in operation.get("security", [{}]),
                }
            )
    return found


@require_safe
def schema_page(request):
    """The API's description for people."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    context = {"info": schema["info"], "operations": operations(schema)}
    return render(request, "schema.html", context)
