"""A look inside, over HTTP."""

import pytest


def ask(client, route, headers=None, **body):
    return client.post(f"/v1/{route}", json=body, headers=headers)


def test_a_trace_is_json_or_bytes(client, name, direct):
    found = ask(client, "trace", model=name, text="the cat", **{"from": 1}).json()
    assert found["from"] == 1
    assert found["words"] == list(direct.trace("the cat").words[1:])
    answer = ask(client, "trace", {"Accept": "application/octet-stream"}, text="the cat")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert int.from_bytes(answer.content[:4], "little") < len(answer.content)


def test_gates_are_forced(client):
    forces = [{"layer": 1, "gate": "forget", "units": None, "value": 0}]
    found = ask(client, "force", text="the cat", forces=forces, k=2).json()
    assert len(found["words"]) == len(found["unforced"]) == 2
    mean = [{"layer": 2, "gate": "input", "units": [1, 2], "value": "mean"}]
    assert ask(client, "force", text="the cat", forces=mean).status_code == 200


def test_a_unit_is_shown(client):
    found = ask(client, "unit", text="the cat", layer=2, unit=3, token=1).json()
    assert set(found["gates"]) == {"input", "forget", "output", "candidate"}
    assert len(found["x"]) == len(found["gates"]["input"]["input"])


def test_vectors_neighbours_and_analogies(client):
    found = ask(client, "vectors", count=5).json()
    assert len(found["words"]) == len(found["counts"]) == len(found["two"]) // 2 == 5
    assert len(ask(client, "neighbours", word="cat", k=2).json()["words"]) == 2
    assert len(ask(client, "analogy", words=["cat", "dog", "mat"], k=2).json()["words"]) == 2


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("trace", {"text": ""}),
        ("trace", {"text": "the", "from": 9}),
        ("force", {"text": "the", "forces": [{"gate": "no", "value": 0}]}),
        ("force", {"text": "the", "forces": [{"gate": "forget", "value": 2}]}),
        ("force", {"text": "the", "forces": [{"gate": "forget", "value": 0, "layer": 9}]}),
        ("force", {"text": "the", "forces": [{"gate": "forget", "value": 0, "units": [99]}]}),
        ("force", {"text": "", "forces": [{"gate": "forget", "value": "mean"}]}),
        ("force", {"text": "the", "k": 10**6}),
        ("unit", {"text": "the", "layer": 9}),
        ("unit", {"text": "the", "unit": 99}),
        ("unit", {"text": "the", "token": 9}),
        ("vectors", {"count": 10**6}),
        ("neighbours", {"word": "zyzzyva"}),
        ("neighbours", {"word": "cat", "k": 10**6}),
        ("analogy", {"words": ["cat", "dog"]}),
        ("analogy", {"words": ["cat", "dog", "zyzzyva"]}),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(client, route, body):
    answer = ask(client, route, **body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
