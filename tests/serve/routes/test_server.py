"""Models, health and metrics."""


def test_models_are_listed_as_openai_lists_them(client, words_archive):
    found = client.get("/v1/models").json()
    assert found["object"] == "list"
    assert [model["id"] for model in found["data"]] == ["words", "pieces"]
    first = found["data"][0]
    assert first["object"] == "model"
    assert (first["cell"], first["layers"], first["hidden"], first["unit"]) == (
        "lstm",
        2,
        8,
        "word",
    )
    assert first["vocabulary"] == words_archive.tokenizer.vocab_size
    assert first["adapters"] == ["cache", "ngram"]
    assert first["parameters"] == words_archive.model.parameter_count()


def test_one_model_is_described_by_its_name(client):
    assert client.get("/v1/models/pieces").json()["unit"] == "bpe"
    for name in ("nothing", "..%2Fwords", "%2e%2e", "words%2F", "WORDS"):
        answer = client.get(f"/v1/models/{name}", follow_redirects=False)
        assert answer.status_code == 404
        assert "/" not in answer.json()["error"]["message"].replace("/docs", "")


def test_health_is_ok_until_the_server_ends(client, app):
    assert client.get("/health").json() == {"status": "ok"}
    app.state.service.is_draining = True
    try:
        answer = client.get("/health")
        assert (answer.status_code, answer.json()) == (503, {"status": "stopping"})
        refused = client.post("/v1/next", json={"text": "the"})
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
    finally:
        app.state.service.is_draining = False


def test_metrics_are_text(client):
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "lmkit_requests_total" in answer.text
