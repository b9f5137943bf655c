"""`/v1/completions`, as OpenAI's clients speak it."""

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from lmkit.core.json import JsonObject
from lmkit.serve.completions import (
    ChoiceDelta,
    CompletionAnswerer,
    CompletionPlan,
    needs_all_digits,
    plan_completion,
)
from lmkit.serve.errors import ApiError, error_content
from lmkit.serve.routes.answers import ERRORS, ServiceOf
from lmkit.serve.schemas.completions import CompletionAnswer, CompletionBody
from lmkit.serve.variants import asked

router = APIRouter(prefix="/v1", tags=["completions"], responses=ERRORS)
_DONE = b"data: [DONE]\n\n"


@router.post(
    "/completions",
    response_model=CompletionAnswer,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "The whole as JSON, or with `stream` its parts as server-sent events.",
        }
    },
)
async def completions(body: CompletionBody, request: Request, service: ServiceOf) -> Response:
    """Continue one or several prompts."""
    plan = plan_completion(body, service.options.limits)
    service.log_text("/v1/completions", plan.prompts)
    model = asked(service, body, has_numbers=needs_all_digits(body))
    answerer = CompletionAnswerer(model.model.name, plan)
    if not plan.stream:
        texts = await service.compute(request, lambda _: plan.strands(model, None))
        return JSONResponse(answerer.whole(texts))
    deltas = service.stream(lambda emit: plan.strands(model, emit))
    first = await anext(deltas, None)  # a refusal is answered with its status
    events = _events(answerer, plan, first, deltas)
    return StreamingResponse(events, media_type="text/event-stream", headers=_NO_BUFFER)


_NO_BUFFER = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def _events(
    answerer: CompletionAnswerer,
    plan: CompletionPlan,
    first: object,
    deltas: AsyncIterator[object],
) -> AsyncIterator[bytes]:
    """Yield server-sent events: each delta, the usage where it is wanted, and the end."""
    if isinstance(first, ChoiceDelta):
        yield _event(answerer.part(first))
    try:
        async for delta in deltas:
            if isinstance(delta, ChoiceDelta):
                yield _event(answerer.part(delta))
    except ApiError as error:
        yield _event(error_content(error.status, error.message, param=error.param))
        return
    if plan.has_usage:
        yield _event(answerer.last())
    yield _DONE


def _event(content: JsonObject) -> bytes:
    return b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n"
