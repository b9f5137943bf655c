"""The guard before all routes."""

import json

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from lmkit.language_model import LanguageModel
from lmkit.serve.app import create_app
from lmkit.serve.guard import Guard, has_lone_surrogate, is_nested, is_text
from lmkit.serve.options import Limits, ServeOptions

HOME = "http://localhost"


def routes_of(app):
    """Yield the paths of all routes of an application, however they were included."""

    def walk(routes, prefix=""):
        for route in routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from walk(inner.routes, prefix)
            elif isinstance(route, Mount):
                yield f"{prefix}{route.path}/swagger-ui.css", {"GET"}
            elif isinstance(route, Route) or hasattr(route, "methods"):
                yield prefix + route.path, route.methods

    yield from walk(app.routes)


@pytest.fixture(scope="module")
def locked(words_archive):
    options = ServeOptions(api_key="sesame")
    app = create_app({"m": LanguageModel(words_archive)}, options)
    with TestClient(app, base_url=HOME, raise_server_exceptions=False) as client:
        yield client


def test_every_route_but_health_wants_the_key(locked):
    found = {path for path, _ in routes_of(locked.app)}
    assert {"/", "/docs", "/openapi.json", "/metrics", "/v1/completions", "/health"} <= found
    for path, methods in routes_of(locked.app):
        for method in methods or {"GET"}:
            answer = locked.request(method, path)
            expected = 200 if path == "/health" else 401
            assert answer.status_code == expected, (method, path)
    assert locked.get("/nowhere").status_code == 401


def test_with_the_key_every_route_answers(locked):
    key = {"Authorization": "Bearer sesame"}
    for path, methods in routes_of(locked.app):
        if "GET" in (methods or {"GET"}) and "{" not in path:
            assert locked.get(path, headers=key).status_code == 200, path
    assert locked.post("/v1/next", json={"text": "the"}, headers=key).status_code == 200


def test_other_hosts_and_origins_are_refused_before_anything_else(client):
    for headers, status in (
        ({"Host": "evil.com"}, 400),
        ({"Origin": "http://evil.com"}, 403),
    ):
        answer = client.post("/v1/next", json={"text": "the"}, headers=headers)
        assert answer.status_code == status
        assert answer.json()["error"]["message"]


def test_every_answer_has_the_headers_of_safety(client):
    for answer in (client.get("/"), client.get("/nowhere"), client.post("/v1/next", json={})):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
    assert client.post("/v1/next", json={}).headers["cache-control"] == "no-store"


