"""The page: a route for each of its files."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from lmkit.serve.page import add_page


def test_each_file_has_a_route_and_no_other_file_has(tmp_path):
    (tmp_path / "index.html").write_text("<p>hello</p>")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.js").write_text("export {}")
    (tmp_path / "kernel.wasm").write_bytes(b"\0asm")
    (tmp_path.parent / "secret.txt").write_text("secret")
    app = FastAPI(openapi_url=None)
    add_page(app, tmp_path)
    client = TestClient(app)
    assert client.get("/").text == "<p>hello</p>"
    assert client.get("/").headers["cache-control"] == "no-cache"
    script = client.get("/parts/a.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert client.get("/kernel.wasm").headers["content-type"] == "application/wasm"
    for path in ("/index.html/", "/parts", "/../secret.txt", "/%2e%2e/secret.txt", "/a.js"):
        assert client.get(path).status_code == 404


def test_an_unchanged_file_is_not_sent_again(client):
    first = client.get("/")
    assert first.status_code == 200
    assert first.headers["etag"]


def test_the_description_loads_nothing_from_elsewhere(client):
    page = client.get("/docs").text
    assert "http" not in page.replace("http-equiv", "")
    for path in ("docs.js", "static-offline-docs/swagger-ui-bundle.js", "openapi.json"):
        assert client.get(f"/{path}").status_code == 200
    assert "<script>" not in page
