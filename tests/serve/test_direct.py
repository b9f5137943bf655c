"""Direct routes answer as FastAPI's own way to a handler does, and leave the rest to it."""

import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse
from starlette.testclient import TestClient

from lmkit.core.errors import UsageError
from lmkit.serve.app import create_app
from lmkit.serve.direct import DirectRoute, DirectRoutes
from lmkit.serve.errors import ApiError, add_error_handlers
from lmkit.serve.options import ServeOptions
from lmkit.serve.registry import ModelRegistry, ServedModel
from lmkit.serve.routes import ask, completions, lab, server, tokens
from lmkit.serve.routes.answers import ServiceOf
from lmkit.serve.service import Service

router = APIRouter()


class AgeBody(BaseModel):
    """A body of the tests."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    age: int
    weights: list[float] = []


@router.get("/plain")
async def plain() -> JSONResponse:
    """Take nothing."""
    return JSONResponse({"plain": True})


@router.post("/age")
async def age(body: AgeBody, request: Request, service: ServiceOf) -> JSONResponse:
    """Take all that a direct route may."""
    seen = [request.method, type(service).__name__]
    return JSONResponse({"age": body.age, "weights": body.weights, "seen": seen})


@router.post("/refused")
async def refused(body: AgeBody) -> JSONResponse:
    """Refuse."""
    raise ApiError(418, "short") if body.age else UsageError("do this")


@router.get("/named/{name}")
async def named(name: str) -> JSONResponse:
    """Take a part of the path."""
    return JSONResponse({"name": name})


@router.get("/asked")
async def asked_for(many: int = 1) -> JSONResponse:
    """Take a part of the query."""
    return JSONResponse({"many": many})


@pytest.fixture(scope="module")
def service(words_archive):
    return Service(ModelRegistry({"m": ServedModel("m", words_archive)}), ServeOptions())


def client_of(service, *, is_direct):
    app = FastAPI()
    app.state.service = service
    app.include_router(router)
    add_error_handlers(app)
    if is_direct:
        app.add_middleware(DirectRoutes, routes=router.routes, service=service)
    return TestClient(app)


@pytest.fixture(scope="module")
def direct(service):
    return client_of(service, is_direct=True)


@pytest.fixture(scope="module")
def usual(service):
    return client_of(service, is_direct=False)


JSON = {"Content-Type": "application/json"}
REQUESTS = [
    ("GET", "/plain", b"", {}),
    ("HEAD", "/plain", b"", {}),
    ("POST", "/plain", b"", {}),
    ("GET", "/age", b"", {}),
    ("GET", "/nowhere", b"", {}),
    ("GET", "/plain/", b"", {}),
    ("GET", "/named/ada", b"", {}),
    ("GET", "/asked?many=3", b"", {}),
    ("GET", "/asked?many=x", b"", {}),
    ("POST", "/refused", b'{"age": 0}', JSON),
    ("POST", "/refused", b'{"age": 1}', JSON),
    ("POST", "/age", b'{"age": 1}', {}),
    ("POST", "/age", b'{"age": 1}', {"Content-Type": "text/plain"}),
    ("POST", "/age", b'{"age": 1}', {"Content-Type": "Application/JSON; charset=utf-8"}),
    ("POST", "/age", b'{"age": 1}', {"Content-Type": "application/x+json"}),
] + [
    ("POST", "/age", body, JSON)
    for body in (
        b'{"age": 1}', b'{"age": 1, "weights": [1, 2.5]}', b'{"age": 1, "age": 2}', b"", b"{",
        b"[]", b"null", b'"x"', b"{}", b'{"age": "1"}', b'{"age": 1.0}', b'{"age": 1.5}',
        b'{"age": true}', b'{"age": null}', b'{"age": 1e400}', b'{"age": NaN}',
        b'{"age": 1, "weights": [NaN]}',
        b'{"age": 1, "weights": [1e400]}', b'{"age": 1, "weights": ["1"]}', b'{"age": 1, "x": 2}',
        b'{"age": 123456789012345678901234567890}', b'{"age": 1} ', b'{"age": 1}{', b"{'age': 1}",
        b'\xef\xbb\xbf{"age": 1}', b'{"age": 01}', b'{"age": 1,}', b'{"age": 1, "weights": [1,]}',
    )
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "headers"), REQUESTS)
def test_an_answer_is_that_of_the_usual_way(direct, usual, method, path, body, headers):
    found, expected = (
        client.request(method, path, content=body, headers=headers) for client in (direct, usual)
    )
    assert (found.status_code, found.content) == (expected.status_code, expected.content)


def test_handlers_are_given_what_they_take(direct):
    answer = direct.post("/age", json={"age": 3, "weights": [1.5]})
    assert answer.json() == {"age": 3, "weights": [1.5], "seen": ["POST", "Service"]}


def test_handlers_that_take_more_are_left_to_fastapi():
    found = {route.path: DirectRoute.of(route) for route in router.routes}
    assert {path for path, direct in found.items() if direct} == {"/plain", "/age", "/refused"}


def test_all_questions_of_the_server_are_direct():
    routers = (completions.router, ask.router, lab.router, tokens.router, server.router)
    left = {r.path for own in routers for r in own.routes if DirectRoute.of(r) is None}
    assert left == {"/v1/models/{name}", "/tokenizer_info"}


def test_a_direct_route_is_counted_by_its_path(words_archive):
    registry = ModelRegistry({"m": ServedModel("m", words_archive)})
    app = create_app(registry)
    with TestClient(app, base_url="http://localhost") as client:
        client.post("/tokenize", json={"prompt": "the"})
        assert 'route="/tokenize",status="200"' in client.get("/metrics").text