def test_pages_of_named_origins_may_ask(words_archive):
    options = ServeOptions(origins=("https://a.org",), api_key="sesame")
    app = create_app({"m": LanguageModel(words_archive)}, options)
    with TestClient(app, base_url=HOME) as client:
        asks = {"Origin": "https://a.org", "Access-Control-Request-Method": "POST"}
        answer = client.options("/v1/next", headers=asks)
        assert answer.headers["access-control-allow-origin"] == "https://a.org"
        key = {"Authorization": "Bearer sesame", "Origin": "https://a.org"}
        answer = client.post("/v1/next", json={"text": "the"}, headers=key)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://a.org"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"text": "a\\u0000b"}', 200),
        (b'{"text": "\\ud83d\\ude00"}', 200),
        (b'{"text": "\\ud800"}', 400),
        (b'{"text": "\\ude00\\ud83d"}', 400),
        (b'{"text": "\\\\ud800"}', 200),
        (b'{"text": "\xed\xa0\x80"}', 400),
        (b'{"text": "\xff"}', 400),
        ('{"text": "the"}'.encode("utf-16"), 400),
        (b'{"text": ' + b"[" * 100_000, 400),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"k": NaN, "text": ""}', 400),
        (b'{"k": 1e999, "text": ""}', 400),
        (b'{"text": "' + b"a" * (1 << 20) + b'"}', 413),
    ],
)
def test_bodies_of_all_kinds_are_answered(client, body, status):
    answer = client.post("/v1/next", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    if status != 200:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert client.post("/v1/next", json={"text": "the"}).status_code == 200


def test_a_body_is_json_also_where_curl_says_nothing_of_it(client):
    for headers in ({}, {"Content-Type": "application/x-www-form-urlencoded"}):
        answer = client.post("/v1/next", content=b'{"text": "the"}', headers=headers)
        assert answer.status_code == 200
    odd = client.post("/v1/next", content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert "Content-Type: application/json" in odd.json()["error"]["message"]


def test_a_body_of_unknown_length_is_cut_at_the_limit(client):
    def parts():
        for _ in range(40):
            yield b"a" * (1 << 16)

    answer = client.post("/v1/next", content=parts())
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def refused_body(received, **headers):
    """Post a body in parts; returns the status and how many parts were taken."""
    taken, statuses = [], []

    async def receive():
        taken.append(len(taken))
        has_more = len(taken) < len(received)
        return {"type": "http.request", "body": received[len(taken) - 1], "more_body": has_more}

    async def app(scope, receive, send):
        raise AssertionError("nobody asks the application")

    async def send(message):
        statuses.append(message.get("status"))

    pairs = [(b"host", b"localhost"), *((k.encode(), v.encode()) for k, v in headers.items())]
    pairs = [(name.replace(b"_", b"-"), value) for name, value in pairs]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": pairs}
    guard = Guard(app, ServeOptions(limits=Limits(body_bytes=10)), lambda *_: None)
    anyio.run(guard, scope, receive, send)
    return statuses[0], len(taken)


def test_a_body_that_is_too_large_is_read_to_its_end_so_that_the_refusal_is_seen():
    assert refused_body([b"a" * 6] * 5) == (413, 5)
    assert refused_body([b"a" * 6] * 5, content_length="30") == (413, 5)


def test_a_body_is_not_read_that_is_huge_or_waits_for_a_word(monkeypatch):
    assert refused_body([b"a"], content_length=str(1 << 30)) == (413, 0)
    assert refused_body([b"a"], content_length="30", expect="100-continue") == (413, 0)
    monkeypatch.setattr("lmkit.serve.guard.DISCARDED_BYTES", 20)
    assert refused_body([b"a" * 6] * 50) == (413, 4)


def test_a_slow_body_is_given_up():
    async def app(scope, receive, send):
        raise AssertionError("nobody asks the application")

    sent, statuses = [], []

    async def receive():
        await anyio.sleep(60)

    async def send(message):
        sent.append(message)

    options = ServeOptions(limits=Limits(body_seconds=0.01))
    guard = Guard(app, options, lambda scope, status, seconds: statuses.append(status))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/next",
        "headers": [(b"host", b"localhost"), (b"content-length", b"5")],
    }
    anyio.run(guard, scope, receive, send)
    assert statuses == [408]
    assert b"did not come within" in sent[1]["body"]


def test_a_body_that_breaks_off_is_refused():
    async def app(scope, receive, send):
        raise AssertionError("nobody asks the application")

    async def receive():
        return {"type": "http.disconnect"}

    statuses = []

    async def send(message):
        statuses.append(message.get("status"))

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost")]}
    anyio.run(Guard(app, ServeOptions(), lambda *_: None), scope, receive, send)
    assert statuses[0] == 400


NESTED = st.recursive(
    st.text(alphabet='[]{}"\\a', max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


def depth_of(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (1 if isinstance(value, dict | list) else 0) + max(map(depth_of, inner), default=0)


@given(value=NESTED, most=st.integers(0, 5))
def test_nesting_is_that_of_the_value(value, most):
    assert is_nested(json.dumps(value).encode(), most) == (depth_of(value) > most)


@given(st.text(alphabet=st.characters(codec=None), max_size=20))
def test_half_characters_are_found_where_the_text_cannot_be_encoded(text):
    body = json.dumps({"text": text}).encode()
    try:
        json.loads(body)["text"].encode()  # reading JSON joins the halves of a pair
        is_whole = True
    except UnicodeEncodeError:
        is_whole = False
    assert is_text(body) == is_whole
    assert has_lone_surrogate(body) == (not is_whole)


def test_a_string_without_end_is_read_in_one_pass():
    assert is_nested(b"[" * 40 + b'"' + b'\\"' * 300_000, 32)
    assert not is_nested(b"[" * 20 + b'"' + b'\\"' * 300_000, 32)  # for hours, tried in all ways
