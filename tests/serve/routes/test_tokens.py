"""Tokens at the root, as lm-evaluation-harness wants them."""


def test_texts_and_ids_lead_to_each_other(client, name, direct):
    ids = client.post("/tokenize", json={"model": name, "prompt": "the cat"}).json()
    assert ids["tokens"] == direct.tokenizer.encode("the cat")
    assert ids["count"] == len(ids["tokens"])
    text = client.post("/detokenize", json={"model": name, "tokens": ids["tokens"]}).json()
    assert text == {"prompt": "the cat"}


def test_the_first_token_is_encoded_as_the_line_end(client, name, direct):
    info = client.get("/tokenizer_info", params={"model": name}).json()
    assert info["bos_token"] == info["eos_token"] == info["pad_token"] == "\n"
    body = {"model": name, "prompt": info["bos_token"], "add_special_tokens": False}
    assert client.post("/tokenize", json=body).json()["tokens"][0] == direct.tokenizer.line_end_id
    opened = {"model": name, "prompt": "the", "add_special_tokens": True}
    found = client.post("/tokenize", json=opened).json()["tokens"]
    assert found[0] == direct.tokenizer.line_end_id


def test_long_texts_are_read_as_short_ones(client, name, direct):
    text = "the cat sat " * 400
    found = client.post("/tokenize", json={"model": name, "prompt": text}).json()
    assert found["tokens"] == direct.tokenizer.encode(text)
    back = client.post("/detokenize", json={"model": name, "tokens": found["tokens"]}).json()
    assert back == {"prompt": direct.tokenizer.decode(found["tokens"])}


def test_a_server_that_ends_takes_no_text(client, app, monkeypatch):
    monkeypatch.setattr(app.state.service, "is_draining", True)
    assert client.post("/tokenize", json={"prompt": "the"}).status_code == 503
    assert client.post("/detokenize", json={"tokens": [0]}).status_code == 503


def test_ids_out_of_range_and_unknown_models_are_refused(client):
    for tokens in ([-1], [10**9], [10**30]):
        answer = client.post("/detokenize", json={"tokens": tokens})
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "tokens"
    assert client.get("/tokenizer_info", params={"model": "no"}).status_code == 404
