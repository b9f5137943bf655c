"""Models and the server itself: `/v1/models`, `/health`, `/metrics`."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from lmkit.core.json import JsonObject
from lmkit.serve.registry import ServedModel
from lmkit.serve.routes.answers import ServiceOf, errors, leads_to

router = APIRouter(tags=["server"])
_FIRST = "$response.body#/data/0/id"  # the name of the first model


class ModelAnswer(BaseModel):
    """A model: OpenAI's fields, and those of lmkit."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "lmkit"
    unit: str
    kind: str
    cell: str | None
    layers: int | None
    hidden: int | None
    vocabulary: int
    direction: str
    parameters: int | None
    adapters: list[str]
    card: str
    info: JsonObject


class ModelsAnswer(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[ModelAnswer]


class HealthAnswer(BaseModel):
    """State of the server: `ok` while it takes requests."""

    status: Literal["ok", "stopping"]


@router.get(
    "/v1/models",
    response_model=ModelsAnswer,
    responses={**errors(401), **leads_to("model", parameters={"name": _FIRST})},
)
async def models(service: ServiceOf) -> JSONResponse:
    """The models that are served; the first is asked where a request names none."""
    return JSONResponse({"object": "list", "data": [_described(one) for one in service.models]})


@router.get(
    "/v1/models/{name}",
    operation_id="model",
    response_model=ModelAnswer,
    responses=errors(401, 404),
)
async def model(name: str, service: ServiceOf) -> JSONResponse:
    """One model."""
    return JSONResponse(_described(service.model(name)))


@router.get("/health", response_model=HealthAnswer, responses={503: {"model": HealthAnswer}})
async def health(service: ServiceOf) -> JSONResponse:
    """The state of the server; needs no key."""
    if service.is_draining:
        return JSONResponse({"status": "stopping"}, 503)
    return JSONResponse({"status": "ok"})


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}, **errors(401)})
async def metrics(service: ServiceOf) -> Response:
    """Counters, as Prometheus reads them."""
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


def _described(model: ServedModel) -> JsonObject:
    info = model.info
    return {
        "id": model.name,
        "object": "model",
        "created": 0,
        "owned_by": "lmkit",
        **{name: info.get(name) for name in ("unit", "kind", "cell", "layers", "hidden")},
        "vocabulary": model.tokenizer.vocab_size,
        "direction": info["direction"],
        "parameters": info.get("parameters"),
        "adapters": list(model.archive.fitted),
        "card": model.card,
        "info": info,
    }
