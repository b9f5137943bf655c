"""Every refusal has one shape."""

import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from lmkit.core.errors import Hint, ModelError, UsageError
from lmkit.serve.demands import StrandFailedError
from lmkit.serve.errors import ApiError, add_error_handlers, error_content, refusal
from lmkit.serve.schemas.ask import NextBody


@pytest.fixture
def client():
    app = FastAPI()
    add_error_handlers(app)
    raised = {
        "api": ApiError(418, "short", param="p", code="c", headers={"X-Y": "z"}),
        "usage": UsageError("do this"),
        "hint": ModelError("it lacks one", hint=Hint.TRAIN_NGRAM),
        "http": HTTPException(404),
        "fault": ZeroDivisionError("/secret"),
    }

    @app.get("/{name}")
    async def answer(name: str):
        raise raised[name]

    @app.post("/body")
    async def body(body: NextBody):
        return body

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def error_of(answer):
    content = answer.json()
    assert set(content) == {"error"}
    assert set(content["error"]) == {"message", "type", "param", "code"}
    return content["error"]


def test_an_api_error_is_answered_as_it_says(client):
    answer = client.get("/api")
    assert (answer.status_code, answer.headers["x-y"]) == (418, "z")
    assert error_of(answer) == {
        "message": "short", "type": "invalid_request_error", "param": "p", "code": "c"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("usage", 400, "do this"),
        ("hint", 400, "it lacks one; leave the n-gram out"),
        ("http", 404, "there is no such route; /docs lists them"),
        ("fault", 500, "the server failed at this request; its log says more"),
    ],
)
def test_other_errors_are_one_sentence(client, name, status, message):
    answer = client.get(f"/{name}")
    assert answer.status_code == status
    assert error_of(answer)["message"] == message


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"k": 0}, "k", "invalid_value"),
        ({"k": "1"}, "k", "invalid_value"),
        ({"text": None}, "text", "invalid_value"),
        ({"nonsense": 1}, "nonsense", "unknown_field"),
        ({"of": []}, "of", "invalid_value"),
        ({"of": ["a", ""]}, "of.1", "invalid_value"),
        ({"adapters": ["other"]}, "adapters.0", "invalid_value"),
        ([], None, "invalid_json"),
    ],
)
def test_the_field_at_fault_is_named(client, body, param, code):
    answer = client.post("/body", json=body)
    assert answer.status_code == 400
    error = error_of(answer)
    assert (error["param"], error["code"]) == (param, code)


def test_wrong_json_and_methods_are_sentences(client):
    assert "one JSON object" in error_of(client.post("/body", content=b"{"))["message"]
    answer = client.delete("/body")
    assert answer.status_code == 405
    assert "method" in error_of(answer)["message"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (401, "authentication_error"), (403, "permission_error"),
     (429, "rate_limit_error"), (503, "server_error")],
)  # fmt: skip
def test_types_are_those_of_openai(status, kind):
    assert error_content(status, "m")["error"]["type"] == kind


def test_a_message_is_bounded_and_can_be_encoded():
    message = error_content(400, "\ud800" * 10_000)["error"]["message"]
    assert len(message) == 500
    message.encode()


def test_a_fault_of_a_strand_is_one_of_the_server():
    assert refusal(StrandFailedError()).status == 500
