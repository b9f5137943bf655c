"""Errors of the HTTP interface: one shape for all, as OpenAI's clients read them.

`{"error": {"message", "type", "param", "code"}}`. A message is one sentence and names no file.
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from lmkit.core.errors import Hint, LmkitError
from lmkit.serve.demands import StrandFailedError
from lmkit.text.normalise import encodable

_LONGEST = 500  # characters of a message
_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_HINTS = {
    Hint.TRAIN_BOTH: "ask a model that was trained in both directions",
    Hint.TRAIN_NGRAM: "leave the n-gram out",
    Hint.FULL_PRECISION: 'send "precision": "float32", or leave the adapter out',
}

_log = logging.getLogger(__name__)


class ErrorDetail(BaseModel):
    """Fault of a request."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    """The answer to a request that is refused."""

    error: ErrorDetail


class ApiError(Exception):
    """A request that is refused.

    Attributes:
        status: HTTP status.
        message: One sentence: what was wrong, what was given, what to do.
        param: The field, where there is one.
        code: A short name of the kind of fault, where there is one.
        headers: Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.headers = headers


def error_content(
    status: int, message: str, *, param: str | None = None, code: str | None = None
) -> dict[str, object]:
    """Return the content of an answer that refuses a request."""
    kind = _KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    text = encodable(message)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    return {"error": {"message": text, "type": kind, "param": param, "code": code}}


def refusal(error: BaseException) -> ApiError:
    """Return an error as a request is refused with it; one nobody foresaw tells nothing."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, LmkitError) and not isinstance(error, StrandFailedError):
        return ApiError(400, error.told(_HINTS))
    return ApiError(500, "the server failed at this request; its log says more", code="failed")


def answer_of(error: ApiError) -> JSONResponse:
    """Return the answer that refuses a request."""
    content = error_content(error.status, error.message, param=error.param, code=error.code)
    return JSONResponse(content, error.status, error.headers)


def add_error_handlers(app: FastAPI) -> None:
    """Let every error of an application be answered in the one shape."""

    @app.exception_handler(ApiError)
    async def on_api_error(_: Request, error: ApiError) -> JSONResponse:
        return answer_of(error)

    @app.exception_handler(LmkitError)
    async def on_lmkit_error(_: Request, error: LmkitError) -> JSONResponse:
        return answer_of(refusal(error))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return answer_of(invalid_body(error.errors()))

    @app.exception_handler(HTTPException)
    async def on_http_error(_: Request, error: HTTPException) -> JSONResponse:
        message = _SENTENCES.get(error.status_code, HTTPStatus(error.status_code).phrase.lower())
        headers = dict(error.headers) if error.headers else None
        return answer_of(ApiError(error.status_code, message, headers=headers))

    @app.exception_handler(Exception)
    async def on_fault(_: Request, error: Exception) -> JSONResponse:
        return answer_of(refusal(error))


_SENTENCES = {
    400: "the body is not one JSON object; send one, with Content-Type: application/json",
    404: "there is no such route; /docs lists them",
    405: "this route does not take that method; /docs lists them",
}


def no_json() -> ApiError:
    """Return the refusal of a body that is no JSON object."""
    return ApiError(400, _SENTENCES[400], code="invalid_json")


def invalid_body(errors: Sequence[Mapping[str, Any]]) -> ApiError:  # Any: as pydantic lists them
    """Return the refusal of a body, which says what is wrong with the first field at fault.

    Args:
        errors: Errors as pydantic lists them: `type`, `loc` and `msg` of each.
    """
    first = errors[0]
    place = [str(part) for part in first["loc"] if part != "body"]
    if first["type"] == "json_invalid" or not place:
        return no_json()
    name = ".".join(part for part in place if part.isidentifier() or part.isdigit()) or "body"
    if first["type"] == "extra_forbidden":
        return ApiError(
            400, f"there is no field {name!r} here; leave it out", param=name, code="unknown_field"
        )
    said = first["msg"].removeprefix("Value error, ")
    sentence = f"{name}: {said[:1].lower()}{said[1:]}"
    return ApiError(400, sentence, param=name, code="invalid_value")
