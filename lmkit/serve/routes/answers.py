"""Descriptions of errors, and the service that routes share."""

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from lmkit.serve.errors import ErrorAnswer
from lmkit.serve.service import Service

_TEXTS = {
    400: "A field is missing, unknown, of the wrong kind, or beyond a limit.",
    401: "The key is missing or wrong.",
    403: "A page of another origin asked.",
    404: "There is no such model.",
    408: "The body came too slowly, or the answer took too long.",
    413: "The body is too large.",
    429: "The queue is full; `Retry-After` says when to ask again.",
    503: "The server is shutting down.",
}
# Any: FastAPI's own type of a response's description
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": text} for status, text in _TEXTS.items()
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:  # Any: as above
    """Return the descriptions of some errors."""
    return {status: ERRORS[status] for status in statuses}


def leads_to(operation: str, **fields: object) -> dict[int | str, dict[str, Any]]:  # Any: as above
    """Return the description of an answer that holds what another operation asks for.

    Args:
        operation: Its identifier in the description.
        fields: `parameters` or `requestBody`, as OpenAPI's links have them.
    """
    return {200: {"links": {operation: {"operationId": operation, **fields}}}}


async def service_of(request: Request) -> Service:
    """Return the service of the application that a request came to."""
    # a coroutine, since FastAPI would hand a plain function to another thread
    service: Service = request.app.state.service
    return service


ServiceOf = Annotated[Service, Depends(service_of)]
