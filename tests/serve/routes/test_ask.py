"""Questions over HTTP."""

import pytest


def ask(client, route, **body):
    return client.post(f"/v1/{route}", json=body)


def test_next_words_are_those_of_the_model_asked_for(client, name, direct):
    found = ask(client, "next", model=name, text="the cat", k=3).json()
    expected = direct.next("the cat", k=3)
    assert [w["word"] for w in found["words"]] == [g.word for g in expected.words]
    assert [w["probability"] for w in found["words"]] == pytest.approx(
        [g.probability for g in expected.words], abs=1e-6
    )
    assert all(set(word) == {"word", "probability"} for word in found["words"])


def test_the_network_alone_says_otherwise(client, alone, name):
    found = ask(client, "next", model=name, text="the cat", k=2, alone=True).json()
    expected = alone.next("the cat", k=2)
    assert [w["probability"] for w in found["words"]] == pytest.approx(
        [g.probability for g in expected.words], abs=1e-6
    )


def test_candidates_are_answered_in_their_order(client):
    found = ask(client, "next", text="the", of=["dog", "zyzzyva", "cat"]).json()
    assert [word["word"] for word in found["words"]] == ["dog", "zyzzyva", "cat"]
    assert [word["known"] for word in found["words"]] == [True, False, True]


def test_completions_and_fillings_are_those_of_the_model(client, name, direct):
    found = ask(client, "complete", model=name, text="the c", k=2).json()
    assert [w["word"] for w in found["words"]] == [
        g.word for g in direct.complete("the c", k=2).words
    ]
    body = {"text": "the ___ sat", "choices": ["cat", "dog"], "words": 1, "avoid": []}
    found = ask(client, "fill", model=name, **body).json()
    expected = direct.fill("the ___ sat", choices=["cat", "dog"])
    assert [f["text"] for f in found["fillings"]] == [f.text for f in expected.fillings]
    assert "why" not in found["fillings"][0]


def test_one_direction_alone_is_asked_for(client):
    both = ask(client, "fill", text="the ___ sat").json()
    forward = ask(client, "fill", text="the ___ sat", direction="forward").json()
    assert both["fillings"] != forward["fillings"]
    answer = ask(client, "fill", model="pieces", text="the ___ sat", direction="both")
    assert "trained in both directions" in answer.json()["error"]["message"]


def test_reasons_are_given_where_they_are_asked_for(client):
    found = ask(client, "fill", text="the ___ sat", explain=True).json()
    assert set(found["fillings"][0]["why"]) == {"left", "right", "frequency"}


@pytest.mark.parametrize(("words", "counts"), [(2, {2}), ("1-2", {1, 2}), ("2", {2})])
def test_the_number_of_words_of_a_blank_is_asked_for(client, words, counts):
    found = ask(client, "fill", text="the ___ on", words=words).json()
    assert {len(f["words"][0].split()) for f in found["fillings"]} <= counts


def test_a_line_or_several_are_scored(client, direct, name):
    one = ask(client, "score", model=name, text="the cat sat").json()
    many = ask(client, "score", model=name, text=["the cat sat", "a dog"]).json()
    assert one["bits"] == pytest.approx(direct.score("the cat sat").bits, abs=1e-4)
    assert [score["text"] for score in many["scores"]] == ["the cat sat", "a dog"]
    assert "expected" not in one["words"][0]
    with_others = ask(client, "score", model=name, text="the cat", expected=2).json()
    assert len(with_others["words"][0]["expected"]) == 2


@pytest.mark.parametrize(
    ("route", "body", "param"),
    [
        ("next", {"k": 10**6}, "k"),
        ("next", {"of": ["a"] * 2000}, "of"),
        ("complete", {"text": "a", "k": 10**6}, "k"),
        ("fill", {"text": "___", "k": 10**6}, "k"),
        ("fill", {"text": "___", "choices": ["a"] * 2000}, "choices"),
        ("fill", {"text": "no blank"}, None),
        ("fill", {"text": "___", "words": "many"}, None),
        ("score", {"text": "a", "expected": 10**6}, "expected"),
        ("score", {"text": ["a"] * 2000}, "text"),
        ("score", {"text": "a", "context": "book"}, "context"),
    ],
)
def test_limits_and_mistakes_are_refused_in_a_sentence(client, route, body, param):
    answer = ask(client, route, **body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == param
    assert error["message"]


def test_an_unknown_model_is_refused_everywhere(client):
    for route in ("next", "complete", "fill", "score", "trace", "completions", "vectors"):
        body = {"text": "the ___"} if route not in ("completions", "vectors") else {}
        answer = ask(client, route, model="../words", **body)
        assert answer.status_code == 404, route
        assert answer.json()["error"]["code"] == "model_not_found"
