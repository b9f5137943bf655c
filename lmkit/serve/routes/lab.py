"""A look inside: `/v1/trace`, `/v1/force`, `/v1/unit`, and vectors of words."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from lmkit.results.lab_gates import ForcedGate
from lmkit.serve.asking import Asked
from lmkit.serve.inside import (
    analogous_to,
    answer_force,
    answer_nearest,
    answer_unit,
    answer_vectors,
    neighbours_of,
)
from lmkit.serve.registry import VariantKey
from lmkit.serve.routes.answers import ERRORS, ServiceOf
from lmkit.serve.routes.ask import at_most
from lmkit.serve.schemas.lab import (
    AnalogyBody,
    ForceAnswer,
    ForceBody,
    NeighboursAnswer,
    NeighboursBody,
    TraceAnswer,
    TraceBody,
    UnitAnswer,
    UnitBody,
    VectorsAnswer,
    VectorsBody,
)
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


@router.post("/force", response_model=ForceAnswer)
async def force(body: ForceBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The next words while gates are held at values, and without."""
    at_most(service, "k", body.k)
    service.log_text("/v1/force", body.text)
    forces = [
        ForcedGate(
            gate=force.gate,
            value=None if force.value == "mean" else float(force.value),
            layer=force.layer,
            units=tuple(force.units or ()),
        )
        for force in body.forces
    ]
    model = looked_into(service, body.model)
    [found] = await service.compute(
        request, lambda _: [answer_force(model, body.text, forces, body.k)]
    )
    return JSONResponse(found)


@router.post("/unit", response_model=UnitAnswer)
async def unit(body: UnitBody, request: Request, service: ServiceOf) -> JSONResponse:
    """Every product that the gates of one unit add up at one token."""
    service.log_text("/v1/unit", body.text)
    model = looked_into(service, body.model)
    place = {"layer": body.layer, "unit": body.unit, "token": body.token}
    [found] = await service.compute(request, lambda _: [answer_unit(model, body.text, **place)])
    return JSONResponse(found)


@router.post("/vectors", response_model=VectorsAnswer)
async def vectors(body: VectorsBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The vectors of the most frequent words, as points."""
    at_most(service, "count", body.count)
    model = looked_into(service, body.model)
    [found] = await service.compute(request, lambda _: [answer_vectors(model, body.count)])
    return JSONResponse(found)


@router.post("/neighbours", response_model=NeighboursAnswer)
async def neighbours(body: NeighboursBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The words whose vectors are nearest to that of a word."""
    at_most(service, "k", body.k)
    model = looked_into(service, body.model)
    find = neighbours_of(body.word, body.k)
    [found] = await service.compute(request, lambda _: [answer_nearest(model, find)])
    return JSONResponse(found)


@router.post("/analogy", response_model=NeighboursAnswer)
async def analogy(body: AnalogyBody, request: Request, service: ServiceOf) -> JSONResponse:
    """The words that are to the third as the second is to the first."""
    at_most(service, "k", body.k)
    model = looked_into(service, body.model)
    find = analogous_to(body.words, body.k)
    [found] = await service.compute(request, lambda _: [answer_nearest(model, find)])
    return JSONResponse(found)


def looked_into(service: Service, name: str | None) -> Asked:
    """Return a model whose network is looked into."""
    model = service.model(name)
    return Asked(model, VariantKey(model=model.name), service.options.limits)
