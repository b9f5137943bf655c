"""The route of completions: what it answers as, and what becomes of a client that leaves."""

import json

from lmkit.serve.errors import ApiError
from lmkit.serve.routes import completions


def test_a_whole_is_json_and_a_stream_is_events(client):
    body = {"prompt": "the", "max_tokens": 2}
    assert client.post("/v1/completions", json=body).headers["content-type"] == "application/json"
    streamed = client.post("/v1/completions", json={**body, "stream": True})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert streamed.headers["cache-control"] == "no-store"
    assert streamed.text.endswith("data: [DONE]\n\n")


def test_a_stream_that_fails_says_so_in_its_last_event():
    async def pieces():
        raise ApiError(408, "too long")
        yield

    async def collect():
        plan = completions.plan_completion(
            completions.CompletionBody(stream=True), completions_limits()
        )
        answerer = completions.CompletionAnswerer("m", plan)
        return [event async for event in completions._events(answerer, plan, None, pieces())]

    import anyio

    [event] = anyio.run(collect)
    assert json.loads(event.removeprefix(b"data: "))["error"]["message"] == "too long"


def completions_limits():
    from lmkit.serve.options import Limits

    return Limits()


def test_a_client_that_leaves_a_stream_leaves_no_sequence(client, app):
    body = {"prompt": "the", "max_tokens": 4000, "stream": True, "temperature": 2}
    with client.stream("POST", "/v1/completions", json=body) as answer:
        next(answer.iter_lines())
    for _ in range(200):
        if not app.state.service.engine.scheduler.tasks:
            break
        client.get("/health")
    assert app.state.service.engine.scheduler.rows == 0
