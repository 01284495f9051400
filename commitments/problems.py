"""Errors of the API as problem details (RFC 9457), wherever they arise: in an API view, before it, or in its stead."""

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, JsonResponse
from rest_framework.exceptions import APIException, NotFound
from rest_framework.response import Response
from rest_framework.views import exception_handler

PROBLEM = "application/problem+json"
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


class TooLarge(APIException):
    status_code = 413
    default_detail = "What was sent is too large."
    default_code = "too_large"


class Conflict(APIException):
    status_code = 409
    default_detail = "The state of the row does not allow this."
    default_code = "conflict"


class Outdated(APIException):
    status_code = 412
    default_detail = "Somebody has changed the row since you read it. Read it again, then decide."
    default_code = "outdated"


class Unprocessable(APIException):
    status_code = 422
    default_code = "unprocessable"


class PreconditionRequired(APIException):
    status_code = 428
    default_detail = "Say with If-Match which edition you change: the ETag that you read."
    default_code = "precondition_required"


def problem_body(code: int, title: str, detail: str, errors: list | None = None) -> dict:
    """A problem as RFC 9457 describes it; ``errors`` names each field."""
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return body | ({"errors": errors} if errors else {})


def leaves(name: str, found) -> list[dict]:
    """``{"field", "detail"}`` of each field below *name*: "links.0.url" of the first link's address."""
    if isinstance(found, dict):
        return [leaf for key, value in found.items() for leaf in leaves(f"{name}.{key}" if name else str(key), value)]
    if isinstance(found, list) and any(isinstance(value, dict) for value in found):
        return [leaf for number, value in enumerate(found) if value for leaf in leaves(f"{name}.{number}", value)]
    messages = found if isinstance(found, list | tuple) else [found]
    return [{"field": name, "detail": " ".join(str(message) for message in messages)}]


def field_errors(detail) -> list[dict]:
    """``[{"field", "detail"}, …]`` from what a form or serializer reports."""
    return leaves("", detail) if isinstance(detail, dict) else []


def known(error: Exception) -> Exception:
    """The error in the words of the API, where Django has its own."""
    if isinstance(error, TOO_MUCH):
        return TooLarge()
    return NotFound() if isinstance(error, Http404) else error


def problem(error, context) -> Response | None:
    """DRF's exception handler: every error becomes problem details; what is not foreseen stays an error 500."""
    error = known(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    detail = getattr(error, "detail", str(error))
    errors = field_errors(detail)
    if not errors and isinstance(detail, list):
        detail = " ".join(map(str, detail))
    words = "; ".join(f"{e['field']}: {e['detail']}" for e in errors) or str(detail)
    response.data = problem_body(response.status_code, HTTPStatus(response.status_code).phrase, words, errors)
    response.content_type = PROBLEM
    return response


def problem_response(code: int, title: str, detail: str, errors: list | None = None) -> JsonResponse:
    """For errors that happen outside of an API view, such as an unknown address."""
    return JsonResponse(problem_body(code, title, detail, errors), status=code, content_type=PROBLEM)
