"""A look inside: `/v1/trace`."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from lmkit.serve.asking import Asked
from lmkit.serve.registry import VariantKey
from lmkit.serve.routes.answers import ERRORS, ServiceOf
from lmkit.serve.schemas.ask import TraceBody
from lmkit.serve.schemas.lab import TraceAnswer
from lmkit.serve.service import Service
from lmkit.serve.tracing import answer_trace

router = APIRouter(prefix="/v1", tags=["lab"], responses=ERRORS)
BYTES = "application/octet-stream"


@router.post(
    "/trace",
    response_model=TraceAnswer,
    responses={
        200: {
            "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
            "description": "JSON as `lmkit trace --json`, or bytes where these are accepted.",
        }
    },
)
async def trace(body: TraceBody, request: Request, service: ServiceOf) -> Response:
    """Every gate and state while a text is read, from the token `from` on."""
    service.log_text("/v1/trace", body.text)
    model = looked_into(service, body.model)
    as_bytes = BYTES in request.headers.get("accept", "")
    [found] = await service.compute(
        request, lambda _: [answer_trace(model, body.text, begin=body.begin, as_bytes=as_bytes)]
    )
    return Response(found, media_type=BYTES) if as_bytes else JSONResponse(found)


def looked_into(service: Service, name: str | None) -> Asked:
    """Return a model whose network is looked into."""
    model = service.model(name)
    return Asked(model, VariantKey(model=model.name), service.options.limits)
