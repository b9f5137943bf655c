"""The application as a whole: its description, its lifespan, and what it says of itself."""

import threading

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lmkit import serve
from lmkit.language_model import LanguageModel
from lmkit.serve.app import create_app
from lmkit.serve.registry import ModelRegistry

ROUTES = {
    "/v1/models", "/v1/models/{name}", "/v1/completions", "/v1/next", "/v1/complete", "/v1/fill",
    "/v1/score", "/v1/trace", "/v1/force", "/v1/unit", "/v1/vectors", "/v1/neighbours",
    "/v1/analogy", "/tokenize", "/detokenize", "/tokenizer_info", "/health", "/metrics",
}  # fmt: skip


@pytest.fixture(scope="module")
def description(client):
    return client.get("/openapi.json").json()


def test_every_route_is_described_with_its_errors(description):
    assert set(description["paths"]) == ROUTES
    for path, operations in description["paths"].items():
        for operation in operations.values():
            assert "422" not in operation["responses"]
            assert operation.get("description"), path
            if path.startswith("/v1/") and "post" in operations:
                assert {"400", "401", "404", "408", "413", "429", "503"} <= set(
                    operation["responses"]
                )


def test_every_body_has_an_example_that_is_answered(client, description):
    for path, operations in description["paths"].items():
        if "post" not in operations:
            continue
        content = operations["post"]["requestBody"]["content"]["application/json"]
        name = content["schema"]["$ref"].rpartition("/")[2]
        for example in description["components"]["schemas"][name]["examples"]:
            answer = client.post(path, json=example)
            said = answer.json() if answer.status_code != 200 else None
            # an example may name a word that these tiny models lack
            assert answer.status_code == 200 or "not one token" in said["error"]["message"], path


def test_the_package_has_the_names_that_docs_use():
    assert serve.create_app is create_app
    assert set(serve.__all__) == {"Limits", "ServeOptions", "create_app"}
    with pytest.raises(AttributeError):
        _ = serve.nothing


def test_the_lifespan_starts_and_ends_the_engine_thread(pieces_archive):
    app = create_app(ModelRegistry.open({"m": LanguageModel(pieces_archive)}))
    before = threading.active_count()
    with TestClient(app, base_url="http://localhost") as client:
        assert client.post("/v1/next", json={"text": "the"}).status_code == 200
        assert "lmkit-engine" in [thread.name for thread in threading.enumerate()]
    assert threading.active_count() <= before + 1
    assert app.state.service.is_draining


def test_it_can_be_mounted_below_another(pieces_archive):
    inner = create_app({"m": LanguageModel(pieces_archive)})
    outer = FastAPI(lifespan=lambda _: inner.router.lifespan_context(inner))
    outer.mount("/lm", inner)
    with TestClient(outer, base_url="http://localhost") as client:
        assert client.get("/lm/health").json() == {"status": "ok"}
        assert client.post("/lm/v1/next", json={"text": "the"}).status_code == 200
        assert client.get("/lm/").status_code == 200
